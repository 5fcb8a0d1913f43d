/* SPDX-License-Identifier: Apache-2.0 */
/* What libcoap has no word for, on its SSL_CTX. */
#include <openssl/err.h>

#include "coap/key_log.h"
#include "coap/resumption.h"
#include "coap/tls.h"
#include "coap/warnings.h"
#include "util/log.h"
#include "util/message_ids.h"

#define OFFER_TEXT_SIZE 4096 /* bytes; OpenSSL has some fifty suites of PSK, with names of 40 bytes */

/* The SSL_CTX for DTLS that was made last. libcoap gives its own away by a session alone, and that one has
 * sent its ClientHello by then. */
static SSL_CTX *newest;

static void on_new_context(
        void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
        if (SSL_CTX_get_ssl_method(parent) == DTLS_method()) /* libcoap makes one for TLS, too */
                newest = parent;
}

/* Where an SSL_CTX keeps its Tls; libcoap uses the place of SSL_CTX_set_app_data. */
static int tls_index(void)
{
        static int index = -1;

        if (index < 0)
                index = SSL_CTX_get_ex_new_index(0, NULL, on_new_context, NULL, NULL);
        return index;
}

static Tls *tls_behind(const SSL *ssl)
{
        return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), tls_index());
}

/* Told once: anybody can send them in a handshake, as many as he likes, and each is written to flash. */
static void on_warning(SSL *ssl, int alert)
{
        Tls *tls = tls_behind(ssl);

        tls->received = alert;
        if (tls->warned)
                return;
        tls->warned = true;
        tls->on_alert(tls->userdata);
}

/* Whoever knows the port can send some; OpenSSL ignores them. */
static void on_garbage(SSL *ssl, size_t size)
{
        const Tls *tls = tls_behind(ssl);

        log_full(LOG_DEBUG, 0, tls->about, "DTLS %s <- %zu bytes that are no DTLS record", tls->peer, size);
}

/* In both directions. */
static uint64_t count_bytes(const Tls *tls)
{
        return tls->counters ? tls->counters->sent.bytes + tls->counters->received.bytes : 0;
}

static void on_start(Tls *tls, SSL *ssl)
{
        char text[OFFER_TEXT_SIZE];
        const char *exempt;
        LogAbout about = *tls->about;

        tls->began = clock_boottime(tls->verification.clock);
        tls->bytes = count_bytes(tls);
        tls->complete = false;
        warnings_take_out(ssl, on_warning, on_garbage);
        suites_offer(&tls->suites, ssl);
        exempt = suites_find_exempt(&tls->suites, ssl);
        about.message_id = MESSAGE_ID_SUITE_EXEMPT;
        if (exempt)
                log_full(LOG_NOTICE, 0, &about,
                        "%s is offered to %s, as its account names it: OpenSSL's security level %d, "
                        "which is against it, counts for all else.",
                        exempt, tls->peer, SSL_get_security_level(ssl));
        tls->since = resumption_offer(ssl, &tls->verification, tls->peer);
        if (log_get_level() >= LOG_DEBUG)
                log_full(LOG_DEBUG, 0, tls->about, "DTLS %s -> ClientHello%s: %s", tls->peer,
                        tls->since ? " of a session to resume" : "",
                        suites_describe_offer(ssl, text, sizeof(text)));
}

/* A HelloRequest starts one in the midst of a session, whose keys would be thrown away by another session to
 * resume. */
static bool is_first(const SSL *ssl)
{
        return SSL_get_peer_finished(ssl, NULL, 0) == 0;
}

/* An alert ends the session when it is fatal, or close_notify (RFC 5246, 7.2); any other one is only heard.
 */
static void on_alert(Tls *tls, bool received, int level, int alert)
{
        bool ends = level == SSL3_AL_FATAL || (received && alert == SSL3_AD_CLOSE_NOTIFY);

        if (ends && tls->alert == DTLS_ALERT_NONE)
                tls->alert = alert + (received ? 0 : DTLS_ALERT_OURS);
        if (!received)
                return;
        tls->received = alert;
        tls->on_alert(tls->userdata);
}

/* Stands in front of libcoap's own callback, which empties OpenSSL's error queue and turns alerts into
 * events. */
static void on_info(const SSL *ssl, int where, int value)
{
        Tls *tls = tls_behind(ssl);

        if (where == SSL_CB_HANDSHAKE_START && is_first(ssl))
                on_start(tls, (SSL *)ssl);
        else if (where & SSL_CB_LOOP)
                SSL_set_mtu((SSL *)ssl, TLS_MTU); /* libcoap means that of CoAP by it */
        else if (where & SSL_CB_ALERT)
                on_alert(tls, where & SSL_CB_READ, value >> 8, value & 0xff);
        if (tls->info)
                tls->info(ssl, where, value);
}

bool tls_init(Tls *tls, const Verification *verification, const char *peer)
{
        tls->peer = peer;
        tls->verification = *verification;
        tls->alert = tls->received = DTLS_ALERT_NONE;
        return suites_init(&tls->suites, verification->credential);
}

/* The client's own certificate, which libcoap sets once more with its key, and those behind it. Nothing else
 * is sent with it. What OpenSSL's security level is against is found here: libcoap would have no session,
 * as where there is no network, or the handshake would end by an alert of ours. */
static int add_chain(SSL_CTX *context, const Secret *chain)
{
        const uint8_t *rest = chain->data, *item;
        size_t rest_size = chain->size, item_size;
        bool first = true, good = true;

        while (good && certificate_chain_next(&rest, &rest_size, &item, &item_size)) {
                X509 *certificate = d2i_X509(NULL, &item, (long)item_size);

                if (!certificate)
                        return -ENOMEM;
                good = (first ? SSL_CTX_use_certificate(context, certificate)
                              : SSL_CTX_add1_chain_cert(context, certificate)) == 1;
                first = false;
                X509_free(certificate);
        }
        return good ? 0 : -EKEYREJECTED;
}

/* Only where none is sent: the account has none, or it has, and the server takes none of that kind. */
static int on_asked(SSL *ssl, X509 **ret_certificate, EVP_PKEY **ret_key)
{
        Tls *tls = tls_behind(ssl);

        tls->asked = tls->verification.credential->identity.size == 0;
        return 0;
}

/* Each record begins with its header (RFC 6347, 4.1). */
static void on_message(
        int sent, int version, int type, const void *data, size_t size, SSL *ssl, void *userdata)
{
        const uint8_t *header = data;
        Counters *counters = userdata;

        if (type != SSL3_RT_HEADER || size != DTLS1_RT_HEADER_LENGTH)
                return;
        traffic_add(sent ? &counters->sent : &counters->received,
                size + (size_t)(header[size - 2] << 8 | header[size - 1]));
}

static int apply(Tls *tls, SSL_CTX *context)
{
        key_log_hook(context);
        tls->info = SSL_CTX_get_info_callback(context);
        SSL_CTX_set_info_callback(context, on_info);
        if (tls->counters) {
                SSL_CTX_set_msg_callback(context, on_message);
                SSL_CTX_set_msg_callback_arg(context, tls->counters);
        }
        (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION); /* RFC 7925, 17 */
        suites_apply(&tls->suites, context);
        if (tls->verification.credential->mode != SECURITY_MODE_CERTIFICATE)
                return 0;
        SSL_CTX_set_cert_verify_callback(context, verification_check, &tls->verification);
        SSL_CTX_set_client_cert_cb(context, on_asked);
        SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
        SSL_CTX_set_max_cert_list(context, TLS_CERTIFICATES_SIZE);
        return add_chain(context, &tls->verification.credential->identity);
}

int tls_new_context(Tls *tls, coap_context_t **ret)
{
        coap_context_t *context;
        int index = tls_index(), r;

        newest = NULL;
        context = coap_new_context(NULL);
        if (!context)
                return -ENOMEM;
        r = newest && SSL_CTX_set_ex_data(newest, index, tls) == 1 ? apply(tls, newest) : -ENOMEM;
        if (r < 0) {
                coap_free_context(context);
                ERR_clear_error();
                return r;
        }
        *ret = context;
        return 0;
}

/* NULL without DTLS. */
static SSL *tls_of(const coap_session_t *session)
{
        coap_tls_library_t library;
        SSL *ssl = coap_session_get_tls(session, &library);

        return ssl && library == COAP_TLS_LIBRARY_OPENSSL ? ssl : NULL;
}

bool tls_is_proven(Tls *tls, const coap_session_t *session)
{
        SSL *ssl = tls_of(session);

        if (tls->verification.credential->mode != SECURITY_MODE_CERTIFICATE)
                return true;
        if (ssl && SSL_get0_peer_certificate(ssl) && SSL_get_verify_result(ssl) == X509_V_OK)
                return true;
        verification_refuse_nobody(&tls->verification);
        return false;
}

bool tls_keep(const Tls *tls, const coap_session_t *session)
{
        SSL *ssl = tls_of(session);

        if (!ssl)
                return false;
        resumption_keep(ssl, &tls->verification, tls->peer, tls->since);
        return SSL_session_reused(ssl) == 1;
}

static double msec_since(const Tls *tls)
{
        return (double)(clock_boottime(tls->verification.clock) - tls->began) / USEC_PER_MSEC;
}

void tls_trace_handshake(Tls *tls, const coap_session_t *session)
{
        SSL *ssl = tls_of(session);

        tls->complete = true;
        if (ssl)
                log_full(LOG_DEBUG, 0, tls->about,
                        "DTLS %s handshake complete%s, cipher suite %s, %llu bytes, %.1f ms", tls->peer,
                        SSL_session_reused(ssl) ? " with the keys of a session before" : "",
                        SSL_get_cipher_name(ssl), (unsigned long long)(count_bytes(tls) - tls->bytes),
                        msec_since(tls));
}

/* An alert is what ended it; else it is silence, ICMP, or what is no DTLS at all. */
void tls_trace_end(const Tls *tls)
{
        const bool ours = tls->alert >= DTLS_ALERT_OURS;

        log_full(LOG_DEBUG, 0, tls->about, "DTLS %s %s, %s %s, %.1f ms after the ClientHello", tls->peer,
                tls->complete ? "session ended" : "handshake failed",
                tls->alert == DTLS_ALERT_NONE ? "without" : (ours ? "by our" : "by the peer's"),
                tls->alert == DTLS_ALERT_NONE ? "an alert" : SSL_alert_desc_string_long(tls->alert & 0xff),
                msec_since(tls));
}

const char *tls_cipher(const coap_session_t *session)
{
        SSL *ssl = session ? tls_of(session) : NULL;

        return ssl ? SSL_get_cipher_name(ssl) : "";
}
