/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the credentials of an account can be used at all. */
#include "coap/credentials.h"
#include "lwm2m/limits.h"

const char *credentials_check(SecurityMode mode, const Secret *identity, const Secret *key)
{
        if (mode != SECURITY_MODE_PSK)
                return NULL;
        if (!identity || identity->size == 0)
                return "identity is empty";
        if (identity->size > LIMIT_PSK_IDENTITY_SIZE)
                return "identity is longer than 255 bytes";
        if (memchr(identity->data, 0, identity->size))
                return "identity contains a NUL byte";
        if (!key || key->size == 0)
                return "key is empty";
        if (key->size > LIMIT_PSK_KEY_SIZE)
                return "key is longer than 64 bytes";
        return NULL;
}
