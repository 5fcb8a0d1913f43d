/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the credentials of an account can be used at all, before anything is sent. */
#pragma once

#include "lwm2m/ids.h"
#include "util/secret.h"

/* mode: SECURITY_MODE_NOSEC or _PSK. NULL, or what is wrong, to be read behind "the PSK " ("identity is
 * empty"); never a part of the secret. Static. OpenSSL takes the identity as a C string and cuts what is
 * longer. */
const char *credentials_check(SecurityMode mode, const Secret *identity, const Secret *key);
