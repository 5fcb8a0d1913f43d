/* SPDX-License-Identifier: Apache-2.0 */
/* Servers and Bootstrap Servers without a network: takes the place of coap/connection.c at link
 * time. A peer is known by its URI, "coap://s0.example" or "coap://b0.example"; any other one is
 * nowhere. What it does is its mode, which the test changes at will. */
#pragma once

#include "coap/connection.h"
#include "../operation/fixture.h"
#include "client/fake_loop.h"
#include "lwm2m/failure.h"

typedef enum PeerMode {
        /* Both kinds */
        PEER_DEAD,        /* silent */
        PEER_UNREACHABLE, /* ICMP */
        PEER_FORBIDS,     /* 4.03 */
        PEER_UNAVAILABLE, /* 5.03 */
        PEER_BUSY,        /* 4.29 */
        /* LwM2M Servers */
        PEER_LIVES,
        PEER_OTHER_VERSION, /* 4.12 */
        PEER_INCOMPLETE,    /* 4.08 */
        PEER_DROPS,         /* takes a registration and ends the session within a minute */
        PEER_FORGETS,       /* takes a registration, answers its Updates 4.04 */
        /* Bootstrap Servers: 2.04, and then */
        PEER_SILENT,
        PEER_READS,      /* for ever */
        PEER_WRITES,     /* anything, then Finish */
        PEER_STOPS,      /* anything, and no Finish */
        PEER_FINISHES,   /* nothing but Finish */
        PEER_GIVES_DEAD, /* accounts that lead nowhere */
        PEER_HANDS_ON,   /* the same, and another Bootstrap-Server Account */
        PEER_GIVES,      /* a working server */
} PeerMode;

/* How a Bootstrap Server that is there answers a Bootstrap-Pack-Request */
typedef enum PackMode {
        PACK_LACKS,   /* 4.04 */
        PACK_REFUSES, /* 4.00 */
        PACK_SILENT,
        PACK_CUT,     /* a block, and silence */
        PACK_GARBAGE, /* 2.05 that cannot be used */
        PACK_GIVES,   /* what it would write */
        _PACK_MODE_MAX,
} PackMode;

typedef struct Peer {
        char uri[sizeof("coap://s0.example")];
        PeerMode mode;
        PackMode pack;
        bool refuses_format; /* a Bootstrap Server: 4.15 to a request with pct, else by its mode */
        bool answered;       /* with success, at any time */
} Peer;

#define FAKE_SERVERS    8
#define FAKE_BOOTSTRAPS 4
#define FAKE_GIVEN      (FAKE_SERVERS - 1) /* the one that PEER_GIVES gives */

static Peer fake_servers[FAKE_SERVERS], fake_bootstraps[FAKE_BOOTSTRAPS];

static inline Peer *fake_peer(const char *uri)
{
        for (size_t i = 0; i < FAKE_SERVERS; i++)
                if (strcmp(uri, fake_servers[i].uri) == 0)
                        return &fake_servers[i];
        for (size_t i = 0; i < FAKE_BOOTSTRAPS; i++)
                if (strcmp(uri, fake_bootstraps[i].uri) == 0)
                        return &fake_bootstraps[i];
        return NULL;
}

static inline bool fake_is_bootstrap(const Peer *peer)
{
        return peer >= fake_bootstraps && peer < fake_bootstraps + FAKE_BOOTSTRAPS;
}

/* -- Connections -- */

#define FAKE_ROUND_TRIP    (50 * USEC_PER_MSEC)
#define FAKE_TRANSMIT_WAIT (93 * USEC_PER_SEC)
#define FAKE_OBJECTS_SIZE  512

struct Connection {
        const ConnectionHandler *handler;
        void *userdata;
        Peer *peer;        /* NULL: nowhere */
        uint64_t network;  /* in which it was opened */
        Counters counters; /* .last_message, and what a test says */
        bool asleep;       /* at the last look */
        bool requests, open;
        bool has_format;   /* the last Bootstrap-Request */
        bool asks_pack;    /* the opening request is a Bootstrap-Pack-Request */
        bool has_block;    /* of PACK_CUT */
        unsigned position; /* in what a Bootstrap Server does */
        int64_t lifetime;  /* announced last, -1: none */
        bool queue_mode;   /* likewise */
        char objects[FAKE_OBJECTS_SIZE];
        sd_event_source *next;
        struct {
                ConnectionAnswer callback;
                void *userdata;
                int64_t lifetime;
                bool queue_mode;
                char objects[FAKE_OBJECTS_SIZE];
                bool silent;
                sd_event_source *next;
        } update;
        void (*closed)(void *userdata);
        TAILQ_ENTRY(Connection) entries;
};

static TAILQ_HEAD(, Connection) fake_connections = TAILQ_HEAD_INITIALIZER(fake_connections);
static size_t fake_bootstrap_requests; /* connections to Bootstrap Servers */
static size_t fake_opened;             /* connections */
static size_t fake_requests;           /* of ours on open ones: Updates, Sends */

/* Numbers of the network of now, and of the first one whose addresses the machine still has. */
static uint64_t fake_network = 1, fake_addresses = 1;

/* Requests that are answered later: what was said of the handle, CODE_NONE until then. */
#define FAKE_HANDLES 256

static struct {
        Connection *connection; /* NULL: it is void */
        uint8_t code;
        unsigned answers;
} fake_handles[FAKE_HANDLES];
static uint64_t fake_last_handle;

/* What was notified; the number of each is its place, from 1 on. */
#define FAKE_NOTIFICATIONS 128

typedef struct FakeNotification {
        char text[256]; /* the payload, or the code of an error */
        int64_t observe;
        bool confirmable;
        NotificationCallback callback;
        void *userdata;
} FakeNotification;

static FakeNotification fake_notifications[FAKE_NOTIFICATIONS];
static size_t fake_n_notifications;
static bool fake_refuses_notifications;

void connection_memory_renew(ConnectionMemory *memory)
{
        memory->network = fake_network;
}

bool connection_memory_differs(const ConnectionMemory *memory)
{
        return memory->network != fake_network;
}

void connection_network_changed(Connection *connection)
{
}

bool connection_is_stranded(const Connection *connection)
{
        return connection->open ? connection->network < fake_addresses : connection->network != fake_network;
}

/* What the test does with an open session of a Bootstrap Server: the next request. False: none any more. */
static bool fake_provision(Connection *connection);

/* The values of its pack, as fixture_put() takes them. Static buffer. */
static const char *fake_pack(Connection *connection);

static inline PeerMode fake_mode(const Connection *connection)
{
        return connection->peer ? connection->peer->mode : PEER_DEAD;
}

static inline int64_t fake_lifetime(const Request *request, int64_t absent)
{
        for (size_t i = 0; i < request->query.n; i++)
                if (strncmp(request->query.items[i], "lt=", 3) == 0)
                        return strtoll(request->query.items[i] + 3, NULL, 10);
        return absent;
}

/* LwM2M 1.0 has it in the binding, which an Update may change. */
static inline bool fake_queue_mode(const Request *request, bool absent)
{
        for (size_t i = 0; i < request->query.n; i++) {
                if (strcmp(request->query.items[i], "Q") == 0)
                        return true;
                if (strncmp(request->query.items[i], "b=", 2) == 0)
                        absent = strchr(request->query.items[i], 'Q');
        }
        return absent;
}

/* The object list, where there is one. */
static inline void fake_take_objects(const Request *request, char objects[FAKE_OBJECTS_SIZE])
{
        if (request->payload_size == 0)
                return;
        assert_in_range(request->payload_size, 1, FAKE_OBJECTS_SIZE - 1);
        memcpy(objects, request->payload, request->payload_size);
        objects[request->payload_size] = '\0';
}

static inline bool fake_has_format(const Request *request)
{
        for (size_t i = 0; i < request->query.n; i++)
                if (strncmp(request->query.items[i], "pct=", 4) == 0)
                        return true;
        return false;
}

static inline bool fake_is_open(const Connection *connection)
{
        const Connection *other;

        TAILQ_FOREACH (other, &fake_connections, entries)
                if (other == connection)
                        return !other->closed;
        return false;
}

static inline uint8_t fake_answer_to_pack(const Connection *connection)
{
        switch (connection->peer->pack) {
        case PACK_LACKS:
                return CODE_NOT_FOUND;
        case PACK_REFUSES:
                return CODE_BAD_REQUEST;
        case PACK_SILENT:
        case PACK_CUT:
                return CODE_NONE;
        case PACK_GARBAGE:
        case PACK_GIVES:
        case _PACK_MODE_MAX:
                break;
        }
        return CODE_CONTENT;
}

/* The code that answers our opening request, CODE_NONE: silence. */
static inline uint8_t fake_answer(const Connection *connection)
{
        bool there = fake_mode(connection) != PEER_DEAD && fake_mode(connection) != PEER_UNREACHABLE;

        if (connection->asks_pack && connection->peer && there)
                return fake_answer_to_pack(connection);
        if (connection->has_format && connection->peer && connection->peer->refuses_format)
                return CODE_UNSUPPORTED_FORMAT;
        switch (fake_mode(connection)) {
        case PEER_DEAD:
        case PEER_UNREACHABLE:
                return CODE_NONE;
        case PEER_FORBIDS:
                return CODE_FORBIDDEN;
        case PEER_UNAVAILABLE:
                return CODE_UNAVAILABLE;
        case PEER_BUSY:
                return CODE_TOO_MANY_REQUESTS;
        case PEER_OTHER_VERSION:
                return CODE_PRECONDITION_FAILED;
        case PEER_INCOMPLETE:
                return CODE_INCOMPLETE;
        case PEER_LIVES:
        case PEER_DROPS:
        case PEER_FORGETS:
                return CODE_CREATED;
        case PEER_SILENT:
        case PEER_READS:
        case PEER_WRITES:
        case PEER_STOPS:
        case PEER_FINISHES:
        case PEER_GIVES_DEAD:
        case PEER_HANDS_ON:
        case PEER_GIVES:
                return CODE_CHANGED;
        }
        return CODE_NONE;
}

static inline void fake_fail(Connection *connection, FailureName name)
{
        Failure failure;

        failure_set(&failure, name, "%s.", connection->peer ? connection->peer->uri : "nowhere");
        connection->open = false;
        connection->handler->failed(connection->userdata, &failure);
}

/* A server that is too busy may say for how long. */
static inline uint32_t fake_max_age(uint8_t code)
{
        bool busy = code == CODE_UNAVAILABLE || code == CODE_TOO_MANY_REQUESTS;

        return busy && fake_chance(300) ? (uint32_t)fake_below(8000) : 0;
}

static inline void fake_fill_pack(Connection *connection, Response *response)
{
        _cleanup_(request_done) Request encoded = REQUEST_INIT;
        const Step step = {METHOD_GET, "/", FORMAT_SENML_CBOR, fake_pack(connection), 0};

        fake_note("%s gives %s", connection->peer->uri, step.payload);
        fixture_payload(&step, &PATH_ROOT, &encoded);
        response->content_format = FORMAT_SENML_CBOR;
        response->payload_size = encoded.payload_size;
        response->payload = TAKE_PTR(encoded.payload);
}

static inline void fake_answered(Connection *connection, uint8_t code)
{
        _cleanup_(response_done) Response response = RESPONSE_INIT;

        response.code = code;
        response.max_age = fake_max_age(code);
        if (code == CODE_CONTENT && connection->peer->pack == PACK_GIVES)
                fake_fill_pack(connection, &response);
        connection->open = true;
        connection->counters.last_message = fake_now;
        connection->peer->answered = connection->peer->answered || CODE_CLASS(code) == 2;
        if (code == CODE_CREATED) {
                assert_int_equal(texts_add(&response.location, "rd"), 0);
                if (fake_mode(connection) == PEER_DROPS)
                        timer_set(connection->next, fake_now + (1 + fake_below(50)) * USEC_PER_SEC);
        } else if (code == CODE_CHANGED)
                timer_set(connection->next, fake_now + FAKE_ROUND_TRIP);
        fake_note("%s answers %u.%02u", connection->peer->uri, CODE_ARGS(code));
        connection->handler->answered(connection->userdata, &response);
}

static inline void fake_await_answer(Connection *connection)
{
        bool silent = fake_answer(connection) == CODE_NONE && fake_mode(connection) != PEER_UNREACHABLE;

        timer_set(connection->next, fake_now + (silent ? FAKE_TRANSMIT_WAIT : FAKE_ROUND_TRIP));
}

/* Opens, is answered, is driven on by a Bootstrap Server, is lost: one after the other. */
static inline int on_connection(sd_event_source *source, uint64_t usec, void *userdata)
{
        Connection *connection = userdata;
        uint8_t code = fake_answer(connection);

        if (connection->closed) {
                void (*closed)(void *) = connection->closed;
                void *context = connection->userdata;

                connection->closed = NULL;
                (void)connection_close(connection);
                closed(context);
        } else if (!connection->requests) {
                connection->requests = true;
                fake_await_answer(connection);
                connection->handler->stage(connection->userdata, CONNECTION_REQUESTING);
        } else if (!connection->open && connection->asks_pack && connection->peer &&
                   connection->peer->pack == PACK_CUT && !connection->has_block) {
                connection->has_block = true;
                timer_set(connection->next, fake_now + FAKE_TRANSMIT_WAIT);
                connection->handler->block(connection->userdata);
        } else if (!connection->open && code == CODE_NONE && fake_mode(connection) != PEER_UNREACHABLE &&
                   connection->handler->unanswered && connection->handler->unanswered(connection->userdata))
                return 0;
        else if (!connection->open && code == CODE_NONE)
                fake_fail(connection,
                        fake_mode(connection) == PEER_UNREACHABLE ? FAILURE_REFUSED : FAILURE_TIMEOUT);
        else if (!connection->open)
                fake_answered(connection, code);
        else if (!fake_is_bootstrap(connection->peer))
                fake_fail(connection, FAILURE_CONNECTION_LOST);
        else {
                timer_set(connection->next, fake_now + (1 + fake_below(40)) * USEC_PER_SEC);
                if (!fake_provision(connection) && fake_is_open(connection))
                        timer_set(connection->next, 0);
        }
        return 0;
}

static inline int on_update(sd_event_source *source, uint64_t usec, void *userdata)
{
        Connection *connection = userdata;
        ConnectionAnswer callback = connection->update.callback;
        _cleanup_(response_done) Response response = RESPONSE_INIT;
        uint8_t code = fake_answer(connection);
        Failure failure;

        if (code == CODE_NONE && !connection->update.silent) {
                connection->update.silent = true;
                timer_set(connection->update.next, fake_now + FAKE_TRANSMIT_WAIT);
                return 0;
        }
        connection->update.callback = NULL;
        connection->counters.last_message = fake_now;
        if (fake_mode(connection) == PEER_DROPS) {
                fake_fail(connection, FAILURE_CONNECTION_LOST);
                return 0;
        }
        if (fake_mode(connection) == PEER_FORGETS)
                code = CODE_NOT_FOUND;
        else if (code == CODE_CREATED) {
                code = CODE_CHANGED;
                connection->lifetime = connection->update.lifetime;
                connection->queue_mode = connection->update.queue_mode;
                memcpy(connection->objects, connection->update.objects, sizeof(connection->objects));
        } else if (code == CODE_CHANGED) {
                connection->peer->answered = true;
                timer_set(connection->next, fake_now + FAKE_ROUND_TRIP);
        }
        response.code = code;
        response.max_age = fake_max_age(code);
        failure_set(&failure, FAILURE_TIMEOUT, "silence.");
        callback(connection->update.userdata, code == CODE_NONE ? NULL : &response,
                code == CODE_NONE ? &failure : NULL);
        return 0;
}

int connection_open(sd_event *event, const Clock *clock, Resolver *resolver,
        const ConnectionSettings *settings, ConnectionMemory *memory, const Request *opening,
        const ConnectionHandler *handler, void *userdata, Connection **ret)
{
        Connection *connection = calloc(1, sizeof(*connection));

        assert_non_null(connection);
        connection->handler = handler;
        connection->userdata = userdata;
        connection->peer = fake_peer(settings->uri);
        connection->network = fake_network;
        connection_memory_renew(memory);
        connection->lifetime = fake_lifetime(opening, -1);
        connection->queue_mode = fake_queue_mode(opening, false);
        fake_take_objects(opening, connection->objects);
        connection->has_format = fake_has_format(opening);
        connection->asks_pack = strcmp(opening->path.items[0], "bspack") == 0;
        assert_int_equal(timer_new(event, on_connection, connection, "connection", &connection->next), 0);
        assert_int_equal(timer_new(event, on_update, connection, "request", &connection->update.next), 0);
        timer_set(connection->next, fake_now + FAKE_ROUND_TRIP);
        TAILQ_INSERT_TAIL(&fake_connections, connection, entries);
        fake_opened++;
        fake_bootstrap_requests += connection->asks_pack || strcmp(opening->path.items[0], "bs") == 0;
        fake_note("%s %s?%s", settings->uri, opening->path.items[0], opening->query.items[0]);
        *ret = connection;
        return 0;
}

Connection *connection_close(Connection *connection)
{
        if (!connection)
                return NULL;
        for (size_t i = 0; i < FAKE_HANDLES; i++)
                if (fake_handles[i].connection == connection)
                        fake_handles[i].connection = NULL;
        TAILQ_REMOVE(&fake_connections, connection, entries);
        sd_event_source_disable_unref(connection->next);
        sd_event_source_disable_unref(connection->update.next);
        free(connection);
        return NULL;
}

void connection_request(
        Connection *connection, const Request *request, ConnectionAnswer callback, void *userdata)
{
        /* One Update at a time: what changes meanwhile waits for its answer. */
        assert_null(connection->update.callback);
        assert_true(connection->open);
        fake_requests++;
        connection->counters.last_message = fake_now;
        connection->update.callback = callback;
        connection->update.userdata = userdata;
        connection->update.lifetime = fake_lifetime(request, connection->lifetime);
        connection->update.queue_mode = fake_queue_mode(request, connection->queue_mode);
        memcpy(connection->update.objects, connection->objects, sizeof(connection->objects));
        fake_take_objects(request, connection->update.objects);
        connection->update.silent = false;
        connection->has_format = fake_has_format(request);
        timer_set(connection->update.next, fake_now + FAKE_ROUND_TRIP);
}

int connection_reopen(Connection *connection, const Request *opening)
{
        connection->open = false;
        connection->position = 0;
        connection->has_format = fake_has_format(opening);
        connection->asks_pack = strcmp(opening->path.items[0], "bspack") == 0;
        fake_note("%s %s?%s", connection->peer ? connection->peer->uri : "nowhere", opening->path.items[0],
                opening->query.items[0]);
        fake_await_answer(connection);
        return 0;
}

/* The notification of which the rest was not wanted any more, last. */
static uint64_t fake_forgone;

void connection_forgo_rest(Connection *connection, uint64_t number)
{
        fake_forgone = number;
}

uint64_t connection_notify(Connection *connection, const Request *request, const Response *response,
        bool confirmable, NotificationCallback callback, void *userdata)
{
        FakeNotification *notification = &fake_notifications[fake_n_notifications];

        if (fake_refuses_notifications || fake_n_notifications == FAKE_NOTIFICATIONS)
                return 0;
        *notification = (FakeNotification){"", response->observe, confirmable, callback, userdata};
        if (CODE_CLASS(response->code) == 2)
                (void)snprintf(notification->text, sizeof(notification->text), "%.*s",
                        (int)response->payload_size, (const char *)response->payload);
        else
                (void)snprintf(notification->text, sizeof(notification->text), "%u.%02u",
                        CODE_ARGS(response->code));
        return ++fake_n_notifications;
}

Counters connection_take_counters(Connection *connection)
{
        const Counters taken = connection->counters;

        connection->counters = (Counters){.last_message = taken.last_message};
        return taken;
}

void connection_close_with(Connection *connection, ConnectionLast last, uint64_t timeout,
        void (*done)(void *userdata), void *userdata, Counters *ret_counters)
{
        *ret_counters = connection_take_counters(connection);
        connection->closed = done;
        connection->userdata = userdata;
        timer_set(connection->update.next, 0);
        timer_set(connection->next,
                fake_now + (fake_answer(connection) == CODE_NONE ? timeout : FAKE_ROUND_TRIP));
}

bool connection_can_answer_later(const Connection *connection)
{
        return fake_last_handle + 1 < FAKE_HANDLES;
}

uint64_t connection_answer_later(Connection *connection)
{
        if (fake_last_handle + 1 >= FAKE_HANDLES)
                return 0;
        fake_handles[++fake_last_handle].connection = connection;
        return fake_last_handle;
}

void connection_answer(Connection *connection, uint64_t handle, const Response *response)
{
        assert_in_range(handle, 1, fake_last_handle);
        if (fake_handles[handle].connection != connection)
                return;
        fake_handles[handle].code = response->code;
        fake_handles[handle].answers++;
}

const char *connection_peer_address(const Connection *connection)
{
        return "";
}

const Counters *connection_counters(const Connection *connection)
{
        return &connection->counters;
}

const char *connection_cipher(const Connection *connection)
{
        return "";
}

/* A request of the peer; the code that answers it, CODE_NONE: it was not taken. */
static inline uint8_t fake_request(Connection *connection, const Step *step)
{
        _cleanup_(request_done) Request request = fixture_request(step);
        _cleanup_(response_done) Response response = RESPONSE_INIT;
        const ConnectionHandler *handler = connection->handler;

        if (handler->accepts && !handler->accepts(connection->userdata))
                return CODE_NONE;
        connection->counters.last_message = fake_now;
        handler->request(connection->userdata, &request, &response);
        if (step->method != METHOD_GET)
                fake_note("%s: %d %s%s%s: %u.%02u", connection->peer->uri, (int)step->method, step->path,
                        step->payload ? " " : "", step->payload ? step->payload : "",
                        CODE_ARGS(response.code));
        return response.code;
}
