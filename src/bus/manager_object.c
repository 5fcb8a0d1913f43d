/* SPDX-License-Identifier: Apache-2.0 */
/* org.lwm2m.Client1.Manager: reads the client's state, forwards requests. */
#include "bus/caller.h"
#include "bus/errors.h"
#include "bus/history_method.h"
#include "bus/manager_object.h"
#include "bus/names.h"
#include "bus/options.h"
#include "bus/property.h"
#include "client/methods.h"
#include "config.h"
#include "util/log.h"

/* The properties, laid out for sd-bus. */
typedef struct ManagerView {
        char status[32], sub_status[32];
        uint64_t status_timestamp, status_timestamp_monotonic;
        Failure last_error;
        uint32_t attempt, retry_count;
        uint64_t next_retry_timestamp, next_retry_timestamp_monotonic;
        int bootstrapped;
        char generation[sizeof("configuration")];
        uint64_t last_bootstrap_timestamp, last_bootstrap_timestamp_monotonic;
        char configuration_problem[FAILURE_SENTENCE_SIZE];
        char endpoint_name[LIMIT_ENDPOINT_SIZE + 1];
        char bootstrap_server_uri[LIMIT_URI_SIZE + 1];
        char bootstrap_security_mode[32];
        int key_logging;
        const char *config_file, *version;
} ManagerView;

struct ManagerObject {
        ManagerView view; /* first: the vtable's offsets are those of the view */
        ManagerView emitted;
        Client *client;
        const BusHandler *handler;
        void *userdata;
};
static_assert(offsetof(ManagerObject, view) == 0, "handlers and getters get the same pointer");

static int reply(sd_bus_message *message, int r, const char *text, sd_bus_error *reterr)
{
        return r == 0 ? sd_bus_reply_method_return(message, NULL) : bus_error_set(reterr, r, text);
}

/* While it waits for accounts, the sentence of LastError says more than the error's own. */
static const char *why_not(const ManagerObject *object)
{
        return client_waits(object->client) ? client_state(object->client)->last_error.sentence : NULL;
}

static int do_restart(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ManagerObject *object = userdata;

        return reply(message, client_restart(object->client), why_not(object), reterr);
}

static int method_restart(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        return caller_carry_out(message, "A restart", 0, NULL, do_restart, userdata);
}

static int do_reload(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ManagerObject *object = userdata;
        _cleanup_(freep) char *text = NULL;
        int r;

        r = object->handler->reload(object->userdata, &text);
        return reply(message, r, text, reterr);
}

static int method_reload(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        return caller_carry_out(message, "A reload", 0, NULL, do_reload, userdata);
}

static int do_reset(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ManagerObject *object = userdata;

        return reply(message, client_reset(object->client), why_not(object), reterr);
}

static int method_reset(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        return caller_carry_out(message, "A reset", 0, NULL, do_reset, userdata);
}

static int do_bootstrap(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ManagerObject *object = userdata;

        return reply(message, client_bootstrap(object->client), why_not(object), reterr);
}

static int method_bootstrap(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        int r = options_read(message, NULL, 0, reterr);

        return r < 0 ? r : caller_carry_out(message, "A bootstrap", 0, NULL, do_bootstrap, userdata);
}

static int method_get_history(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const ManagerObject *object = userdata;

        caller_tell(message, LOG_DEBUG, sd_bus_message_get_member(message));
        return history_method(message, client_history(object->client));
}

static int get_counters(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const ManagerObject *object = userdata;
        ClientCounters counters;

        client_counters(object->client, &counters);
        return property_append_counters(message, &counters, _CLIENT_COUNTER_MAX);
}

#define CHANGING(name, signature, getter, field) \
        SD_BUS_PROPERTY(                         \
                name, signature, getter, offsetof(ManagerView, field), SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)
#define CONSTANT(name, signature, getter, field) \
        SD_BUS_PROPERTY(name, signature, getter, offsetof(ManagerView, field), SD_BUS_VTABLE_PROPERTY_CONST)

/* UNPRIVILEGED: the bus policy decides who gets this far (dbus/org.lwm2m.Client1.conf). */
static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        CHANGING("Status", "s", property_get_text, status),
        CHANGING("SubStatus", "s", property_get_text, sub_status),
        CHANGING("StatusTimestamp", "t", NULL, status_timestamp),
        CHANGING("StatusTimestampMonotonic", "t", NULL, status_timestamp_monotonic),
        CHANGING("LastError", "(ss)", property_get_failure, last_error),
        CHANGING("Attempt", "u", NULL, attempt),
        CHANGING("RetryCount", "u", NULL, retry_count),
        CHANGING("NextRetryTimestamp", "t", NULL, next_retry_timestamp),
        CHANGING("NextRetryTimestampMonotonic", "t", NULL, next_retry_timestamp_monotonic),
        CHANGING("Bootstrapped", "b", NULL, bootstrapped),
        CHANGING("Generation", "s", property_get_text, generation),
        CHANGING("LastBootstrapTimestamp", "t", NULL, last_bootstrap_timestamp),
        CHANGING("LastBootstrapTimestampMonotonic", "t", NULL, last_bootstrap_timestamp_monotonic),
        CHANGING("ConfigurationProblem", "s", property_get_text, configuration_problem),
        CHANGING("EndpointName", "s", property_get_text, endpoint_name),
        CHANGING("BootstrapServerURI", "s", property_get_text, bootstrap_server_uri),
        CHANGING("BootstrapSecurityMode", "s", property_get_text, bootstrap_security_mode),
        SD_BUS_PROPERTY("Counters", "a{st}", get_counters, 0, 0),
        CONSTANT("KeyLogging", "b", NULL, key_logging),
        CONSTANT("ConfigFile", "s", NULL, config_file),
        CONSTANT("Version", "s", NULL, version),
        SD_BUS_METHOD_WITH_ARGS(
                "Restart", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_restart, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                "Reload", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_reload, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                "Reset", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_reset, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Bootstrap", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT,
                method_bootstrap, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetHistory", SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", series),
                method_get_history, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("StatusChanged", SD_BUS_ARGS("s", old, "s", new, "s", reason), 0),
        SD_BUS_VTABLE_END,
};

int manager_object_new(Client *client, const char *config_file, const BusHandler *handler, void *userdata,
        ManagerObject **ret)
{
        ManagerObject *object;

        assert(client && config_file && handler && handler->reload && ret);

        object = calloc(1, sizeof(*object));
        if (!object)
                return -ENOMEM;
        object->client = client;
        object->handler = handler;
        object->userdata = userdata;
        object->view.config_file = config_file;
        object->view.version = PROJECT_VERSION;
        object->view.key_logging = client_state(client)->key_log && client_state(client)->key_log[0];
        manager_object_refresh(object);
        manager_object_settle(object);

        *ret = object;
        return 0;
}

ManagerObject *manager_object_free(ManagerObject *object)
{
        free(object);
        return NULL;
}

int manager_object_attach(ManagerObject *object, sd_bus *connection)
{
        return sd_bus_add_object_vtable(
                connection, NULL, BUS_PATH, BUS_MANAGER_INTERFACE, manager_vtable, object);
}

void manager_object_refresh(ManagerObject *object)
{
        const ClientState *state = client_state(object->client);
        ManagerView *view = &object->view;

#define SET_TEXT(field, text) property_set_text(view->field, sizeof(view->field), text)
        SET_TEXT(status, status_to_string(state->status));
        SET_TEXT(sub_status, sub_status_to_string(state->sub_status));
        view->status_timestamp = state->status_timestamp;
        view->status_timestamp_monotonic = state->status_timestamp_monotonic;
        view->last_error = state->last_error;
        view->attempt = state->attempt;
        view->retry_count = state->retry_count;
        view->next_retry_timestamp = state->next_retry_timestamp;
        view->next_retry_timestamp_monotonic = state->next_retry_timestamp_monotonic;
        view->bootstrapped = state->bootstrapped;
        SET_TEXT(generation, state->generation);
        view->last_bootstrap_timestamp = state->last_bootstrap_timestamp;
        view->last_bootstrap_timestamp_monotonic = state->last_bootstrap_timestamp_monotonic;
        SET_TEXT(configuration_problem, state->configuration_problem);
        SET_TEXT(endpoint_name, state->endpoint);
        SET_TEXT(bootstrap_server_uri, state->bootstrap_server_uri);
        SET_TEXT(bootstrap_security_mode, state->bootstrap_security_mode);
#undef SET_TEXT
}

void manager_object_settle(ManagerObject *object)
{
        object->emitted = object->view;
}

int manager_object_emit_status_changed(
        sd_bus *connection, Status old_status, Status new_status, const char *reason)
{
        return sd_bus_emit_signal(connection, BUS_PATH, BUS_MANAGER_INTERFACE, "StatusChanged", "sss",
                status_to_string(old_status), status_to_string(new_status), reason ?: "");
}

int manager_object_emit_changed(ManagerObject *object, sd_bus *connection)
{
        return property_emit_changed(connection, BUS_PATH, BUS_MANAGER_INTERFACE, manager_vtable,
                &object->view, &object->emitted, sizeof(object->view));
}
