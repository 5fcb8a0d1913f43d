/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as it is in memory, with every default filled in (interface.md section 2). */
#pragma once

#include "client/settings.h"
#include "daemon/install_window.h"
#include "daemon/state_key.h"
#include "lwm2m/content_format.h"
#include "lwm2m/credential.h"
#include "lwm2m/limits.h"
#include "model/dataset.h"
#include "util/string_table.h"

#define CONFIG_FILE_SIZE_MAX (256 * 1024) /* bytes; design.md section 2 */

/* communication_retry: /1/x/17 to /1/x/20. A value that was not given is not written, so that the Resource's
 * own default holds. */
typedef struct ConfigCommunicationRetry {
        bool has_retry_count;
        bool has_retry_timer;
        bool has_sequence_delay_timer;
        bool has_sequence_retry_count;
        uint64_t retry_count;          /* 0..1000 */
        int64_t retry_timer;           /* seconds, 0..2^32-1 */
        int64_t sequence_delay_timer;  /* seconds, 0..2^32-1 = never */
        uint64_t sequence_retry_count; /* 0..1000 */
} ConfigCommunicationRetry;

/* One account: a Bootstrap-Server Account or a LwM2M Server Account, as it goes into /0 and /1. */
typedef struct ConfigAccount {
        char *uri;             /* owned; valid for uri_parse(), its scheme fits the mode; 1..255 bytes */
        Credential credential; /* passes credential_check() */

        /* bootstrap.server only */
        uint16_t instance_id;    /* in /0; 0..65534 */
        int64_t hold_off_time;   /* /0/x/11, seconds, 0..2^31-1 */
        int64_t account_timeout; /* /0/x/12, seconds, 0..2^31-1; 0 = keep */

        /* servers only */
        uint16_t short_server_id; /* 1..65534, unique */
        int64_t lifetime;         /* /1/x/1, seconds, 1..2^31-1 */
        char *binding;            /* /1/x/7; owned */
        bool has_bootstrap_on_registration_failure;
        bool bootstrap_on_registration_failure; /* /1/x/16; true where not given */
        ConfigCommunicationRetry communication_retry;
} ConfigAccount;

typedef struct ConfigBootstrap {
        uint64_t timeout;         /* usec; 1 s..1 d, 0: EXCHANGE_LIFETIME of the coap values */
        uint64_t retry_count;     /* 0..1000 */
        uint64_t retry_delay;     /* usec; 1 s..7 d */
        uint64_t retry_delay_max; /* usec; retry_delay..7 d */
        double jitter;            /* fraction, 0.0..1.0 */
        OnFailure on_failure;
        uint64_t restart_delay;                 /* usec; 1 s..7 d */
        ContentFormat preferred_content_format; /* FORMAT_NONE or one of packs */
} ConfigBootstrap;

typedef struct ConfigCoap {
        uint64_t ack_timeout;     /* usec; 1..60 s */
        double ack_random_factor; /* 1.0..3.0 */
        uint64_t max_retransmit;  /* 0..20 */
        uint64_t block_size;      /* bytes; a power of two, 16..1024 */
        uint64_t max_body_size;   /* bytes; 1 KiB..1024 KiB */
} ConfigCoap;

typedef struct ConfigRegistration {
        int64_t update_interval_max; /* seconds, 0..2^31-1; 0: none */
} ConfigRegistration;

typedef struct ConfigQueueMode {
        bool enabled;
        uint64_t timeout; /* usec; 1 s..1 d, 0: MAX_TRANSMIT_WAIT of the coap values */
} ConfigQueueMode;

/* What stands behind an operation of Device. */
typedef enum DeviceBackend {
        DEVICE_BACKEND_NONE,
        DEVICE_BACKEND_LOGIND,
        DEVICE_BACKEND_ACCOUNTS,
        DEVICE_BACKEND_TIMEDATED,
        DEVICE_BACKEND_SYSFS,
} DeviceBackend;

/* Texts are owned, with templates (daemon/template) whose paths are as the
 * daemon opens them; NULL where the file says
 * nothing. */
typedef struct ConfigDevice {
        char *manufacturer;
        char *model_number;
        char *serial_number;
        char *firmware_version;
        char *device_type;
        char *hardware_version;
        char *software_version;
        DeviceBackend reboot;        /* none, logind */
        DeviceBackend factory_reset; /* none, accounts */
        DeviceBackend set_time;      /* none, timedated */
        DeviceBackend power;         /* none, sysfs */
} ConfigDevice;

/* firmware_update */
typedef struct ConfigFirmware {
        char *backend;         /* "rauc" or a bus name; NULL: none, so no Object 5; owned */
        uint64_t max_size;     /* bytes of a package; 1 MiB..1 TiB */
        Credential repository; /* for coaps repositories that no account names; where has_repository */
        bool has_repository;
        InstallWindow window; /* all zero: always */
} ConfigFirmware;

/* A value of `objects:` that a file holds. */
typedef struct ConfigFileValue {
        uint16_t resource;
        char *path; /* absolute; owned */
        /* A number's value is the file's, times scale, plus offset. */
        double scale;
        double offset;
        uint64_t interval; /* usec; 100 ms..1 d: so long it is good enough */
} ConfigFileValue;

/* An Object Instance that lives as long as the file names it; it passes its definition. */
typedef struct ConfigObject {
        uint16_t object;
        uint16_t instance;
        RecordList values;      /* constants, of their Resource's type; ascending */
        ConfigFileValue *files; /* ascending by Resource, none of them in values; owned */
        size_t n_files;
} ConfigObject;

typedef struct Config {
        char *file;     /* as given; owned */
        char *endpoint; /* templates filled in; 1..252 bytes of printable UTF-8; owned */
        Lwm2mVersion version;
        bool has_bootstrap_server;
        ConfigAccount bootstrap_server;
        ConfigAccount servers[LIMIT_SERVER_ACCOUNTS];
        size_t n_servers;
        ConfigBootstrap bootstrap;
        ConfigCoap coap;
        ConfigQueueMode queue_mode;
        ConfigRegistration registration;
        ConfigDevice device;
        ConfigFirmware firmware;
        bool connectivity_monitoring; /* the client has /4 */
        ConfigObject *objects;        /* ascending by object and instance; owned */
        size_t n_objects;
        char *trust_store;  /* coap/settings.h; NULL: that of the system; owned */
        char *metrics_file; /* absolute path; NULL: none; owned */
        StateKey state_key; /* state_encryption; without a source: none; without bytes: it says why */
        Secret text;        /* the file's, to be kept; empty after config_forget_text() */
} Config;

/* The configuration file is wrong; the problems say where. */
#define CONFIG_E_INVALID 1

/* What a file is read for. */
typedef enum ConfigPurpose {
        CONFIG_TO_RUN,
        CONFIG_TO_CHECK, /* --check-config, --print-endpoint: outside of the service, where credentials are
                          * not at hand, each is a warning and its key stays empty */
        CONFIG_AS_KEPT,  /* the text accepted last: endpoint, key files and credentials as they were then */
} ConfigPurpose;

/* What was accepted last, for what cannot be read now: the endpoint with its templates filled in, the
 * accounts as factory_accounts_build() made them. Borrowed. */
typedef struct ConfigKept {
        const char *endpoint;
        const Dataset *accounts;
        const StateKey *state_key; /* of a reload: the one in force; NULL at a start */
} ConfigKept;
