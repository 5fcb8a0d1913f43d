/* SPDX-License-Identifier: Apache-2.0 */
/* What a client and a server prove themselves with. */
#include "lwm2m/credential.h"

void credential_done(Credential *credential)
{
        secret_done(&credential->identity);
        secret_done(&credential->key);
        secret_done(&credential->server_certificate);
        free(credential->server_name);
        *credential = (Credential){0};
}

static int copy_parts(Credential *copy, const Credential *from)
{
        int r;

        if (from->server_name) {
                copy->server_name = strdup(from->server_name);
                if (!copy->server_name)
                        return -ENOMEM;
        }
        r = secret_set(&copy->identity, from->identity.data, from->identity.size);
        if (r == 0)
                r = secret_set(&copy->key, from->key.data, from->key.size);
        if (r == 0)
                r = secret_set(&copy->server_certificate, from->server_certificate.data,
                        from->server_certificate.size);
        return r;
}

int credential_copy(Credential *credential, const Credential *from)
{
        Credential copy = *from;
        int r;

        copy.identity = copy.key = copy.server_certificate = (Secret){0};
        copy.server_name = NULL;
        r = copy_parts(&copy, from);
        if (r < 0) {
                credential_done(&copy);
                return r;
        }
        credential_done(credential);
        *credential = copy;
        return 0;
}

static bool same_suites(const Credential *a, const Credential *b)
{
        return a->n_suites == b->n_suites &&
               memcmp(a->suites, b->suites, a->n_suites * sizeof(a->suites[0])) == 0;
}

bool credential_equal(const Credential *a, const Credential *b)
{
        return a->mode == b->mode && secret_equal(&a->identity, &b->identity) &&
               secret_equal(&a->key, &b->key) &&
               secret_equal(&a->server_certificate, &b->server_certificate) && a->usage == b->usage &&
               a->matching_type == b->matching_type && same_suites(a, b) &&
               strcmp(a->server_name ?: "", b->server_name ?: "") == 0;
}

bool security_mode_is_supported(SecurityMode mode)
{
        return mode == SECURITY_MODE_PSK || mode == SECURITY_MODE_CERTIFICATE || mode == SECURITY_MODE_NOSEC;
}

UriScheme security_mode_scheme(SecurityMode mode)
{
        return mode == SECURITY_MODE_NOSEC ? URI_COAP : URI_COAPS;
}

const char *credential_check_identity(const void *identity, size_t size)
{
        if (size == 0)
                return "PSK identity is empty";
        if (size > LIMIT_PSK_IDENTITY_SIZE)
                return "PSK identity is longer than 255 bytes";
        if (memchr(identity, 0, size))
                return "PSK identity holds a NUL byte";
        return NULL;
}

const char *credential_check_key(size_t size)
{
        if (size == 0)
                return "PSK key is empty";
        if (size > LIMIT_PSK_KEY_SIZE)
                return "PSK key is longer than 64 bytes";
        return NULL;
}

const char *credential_check(const Credential *credential, uint16_t *ret_resource)
{
        const char *reason;
        uint16_t ignored;
        uint16_t *resource = ret_resource ?: &ignored;

        if (credential->mode != SECURITY_MODE_PSK)
                return NULL;
        *resource = SECURITY_IDENTITY;
        reason = credential_check_identity(credential->identity.data, credential->identity.size);
        if (reason)
                return reason;
        *resource = SECURITY_SECRET_KEY;
        return credential_check_key(credential->key.size);
}
