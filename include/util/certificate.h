/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 certificates and private keys as bytes: read from PEM or DER, kept as DER (what that says:
 * util/certificate_facts.h). Clears OpenSSL's error queue itself. */
#pragma once

#include "util/secret.h"
#include "util/string_table.h"

#define CERTIFICATE_CHAIN_SIZE 16384 /* bytes of PEM or DER: design.md section 12 */
#define CERTIFICATE_CHAIN_MAX  8     /* certificates of a chain: leaf and intermediates, twice over */
#define PRIVATE_KEY_SIZE       16384 /* bytes of PEM or DER; certificates may be beside it */
#define PRIVATE_KEY_EC_BITS    255   /* less is forbidden: Core TS, 5.2.8.7 */
#define PRIVATE_KEY_RSA_BITS   2048  /* less is refused by OpenSSL's security level 2 */

/* bits: signing holds the loop, and its time grows with the cube; 60000 fit into 16 KiB, and take minutes */
#define PRIVATE_KEY_RSA_BITS_MAX 8192

/* What is wrong with bytes that should be certificates or a private key. */
typedef enum CertificateError {
        CERTIFICATE_GOOD, /* "" */
        CERTIFICATE_E_EMPTY,
        CERTIFICATE_E_TOO_LARGE,
        CERTIFICATE_E_NONE,    /* neither PEM nor DER of what is asked for */
        CERTIFICATE_E_DAMAGED, /* a PEM block that does not end, or that holds no DER */
        CERTIFICATE_E_REST,    /* DER with further bytes behind it */
        CERTIFICATE_E_TOO_MANY,
        CERTIFICATE_E_IS_KEY,
        CERTIFICATE_E_IS_REQUEST,
        CERTIFICATE_E_IS_PUBLIC_KEY,
        CERTIFICATE_E_IS_PKCS12,
        PRIVATE_KEY_E_NONE,
        PRIVATE_KEY_E_TOO_MANY,
        PRIVATE_KEY_E_IS_CERTIFICATE,
        PRIVATE_KEY_E_IS_PUBLIC_KEY,
        PRIVATE_KEY_E_ENCRYPTED, /* with a passphrase */
        PRIVATE_KEY_E_VERSION_2, /* PKCS#8 version 2 (RFC 5958): Core TS, 5.2.8.7 leaves it out */
        PRIVATE_KEY_E_TYPE,      /* neither EC nor RSA */
        PRIVATE_KEY_E_WEAK,
        PRIVATE_KEY_E_LONG,
        PRIVATE_KEY_E_OTHER, /* good, but not the certificate's */
        _CERTIFICATE_ERROR_MAX,
} CertificateError;

/* To be read behind the name of a value: "is a private key, not a certificate". */
DECLARE_STRING_TABLE(certificate_error, CertificateError);

/* One certificate or a chain (leaf first), PEM or DER, to concatenated DER. In PEM, whatever else stands
 * beside certificates is passed over. *ret is replaced when 0 is returned; a CertificateError, or -ENOMEM.
 */
int certificate_chain_parse(const void *data, size_t size, Secret *ret);

/* One private key, EC (SEC1 or PKCS#8) or RSA (PKCS#1 or PKCS#8), PEM or DER, to DER in the same form. In
 * PEM, certificates and EC parameters beside it are passed over. Return values likewise. */
int private_key_parse(const void *data, size_t size, Secret *ret);

/* The first certificate of concatenated DER, without looking into it; *rest and *rest_size move behind it.
 * False: there is none (any more). */
bool certificate_chain_next(const uint8_t **rest, size_t *rest_size, const uint8_t **ret, size_t *ret_size);
