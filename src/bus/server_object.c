/* SPDX-License-Identifier: Apache-2.0 */
/* org.lwm2m.Client1.Server: reads the client's servers, forwards requests. */
#include <stdio.h>

#include "bus/caller.h"
#include "bus/errors.h"
#include "bus/names.h"
#include "bus/property.h"
#include "bus/send_method.h"
#include "bus/server_object.h"
#include "client/methods.h"
#include "util/parse.h"

#define PATH_SIZE sizeof(BUS_SERVER_PREFIX "/65535")

/* The properties, laid out for sd-bus. */
typedef struct ServerView {
        uint16_t short_server_id;
        char server_uri[LIMIT_URI_SIZE + 1];
        char security_mode[32];
        char peer_address[128]; /* an IPv6 address with scope, and a port */
        char cipher[128];
        int64_t lifetime;
        char binding[64];
        char state[32];
        uint64_t last_registration_timestamp, last_registration_timestamp_monotonic;
        uint64_t next_update_timestamp, next_update_timestamp_monotonic;
        uint64_t next_retry_timestamp, next_retry_timestamp_monotonic;
        Failure last_error;
        uint32_t observations;
} ServerView;

typedef struct ServerObject {
        ServerView view; /* first: the vtable's offsets are those of the view */
        ServerView emitted;
        ServerObjects *objects;
} ServerObject;
static_assert(offsetof(ServerObject, view) == 0, "handlers and getters get the same pointer");

struct ServerObjects {
        Client *client;
        ServerObject *items[SERVER_OBJECTS_MAX];
        size_t n;
};

static void format_path(uint16_t short_server_id, char ret[PATH_SIZE])
{
        (void)snprintf(ret, PATH_SIZE, BUS_SERVER_PREFIX "/%u", (unsigned)short_server_id);
}

static ServerObject *find_object(ServerObjects *objects, uint16_t short_server_id)
{
        for (size_t i = 0; i < objects->n; i++)
                if (objects->items[i]->view.short_server_id == short_server_id)
                        return objects->items[i];
        return NULL;
}

/* The path must be the canonical one: "/server/007" is nobody. */
static ServerObject *find_by_path(ServerObjects *objects, const char *path)
{
        char canonical[PATH_SIZE];
        uint64_t number;

        if (strncmp(path, BUS_SERVER_PREFIX "/", strlen(BUS_SERVER_PREFIX "/")) != 0 ||
                parse_u64(path + strlen(BUS_SERVER_PREFIX "/"), UINT16_MAX, &number) < 0)
                return NULL;
        format_path((uint16_t)number, canonical);
        return strcmp(path, canonical) == 0 ? find_object(objects, (uint16_t)number) : NULL;
}

/* By its path again, once the caller is known: it may have gone with its account. */
static int do_update(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ServerObjects *objects = userdata;
        const ServerObject *object = find_by_path(objects, sd_bus_message_get_path(message));
        int r = -ENOENT;

        if (object)
                r = client_server_update(objects->client, object->view.short_server_id);
        return r == 0 ? sd_bus_reply_method_return(message, NULL) : bus_error_set(reterr, r, NULL);
}

static int do_disable(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ServerObjects *objects = userdata;
        const ServerObject *object = find_by_path(objects, sd_bus_message_get_path(message));
        uint32_t seconds;
        int r;

        r = sd_bus_message_read(message, "u", &seconds);
        if (r < 0)
                return r;
        r = object ? client_server_disable(objects->client, object->view.short_server_id, seconds) : -ENOENT;
        return r == 0 ? sd_bus_reply_method_return(message, NULL) : bus_error_set(reterr, r, NULL);
}

static int do_send(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ServerObjects *objects = userdata;
        const ServerObject *object = find_by_path(objects, sd_bus_message_get_path(message));

        return object ? send_method(message, objects->client, object->view.short_server_id, reterr)
                      : bus_error_set(reterr, -ENOENT, NULL);
}

static int carry_out(const ServerObject *object, sd_bus_message *message, const char *what,
        sd_bus_message_handler_t order)
{
        char text[CALLER_WHAT_SIZE];

        (void)snprintf(text, sizeof(text), "%s LwM2M Server %u", what, object->view.short_server_id);
        return caller_carry_out(message, text, object->view.short_server_id, object->view.server_uri, order,
                object->objects);
}

static int method_update(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        return carry_out(userdata, message, "An Update of", do_update);
}

static int method_disable(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        return carry_out(userdata, message, "A Disable of", do_disable);
}

static int method_send(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        return carry_out(userdata, message, "A Send to", do_send);
}

static int get_counters(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *reterr)
{
        const ServerObject *object = userdata;
        ClientCounters counters = {.values = {0}}; /* its account has just gone */

        (void)client_server_counters(object->objects->client, object->view.short_server_id, &counters);
        return property_append_counters(reply, &counters, _CLIENT_COUNTER_OF_SERVER_MAX);
}

#define CHANGING(name, signature, getter, field) \
        SD_BUS_PROPERTY(                         \
                name, signature, getter, offsetof(ServerView, field), SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable server_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("ShortServerID", "q", NULL, offsetof(ServerView, short_server_id),
                SD_BUS_VTABLE_PROPERTY_CONST),
        CHANGING("ServerURI", "s", property_get_text, server_uri),
        CHANGING("SecurityMode", "s", property_get_text, security_mode),
        CHANGING("PeerAddress", "s", property_get_text, peer_address),
        CHANGING("Cipher", "s", property_get_text, cipher),
        CHANGING("Lifetime", "x", NULL, lifetime),
        CHANGING("Binding", "s", property_get_text, binding),
        CHANGING("State", "s", property_get_text, state),
        CHANGING("LastRegistrationTimestamp", "t", NULL, last_registration_timestamp),
        CHANGING("LastRegistrationTimestampMonotonic", "t", NULL, last_registration_timestamp_monotonic),
        CHANGING("NextUpdateTimestamp", "t", NULL, next_update_timestamp),
        CHANGING("NextUpdateTimestampMonotonic", "t", NULL, next_update_timestamp_monotonic),
        CHANGING("NextRetryTimestamp", "t", NULL, next_retry_timestamp),
        CHANGING("NextRetryTimestampMonotonic", "t", NULL, next_retry_timestamp_monotonic),
        CHANGING("LastError", "(ss)", property_get_failure, last_error),
        CHANGING("Observations", "u", NULL, observations),
        SD_BUS_PROPERTY("Counters", "a{st}", get_counters, 0, 0),
        SD_BUS_METHOD_WITH_ARGS(
                "Update", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_update, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Disable", SD_BUS_ARGS("u", seconds), SD_BUS_NO_RESULT, method_disable,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Send", SD_BUS_ARGS("as", paths, "a{sv}", options), SD_BUS_NO_RESULT,
                method_send, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static int on_find(sd_bus *connection, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *reterr)
{
        *ret_found = find_by_path(userdata, path);
        return *ret_found ? 1 : 0;
}

static void strv_free(char **strv)
{
        for (char **s = strv; s && *s; s++)
                free(*s);
        free(strv);
}

static int enumerate(
        sd_bus *connection, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *reterr)
{
        ServerObjects *objects = userdata;
        char **nodes;

        nodes = calloc(objects->n + 1, sizeof(*nodes));
        if (!nodes)
                return -ENOMEM;
        for (size_t i = 0; i < objects->n; i++) {
                char path[PATH_SIZE];

                format_path(objects->items[i]->view.short_server_id, path);
                nodes[i] = strdup(path);
                if (!nodes[i]) {
                        strv_free(nodes);
                        return -ENOMEM;
                }
        }

        *ret_nodes = nodes;
        return 0;
}

/* The client may have dropped a server just before it says so: then the last view stays. */
static void read_view(const ServerObjects *objects, uint16_t short_server_id, ServerView *view)
{
        ClientServer server;

        view->short_server_id = short_server_id;
        if (client_server(objects->client, short_server_id, &server) < 0)
                return;
#define SET_TEXT(field, text) property_set_text(view->field, sizeof(view->field), text)
        SET_TEXT(server_uri, server.uri);
        SET_TEXT(security_mode, server.security_mode);
        SET_TEXT(peer_address, server.peer_address);
        SET_TEXT(cipher, server.cipher);
        view->lifetime = server.lifetime;
        SET_TEXT(binding, server.binding);
        SET_TEXT(state, server_state_to_string(server.state));
        view->last_registration_timestamp = server.last_registration_timestamp;
        view->last_registration_timestamp_monotonic = server.last_registration_timestamp_monotonic;
        view->next_update_timestamp = server.next_update_timestamp;
        view->next_update_timestamp_monotonic = server.next_update_timestamp_monotonic;
        view->next_retry_timestamp = server.next_retry_timestamp;
        view->next_retry_timestamp_monotonic = server.next_retry_timestamp_monotonic;
        view->last_error = server.last_error;
        view->observations = server.observations;
#undef SET_TEXT
}

int server_objects_new(Client *client, ServerObjects **ret)
{
        _cleanup_(server_objects_freep) ServerObjects *objects = NULL;
        uint16_t ids[LIMIT_SERVER_ACCOUNTS];
        size_t n;
        int r;

        assert(client && ret);

        objects = calloc(1, sizeof(*objects));
        if (!objects)
                return -ENOMEM;
        objects->client = client;
        n = client_servers(client, ids);
        for (size_t i = 0; i < n; i++) {
                r = server_objects_add(objects, NULL, ids[i]);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(objects);
        return 0;
}

ServerObjects *server_objects_free(ServerObjects *objects)
{
        if (!objects)
                return NULL;
        for (size_t i = 0; i < objects->n; i++)
                free(objects->items[i]);
        free(objects);
        return NULL;
}

int server_objects_attach(ServerObjects *objects, sd_bus *connection)
{
        int r;

        r = sd_bus_add_fallback_vtable(
                connection, NULL, BUS_SERVER_PREFIX, BUS_SERVER_INTERFACE, server_vtable, on_find, objects);
        if (r < 0)
                return r;
        return sd_bus_add_node_enumerator(connection, NULL, BUS_SERVER_PREFIX, enumerate, objects);
}

void server_objects_settle(ServerObjects *objects)
{
        for (size_t i = 0; i < objects->n; i++)
                objects->items[i]->emitted = objects->items[i]->view;
}

int server_objects_add(ServerObjects *objects, sd_bus *connection, uint16_t short_server_id)
{
        char path[PATH_SIZE];
        ServerObject *object;

        if (find_object(objects, short_server_id)) {
                server_objects_refresh(objects, short_server_id);
                return 0;
        }
        if (objects->n == SERVER_OBJECTS_MAX)
                return -E2BIG;
        object = calloc(1, sizeof(*object));
        if (!object)
                return -ENOMEM;
        object->objects = objects;
        read_view(objects, short_server_id, &object->view);
        object->emitted = object->view;
        objects->items[objects->n++] = object;

        format_path(short_server_id, path);
        return connection ? sd_bus_emit_object_added(connection, path) : 0;
}

void server_objects_refresh(ServerObjects *objects, uint16_t short_server_id)
{
        ServerObject *object = find_object(objects, short_server_id);

        if (object)
                read_view(objects, short_server_id, &object->view);
}

int server_objects_remove(ServerObjects *objects, sd_bus *connection, uint16_t short_server_id)
{
        char path[PATH_SIZE];
        int r = 0;

        for (size_t i = 0; i < objects->n; i++) {
                if (objects->items[i]->view.short_server_id != short_server_id)
                        continue;
                /* Before it goes: sd-bus asks on_find() which interfaces there are to name. */
                format_path(short_server_id, path);
                if (connection)
                        r = sd_bus_emit_object_removed(connection, path);
                free(objects->items[i]);
                objects->items[i] = objects->items[--objects->n];
                return r;
        }
        return 0;
}

int server_objects_emit_changed(ServerObjects *objects, sd_bus *connection)
{
        int result = 0;

        for (size_t i = 0; i < objects->n; i++) {
                ServerObject *object = objects->items[i];
                char path[PATH_SIZE];
                int r;

                format_path(object->view.short_server_id, path);
                r = property_emit_changed(connection, path, BUS_SERVER_INTERFACE, server_vtable,
                        &object->view, &object->emitted, sizeof(object->view));
                if (r < 0)
                        result = r;
        }
        return result;
}
