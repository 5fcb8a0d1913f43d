/* SPDX-License-Identifier: Apache-2.0 */
/* The cipher suites of an account in its ClientHello. */
#include <openssl/err.h>
#include <stdio.h>

#include "coap/suites.h"
#include "lwm2m/cipher_suite.h"

/* What libcoap would offer (its coap_openssl.c). */
#define LIST_PSK         "PSK:!NULL"
#define LIST_CERTIFICATE "TLSv1.2:!NULL"

/* RFC 6655 and 7251; IANA's numbers. */
static bool is_ccm_8(uint16_t suite)
{
        return (suite >= 0xc0a0 && suite <= 0xc0a3) || (suite >= 0xc0a8 && suite <= 0xc0ab) ||
               suite == 0xc0ae || suite == 0xc0af;
}

static bool names(const Credential *credential, uint16_t suite)
{
        for (size_t i = 0; i < credential->n_suites; i++)
                if (credential->suites[i] == suite)
                        return true;
        return false;
}

static int on_policy(
        const SSL *ssl, const SSL_CTX *context, int operation, int bits, int nid, void *other, void *ex)
{
        const Suites *suites = ex;

        if ((operation & SSL_SECOP_OTHER_TYPE) == SSL_SECOP_OTHER_CIPHER) {
                uint16_t suite = SSL_CIPHER_get_protocol_id(other);

                if (is_ccm_8(suite) && names(suites->credential, suite))
                        return 1;
        }
        return suites->policy(ssl, context, operation, bits, nid, other, NULL);
}

void suites_apply(Suites *suites, SSL_CTX *context)
{
        suites->policy = SSL_CTX_get_security_callback(context);
        SSL_CTX_set0_security_ex_data(context, suites);
        SSL_CTX_set_security_callback(context, on_policy);
}

void suites_offer(const Suites *suites, SSL *ssl)
{
        if (suites->list[0])
                (void)SSL_set_cipher_list(ssl, suites->list);
}

static unsigned no_key(SSL *ssl, const char *hint, char *identity, unsigned identity_size,
        unsigned char *key, unsigned key_size)
{
        return 0;
}

/* An SSL like libcoap's, which sends nothing. NULL: no memory. */
static SSL *rehearsal_new(Suites *suites)
{
        bool psk = suites->credential->mode == SECURITY_MODE_PSK;
        SSL_CTX *context = SSL_CTX_new(DTLS_client_method());
        SSL *ssl = NULL;

        if (context) {
                suites_apply(suites, context);
                ssl = SSL_new(context);
        }
        if (ssl && psk) /* without a callback for the key no suite of PSK is offered */
                SSL_set_psk_client_callback(ssl, no_key);
        if (ssl)
                (void)SSL_set_cipher_list(ssl, psk ? LIST_PSK : LIST_CERTIFICATE);
        SSL_CTX_free(context);
        return ssl;
}

static void rehearsal_done(SSL *ssl)
{
        SSL_free(ssl);
        ERR_clear_error(); /* what is left there ends libcoap's sessions */
}

static const SSL_CIPHER *find(SSL *ssl, uint16_t suite)
{
        const uint8_t bytes[] = {(uint8_t)(suite >> 8), (uint8_t)suite};

        return SSL_CIPHER_find(ssl, bytes);
}

static void make_list(Suites *suites, SSL *ssl)
{
        const Credential *credential = suites->credential;
        size_t n = 0;

        for (size_t i = 0; i < credential->n_suites; i++) {
                const SSL_CIPHER *cipher = find(ssl, credential->suites[i]);
                const CipherSuite *suite = cipher_suite_find(credential->suites[i]);
                const char *name = cipher ? SSL_CIPHER_get_name(cipher) : "";

                if (!cipher || !cipher_suite_fits(suite, credential->mode) ||
                        n + strlen(name) + 2 > SUITES_LIST_SIZE)
                        continue;
                n += (size_t)snprintf(
                        suites->list + n, SUITES_LIST_SIZE - n, "%s%s", n > 0 ? ":" : "", name);
        }
}

static bool offers_any(SSL *ssl)
{
        STACK_OF(SSL_CIPHER) *offered = SSL_get1_supported_ciphers(ssl);
        bool any = sk_SSL_CIPHER_num(offered) > 0;

        sk_SSL_CIPHER_free(offered);
        return any;
}

bool suites_init(Suites *suites, const Credential *credential)
{
        bool any;
        SSL *ssl;

        *suites = (Suites){.credential = credential};
        if (credential->n_suites == 0 || credential->mode == SECURITY_MODE_NOSEC)
                return true;
        ssl = rehearsal_new(suites);
        if (!ssl)
                return false;
        make_list(suites, ssl);
        suites_offer(suites, ssl);
        any = suites->list[0] && offers_any(ssl);
        rehearsal_done(ssl);
        return any;
}

const char *suites_find_exempt(const Suites *suites, SSL *ssl)
{
        for (size_t i = 0; i < suites->credential->n_suites; i++) {
                const SSL_CIPHER *cipher = find(ssl, suites->credential->suites[i]);

                if (cipher && is_ccm_8(suites->credential->suites[i]) &&
                        suites->policy(ssl, NULL, SSL_SECOP_CIPHER_SUPPORTED,
                                SSL_CIPHER_get_bits(cipher, NULL), 0, (void *)cipher, NULL) != 1)
                        return SSL_CIPHER_standard_name(cipher);
        }
        return NULL;
}

/* n: bytes of text so far. Returns those with the name behind; size where there is no room for it. */
static size_t append(char *text, size_t n, size_t size, const char *name)
{
        static const char more[] = " ...";
        const char *between = n > 0 ? ", " : "";

        if (n >= size)
                return size;
        if (n + strlen(between) + strlen(name) + sizeof(more) > size) {
                memcpy(text + n, more, sizeof(more));
                return size;
        }
        return n + (size_t)snprintf(text + n, size - n, "%s%s", between, name);
}

const char *suites_describe_offer(SSL *ssl, char *text, size_t size)
{
        STACK_OF(SSL_CIPHER) *offered = SSL_get1_supported_ciphers(ssl);
        size_t n = 0;

        text[0] = '\0';
        for (int i = 0; i < sk_SSL_CIPHER_num(offered); i++)
                n = append(text, n, size, SSL_CIPHER_standard_name(sk_SSL_CIPHER_value(offered, i)));
        sk_SSL_CIPHER_free(offered);
        return text;
}

const char *suites_describe(const Credential *credential, char text[SUITES_TEXT_SIZE])
{
        Suites suites = {.credential = credential};
        SSL *ssl = rehearsal_new(&suites);
        size_t n = 0;

        text[0] = '\0';
        for (size_t i = 0; i < credential->n_suites; i++) {
                const SSL_CIPHER *cipher = ssl ? find(ssl, credential->suites[i]) : NULL;
                char number[sizeof("0xC0A8")];

                (void)snprintf(number, sizeof(number), "0x%04X", credential->suites[i]);
                n = append(text, n, SUITES_TEXT_SIZE, cipher ? SSL_CIPHER_standard_name(cipher) : number);
        }
        rehearsal_done(ssl);
        return text;
}

bool suites_offer_one(const Credential *credential, uint16_t suite)
{
        STACK_OF(SSL_CIPHER) * offered;
        bool found = false;
        Suites suites;
        SSL *ssl;

        if (!suites_init(&suites, credential))
                return false;
        ssl = rehearsal_new(&suites);
        if (!ssl)
                return false;
        suites_offer(&suites, ssl);
        offered = SSL_get1_supported_ciphers(ssl);
        for (int i = 0; i < sk_SSL_CIPHER_num(offered) && !found; i++)
                found = SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(offered, i)) == suite;
        sk_SSL_CIPHER_free(offered);
        rehearsal_done(ssl);
        return found;
}
