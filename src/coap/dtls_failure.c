/* SPDX-License-Identifier: Apache-2.0 */
/* Why a DTLS handshake failed. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "coap/dtls_failure.h"

typedef struct AlertMeaning {
        int alert;
        const char *word; /* RFC 5246, 7.2; RFC 4279, 6 */
        FailureName name;
        const char *advice;
} AlertMeaning;

#define ADVICE_KEY "the key of this account and the one the server holds for its identity differ"
#define ADVICE_SUITE \
        "no cipher suite in common; allow TLS_PSK_WITH_AES_128_CCM_8 or another PSK suite at the server"
#define ADVICE_SUITE_WITHOUT_CCM_8                                           \
        "no cipher suite in common; OpenSSL's security level here is above " \
        "TLS_PSK_WITH_AES_128_CCM_8, allow TLS_PSK_WITH_AES_128_CCM, "       \
        "TLS_PSK_WITH_AES_128_GCM_SHA256 or TLS_PSK_WITH_AES_128_CBC_SHA256 at the server"
#define ADVICE_SERVER "the server's log says why"

#define TLS_PSK_WITH_AES_128_CCM_8 0xc0a8 /* RFC 6655 */

static const AlertMeaning alert_meanings[] = {
        {10, "unexpected_message", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER},
        {20, "bad_record_mac", FAILURE_DECRYPT_ERROR, ADVICE_KEY},
        {21, "decryption_failed", FAILURE_DECRYPT_ERROR, ADVICE_KEY},
        {22, "record_overflow", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER},
        {40, "handshake_failure", FAILURE_NO_SHARED_CIPHER, ADVICE_SUITE},
        {42, "bad_certificate", FAILURE_HANDSHAKE_FAILED,
                "the server expects certificates; check the security mode"},
        {47, "illegal_parameter", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER},
        {48, "unknown_ca", FAILURE_HANDSHAKE_FAILED,
                "the server expects certificates; check the security mode"},
        {49, "access_denied", FAILURE_HANDSHAKE_FAILED,
                "the server knows this identity, but does not let it in"},
        {50, "decode_error", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER},
        {51, "decrypt_error", FAILURE_DECRYPT_ERROR, ADVICE_KEY},
        {70, "protocol_version", FAILURE_HANDSHAKE_FAILED, "the server does not speak DTLS 1.2"},
        {71, "insufficient_security", FAILURE_NO_SHARED_CIPHER, ADVICE_SUITE},
        {80, "internal_error", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER},
        {112, "unrecognized_name", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER},
        {115, "unknown_psk_identity", FAILURE_PSK_IDENTITY_UNKNOWN,
                "the server does not know the identity of this account; check it on both sides"},
};

static unsigned no_key(SSL *ssl, const char *hint, char *identity, unsigned identity_size,
        unsigned char *key, unsigned key_size)
{
        return 0;
}

static bool offers(SSL *ssl, uint16_t suite)
{
        STACK_OF(SSL_CIPHER) *ciphers = SSL_get1_supported_ciphers(ssl);
        bool found = false;

        for (int i = 0; i < sk_SSL_CIPHER_num(ciphers) && !found; i++)
                found = SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(ciphers, i)) == suite;
        sk_SSL_CIPHER_free(ciphers);
        return found;
}

/* OpenSSL's security level decides, for libcoap as for everybody: the default one keeps the suite out from
 * OpenSSL 3.2 on, and any level is a line in openssl.cnf. */
static bool offers_ccm_8(void)
{
        SSL_CTX *context = SSL_CTX_new(DTLS_client_method());
        SSL *ssl = NULL;
        bool found;

        if (context) {
                /* Without a callback for the key no suite of PSK is offered. */
                SSL_CTX_set_psk_client_callback(context, no_key);
                if (SSL_CTX_set_cipher_list(context, "PSK") == 1)
                        ssl = SSL_new(context);
        }
        found = ssl && offers(ssl, TLS_PSK_WITH_AES_128_CCM_8);
        SSL_free(ssl);
        SSL_CTX_free(context);
        ERR_clear_error(); /* what is left there ends libcoap's sessions */
        return found;
}

static const AlertMeaning *find_meaning(int alert)
{
        for (size_t i = 0; i < ELEMENTSOF(alert_meanings); i++)
                if (alert_meanings[i].alert == alert)
                        return &alert_meanings[i];
        return NULL;
}

static const char *advice(const AlertMeaning *meaning)
{
        if (meaning->name == FAILURE_NO_SHARED_CIPHER && !offers_ccm_8())
                return ADVICE_SUITE_WITHOUT_CCM_8;
        return meaning->advice;
}

/* The peer has answered, but not as a server of this account would. */
static void failure_from_our_alert(Failure *failure, const char *peer, int alert)
{
        const AlertMeaning *meaning = find_meaning(alert);
        bool key = meaning && meaning->name == FAILURE_DECRYPT_ERROR;

        failure_set(failure, key ? FAILURE_DECRYPT_ERROR : FAILURE_HANDSHAKE_FAILED,
                "%s answered with what the DTLS handshake could not go on with (alert %s %d sent): %s.",
                peer, meaning ? meaning->word : "number", alert,
                key ? ADVICE_KEY : "check that the port belongs to a DTLS 1.2 server");
}

void dtls_failure_from_alert(Failure *failure, const char *peer, int alert)
{
        const AlertMeaning *meaning = find_meaning(alert);

        if (alert >= DTLS_ALERT_OURS)
                failure_from_our_alert(failure, peer, alert - DTLS_ALERT_OURS);
        else if (meaning)
                failure_set(failure, meaning->name,
                        "%s refused the DTLS handshake with the alert %s (%d): %s.", peer, meaning->word,
                        alert, advice(meaning));
        else
                failure_set(failure, FAILURE_HANDSHAKE_FAILED,
                        "%s refused the DTLS handshake with the alert %d: %s.", peer, alert, ADVICE_SERVER);
}
void dtls_failure_from_silence(Failure *failure, const char *peer)
{
        failure_set(failure, FAILURE_TIMEOUT,
                "%s did not complete the DTLS handshake; "
                "check address, port and firewall, and the key: many servers keep silent when it is wrong.",
                peer);
}
