/* SPDX-License-Identifier: Apache-2.0 */
/* Properties as they come over the bus, a{sv}: into a struct for people, into JSON for scripts. */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/counters.h"
#include "ctl/format.h"
#include "ctl/json.h"

/* LastError. */
typedef struct NamedError {
        const char *name, *sentence;
} NamedError;

typedef struct ManagerProperties {
        const char *status, *sub_status;
        Moment status_timestamp;
        NamedError last_error;
        uint32_t attempt, retry_count;
        Moment next_retry_timestamp;
        int bootstrapped, key_logging;
        const char *generation;
        Moment last_bootstrap_timestamp;
        const char *endpoint_name, *bootstrap_server_uri, *bootstrap_security_mode, *config_file, *version;
        const char *configuration_problem;
        Counters counters;
} ManagerProperties;

typedef struct ServerProperties {
        uint16_t short_server_id;
        const char *server_uri, *security_mode, *peer_address, *cipher;
        int64_t lifetime;
        const char *binding, *state;
        Moment last_registration_timestamp, next_update_timestamp, next_retry_timestamp;
        NamedError last_error;
        uint32_t observations;
        Counters counters;
} ServerProperties;

/* A property, and where its value goes. */
typedef struct PropertyField {
        const char *name, *signature;
        size_t offset;
        /* Of a type other than s, (ss) and the numbers: 0 or negative errno; the message stands before the
         * value. */
        int (*read)(sd_bus_message *message, void *place);
} PropertyField;

/* Reads the a{sv} that the message stands before, and steps over it, into a struct that was zeroed. Absent
 * ones are "" or 0, unknown ones are skipped. Strings are borrowed from the message. 0 or negative errno. */
int properties_read(sd_bus_message *message, const PropertyField *fields, size_t n, void *ret);

/* Likewise the aa{sv} that the message stands before, into an array of structs of this size, which grows: it
 * is the caller's, also after an error. 0, negative errno of sd-bus or -ENOMEM. */
int properties_read_array(sd_bus_message *message, const PropertyField *fields, size_t n_fields, size_t size,
        void **array, size_t *n);

/* Read the a{sv} that the message stands before, and step over it. Absent ones are "" or 0, unknown ones are
 * skipped. Strings are borrowed from the message. 0 or negative errno. */
int properties_read_manager(sd_bus_message *message, ManagerProperties *ret);
int properties_read_server(sd_bus_message *message, ServerProperties *ret);

/* Whether this Status is one that scripts wait for: registered, queue-mode, suspended (interface.md 1). */
bool status_is_registered(const char *status);

/* Writes a line: Status, and the last error if there is one. */
void properties_tell_status(FILE *file, const ManagerProperties *properties);

/* Writes the value that the message stands before, of any type without file descriptors, and steps over it:
 * a dictionary becomes an object, a struct an array. 0 or negative errno. */
int properties_to_json(sd_bus_message *message, JsonWriter *writer);
