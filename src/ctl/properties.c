/* SPDX-License-Identifier: Apache-2.0 */
/* Properties as they come over the bus. */
#include "ctl/properties.h"

#include "ctl/dictionary.h"

#define MOMENT(name, type, member)                                      \
        {name, "t", offsetof(type, member.realtime)},                   \
        {                                                               \
                name "Monotonic", "t", offsetof(type, member.monotonic) \
        }

static const PropertyField manager_fields[] = {
        {"Status", "s", offsetof(ManagerProperties, status)},
        {"SubStatus", "s", offsetof(ManagerProperties, sub_status)},
        MOMENT("StatusTimestamp", ManagerProperties, status_timestamp),
        {"LastError", "(ss)", offsetof(ManagerProperties, last_error)},
        {"Attempt", "u", offsetof(ManagerProperties, attempt)},
        {"RetryCount", "u", offsetof(ManagerProperties, retry_count)},
        MOMENT("NextRetryTimestamp", ManagerProperties, next_retry_timestamp),
        {"Bootstrapped", "b", offsetof(ManagerProperties, bootstrapped)},
        {"Generation", "s", offsetof(ManagerProperties, generation)},
        MOMENT("LastBootstrapTimestamp", ManagerProperties, last_bootstrap_timestamp),
        {"EndpointName", "s", offsetof(ManagerProperties, endpoint_name)},
        {"BootstrapServerURI", "s", offsetof(ManagerProperties, bootstrap_server_uri)},
        {"BootstrapSecurityMode", "s", offsetof(ManagerProperties, bootstrap_security_mode)},
        {"ConfigurationProblem", "s", offsetof(ManagerProperties, configuration_problem)},
        {"Counters", "a{st}", offsetof(ManagerProperties, counters), counters_read},
        {"KeyLogging", "b", offsetof(ManagerProperties, key_logging)},
        {"ConfigFile", "s", offsetof(ManagerProperties, config_file)},
        {"Version", "s", offsetof(ManagerProperties, version)},
};

static const PropertyField server_fields[] = {
        {"ShortServerID", "q", offsetof(ServerProperties, short_server_id)},
        {"ServerURI", "s", offsetof(ServerProperties, server_uri)},
        {"SecurityMode", "s", offsetof(ServerProperties, security_mode)},
        {"PeerAddress", "s", offsetof(ServerProperties, peer_address)},
        {"Cipher", "s", offsetof(ServerProperties, cipher)},
        {"Lifetime", "x", offsetof(ServerProperties, lifetime)},
        {"Binding", "s", offsetof(ServerProperties, binding)},
        {"State", "s", offsetof(ServerProperties, state)},
        MOMENT("LastRegistrationTimestamp", ServerProperties, last_registration_timestamp),
        MOMENT("NextUpdateTimestamp", ServerProperties, next_update_timestamp),
        MOMENT("NextRetryTimestamp", ServerProperties, next_retry_timestamp),
        {"LastError", "(ss)", offsetof(ServerProperties, last_error)},
        {"Observations", "u", offsetof(ServerProperties, observations)},
        {"Counters", "a{st}", offsetof(ServerProperties, counters), counters_read},
};

static void set_absent(const PropertyField *fields, size_t n, char *ret)
{
        for (size_t i = 0; i < n; i++) {
                if (strcmp(fields[i].signature, "s") == 0)
                        *(const char **)(void *)(ret + fields[i].offset) = "";
                else if (strcmp(fields[i].signature, "(ss)") == 0)
                        *(NamedError *)(void *)(ret + fields[i].offset) = (NamedError){"", ""};
        }
}

static int read_value(sd_bus_message *message, const PropertyField *field, char *ret)
{
        const char *contents;
        void *place = ret + field->offset;
        NamedError *error = place;
        int r;

        r = sd_bus_message_peek_type(message, NULL, &contents);
        if (r < 0)
                return r;
        /* A daemon of another version: rather nothing than nonsense. */
        if (strcmp(contents, field->signature) != 0)
                return sd_bus_message_skip(message, "v");
        if (field->read) {
                r = sd_bus_message_enter_container(message, 'v', contents);
                if (r >= 0)
                        r = field->read(message, place);
                return r < 0 ? r : sd_bus_message_exit_container(message);
        }
        if (strcmp(contents, "(ss)") == 0)
                return sd_bus_message_read(message, "v", contents, &error->name, &error->sentence);
        return sd_bus_message_read(message, "v", contents, place);
}

int properties_read(sd_bus_message *message, const PropertyField *fields, size_t n, void *ret)
{
        const char *name;
        int r;

        set_absent(fields, n, ret);
        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = dictionary_next(message, "sv", &name)) > 0) {
                const PropertyField *field = NULL;

                for (size_t i = 0; i < n && !field; i++)
                        if (strcmp(fields[i].name, name) == 0)
                                field = &fields[i];
                r = field ? read_value(message, field, ret) : sd_bus_message_skip(message, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

int properties_read_array(sd_bus_message *message, const PropertyField *fields, size_t n_fields, size_t size,
        void **array, size_t *n)
{
        int r;

        r = sd_bus_message_enter_container(message, 'a', "a{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_at_end(message, false)) == 0) {
                char *grown = reallocarray(*array, *n + 1, size);

                if (!grown)
                        return -ENOMEM;
                *array = grown;
                memset(grown + *n * size, 0, size);
                r = properties_read(message, fields, n_fields, grown + (*n)++ * size);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

int properties_read_manager(sd_bus_message *message, ManagerProperties *ret)
{
        ManagerProperties properties = {};
        int r;

        r = properties_read(message, manager_fields, ELEMENTSOF(manager_fields), &properties);
        if (r < 0)
                return r;
        *ret = properties;
        return 0;
}

int properties_read_server(sd_bus_message *message, ServerProperties *ret)
{
        ServerProperties properties = {};
        int r;

        r = properties_read(message, server_fields, ELEMENTSOF(server_fields), &properties);
        if (r < 0)
                return r;
        *ret = properties;
        return 0;
}

bool status_is_registered(const char *status)
{
        static const char *const registered[] = {"registered", "queue-mode", "suspended"};

        for (size_t i = 0; i < ELEMENTSOF(registered); i++)
                if (strcmp(status, registered[i]) == 0)
                        return true;
        return false;
}

void properties_tell_status(FILE *file, const ManagerProperties *properties)
{
        (void)fprintf(file, "Status is %s (%s)", properties->status, properties->sub_status);
        if (properties->last_error.name[0]) {
                (void)fprintf(file, ": %s: ", properties->last_error.name);
                format_text(file, properties->last_error.sentence);
        }
        (void)fputc('\n', file);
}

static int basic_to_json(sd_bus_message *message, char type, JsonWriter *writer)
{
        union {
                const char *text;
                uint8_t u8;
                int16_t i16;
                uint16_t u16;
                int32_t i32;
                uint32_t u32;
                int64_t i64;
                uint64_t u64;
                int boolean;
                double real;
        } value;
        int r;

        r = sd_bus_message_read_basic(message, type, &value);
        if (r < 0)
                return r;
        switch (type) {
        case 's':
        case 'o':
        case 'g':
                json_string(writer, value.text);
                return 0;
        case 'b':
                json_boolean(writer, value.boolean);
                return 0;
        case 'y':
                json_unsigned(writer, value.u8);
                return 0;
        case 'n':
                json_signed(writer, value.i16);
                return 0;
        case 'q':
                json_unsigned(writer, value.u16);
                return 0;
        case 'i':
                json_signed(writer, value.i32);
                return 0;
        case 'u':
                json_unsigned(writer, value.u32);
                return 0;
        case 'x':
                json_signed(writer, value.i64);
                return 0;
        case 't':
                json_unsigned(writer, value.u64);
                return 0;
        case 'd':
                json_real(writer, value.real);
                return 0;
        default:
                return -EOPNOTSUPP;
        }
}

/* All values up to the end of the container. */
static int rest_to_json(sd_bus_message *message, JsonWriter *writer)
{
        int r;

        while ((r = sd_bus_message_at_end(message, false)) == 0) {
                r = properties_to_json(message, writer);
                if (r < 0)
                        return r;
        }
        return r;
}

static int entry_to_json(sd_bus_message *message, JsonWriter *writer)
{
        const char *key;
        int r;

        r = sd_bus_message_read_basic(message, 's', &key);
        if (r < 0)
                return r;
        json_key(writer, key);
        return properties_to_json(message, writer);
}

int properties_to_json(sd_bus_message *message, JsonWriter *writer)
{
        const char *contents;
        char type, bracket;
        int r;

        r = sd_bus_message_peek_type(message, &type, &contents);
        if (r < 0)
                return r;
        if (!strchr("avre", type))
                return basic_to_json(message, type, writer);
        bracket = type == 'r' ? '[' : type != 'a' ? 0 : contents[0] == '{' ? '{' : '[';
        r = sd_bus_message_enter_container(message, type, contents);
        if (r < 0)
                return r;
        if (bracket)
                json_begin(writer, bracket);
        r = type == 'e' ? entry_to_json(message, writer) : rest_to_json(message, writer);
        if (r < 0)
                return r;
        if (bracket)
                json_end(writer, bracket);
        return sd_bus_message_exit_container(message);
}
