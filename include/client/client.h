/* SPDX-License-Identifier: Apache-2.0 */
/* The LwM2M client: runs the Bootstrap Sequence (Core TS 6.1.2), owns machines, connections and timers. The
 * event loop drives it; D-Bus, storage and the status line listen. */
#pragma once

#include <systemd/sd-event.h>

#include "client/status.h"
#include "coap/connection.h"
#include "model/account.h"

typedef struct Client Client;

typedef enum OnFailure {
        ON_FAILURE_RESTART,
        ON_FAILURE_STAY,
} OnFailure;

/* The configuration as the client needs it; strings are copied. Times in usec. */
typedef struct ClientSettings {
        const char *endpoint;
        Lwm2mVersion version;
        uint64_t bootstrap_timeout; /* 0: EXCHANGE_LIFETIME of the coap settings */
        unsigned retry_count;
        uint64_t retry_delay;
        uint64_t retry_delay_max;
        double jitter; /* 0.0 .. 1.0 */
        OnFailure on_failure;
        uint64_t restart_delay;
        int preferred_content_format; /* ContentFormat or FORMAT_NONE */
        uint64_t
                update_interval_max; /* an Update at the latest after this, whatever the lifetime; 0: none */
        CoapSettings coap;
} ClientSettings;

/* What D-Bus shows of the Manager. Stamps in usec, 0: none, right as of the last client_clock_was_set().
 * Borrowed. */
typedef struct ClientState {
        Status status;
        SubStatus sub_status;
        uint64_t status_timestamp, status_timestamp_monotonic;
        Failure last_error;
        unsigned attempt, retry_count;
        uint64_t next_retry_timestamp, next_retry_timestamp_monotonic;
        bool bootstrapped;
        const char *generation; /* which accounts are in force: interface.md section 3; static */
        uint64_t last_bootstrap_timestamp, last_bootstrap_timestamp_monotonic;
        const char *endpoint;
        const char *bootstrap_server_uri;    /* "" without a Bootstrap-Server Account */
        const char *bootstrap_security_mode; /* likewise */
        const char *configuration_problem;   /* "", or why the file is not what is in force */
} ClientState;

/* What D-Bus shows of an LwM2M Server. Borrowed until the next loop turn. */
typedef struct ClientServer {
        uint16_t short_server_id;
        const char *uri;
        const char *security_mode;
        const char *peer_address; /* of the session, or the last one tried; "" before the first */
        const char *cipher;       /* of the session; "" without one, and without DTLS */
        int64_t lifetime;         /* s */
        const char *binding;
        ServerState state;
        /* Stamps in usec, 0: none. The next retry: the end of whatever it waits for, of a delay, of a failed
         * server's sequence delay, or of a Disable. */
        uint64_t last_registration_timestamp, last_registration_timestamp_monotonic;
        uint64_t next_update_timestamp, next_update_timestamp_monotonic;
        uint64_t next_retry_timestamp, next_retry_timestamp_monotonic;
        Failure last_error;
} ClientServer;

/* Called from the loop, in order, one for each transition. NULL members are not called. */
typedef struct ClientListener {
        void (*status_changed)(void *userdata, Status old_status, Status new_status, const char *reason);
        /* Something in ClientState changed (also together with status_changed, afterwards). */
        void (*state_changed)(void *userdata);
        void (*server_added)(void *userdata, uint16_t short_server_id);
        void (*server_changed)(void *userdata, uint16_t short_server_id);
        void (*server_removed)(void *userdata, uint16_t short_server_id);
        /* What client_reload() was given last is in force from now on. */
        void (*reloaded)(void *userdata);
} ClientListener;

#define CLIENT_LISTENERS_MAX 4 /* bus, status line, and two to spare */

typedef enum SaveFlags {
        SAVE_PROVEN = 1 << 0,           /* a registration has succeeded with these accounts */
        SAVE_PURGED = 1 << 1,           /* the Bootstrap-Server Account's time ended: keeps the YAML's out */
        SAVE_BOOTSTRAPPED = 1 << 2,     /* they came from a bootstrap */
        SAVE_BOOTSTRAP_PROVEN = 1 << 4, /* the Bootstrap-Server Account has answered */
        SAVE_FELL_BACK = 1 << 5,        /* the LwM2M Server accounts are those of `last-good` */
} SaveFlags;

/* Where accounts are kept; each returns 0 or negative errno. */
typedef struct ClientStorage {
        /* Replaces `current`, where it differs. last_bootstrap: CLOCK_REALTIME usec of the last accepted
         * Finish, 0: none. On the loop, with fsync. */
        int (*save)(void *userdata, const Dataset *dataset, unsigned flags, uint64_t last_bootstrap);
        /* Replaces `last-good`, where it differs, in the same way. */
        int (*save_last_good)(void *userdata, const Dataset *dataset, unsigned flags);
        /* -ENOENT: there is none, or none that can be used; a damaged one is logged. */
        int (*load_last_good)(void *userdata, Dataset **ret, unsigned *ret_flags);
        /* Replaces `current` by dataset without flags, then removes whatever else was kept. A failure has
         * changed nothing, unless only the last fsync failed. */
        int (*reset)(void *userdata, const Dataset *dataset);
} ClientStorage;

/* What was loaded at start. */
typedef struct ClientAccounts {
        const Dataset *factory;  /* the YAML's accounts; copied */
        unsigned flags;          /* SaveFlags of `current`; bootstrapped: /0/x/12 runs anew at start */
        uint64_t last_bootstrap; /* CLOCK_REALTIME usec of the last accepted Finish; 0: none */
        const char *directory;   /* where they are kept, for what operators read; outlives the client */
        bool unsaved;            /* the store holds what could not be written: tried again like any save */
} ClientAccounts;

/* The store holds the loaded accounts as committed; it, storage and clock outlive the client. 0 or negative
 * errno. */
int client_new(sd_event *event, const Clock *clock, Store *store, const ClientSettings *settings,
        const ClientAccounts *accounts, const ClientStorage *storage, void *storage_userdata, Client **ret);
Client *client_free(Client *client);
DEFINE_CLEANUP(Client *, client_free)

/* Both are borrowed. 0, or -E2BIG past CLIENT_LISTENERS_MAX. */
int client_add_listener(Client *client, const ClientListener *listener, void *userdata);

/* Leaves `initial`: enters the Bootstrap Sequence. Called once, when configuration is loaded and the bus
 * name owned. */
void client_start(Client *client);

/* Orderly stop: rolls an open transaction back, De-registers (at most 1 s), then calls done from the loop.
 */
void client_stop(Client *client, void (*done)(void *userdata), void *userdata);

const ClientState *client_state(const Client *client);

/* The clock was set, or the machine has slept: every stamp is computed anew and told. */
void client_clock_was_set(Client *client);

/* Short Server IDs ascending; returns how many. */
size_t client_servers(const Client *client, uint16_t ret[LIMIT_SERVER_ACCOUNTS]);

/* 0 and *ret, or -ENOENT. */
int client_server(const Client *client, uint16_t short_server_id, ClientServer *ret);

/* Errors of the methods that D-Bus calls (interface.md section 3). */
typedef enum ClientError {
        CLIENT_E_BOOTSTRAP_IN_PROGRESS = 1,
        CLIENT_E_NO_BOOTSTRAP_SERVER_ACCOUNT,
        CLIENT_E_INVALID_CONFIGURATION,
        CLIENT_E_NOT_REGISTERED,
        CLIENT_E_STORAGE_FAILED,
} ClientError;

/* Methods of D-Bus; each returns when accepted, with 0. */

/* Closes all sessions without De-register, rolls back, ends every Disable, keeps the accounts, and enters
 * the Bootstrap Sequence. */
int client_restart(Client *client);

/* De-registers, forgets the stored accounts and takes the factory's. CLIENT_E_STORAGE_FAILED: accounts,
 * sessions and state stay. */
int client_reset(Client *client);

/* Begins attempt 1 of a series now, without hold-off. CLIENT_E_BOOTSTRAP_IN_PROGRESS,
 * CLIENT_E_NO_BOOTSTRAP_SERVER_ACCOUNT. */
int client_bootstrap(Client *client);

/* Sends an Update. CLIENT_E_NOT_REGISTERED, -ENOENT (no such server). */
int client_server_update(Client *client, uint16_t short_server_id);

/* De-registers and stays away that long; 0 s: the Disable Timeout, /1/x/5. The same errors. */
int client_server_disable(Client *client, uint16_t short_server_id, uint32_t seconds);

/* Reload. settings replace the old ones from the next attempt or session on. What else changed is told by
 * flags; factory is copied. During an open transaction it is applied when that ends; a later one then takes
 * its place, so flags always compare with what is in force. 0 or -ENOMEM. */
typedef enum ClientReload {
        CLIENT_RELOAD_DEVICE = 1 << 0, /* device strings: an Update to every server */
        /* replaces the Bootstrap-Server Account, lifts purged, resets the counter */
        CLIENT_RELOAD_BOOTSTRAP_SERVER = 1 << 1,
        CLIENT_RELOAD_ACCOUNTS = 1 << 2, /* `servers` or `endpoint`: as after Reset */
        /* Nothing but credentials of the configured accounts: replaced in those in force that are still
         * theirs, which get a new session */
        CLIENT_RELOAD_CREDENTIALS = 1 << 3,
} ClientReload;
int client_reload(Client *client, const ClientSettings *settings, const Dataset *factory, unsigned flags);

/* What ClientState shows as configuration_problem: "" or a sentence without secrets; copied. */
void client_set_configuration_problem(Client *client, const char *problem);

/* A reload that nobody waits for was refused: LastError shows the problem (no secret) until the next
 * success, a reload included, unless it shows another failure. */
void client_configuration_refused(Client *client, const char *problem);
