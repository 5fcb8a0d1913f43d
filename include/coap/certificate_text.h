/* SPDX-License-Identifier: Apache-2.0 */
/* What sentences say of a peer's certificate: printable, and cut to its size, whatever the peer has put
 * there. */
#pragma once

#include <openssl/x509.h>

#include "util/certificate_facts.h"

#define CERTIFICATE_TEXT_SIZE  (2 * CERTIFICATE_NAME_SIZE + 2 * CERTIFICATE_DATE_SIZE + 64)
#define CERTIFICATE_NAMES_SIZE 128 /* of what is listed of its names */

/* "the certificate CN=a (issuer CN=b, 2026-11-27 22:00:00 UTC to 2027-11-27 22:00:00 UTC, depth 0)". depth:
 * 0 is the server's own. Returns buffer. */
const char *certificate_describe(X509 *certificate, int depth, char buffer[CERTIFICATE_TEXT_SIZE]);

/* The names and addresses that it is for (subjectAltName, else the CN): "a.example, 192.0.2.1", or "no
 * name". Returns buffer. */
const char *certificate_list_names(X509 *certificate, char buffer[CERTIFICATE_NAMES_SIZE]);
