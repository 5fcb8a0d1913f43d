/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to one server account: the door, and who is told what happens. */
#include "coap/attempt.h"
#include "coap/connection.h"
#include "coap/connection_state.h"
#include "coap/libcoap.h"
#include "coap/request_queue.h"

#define TIMER_ACCURACY_USEC (10 * USEC_PER_MSEC)

/* The peer is at work: the opening request counts as accepted. */
static void note_acceptance(Connection *connection)
{
        if (connection->closed || connection->state != STATE_REQUESTING || connection->accepted)
                return;
        connection->accepted = true;
        connection_disarm(connection);
}

static bool on_accepts(void *userdata)
{
        Connection *connection = userdata;

        if (connection->state != STATE_REQUESTING && connection->state != STATE_OPEN)
                return false;
        return !connection->handler.accepts || connection->handler.accepts(connection->userdata);
}

static void on_request(void *userdata, const Request *request, Response *ret_response)
{
        Connection *connection = userdata;

        connection_pin(connection);
        connection->handler.request(connection->userdata, request, ret_response);
        if (ret_response->code != CODE_NONE)
                note_acceptance(connection);
        connection_unpin(connection);
}

static void on_block(void *userdata)
{
        Connection *connection = userdata;

        connection_pin(connection);
        if (connection->handler.block)
                connection->handler.block(connection->userdata);
        note_acceptance(connection);
        connection_unpin(connection);
}

static bool on_response(void *userdata, const uint8_t *token, size_t token_size, const Packet *packet)
{
        Connection *connection = userdata;
        bool known;

        connection_pin(connection);
        known = attempt_response(connection, token, token_size, packet) ||
                request_queue_response(connection, token, token_size, packet);
        connection_unpin(connection);
        return known;
}

static void on_event(void *userdata, EndpointEvent event)
{
        Connection *connection = userdata;

        connection_pin(connection);
        switch (event) {
        case ENDPOINT_CONNECTED:
                attempt_connected(connection);
                break;
        case ENDPOINT_REFUSED:
        case ENDPOINT_UNREACHABLE:
                attempt_refused(connection, event);
                break;
        case ENDPOINT_RESET:
                if (connection_is_open(connection))
                        request_queue_reset(connection);
                else
                        attempt_refused(connection, event);
                break;
        case ENDPOINT_DEAD:
                if (!attempt_dead(connection))
                        connection_lose(connection);
                break;
        case _ENDPOINT_EVENT_MAX:
                break;
        }
        connection_unpin(connection);
}

static const EndpointHandler endpoint_handler = {
        .accepts = on_accepts,
        .request = on_request,
        .block = on_block,
        .response = on_response,
        .event = on_event,
};

static void connection_late(Connection *connection)
{
        if (connection->state == STATE_CLOSING)
                connection_finish(connection);
        else if (!attempt_late(connection) && connection_is_open(connection))
                request_queue_late(connection);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        Connection *connection = userdata;

        connection_pin(connection);
        connection_late(connection);
        connection_unpin(connection);
        return 0;
}

static int on_start(sd_event_source *source, void *userdata)
{
        Connection *connection = userdata;

        connection_pin(connection);
        attempt_start(connection);
        connection_unpin(connection);
        return 0;
}

/* What is wrong with the URI is told by failed(), like everything that goes wrong with an account. */
static void connection_set_uri(Connection *connection)
{
        UriScheme scheme = connection->mode == SECURITY_MODE_PSK ? URI_COAPS : URI_COAP;

        if (connection->mode != SECURITY_MODE_PSK && connection->mode != SECURITY_MODE_NOSEC)
                connection->uri_reason = "comes with a security mode that cannot be used";
        else if (uri_parse(connection->uri_text, &connection->uri, &connection->uri_reason) == 0 &&
                 connection->uri.scheme != scheme)
                connection->uri_reason = "does not fit the security mode (coap: nosec, coaps: psk)";
}

static int connection_copy_settings(
        Connection *connection, const ConnectionSettings *settings, const Request *opening)
{
        int r;

        connection->mode = settings->mode;
        connection->coap = settings->coap;
        connection->uri_text = strdup(settings->uri);
        connection->peer_kind = strdup(settings->peer_kind);
        if (!connection->uri_text || !connection->peer_kind)
                return -ENOMEM;
        connection_set_uri(connection);
        if (settings->mode == SECURITY_MODE_PSK && settings->identity && settings->key) {
                r = secret_set(&connection->identity, settings->identity->data, settings->identity->size);
                if (r < 0)
                        return r;
                r = secret_set(&connection->key, settings->key->data, settings->key->size);
                if (r < 0)
                        return r;
        }
        return exchange_init(
                &connection->opening, opening, settings->coap.block_size, settings->coap.max_body_size);
}

static int connection_add_sources(Connection *connection)
{
        int r;

        r = sd_event_add_defer(connection->event, &connection->start, on_start, connection);
        if (r < 0)
                return r;
        r = sd_event_add_time(connection->event, &connection->timer, CLOCK_BOOTTIME, 0, TIMER_ACCURACY_USEC,
                on_timer, connection);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(connection->start, "connection-start");
        (void)sd_event_source_set_description(connection->timer, "connection-deadline");
        return sd_event_source_set_enabled(connection->timer, SD_EVENT_OFF);
}

int connection_open(sd_event *event, const Clock *clock, Resolver *resolver,
        const ConnectionSettings *settings, ConnectionMemory *memory, const Request *opening,
        const ConnectionHandler *handler, void *userdata, Connection **ret)
{
        _cleanup_(connection_closep) Connection *connection = NULL;
        int r;

        connection = malloc(sizeof(*connection));
        if (!connection)
                return -ENOMEM;
        *connection = (Connection){
                .event = sd_event_ref(event),
                .clock = clock,
                .resolver = resolver,
                .memory = memory,
                .handler = *handler,
                .userdata = userdata,
                .endpoint_handler = &endpoint_handler,
        };
        STAILQ_INIT(&connection->tasks);
        r = connection_copy_settings(connection, settings, opening);
        if (r < 0)
                return r;
        r = connection_add_sources(connection);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(connection);
        return 0;
}

Connection *connection_close(Connection *connection)
{
        if (!connection)
                return NULL;
        connection->closed = true;
        connection->start = sd_event_source_disable_unref(connection->start);
        connection->timer = sd_event_source_disable_unref(connection->timer);
        resolver_cancel(TAKE_PTR(connection->query));
        connection->endpoint = endpoint_close(connection->endpoint);
        if (connection->pins == 0)
                connection_free(connection);
        return NULL;
}

int connection_request(
        Connection *connection, const Request *request, ConnectionAnswer callback, void *userdata)
{
        int r;

        if (!connection_is_open(connection))
                return -ENOTCONN;
        r = request_queue_add(connection, request, callback, userdata);
        if (r < 0)
                return r;
        request_queue_next(connection);
        return 0;
}

void connection_close_with(Connection *connection, const Request *request, uint64_t timeout,
        void (*done)(void *userdata), void *userdata)
{
        bool was_open = connection_is_open(connection);

        request_queue_drop(connection);
        connection->start = sd_event_source_disable_unref(connection->start);
        resolver_cancel(TAKE_PTR(connection->query));
        connection->state = STATE_CLOSING;
        connection->done = done;
        connection->done_userdata = userdata;
        connection_arm(connection, 0);
        if (!was_open || request_queue_add(connection, request, NULL, NULL) < 0)
                return;
        connection->task_sent = true;
        connection_arm(connection, timeout);
        request_queue_send(connection);
}

const char *connection_peer_address(const Connection *connection)
{
        return connection->address;
}

const char *connection_cipher(const Connection *connection)
{
        return connection->cipher;
}

void connection_global_init(void)
{
        libcoap_init();
}

void connection_global_done(void)
{
        libcoap_done();
}
