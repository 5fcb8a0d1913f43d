/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of an account: which security modes there are for this client, and what a PSK may be. */
#pragma once

#include "lwm2m/ids.h"
#include "lwm2m/uri.h"
#include "util/secret.h"

/* Whether this client can speak in a security mode: PSK and NoSec. */
bool security_mode_is_supported(SecurityMode mode);

/* The scheme of a URI that goes with a security mode: coap with NoSec, else coaps. */
UriScheme security_mode_scheme(SecurityMode mode);

/* NULL, or what is wrong, to be read behind "the PSK " ("identity is empty"); never a part of the secret.
 * Static. An identity has 1..LIMIT_PSK_IDENTITY_SIZE bytes, none of them NUL: OpenSSL takes it as a C string
 * and cuts what is longer. A key has 1..LIMIT_PSK_KEY_SIZE bytes. */
const char *credential_check_identity(const void *identity, size_t size);
const char *credential_check_key(size_t size);

/* The same of both in SECURITY_MODE_PSK; NULL in any other mode. */
const char *credential_check(SecurityMode mode, const Secret *identity, const Secret *key);
