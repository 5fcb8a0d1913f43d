/* SPDX-License-Identifier: Apache-2.0 */
/* One libcoap context with one session in it. */
#include <coap3/coap.h>
#include <openssl/err.h>
#include <sys/epoll.h>

#include "coap/libcoap.h"
#include "coap/overheard.h"
#include "coap/session.h"
#include "coap/tls.h"
#include "coap/trace.h"
#include "coap/transport.h"

struct Transport {
        Lifetime *lifetime;
        Remains remains;
        const TransportHandler *handler;
        void *userdata;
        coap_context_t *context;
        coap_session_t *session;
        sd_event_source *io;
        sd_event_source *tell;
        unsigned pending; /* bits of TransportEvent */
        bool closed;
        bool dead;
        bool resumed;
        coap_address_t local; /* session_hide_local() */
        int socket;           /* overheard_datagram() */
        Tls tls;
        Trace trace;
        Inbox inbox;
        Outbox outbox;
};

static void transport_destroy(void *object)
{
        Transport *transport = object;

        sd_event_source_disable_unref(transport->io);
        sd_event_source_disable_unref(transport->tell);
        if (transport->session) {
                /* Release alone keeps a session whose CON is in flight: libcoap-guide, "retransmission". */
                coap_session_disconnected(transport->session, COAP_NACK_NOT_DELIVERABLE);
                coap_session_release(transport->session);
        }
        coap_free_context(transport->context);
        ERR_clear_error();
        free(transport);
}

static void transport_enter(Transport *transport)
{
        lifetime_enter(transport->lifetime);
        errno = 0; /* see transport_note_icmp */
}

static void transport_leave(Transport *transport)
{
        lifetime_leave(transport->lifetime);
}

/* Told in a turn of its own: the caller may be libcoap, transport_send, or the loop's preparation, where an
 * sd_event_exit would go unnoticed until something else happens. */
static void transport_note(Transport *transport, TransportEvent event)
{
        transport->pending |= 1U << event;
        (void)sd_event_source_set_enabled(transport->tell, SD_EVENT_ONESHOT);
}

static int on_tell(sd_event_source *source, void *userdata)
{
        Transport *transport = userdata;

        transport_enter(transport);
        while (transport->pending && !transport->closed) {
                TransportEvent event = (TransportEvent)__builtin_ctz(transport->pending);

                transport->pending &= ~(1U << event);
                transport->handler->event(transport->userdata, event);
        }
        transport_leave(transport);
        return 0;
}

static Transport *transport_of(const coap_session_t *session)
{
        return coap_session_get_app_data(session);
}

/* Nobody is there any more to be told of what arrives. */
static bool is_deaf(const Transport *transport)
{
        return !transport || transport->closed || transport->dead;
}

static void on_request(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu,
        const coap_string_t *query, coap_pdu_t *response)
{
        const Transport *transport = transport_of(session);

        if (!is_deaf(transport))
                inbox_request(&transport->inbox, pdu, response);
}

static coap_response_t on_response(
        coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, coap_mid_t mid)
{
        const Transport *transport = transport_of(session);

        return is_deaf(transport) ? COAP_RESPONSE_OK : inbox_response(&transport->inbox, received);
}

/* libcoap says at most that there was an ICMP error; errno is still that of the socket call which met it. */
static void transport_note_icmp(Transport *transport, int error)
{
        if (error == EHOSTUNREACH || error == ENETUNREACH)
                transport_note(transport, TRANSPORT_UNREACHABLE);
        else if (error == ECONNREFUSED)
                transport_note(transport, TRANSPORT_REFUSED);
}

static void on_nack(
        coap_session_t *session, const coap_pdu_t *sent, coap_nack_reason_t reason, coap_mid_t mid)
{
        int error = errno;
        Transport *transport = transport_of(session);
        bool is_answer;

        if (!transport || transport->closed)
                return;
        if (reason == COAP_NACK_RST && transport->outbox.counters->secured)
                trace_empty(&transport->trace, "<-", "RST");
        is_answer = outbox_nack(&transport->outbox, sent, reason);
        /* TOO_MANY_RETRIES is libcoap's clock, not ours; TLS_FAILED comes with its event. A Reset that fits
         * none of our messages has no effect (RFC 7252, 4.2): 4.3.2 and later tell of it all the same. */
        if (reason == COAP_NACK_RST && sent && !is_answer)
                transport_note(transport, TRANSPORT_RESET);
        else if (reason == COAP_NACK_ICMP_ISSUE)
                transport_note_icmp(
                        transport, error == EHOSTUNREACH || error == ENETUNREACH ? error : ECONNREFUSED);
}

static int on_event(coap_session_t *session, coap_event_t event)
{
        int error = errno;
        Transport *transport = transport_of(session);

        if (!transport || transport->closed)
                return 0;
        if (event == COAP_EVENT_DTLS_CONNECTED && tls_is_proven(&transport->tls, session)) {
                transport->resumed = tls_keep(&transport->tls, session);
                tls_trace_handshake(&transport->tls, session);
                transport_note(transport, TRANSPORT_CONNECTED);
        } else if (event == COAP_EVENT_DTLS_CONNECTED || event == COAP_EVENT_DTLS_CLOSED ||
                   event == COAP_EVENT_DTLS_ERROR) {
                /* Whatever is sent from here on would begin another handshake. */
                transport->dead = true;
                tls_trace_end(&transport->tls);
                transport_note_icmp(transport, error);
                transport_note(transport, TRANSPORT_DEAD);
        }
        return 0;
}

/* Retransmits, and arms libcoap's timer for whatever has begun since: nothing else does for a handshake. */
static void retransmit(Transport *transport)
{
        coap_tick_t now;

        coap_ticks(&now);
        outbox_watch(&transport->outbox, now, coap_io_prepare_epoll(transport->context, now));
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Transport *transport = userdata;

        transport_enter(transport);
        /* Here, as coap_io_process() may read the acknowledgement of what it has just sent again. */
        retransmit(transport);
        if (!transport->outbox.counters->secured)
                libcoap_mute(overheard_datagram(
                        &transport->trace, transport->session, &transport->local, &transport->socket));
        (void)coap_io_process(transport->context, COAP_IO_NO_WAIT);
        libcoap_mute(false);
        outbox_listen(&transport->outbox);
        transport_leave(transport);
        return 0;
}

static int on_prepare(sd_event_source *source, void *userdata)
{
        Transport *transport = userdata;

        transport_enter(transport);
        retransmit(transport);
        outbox_listen(&transport->outbox);
        transport_leave(transport);
        return 0;
}

static int on_outbox(sd_event_source *source, uint64_t usec, void *userdata)
{
        Transport *transport = userdata;

        transport_enter(transport);
        outbox_tell(&transport->outbox);
        transport_leave(transport);
        return 0;
}

static void on_alert(void *userdata)
{
        Transport *transport = userdata;

        if (!transport->closed)
                transport_note(transport, TRANSPORT_ALERT);
}

/* 0 or negative errno. */
static int transport_new_context(Transport *transport, const TransportSettings *settings)
{
        const Verification verification = {
                .credential = settings->credential,
                .reference = settings->reference,
                .trust_store = settings->trust_store,
                .clock = settings->clock,
        };

        if (settings->credential->mode == SECURITY_MODE_NOSEC) {
                transport->context = coap_new_context(NULL);
                return transport->context ? 0 : -ENOMEM;
        }
        if (!tls_init(&transport->tls, &verification, transport->trace.peer))
                return -EPROTONOSUPPORT;
        return tls_new_context(&transport->tls, &transport->context);
}

static int transport_add_outbox(Transport *transport, sd_event *event, const TransportSettings *settings)
{
        transport->outbox = (Outbox){
                .context = transport->context,
                .session = transport->session,
                .clock = settings->clock,
                .trace = &transport->trace,
                .counters = settings->counters,
                .coap = *settings->coap,
        };
        return outbox_init(&transport->outbox, event, on_outbox, transport);
}

static int transport_setup(Transport *transport, sd_event *event, const TransportSettings *settings)
{
        int r;

        libcoap_check_clock();
        r = transport_new_context(transport, settings);
        if (r < 0)
                return r;
        coap_context_set_block_mode(transport->context, 0);
        coap_register_response_handler(transport->context, on_response);
        coap_register_nack_handler(transport->context, on_nack);
        coap_register_event_handler(transport->context, on_event);
        r = session_add_resources(transport->context, on_request);
        if (r < 0)
                return r;
        transport->session = session_new(
                transport->context, settings->address, settings->credential, settings->server_name);
        if (!transport->session)
                return -ENETUNREACH;
        transport->local = session_hide_local(transport->session);
        coap_session_set_app_data(transport->session, transport);
        session_set_transmission(transport->session, settings->coap);
        r = transport_add_outbox(transport, event, settings);
        if (r < 0)
                return r;
        r = sd_event_add_io(event, &transport->io, coap_context_get_coap_fd(transport->context), EPOLLIN,
                on_io, transport);
        if (r < 0)
                return r;
        r = sd_event_add_defer(event, &transport->tell, on_tell, transport);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(transport->io, "coap-transport");
        (void)sd_event_source_set_description(transport->tell, "coap-transport-event");
        r = sd_event_source_set_enabled(transport->tell, SD_EVENT_OFF);
        if (r < 0)
                return r;
        return sd_event_source_set_prepare(transport->io, on_prepare);
}

int transport_open(sd_event *event, Lifetime *lifetime, const TransportSettings *settings,
        const TransportHandler *handler, void *userdata, Transport **ret)
{
        _cleanup_(transport_closep) Transport *transport = NULL;
        int r;

        transport = malloc(sizeof(*transport));
        if (!transport)
                return -ENOMEM;
        *transport = (Transport){
                .lifetime = lifetime,
                .socket = -1,
                .handler = handler,
                .userdata = userdata,
                .tls = {.about = settings->about,
                        .counters = settings->counters,
                        .on_alert = on_alert,
                        .userdata = transport},
                .inbox =
                        {
                                .trace = &transport->trace,
                                .counters = settings->counters,
                                .request = handler->request,
                                .response = handler->response,
                                .userdata = userdata,
                        },
        };
        trace_init(&transport->trace, settings->clock, settings->about, settings->address);
        r = transport_setup(transport, event, settings);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(transport);
        return 0;
}

Transport *transport_close(Transport *transport)
{
        if (!transport)
                return NULL;
        transport->closed = true;
        outbox_done(&transport->outbox);
        lifetime_end(transport->lifetime, &transport->remains, transport_destroy, transport);
        return NULL;
}

static bool transport_can_send(const Transport *transport)
{
        return !transport->closed && !transport->dead &&
               coap_session_get_state(transport->session) == COAP_SESSION_STATE_ESTABLISHED;
}

int transport_send(Transport *transport, const uint8_t *token, size_t token_size, const Packet *packet)
{
        int r = -ENOTCONN;

        transport_enter(transport);
        if (transport_can_send(transport))
                r = outbox_request(&transport->outbox, token, token_size, packet);
        transport_leave(transport);
        return r;
}

int transport_answer(Transport *transport, const AnswerTarget *target, const Packet *answer)
{
        int r = -ENOTCONN;

        transport_enter(transport);
        if (transport_can_send(transport))
                r = outbox_answer(&transport->outbox, target, answer);
        transport_leave(transport);
        return r;
}

int transport_notify(Transport *transport, const AnswerTarget *target, const Packet *answer,
        NotificationCallback callback, void *userdata, uint64_t *ret_number)
{
        int r = -ENOTCONN;

        transport_enter(transport);
        if (transport_can_send(transport))
                r = outbox_notification(&transport->outbox, target, answer, callback, userdata, ret_number);
        transport_leave(transport);
        return r;
}

void transport_fetched(Transport *transport, uint64_t number, bool whole)
{
        outbox_fetched(&transport->outbox, number, whole);
}

void transport_forgo_rest(Transport *transport, uint64_t number)
{
        outbox_forgo_rest(&transport->outbox, number);
}

void transport_forget_notifications(Transport *transport)
{
        outbox_forget(&transport->outbox);
}

TransportTls transport_tls(const Transport *transport)
{
        const Tls *tls = &transport->tls;

        return (TransportTls){
                .verdict = &tls->verification.verdict,
                .lacks_certificate = tls->asked,
                .alert = tls->alert,
                .received = tls->received,
                .offers_session = tls->since > 0,
                .is_resumed = transport->resumed,
                .cipher = tls_cipher(transport->session),
        };
}

bool transport_is_usable(const Transport *transport)
{
        return session_is_usable(transport->session, &transport->local);
}

uint16_t transport_port(const Transport *transport)
{
        return session_port(&transport->local);
}
