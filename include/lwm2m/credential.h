/* SPDX-License-Identifier: Apache-2.0 */
/* What a client and a server prove themselves with: the part of the Security Object (/0) that goes from an
 * account down to the session. */
#pragma once

#include "lwm2m/ids.h"
#include "lwm2m/uri.h"
#include "util/crypto.h"
#include "util/secret.h"

/* All owned, and wiped where it is secret. */
typedef struct Credential {
        SecurityMode mode;          /* /0/x/2 */
        Secret identity;            /* /0/x/3: PSK identity, or the client's certificate and chain, DER */
        Secret key;                 /* /0/x/5: PSK, or private key, DER */
        Secret server_certificate;  /* /0/x/4: DER, or its digest (matching_type) */
        CertificateUsage usage;     /* /0/x/15 */
        MatchingType matching_type; /* /0/x/13 */
        char *server_name;          /* /0/x/14, SNI and reference identifier; NULL: the URI's */
        uint16_t suites[LIMIT_CIPHER_SUITES]; /* /0/x/16, IANA's numbers; none: what the library offers */
        size_t n_suites;
        bool by_trust_store; /* no account's: of certificates the trust store decides, and the URI's host */
} Credential;

/* Absent Resources have their defaults (Core TS, Appendix E.1). */
#define CREDENTIAL(security_mode) \
        ((Credential){.mode = (security_mode), .usage = CERTIFICATE_USAGE_DOMAIN_ISSUED})

/* Wipes and frees; a zeroed one is fine, and is left behind. */
void credential_done(Credential *credential);

/* Replaces the content of credential by a copy. 0 or -ENOMEM, then credential is as before. */
int credential_copy(Credential *credential, const Credential *from);

/* Whether both prove the same in the same way. */
bool credential_equal(const Credential *a, const Credential *b);

/* The same as a digest: two credentials have the same one where they are equal, for whoever has to know one
 * again and not to hold it. 0, -ENOMEM or -EIO. */
int credential_digest(const Credential *credential, uint8_t ret[SHA256_SIZE]);

/* Whether this client can speak in a security mode: PSK, certificate and NoSec. */
bool security_mode_is_supported(SecurityMode mode);

/* The scheme of a URI that goes with a security mode: coap with NoSec, else coaps. */
UriScheme security_mode_scheme(SecurityMode mode);

/* The bytes of a digest in /0/x/4; 0: MATCHING_TYPE_EXACT, which is none. type: below _MATCHING_TYPE_MAX. */
size_t matching_type_digest_size(MatchingType type);

/* NULL, or what is wrong, to be read behind "the " ("PSK identity is empty"); never a part of the secret.
 * Static. An identity has 1..LIMIT_PSK_IDENTITY_SIZE bytes, none of them NUL: OpenSSL takes it as a C string
 * and cuts what is longer. A key has 1..LIMIT_PSK_KEY_SIZE bytes. */
const char *credential_check_identity(const void *identity, size_t size);
const char *credential_check_key(size_t size);

/* The same for the server name, which is a host name: an address is none for SNI (RFC 6066, 3). */
const char *credential_check_server_name(const char *name);

#define CREDENTIAL_FAULT_SIZE 160

typedef struct CredentialFault {
        uint16_t resource;                /* the one of /0/x that is wrong */
        char text[CREDENTIAL_FAULT_SIZE]; /* as above: "PSK identity is empty" */
} CredentialFault;

/* The one check of a credential as a whole, for configuration, Finish and connection. PSK: identity and key
 * as above. Certificate (lwm2m-facts.md 2.2, 2.3): the client has a chain of certificates, leaf first, and
 * the leaf's private key, or neither; there is the server's certificate or the CA's, or a digest as long as
 * the Matching Type says; all of it DER. Both: a server name as above, and where there are suites, one at
 * least that is of the mode. Other modes: nothing is looked at. False, and *ret says why. */
bool credential_check(const Credential *credential, CredentialFault *ret);
