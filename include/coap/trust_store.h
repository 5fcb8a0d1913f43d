/* SPDX-License-Identifier: Apache-2.0 */
/* The CA certificates that are trusted here, `trust_store` of the configuration (interface.md section 2). */
#pragma once

#include <openssl/x509.h>

#include "coap/settings.h"

/* Bytes of a PEM file: all CAs of the system have 220 KiB. */
#define TRUST_STORE_FILE_SIZE (2 * 1024 * 1024)
/* Files of a folder (/etc/ssl/certs has 300) without hashed names, and their bytes: the loop reads them. */
#define TRUST_STORE_FILES 1024
#define TRUST_STORE_SIZE  (4 * TRUST_STORE_FILE_SIZE)

/* Opens TRUST_STORE_SYSTEM, TRUST_STORE_NONE, a file (PEM, or one in DER), or a folder of such, at its
 * absolute path. In a folder with OpenSSL's hashed names (and in the system's) a CA is read when it is asked
 * for, in any other one all files are, and what is no certificate is passed over. Each time anew, so that
 * what changes counts from the next handshake on. 0 and *ret, which X509_STORE_free ends; -ENOENT and the
 * like: it cannot be read; -ENODATA: it holds no certificate; -EFBIG; -ENOMEM. */
int trust_store_open(const char *place, X509_STORE **ret);

/* Lets a TLS session of another library trust those alone; ssl_context: its SSL_CTX. 0 or the same errors.
 */
int trust_store_install(const char *place, void *ssl_context);

/* Whether such a session refused a certificate for its dates: verdict is one of X509_V_*. */
bool trust_store_blames_date(long verdict);

/* Whether it can be opened: 0 or the same errors. */
int trust_store_check(const char *place);
