/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a server's certificate is the one that its account asks for: Certificate Usages and Matching Types
 * of RFC 6698, 2.1, as Core TS, 5.2.8.7 and RFC 7925, 4.4.1 read them, wholly in OpenSSL's callback for it
 * (design.md section 3, rule 8). */
#pragma once

#include <openssl/x509.h>

#include "lwm2m/credential.h"
#include "lwm2m/failure.h"
#include "util/clock.h"

#define VERIFICATION_DEPTH \
        8 /* CAs between a server and whom is trusted; CERTIFICATE_CHAIN_MAX can be sent */

/* All borrowed but the verdict. */
typedef struct Verification {
        const Credential *credential; /* of SECURITY_MODE_CERTIFICATE */
        const char *reference;        /* a name, or an IP address, that the certificate has to carry */
        const char *trust_store;      /* trust_store_open(); asked for by the usages 0 and 1 alone */
        const Clock *clock;
        /* Of the last handshake. FAILURE_NONE: accepted, or not judged yet; else the sentence is to be read
         * behind "Server coaps://...: ". */
        Failure verdict;
} Verification;

/* For SSL_CTX_set_cert_verify_callback, with a Verification. 1: accepted. 0: refused, the verdict says why,
 * and the error of the store's context which alert it is. OpenSSL's error queue is left empty. */
int verification_check(X509_STORE_CTX *handshake, void *userdata);

/* The handshake is complete, but the server has shown nothing: the verdict is against it. */
void verification_refuse_nobody(Verification *verification);
