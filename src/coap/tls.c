/* SPDX-License-Identifier: Apache-2.0 */
/* What libcoap has no word for, on its SSL_CTX. */
#include "coap/tls.h"
#include "util/macro.h"

/* NULL without DTLS. */
static SSL *tls_of(const coap_session_t *session)
{
        coap_tls_library_t library;
        SSL *ssl = coap_session_get_tls(session, &library);

        return ssl && library == COAP_TLS_LIBRARY_OPENSSL ? ssl : NULL;
}

/* Where an SSL_CTX keeps its Tls; libcoap uses the place of SSL_CTX_set_app_data. */
static int tls_index(void)
{
        static int index = -1;

        if (index < 0)
                index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
        return index;
}

/* Stands in front of libcoap's own callback, which empties OpenSSL's error queue and turns alerts into
 * events. */
static void on_info(const SSL *ssl, int where, int value)
{
        Tls *tls = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), tls_index());

        if (value >> 8 == SSL3_AL_FATAL) {
                if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
                        tls->alert = value & 0xff;
                else if ((where & SSL_CB_WRITE_ALERT) == SSL_CB_WRITE_ALERT)
                        tls->alert = DTLS_ALERT_OURS + (value & 0xff);
        }
        if (tls->info)
                tls->info(ssl, where, value);
}

int tls_hook(Tls *tls, coap_session_t *session)
{
        SSL *ssl = tls_of(session);
        SSL_CTX *context;

        if (!ssl)
                return 0;
        context = SSL_get_SSL_CTX(ssl);
        if (SSL_CTX_set_ex_data(context, tls_index(), tls) != 1)
                return -ENOMEM;
        tls->info = SSL_CTX_get_info_callback(context);
        SSL_CTX_set_info_callback(context, on_info);
        SSL_set_info_callback(ssl, on_info);
        return 0;
}

const char *tls_cipher(const coap_session_t *session)
{
        SSL *ssl = session ? tls_of(session) : NULL;

        return ssl ? SSL_get_cipher_name(ssl) : "";
}
