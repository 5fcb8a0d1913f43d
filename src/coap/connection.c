/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to one server account: where everything arrives, and who is told what comes of it. */
#include "coap/answers.h"
#include "coap/connection.h"
#include "coap/libcoap.h"
#include "coap/opening.h"
#include "coap/receiving.h"
#include "coap/request_queue.h"
#include "coap/resumption.h"

typedef enum ConnectionState {
        STATE_LIVE,    /* how far it is, the opening knows */
        STATE_CLOSING, /* one last request */
        STATE_FAILED,
        STATE_CLOSED,
} ConnectionState;

struct Connection {
        Lifetime lifetime;
        Remains remains;
        ConnectionState state;
        ConnectionHandler handler;
        void *userdata;
        Peer peer;
        Opening opening;
        RequestQueue queue;
        Receiving receiving;
        sd_event_source *later; /* a turn of its own: the start, and what would be told at once */
        Failure failure;        /* to be told there; FAILURE_NONE: none */
        Response answer;        /* to the opening request */
        ConnectionLast last;
        void (*done)(void *userdata);
        void *done_userdata;
};

static bool connection_is_open(const Connection *connection)
{
        return connection->state == STATE_LIVE && opening_is_done(&connection->opening);
}

/* Tells the failure, as the last callback. */
static void connection_fail(Connection *connection, const Failure *failure)
{
        connection->state = STATE_FAILED;
        receiving_stop(&connection->receiving);
        request_queue_drop(&connection->queue);
        peer_disconnect(&connection->peer);
        connection->handler.failed(connection->userdata, failure);
}

/* The last request has been answered, or never will. */
static void connection_finish(Connection *connection)
{
        if (connection->done)
                connection->done(connection->done_userdata);
        (void)connection_close(connection);
}

/* The open session is gone. */
static void connection_lose(Connection *connection)
{
        Failure failure;

        if (!peer_failure_icmp(&connection->peer, &failure))
                peer_failure_lost(&connection->peer, &failure);
        if (connection->state == STATE_CLOSING)
                connection_finish(connection);
        else if (connection->state == STATE_LIVE)
                connection_fail(connection, &failure);
}

/* Tells what has come of the opening; behind each event that may move it. */
static void connection_tell_opening(Connection *connection)
{
        static const ConnectionStage stages[] = {
                [OPENING_RESOLVING] = CONNECTION_RESOLVING,
                [OPENING_HANDSHAKING] = CONNECTION_HANDSHAKING,
                [OPENING_REQUESTING] = CONNECTION_REQUESTING,
        };
        Opening *opening = &connection->opening;

        if (connection->state == STATE_LIVE && opening->is_new_stage && opening->state <= OPENING_REQUESTING)
                connection->handler.stage(connection->userdata, stages[opening->state]);
        opening->is_new_stage = false;
        if (opening->state != OPENING_FAILED)
                return;
        if (connection->state == STATE_LIVE)
                connection_fail(connection, &opening->failure);
        else if (connection->state == STATE_CLOSING)
                connection_finish(connection);
}

static void on_last_answer(void *userdata, const Response *response, const Failure *failure)
{
        connection_finish(userdata);
}

/* Nothing to say, or no way: the end comes from the loop. */
static void connection_say_last(Connection *connection)
{
        Request request = REQUEST_INIT;
        int r = -ENOTCONN;

        if (opening_is_done(&connection->opening))
                r = connection->last(&connection->answer, &request);
        if (r == 0)
                r = request_queue_add(&connection->queue, &request, on_last_answer, connection);
        if (r != 0)
                peer_arm(&connection->peer, 0);
        request_done(&request);
}

static bool on_request(void *userdata, const MessageKey *message, bool confirmable, const Packet *packet,
        Packet *ret_answer)
{
        Connection *connection = userdata;

        return receiving_request(&connection->receiving, message, confirmable, packet, ret_answer);
}

static bool on_response(void *userdata, const uint8_t *token, size_t token_size, const Packet *packet)
{
        Connection *connection = userdata;
        Response answer = RESPONSE_INIT;
        int r;

        r = opening_response(&connection->opening, token, token_size, packet, &answer);
        if (r == EXCHANGE_FOREIGN)
                return request_queue_response(&connection->queue, token, token_size, packet);
        if (r == EXCHANGE_DONE) {
                response_done(&connection->answer);
                connection->answer = answer;
        }
        if (r == EXCHANGE_DONE && connection->state == STATE_CLOSING)
                connection_say_last(connection);
        else if (r == EXCHANGE_DONE)
                connection->handler.answered(connection->userdata, &connection->answer);
        else if (connection->state == STATE_LIVE && connection->handler.block &&
                 opening_is_fetching(&connection->opening))
                connection->handler.block(connection->userdata);
        connection_tell_opening(connection);
        return true;
}

/* True: something else is asked at this address, or nothing any more. */
static bool connection_asks_otherwise(Connection *connection)
{
        return connection->state == STATE_LIVE && connection->opening.state == OPENING_REQUESTING &&
               connection->handler.unanswered && connection->handler.unanswered(connection->userdata);
}

static void on_event(void *userdata, TransportEvent event)
{
        Connection *connection = userdata;

        switch (event) {
        case TRANSPORT_ALERT:
                if (connection->state == STATE_LIVE && connection->handler.alert)
                        connection->handler.alert(connection->userdata,
                                (uint8_t)transport_tls(connection->peer.transport).received);
                break;
        case TRANSPORT_CONNECTED:
                opening_connected(&connection->opening);
                break;
        case TRANSPORT_REFUSED:
        case TRANSPORT_UNREACHABLE:
                peer_note_icmp(&connection->peer, event);
                opening_refused(&connection->opening);
                break;
        case TRANSPORT_RESET:
                if (opening_is_done(&connection->opening))
                        request_queue_reset(&connection->queue);
                else if (!connection_asks_otherwise(connection))
                        opening_reset(&connection->opening);
                break;
        case TRANSPORT_DEAD:
                if (!opening_dead(&connection->opening))
                        connection_lose(connection);
                break;
        case _TRANSPORT_EVENT_MAX:
                break;
        }
        connection_tell_opening(connection);
}

static const TransportHandler transport_handler = {
        .request = on_request,
        .response = on_response,
        .event = on_event,
};

static void on_resolved(void *userdata, int error, const ResolvedAddress *addresses, size_t n)
{
        Connection *connection = userdata;

        lifetime_enter(&connection->lifetime);
        opening_resolved(&connection->opening, error, addresses, n);
        connection_tell_opening(connection);
        lifetime_leave(&connection->lifetime);
}

/* An open session is silent: what comes next starts behind its address, which may be one of a family that
 * has died. */
static void connection_late(Connection *connection)
{
        if (request_queue_is_waiting(&connection->queue))
                opening_remember_silence(&connection->opening);
        request_queue_late(&connection->queue);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        Connection *connection = userdata;

        lifetime_enter(&connection->lifetime);
        if (connection->state == STATE_CLOSING)
                connection_finish(connection);
        else if (!connection_asks_otherwise(connection) && !opening_late(&connection->opening))
                connection_late(connection);
        connection_tell_opening(connection);
        lifetime_leave(&connection->lifetime);
        return 0;
}

static int on_later(sd_event_source *source, void *userdata)
{
        Connection *connection = userdata;

        lifetime_enter(&connection->lifetime);
        if (connection->failure.name != FAILURE_NONE)
                connection_fail(connection, &connection->failure);
        else if (connection->opening.state == OPENING_IDLE)
                opening_start(&connection->opening);
        connection_tell_opening(connection);
        lifetime_leave(&connection->lifetime);
        return 0;
}

int connection_open(sd_event *event, const Clock *clock, Resolver *resolver,
        const ConnectionSettings *settings, ConnectionMemory *memory, const Request *opening,
        const ConnectionHandler *handler, void *userdata, Connection **ret)
{
        _cleanup_(connection_closep) Connection *connection = NULL;
        int r;

        connection = calloc(1, sizeof(*connection));
        if (!connection)
                return -ENOMEM;
        connection->handler = *handler;
        connection->userdata = userdata;
        connection->answer = RESPONSE_INIT;
        lifetime_init(&connection->lifetime);
        request_queue_init(&connection->queue, &connection->peer);
        r = peer_init(&connection->peer, event, clock, &connection->lifetime, settings, &transport_handler,
                on_deadline, connection);
        if (r < 0)
                return r;
        r = receiving_init(&connection->receiving, &connection->peer, &connection->opening,
                &connection->handler, userdata);
        if (r < 0)
                return r;
        r = opening_init(&connection->opening, &connection->peer, resolver, on_resolved, memory, opening);
        if (r < 0)
                return r;
        r = sd_event_add_defer(event, &connection->later, on_later, connection);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(connection->later, "connection-later");
        *ret = TAKE_PTR(connection);
        return 0;
}

static void connection_destroy(void *object)
{
        Connection *connection = object;

        response_done(&connection->answer);
        opening_done(&connection->opening);
        receiving_done(&connection->receiving);
        peer_done(&connection->peer);
        free(connection);
}

int connection_reopen(Connection *connection, const Request *opening)
{
        int r;

        lifetime_enter(&connection->lifetime);
        r = opening_replace(&connection->opening, opening);
        if (r == 0 && connection->opening.state != OPENING_REQUESTING)
                (void)sd_event_source_set_enabled(connection->later, SD_EVENT_ONESHOT);
        lifetime_leave(&connection->lifetime);
        return r;
}

Connection *connection_close(Connection *connection)
{
        if (!connection)
                return NULL;
        connection->state = STATE_CLOSED;
        receiving_stop(&connection->receiving);
        connection->later = sd_event_source_disable_unref(connection->later);
        opening_stop(&connection->opening);
        request_queue_drop(&connection->queue);
        peer_shut(&connection->peer);
        lifetime_end(&connection->lifetime, &connection->remains, connection_destroy, connection);
        return NULL;
}

/* r: of the queue. A request that cannot be sent is told from the loop. */
static void connection_asked(Connection *connection, int r)
{
        FailureContext context = peer_failure_context(&connection->peer);

        if (r >= 0 || connection->state != STATE_LIVE)
                return;
        failure_set_unsent(&connection->failure, &context, r);
        (void)sd_event_source_set_enabled(connection->later, SD_EVENT_ONESHOT);
}

void connection_request(
        Connection *connection, const Request *request, ConnectionAnswer callback, void *userdata)
{
        int r = -ENOTCONN;

        lifetime_enter(&connection->lifetime);
        if (connection_is_open(connection))
                r = request_queue_add(&connection->queue, request, callback, userdata);
        connection_asked(connection, r);
        lifetime_leave(&connection->lifetime);
}

void connection_request_to(
        Connection *connection, const Request *request, const AnswerRange *range, const AnswerSink *sink)
{
        int r = -ENOTCONN;

        lifetime_enter(&connection->lifetime);
        if (connection_is_open(connection))
                r = request_queue_add_stream(&connection->queue, request, range, sink);
        connection_asked(connection, r);
        lifetime_leave(&connection->lifetime);
}

void connection_resume(Connection *connection)
{
        lifetime_enter(&connection->lifetime);
        request_queue_resume(&connection->queue);
        lifetime_leave(&connection->lifetime);
}

bool connection_can_answer_later(const Connection *connection)
{
        return receiving_can_answer_later(&connection->receiving);
}

uint64_t connection_answer_later(Connection *connection)
{
        return receiving_answer_later(&connection->receiving);
}

void connection_answer(Connection *connection, uint64_t handle, const Response *response)
{
        lifetime_enter(&connection->lifetime);
        if (connection->state == STATE_LIVE)
                answers_send_later(&connection->peer, handle, response);
        lifetime_leave(&connection->lifetime);
}

uint64_t connection_notify(Connection *connection, const Request *request, const Response *response,
        bool confirmable, NotificationCallback callback, void *userdata)
{
        uint64_t number = 0;

        lifetime_enter(&connection->lifetime);
        if (connection_is_open(connection))
                number = answers_notify(
                        &connection->peer, request, response, confirmable, callback, userdata);
        lifetime_leave(&connection->lifetime);
        return number;
}

void connection_forgo_rest(Connection *connection, uint64_t number)
{
        if (connection->peer.transport)
                transport_forgo_rest(connection->peer.transport, number);
}

void connection_close_with(Connection *connection, ConnectionLast last, uint64_t timeout,
        void (*done)(void *userdata), void *userdata, Counters *ret_counters)
{
        lifetime_enter(&connection->lifetime);
        connection->state = STATE_CLOSING;
        receiving_stop(&connection->receiving);
        connection->last = last;
        connection->done = done;
        connection->done_userdata = userdata;
        connection->later = sd_event_source_disable_unref(connection->later);
        request_queue_drop(&connection->queue);
        incoming_end_stream(&connection->peer.incoming, BODY_SESSION_LOST);
        if (connection->peer.transport)
                transport_forget_notifications(connection->peer.transport);
        peer_limit(&connection->peer, timeout);
        opening_hold(&connection->opening);
        if (connection->opening.state != OPENING_REQUESTING)
                connection_say_last(connection);
        if (ret_counters)
                *ret_counters = connection_take_counters(connection);
        lifetime_leave(&connection->lifetime);
}

bool connection_is_stranded(const Connection *connection)
{
        if (connection_is_open(connection))
                return peer_is_stranded(&connection->peer);
        return connection->state == STATE_LIVE && opening_is_stranded(&connection->opening);
}

void connection_network_changed(Connection *connection)
{
        lifetime_enter(&connection->lifetime);
        opening_network_changed(&connection->opening);
        lifetime_leave(&connection->lifetime);
}

const char *connection_peer_address(const Connection *connection)
{
        return connection->peer.address;
}

const Counters *connection_counters(const Connection *connection)
{
        return &connection->peer.counters;
}

Counters connection_take_counters(Connection *connection)
{
        Counters *counters = &connection->peer.counters;
        const Counters taken = *counters;

        counters->sent = counters->received = (Traffic){.datagrams = 0};
        counters->handshakes = counters->handshake_failures = counters->retransmissions = 0;
        return taken;
}

const char *connection_cipher(const Connection *connection)
{
        return connection->peer.cipher;
}

void connection_global_init(void)
{
        libcoap_init();
}

void connection_global_done(void)
{
        resumption_forget();
        libcoap_done();
}
