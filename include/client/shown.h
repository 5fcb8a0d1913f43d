/* SPDX-License-Identifier: Apache-2.0 */
/* What the client shows of itself, and who is told that it has changed. */
#pragma once

#include "client/status.h"
#include "lwm2m/failure.h"
#include "lwm2m/record.h"

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
        bool by_network;                   /* what is under way was begun because the network has changed */
        const char *key_log;               /* "", or the file that keys of TLS sessions are written to */
        const char *configuration_problem; /* "", or why the file is not what is in force */
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
        uint32_t observations; /* that the server has begun and not ended */
} ClientServer;

/* An Object that servers see. */
typedef struct ClientObject {
        uint16_t id;
        const char *version;                 /* of the Object, "1.1"; borrowed until the next loop turn */
        uint16_t instances[LIMIT_INSTANCES]; /* ascending */
        size_t n_instances;
} ClientObject;

/* What client_read() has read. error: 0 and the values, sorted, nothing where nothing is; or a ClientError
 * or negative errno (-ECANCELED: the client ends) and none. Borrowed for the call. */
typedef void (*ClientRead)(void *userdata, int error, const RecordList *values);

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
        /* A server has executed Reboot, the client has De-registered everywhere: the machine is to be
         * rebooted now, and where that fails client_start() goes on. */
        void (*left)(void *userdata);
} ClientListener;

#define CLIENT_LISTENERS_MAX 4 /* bus, status line, and two to spare */
