/* SPDX-License-Identifier: Apache-2.0 */
/* Why a DTLS handshake failed, or a session ended. */
#include <stdio.h>

#include "coap/dtls_failure.h"
#include "coap/suites.h"

/* Advice where the same alert says another thing to a client with a certificate. */
typedef struct AlertMeaning {
        int alert;
        AlertClass class;
        const char *word;
        FailureName name;
        const char *advice;
        const char *of_certificate; /* NULL: advice */
} AlertMeaning;

#define ADVICE_KEY "the key of this account and the one the server holds for its identity differ"
#define ADVICE_KEY_PAIR \
        "the private key of this account does not fit its certificate, or a datagram was changed on its way"
#define ADVICE_SUITE \
        "no cipher suite in common; allow TLS_PSK_WITH_AES_128_CCM_8 or another PSK suite at the server"
#define ADVICE_SUITE_OF_CERTIFICATE                                               \
        "no cipher suite, curve or signature algorithm in common, or the server " \
        "insists on a client certificate; its log says which"
#define ADVICE_SUITE_WITHOUT_CCM_8                                                                      \
        "no cipher suite in common; OpenSSL's security level here is above "                            \
        "TLS_PSK_WITH_AES_128_CCM_8, name it in the account's cipher_suites, or allow "                 \
        "TLS_PSK_WITH_AES_128_CCM, TLS_PSK_WITH_AES_128_GCM_SHA256 or TLS_PSK_WITH_AES_128_CBC_SHA256 " \
        "at the server"
#define ADVICE_SERVER              "the server's log says why"
#define ADVICE_MODE                "the server expects certificates; check the security mode"
#define TLS_PSK_WITH_AES_128_CCM_8 0xc0a8 /* RFC 6655 */

#define ADVICE_OTHER "check that the port belongs to a DTLS 1.2 server"
#define ADVICE_CHAIN ADVICE_OTHER ", and that it sends at most 16 KiB of certificates" /* coap/tls.h */

#define ILLEGAL_PARAMETER 47 /* what OpenSSL sends where the server's certificates are too many */

/* Facts 7.6 of the Core TS; 80 is none of them, but frequent. */
static const AlertMeaning alert_meanings[] = {
        {0, ALERT_RETRY, "close_notify", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {10, ALERT_RETRY, "unexpected_message", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {20, ALERT_RETRY, "bad_record_mac", FAILURE_DECRYPT_ERROR, ADVICE_KEY, ADVICE_KEY_PAIR},
        {21, ALERT_RETRY, "decryption_failed", FAILURE_DECRYPT_ERROR, ADVICE_KEY, ADVICE_KEY_PAIR},
        {22, ALERT_RETRY, "record_overflow", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {30, ALERT_IGNORE, "decompression_failure", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {40, ALERT_RETRY, "handshake_failure", FAILURE_NO_SHARED_CIPHER, ADVICE_SUITE,
                ADVICE_SUITE_OF_CERTIFICATE},
        {41, ALERT_IGNORE, "no_certificate", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {42, ALERT_FAIL, "bad_certificate", FAILURE_HANDSHAKE_FAILED, ADVICE_MODE,
                "the server finds the certificate of this client, or its signature, broken"},
        {43, ALERT_FAIL, "unsupported_certificate", FAILURE_HANDSHAKE_FAILED, ADVICE_MODE,
                "the server does not take certificates of this client's kind; check key and key usage"},
        {44, ALERT_FAIL, "certificate_revoked", FAILURE_HANDSHAKE_FAILED, ADVICE_MODE,
                "the certificate of this client has been revoked; it needs another one"},
        {45, ALERT_FAIL, "certificate_expired", FAILURE_HANDSHAKE_FAILED, ADVICE_MODE,
                "the certificate of this client has expired, or is not valid yet by the server's clock"},
        {46, ALERT_FAIL, "certificate_unknown", FAILURE_HANDSHAKE_FAILED, ADVICE_MODE,
                "the server does not accept the certificate of this client; its log says why"},
        {47, ALERT_RETRY, "illegal_parameter", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {48, ALERT_FAIL, "unknown_ca", FAILURE_HANDSHAKE_FAILED, ADVICE_MODE,
                "the server does not know the CA of this client's certificate, or misses one between them"},
        {49, ALERT_FAIL, "access_denied", FAILURE_HANDSHAKE_FAILED,
                "the server knows this identity, but does not let it in", NULL},
        {50, ALERT_RETRY, "decode_error", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {51, ALERT_RETRY, "decrypt_error", FAILURE_DECRYPT_ERROR, ADVICE_KEY, ADVICE_KEY_PAIR},
        {60, ALERT_IGNORE, "export_restriction", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {70, ALERT_RETRY, "protocol_version", FAILURE_HANDSHAKE_FAILED, "the server does not speak DTLS 1.2",
                NULL},
        {71, ALERT_RETRY, "insufficient_security", FAILURE_NO_SHARED_CIPHER, ADVICE_SUITE,
                ADVICE_SUITE_OF_CERTIFICATE},
        {80, ALERT_RETRY, "internal_error", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {86, ALERT_RETRY, "inappropriate_fallback", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {90, ALERT_RETRY, "user_canceled", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {100, ALERT_RETRY, "no_renegotiation", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {110, ALERT_IGNORE, "unsupported_extension", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {111, ALERT_RETRY, "certificate_unobtainable", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {112, ALERT_FAIL, "unrecognized_name", FAILURE_HANDSHAKE_FAILED,
                "the server does not go by the name in the account's URI, or server_name", NULL},
        {113, ALERT_FAIL, "bad_certificate_status_response", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {114, ALERT_FAIL, "bad_certificate_hash_value", FAILURE_HANDSHAKE_FAILED, ADVICE_SERVER, NULL},
        {115, ALERT_FAIL, "unknown_psk_identity", FAILURE_PSK_IDENTITY_UNKNOWN,
                "the server does not know the identity of this account; check it on both sides", NULL},
};

static const AlertMeaning *find_meaning(int alert)
{
        for (size_t i = 0; i < ELEMENTSOF(alert_meanings); i++)
                if (alert_meanings[i].alert == alert)
                        return &alert_meanings[i];
        return NULL;
}

AlertClass dtls_alert_class(int alert)
{
        const AlertMeaning *meaning = find_meaning(alert);

        return meaning ? meaning->class : ALERT_RETRY;
}

#define ADVICE_SIZE (SUITES_TEXT_SIZE + 160)
static const char *advice_of_suites(const Credential *credential, char buffer[ADVICE_SIZE])
{
        char text[SUITES_TEXT_SIZE];

        (void)snprintf(buffer, ADVICE_SIZE,
                "no cipher suite in common; the account names %s, "
                "allow one of them at the server, or another one in the account",
                suites_describe(credential, text));
        return buffer;
}

static const char *advice(
        const AlertMeaning *meaning, const Credential *credential, char buffer[ADVICE_SIZE])
{
        bool certificate = credential->mode == SECURITY_MODE_CERTIFICATE;

        if (!meaning)
                return ADVICE_SERVER;
        if (meaning->name == FAILURE_NO_SHARED_CIPHER && credential->n_suites > 0)
                return advice_of_suites(credential, buffer);
        if (certificate)
                return meaning->of_certificate ?: meaning->advice;
        if (meaning->name == FAILURE_NO_SHARED_CIPHER &&
                !suites_offer_one(credential, TLS_PSK_WITH_AES_128_CCM_8))
                return ADVICE_SUITE_WITHOUT_CCM_8;
        return meaning->advice;
}
#define ADVICE(meaning, credential) advice((meaning), (credential), (char[ADVICE_SIZE]){0})

static const char *advice_of_ours(const Credential *credential, bool key, int alert)
{
        if (credential->mode == SECURITY_MODE_PSK)
                return key ? ADVICE_KEY : ADVICE_OTHER;
        return alert == ILLEGAL_PARAMETER ? ADVICE_CHAIN : ADVICE_OTHER;
}

/* The peer has answered, but not as a server of this account would. */
static void failure_from_our_alert(
        Failure *failure, const char *peer, const Credential *credential, int alert)
{
        const AlertMeaning *meaning = find_meaning(alert);
        bool key = meaning && meaning->name == FAILURE_DECRYPT_ERROR;

        failure_set(failure, key ? FAILURE_DECRYPT_ERROR : FAILURE_HANDSHAKE_FAILED,
                "%s answered with what the DTLS handshake could not go on with (alert %s %d sent): %s.",
                peer, meaning ? meaning->word : "number", alert, advice_of_ours(credential, key, alert));
}

void dtls_failure_from_alert(Failure *failure, const char *peer, const Credential *credential, int alert)
{
        const AlertMeaning *meaning = find_meaning(alert);

        if (alert >= DTLS_ALERT_OURS) {
                failure_from_our_alert(failure, peer, credential, alert - DTLS_ALERT_OURS);
                return;
        }
        failure_set(failure, meaning ? meaning->name : FAILURE_HANDSHAKE_FAILED,
                "%s refused the DTLS handshake with the alert %s%s%d%s: %s.", peer,
                meaning ? meaning->word : "", meaning ? " (" : "", alert, meaning ? ")" : "",
                ADVICE(meaning, credential));
        failure->is_final = dtls_alert_class(alert) == ALERT_FAIL;
}

void dtls_failure_without_certificate(Failure *failure, const char *peer, int alert)
{
        const AlertMeaning *meaning = find_meaning(alert);

        failure_set(failure, FAILURE_HANDSHAKE_FAILED,
                "%s asked for a client certificate, of which the account has none, and ended the handshake "
                "with the alert %s (%d): give the account one, with its private key.",
                peer, meaning ? meaning->word : "number", alert);
        failure->is_final = dtls_alert_class(alert) == ALERT_FAIL;
}

/* Keys and suites have been agreed on by then: only a final one says more than that it was lost. */
void dtls_failure_of_session(Failure *failure, const char *peer, const Credential *credential, int alert)
{
        const AlertMeaning *meaning = find_meaning(alert % DTLS_ALERT_OURS);
        bool ours = alert >= DTLS_ALERT_OURS;
        bool final = !ours && dtls_alert_class(alert) == ALERT_FAIL;
        bool names = final && meaning->name != FAILURE_HANDSHAKE_FAILED;

        failure_set(failure, names ? meaning->name : FAILURE_CONNECTION_LOST,
                "%s %s the DTLS session with the alert %s%s%d%s: %s.", peer, ours ? "made us end" : "ended",
                meaning ? meaning->word : "", meaning ? " (" : "", alert % DTLS_ALERT_OURS,
                meaning ? ")" : "", final ? ADVICE(meaning, credential) : ADVICE_SERVER);
        failure->is_final = final;
}

void dtls_failure_from_silence(Failure *failure, const char *peer)
{
        failure_set(failure, FAILURE_TIMEOUT,
                "%s did not complete the DTLS handshake; "
                "check address, port and firewall, and the key: many servers keep silent when it is wrong.",
                peer);
}

void dtls_failure_from_suites(Failure *failure, const char *peer, const Credential *credential)
{
        char text[SUITES_TEXT_SIZE];

        failure_set(failure, FAILURE_NO_SHARED_CIPHER,
                "%s: none of the cipher suites that the account names can be offered here (%s); "
                "OpenSSL does not have them, or not for this security mode and security level.",
                peer, suites_describe(credential, text));
}
