/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the credentials of an account can be used at all. */
#include "lwm2m/credential.h"

bool security_mode_is_supported(SecurityMode mode)
{
        return mode == SECURITY_MODE_PSK || mode == SECURITY_MODE_NOSEC;
}

UriScheme security_mode_scheme(SecurityMode mode)
{
        return mode == SECURITY_MODE_NOSEC ? URI_COAP : URI_COAPS;
}

const char *credential_check_identity(const void *identity, size_t size)
{
        if (size == 0)
                return "identity is empty";
        if (size > LIMIT_PSK_IDENTITY_SIZE)
                return "identity is longer than 255 bytes";
        if (memchr(identity, 0, size))
                return "identity holds a NUL byte";
        return NULL;
}

const char *credential_check_key(size_t size)
{
        if (size == 0)
                return "key is empty";
        if (size > LIMIT_PSK_KEY_SIZE)
                return "key is longer than 64 bytes";
        return NULL;
}

const char *credential_check(SecurityMode mode, const Secret *identity, const Secret *key)
{
        const char *reason;

        if (mode != SECURITY_MODE_PSK)
                return NULL;
        reason = credential_check_identity(identity->data, identity->size);
        return reason ?: credential_check_key(key->size);
}
