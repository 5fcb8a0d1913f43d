/* SPDX-License-Identifier: Apache-2.0 */
/* One libcoap context with one session in it. */
#include <coap3/coap.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>

#include "coap/dtls_failure.h"
#include "coap/endpoint.h"
#include "coap/pdu.h"
#include "coap/session.h"

struct Endpoint {
        const Clock *clock;
        const EndpointHandler *handler;
        void *userdata;
        coap_context_t *context;
        coap_session_t *session;
        sd_event_source *io;
        sd_event_source *tell;
        Incoming incoming;
        unsigned depth;   /* calls into libcoap under way: its callbacks must not release anything */
        unsigned pending; /* bits of EndpointEvent */
        bool closed;
        bool dead;
        int alert;
        void (*tls_info)(const SSL *ssl, int where, int value); /* libcoap's own */
};

static Endpoint *endpoint_destroy(Endpoint *endpoint)
{
        if (!endpoint)
                return NULL;
        sd_event_source_disable_unref(endpoint->io);
        sd_event_source_disable_unref(endpoint->tell);
        if (endpoint->session) {
                /* Release alone keeps a session whose CON is in flight: libcoap-guide, "retransmission". */
                coap_session_disconnected(endpoint->session, COAP_NACK_NOT_DELIVERABLE);
                coap_session_release(endpoint->session);
        }
        coap_free_context(endpoint->context);
        ERR_clear_error();
        incoming_done(&endpoint->incoming);
        free(endpoint);
        return NULL;
}

static void endpoint_enter(Endpoint *endpoint)
{
        endpoint->depth++;
        errno = 0; /* see endpoint_note_icmp */
}

/* The outermost call has returned: what was closed meanwhile may go. */
static void endpoint_leave(Endpoint *endpoint)
{
        if (--endpoint->depth == 0 && endpoint->closed)
                endpoint_destroy(endpoint);
}

/* Told in a turn of its own: the caller may be libcoap, endpoint_send, or the loop's preparation, where an
 * sd_event_exit would go unnoticed until something else happens. */
static void endpoint_note(Endpoint *endpoint, EndpointEvent event)
{
        endpoint->pending |= 1U << event;
        (void)sd_event_source_set_enabled(endpoint->tell, SD_EVENT_ONESHOT);
}

static int on_tell(sd_event_source *source, void *userdata)
{
        Endpoint *endpoint = userdata;

        endpoint_enter(endpoint);
        while (endpoint->pending && !endpoint->closed) {
                EndpointEvent event = (EndpointEvent)__builtin_ctz(endpoint->pending);

                endpoint->pending &= ~(1U << event);
                endpoint->handler->event(endpoint->userdata, event);
        }
        endpoint_leave(endpoint);
        return 0;
}

static Endpoint *endpoint_of(const coap_session_t *session)
{
        return coap_session_get_app_data(session);
}

static bool forward_accepts(void *userdata)
{
        const Endpoint *endpoint = userdata;

        return !endpoint->closed && endpoint->handler->accepts(endpoint->userdata);
}

static void forward_request(void *userdata, const Request *request, Response *ret_response)
{
        Endpoint *endpoint = userdata;

        if (!endpoint->closed)
                endpoint->handler->request(endpoint->userdata, request, ret_response);
}

static void forward_block(void *userdata)
{
        Endpoint *endpoint = userdata;

        if (!endpoint->closed)
                endpoint->handler->block(endpoint->userdata);
}

static void on_request(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *pdu,
        const coap_string_t *query, coap_pdu_t *response)
{
        static const IncomingHandler handler = {
                .accepts = forward_accepts,
                .request = forward_request,
                .block = forward_block,
        };

        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        coap_pdu_type_t type = coap_pdu_get_type(pdu);
        coap_bin_const_t token = coap_pdu_get_token(pdu);
        Endpoint *endpoint = endpoint_of(session);
        MessageKey key = {.message_id = (uint16_t)coap_pdu_get_mid(pdu)};
        Packet packet, answer;

        /* 4.3.1 dispatches a request code inside an ACK, too. */
        if (!endpoint || endpoint->closed || (type != COAP_MESSAGE_CON && type != COAP_MESSAGE_NON) ||
                token.length > sizeof(key.token))
                return;
        key.token_size = (uint8_t)token.length;
        if (token.length > 0)
                memcpy(key.token, token.s, token.length);
        packet = pdu_view(pdu, &options);
        if (options.error < 0) {
                coap_pdu_set_code(response, COAP_RESPONSE_CODE_INTERNAL_ERROR);
                return;
        }
        if (!incoming_handle(&endpoint->incoming, clock_boottime(endpoint->clock), &key,
                    type == COAP_MESSAGE_CON, &packet, &handler, endpoint, &answer))
                return;
        coap_pdu_set_code(response, (coap_pdu_code_t)answer.code);
        if (!pdu_fill(response, &answer))
                coap_pdu_set_code(response, COAP_RESPONSE_CODE_INTERNAL_ERROR);
}

static coap_response_t on_response(
        coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received, coap_mid_t mid)
{
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        coap_bin_const_t token = coap_pdu_get_token(received);
        Endpoint *endpoint = endpoint_of(session);
        Packet packet;

        if (!endpoint || endpoint->closed)
                return COAP_RESPONSE_OK;
        packet = pdu_view(received, &options);
        if (options.error < 0)
                return COAP_RESPONSE_OK;
        return endpoint->handler->response(endpoint->userdata, token.s, token.length, &packet)
                       ? COAP_RESPONSE_OK
                       : COAP_RESPONSE_FAIL;
}

/* libcoap says at most that there was an ICMP error; errno is still that of the socket call which met it. */
static void endpoint_note_icmp(Endpoint *endpoint, int error)
{
        if (error == EHOSTUNREACH || error == ENETUNREACH)
                endpoint_note(endpoint, ENDPOINT_UNREACHABLE);
        else if (error == ECONNREFUSED)
                endpoint_note(endpoint, ENDPOINT_REFUSED);
}

static void on_nack(
        coap_session_t *session, const coap_pdu_t *sent, coap_nack_reason_t reason, coap_mid_t mid)
{
        int error = errno;
        Endpoint *endpoint = endpoint_of(session);

        if (!endpoint || endpoint->closed)
                return;
        /* TOO_MANY_RETRIES is libcoap's clock, not ours; TLS_FAILED comes with its event. */
        if (reason == COAP_NACK_RST)
                endpoint_note(endpoint, ENDPOINT_RESET);
        else if (reason == COAP_NACK_ICMP_ISSUE)
                endpoint_note_icmp(
                        endpoint, error == EHOSTUNREACH || error == ENETUNREACH ? error : ECONNREFUSED);
}

static int on_event(coap_session_t *session, coap_event_t event)
{
        int error = errno;
        Endpoint *endpoint = endpoint_of(session);

        if (!endpoint || endpoint->closed)
                return 0;
        if (event == COAP_EVENT_DTLS_CONNECTED)
                endpoint_note(endpoint, ENDPOINT_CONNECTED);
        else if (event == COAP_EVENT_DTLS_CLOSED || event == COAP_EVENT_DTLS_ERROR) {
                /* Whatever is sent from here on would begin another handshake. */
                endpoint->dead = true;
                endpoint_note_icmp(endpoint, error);
                endpoint_note(endpoint, ENDPOINT_DEAD);
        }
        return 0;
}

/* Stands in front of libcoap's own callback, which empties OpenSSL's error queue and turns alerts into
 * events. */
static void on_tls_info(const SSL *ssl, int where, int value)
{
        coap_session_t *session = SSL_get_app_data(ssl);
        Endpoint *endpoint = session ? endpoint_of(session) : NULL;

        if (endpoint && (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && value >> 8 == SSL3_AL_FATAL)
                endpoint->alert = value & 0xff;
        if (endpoint && endpoint->tls_info)
                endpoint->tls_info(ssl, where, value);
}

/* What libcoap has no word for, set before its first answer is read. On the SSL_CTX, which is this context's
 * alone, so that it also holds for an SSL that libcoap makes anew. The place of rule 8's
 * SSL_CTX_set_cert_verify_callback, too. */
static void endpoint_hook_tls(Endpoint *endpoint)
{
        coap_tls_library_t library;
        SSL *ssl = coap_session_get_tls(endpoint->session, &library);

        if (!ssl || library != COAP_TLS_LIBRARY_OPENSSL)
                return;
        endpoint->tls_info = SSL_CTX_get_info_callback(SSL_get_SSL_CTX(ssl));
        SSL_CTX_set_info_callback(SSL_get_SSL_CTX(ssl), on_tls_info);
        SSL_set_info_callback(ssl, on_tls_info);
}

static int endpoint_add_resource(coap_context_t *context, coap_resource_t *resource)
{
        if (!resource)
                return -ENOMEM;
        for (int method = METHOD_GET; method <= METHOD_IPATCH; method++)
                coap_register_request_handler(resource, (coap_request_t)method, on_request);
        coap_add_resource(context, resource);
        return 0;
}

/* The unknown resource takes every path but the one that libcoap would answer by itself. */
static int endpoint_add_resources(coap_context_t *context)
{
        int r;

        r = endpoint_add_resource(context, coap_resource_unknown_init2(on_request, 0));
        if (r < 0)
                return r;
        return endpoint_add_resource(
                context, coap_resource_init(coap_make_str_const(COAP_DEFAULT_URI_WELLKNOWN), 0));
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Endpoint *endpoint = userdata;

        endpoint_enter(endpoint);
        (void)coap_io_process(endpoint->context, COAP_IO_NO_WAIT);
        endpoint_leave(endpoint);
        return 0;
}

/* Retransmits, and arms libcoap's timer for whatever has begun since: nothing else does for a handshake. */
static int on_prepare(sd_event_source *source, void *userdata)
{
        Endpoint *endpoint = userdata;
        coap_tick_t now;

        endpoint_enter(endpoint);
        coap_ticks(&now);
        (void)coap_io_prepare_epoll(endpoint->context, now);
        endpoint_leave(endpoint);
        return 0;
}

static int endpoint_setup(Endpoint *endpoint, sd_event *event, const EndpointSettings *settings)
{
        int r;

        endpoint->context = coap_new_context(NULL);
        if (!endpoint->context)
                return -ENOMEM;
        coap_context_set_block_mode(endpoint->context, 0);
        coap_register_response_handler(endpoint->context, on_response);
        coap_register_nack_handler(endpoint->context, on_nack);
        coap_register_event_handler(endpoint->context, on_event);
        r = endpoint_add_resources(endpoint->context);
        if (r < 0)
                return r;
        endpoint->session = session_new(endpoint->context, settings);
        if (!endpoint->session)
                return -ENETUNREACH;
        coap_session_set_app_data(endpoint->session, endpoint);
        session_set_transmission(endpoint->session, settings->coap);
        if (settings->identity)
                endpoint_hook_tls(endpoint);
        r = sd_event_add_io(
                event, &endpoint->io, coap_context_get_coap_fd(endpoint->context), EPOLLIN, on_io, endpoint);
        if (r < 0)
                return r;
        r = sd_event_add_defer(event, &endpoint->tell, on_tell, endpoint);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(endpoint->io, "coap-endpoint");
        (void)sd_event_source_set_description(endpoint->tell, "coap-endpoint-event");
        r = sd_event_source_set_enabled(endpoint->tell, SD_EVENT_OFF);
        if (r < 0)
                return r;
        return sd_event_source_set_prepare(endpoint->io, on_prepare);
}

int endpoint_open(sd_event *event, const Clock *clock, const EndpointSettings *settings,
        const EndpointHandler *handler, void *userdata, Endpoint **ret)
{
        _cleanup_(endpoint_closep) Endpoint *endpoint = NULL;
        int r;

        endpoint = malloc(sizeof(*endpoint));
        if (!endpoint)
                return -ENOMEM;
        *endpoint = (Endpoint){
                .clock = clock,
                .handler = handler,
                .userdata = userdata,
                .incoming = {.block_size = settings->coap->block_size},
                .alert = DTLS_ALERT_NONE,
        };
        endpoint->incoming.blockwise.max_body_size = settings->coap->max_body_size;
        r = endpoint_setup(endpoint, event, settings);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(endpoint);
        return 0;
}

Endpoint *endpoint_close(Endpoint *endpoint)
{
        if (!endpoint)
                return NULL;
        endpoint->closed = true;
        if (endpoint->depth == 0)
                endpoint_destroy(endpoint);
        return NULL;
}

static int endpoint_send_once(
        Endpoint *endpoint, const uint8_t *token, size_t token_size, const Packet *packet)
{
        coap_pdu_t *pdu;

        pdu = coap_pdu_init(COAP_MESSAGE_CON, (coap_pdu_code_t)packet->code,
                coap_new_message_id(endpoint->session), coap_session_max_pdu_size(endpoint->session));
        if (!pdu)
                return -ENOMEM;
        if (!coap_add_token(pdu, token_size, token) || !pdu_fill(pdu, packet)) {
                coap_delete_pdu(pdu);
                return -EMSGSIZE;
        }
        errno = 0;
        if (coap_send(endpoint->session, pdu) != COAP_INVALID_MID)
                return 0;
        return errno > 0 ? -errno : -EIO;
}

int endpoint_send(Endpoint *endpoint, const uint8_t *token, size_t token_size, const Packet *packet)
{
        int r;

        if (endpoint->closed || endpoint->dead ||
                coap_session_get_state(endpoint->session) != COAP_SESSION_STATE_ESTABLISHED)
                return -ENOTCONN;
        endpoint_enter(endpoint);
        r = endpoint_send_once(endpoint, token, token_size, packet);
        if (r == -ECONNREFUSED) /* the ICMP error of an earlier datagram, which is gone now */
                r = endpoint_send_once(endpoint, token, token_size, packet);
        endpoint_leave(endpoint);
        return r;
}

int endpoint_alert(const Endpoint *endpoint)
{
        return endpoint->alert;
}

const char *endpoint_cipher(const Endpoint *endpoint)
{
        coap_tls_library_t library;
        SSL *ssl = endpoint->session ? coap_session_get_tls(endpoint->session, &library) : NULL;

        return ssl && library == COAP_TLS_LIBRARY_OPENSSL ? SSL_get_cipher_name(ssl) : "";
}
