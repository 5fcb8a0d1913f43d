/* SPDX-License-Identifier: Apache-2.0 */
/* What a client and a server prove themselves with. */
#include "lwm2m/credential.h"

#include <stdarg.h>
#include <stdio.h>

#include "lwm2m/cipher_suite.h"
#include "util/bytes.h"
#include "util/certificate_facts.h"

static_assert(LIMIT_CERTIFICATE_SIZE == CERTIFICATE_CHAIN_SIZE && LIMIT_CERTIFICATE_SIZE == PRIVATE_KEY_SIZE,
        "what can be written can be read");

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
               a->by_trust_store == b->by_trust_store && a->matching_type == b->matching_type &&
               same_suites(a, b) && strcmp(a->server_name ?: "", b->server_name ?: "") == 0;
}

/* Bytes of all parts with their sizes: the longest is a certificate with its chain. */
#define DIGESTED_SIZE (4 * LIMIT_CERTIFICATE_SIZE)

/* Sizes in front: no two credentials have the same bytes. */
static void add_part(ByteWriter *writer, const void *data, size_t size)
{
        byte_writer_add_uint(writer, sizeof(uint32_t), size);
        byte_writer_add(writer, data, size);
}

int credential_digest(const Credential *credential, uint8_t ret[SHA256_SIZE])
{
        const char *name = credential->server_name ?: "";
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(DIGESTED_SIZE);

        byte_writer_add_u8(&writer, (uint8_t)credential->mode);
        byte_writer_add_u8(&writer, (uint8_t)credential->usage);
        byte_writer_add_u8(&writer, (uint8_t)credential->matching_type);
        add_part(&writer, name, strlen(name));
        add_part(&writer, credential->suites, credential->n_suites * sizeof(credential->suites[0]));
        add_part(&writer, credential->server_certificate.data, credential->server_certificate.size);
        add_part(&writer, credential->identity.data, credential->identity.size);
        add_part(&writer, credential->key.data, credential->key.size);
        if (credential->by_trust_store)
                byte_writer_add_u8(&writer, 1);
        return writer.error < 0 ? writer.error : crypto_sha256(writer.data, writer.size, ret);
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

const char *credential_check_server_name(const char *name)
{
        return uri_is_name(name) ? NULL : "server name is no host name, and no address can be one";
}

static _printf_(3, 4) bool fault(CredentialFault *ret, uint16_t resource, const char *format, ...)
{
        va_list ap;

        ret->resource = resource;
        va_start(ap, format);
        (void)vsnprintf(ret->text, sizeof(ret->text), format, ap);
        va_end(ap);
        return false;
}

/* parse: certificate_chain_parse() or private_key_parse(), which take PEM too. */
static bool check_der(const Secret *bytes, int (*parse)(const void *data, size_t size, Secret *ret),
        uint16_t resource, const char *what, CredentialFault *ret)
{
        _cleanup_(secret_done) Secret der = {0};
        int r = parse(bytes->data, bytes->size, &der);

        if (r < 0)
                return fault(ret, resource, "%s cannot be read: %s", what, strerror(-r));
        if (r != CERTIFICATE_GOOD)
                return fault(ret, resource, "%s %s", what, certificate_error_to_string((CertificateError)r));
        if (!secret_equal(&der, bytes))
                return fault(ret, resource, "%s is PEM, it has to be DER", what);
        return true;
}

static bool check_client(const Credential *credential, CredentialFault *ret)
{
        CertificateError error;

        if (credential->identity.size == 0)
                return credential->key.size == 0 ||
                       fault(ret, SECURITY_IDENTITY, "client certificate is missing beside its private key");
        if (credential->key.size == 0)
                return fault(ret, SECURITY_SECRET_KEY, "private key of the client certificate is missing");
        if (!check_der(&credential->identity, certificate_chain_parse, SECURITY_IDENTITY,
                    "client certificate", ret) ||
                !check_der(&credential->key, private_key_parse, SECURITY_SECRET_KEY, "private key", ret))
                return false;
        error = certificate_key_fits(&credential->identity, &credential->key);
        return error == CERTIFICATE_GOOD ||
               fault(ret, SECURITY_SECRET_KEY, "private key %s", certificate_error_to_string(error));
}

size_t matching_type_digest_size(MatchingType type)
{
        static const size_t sizes[_MATCHING_TYPE_MAX] = {
                [MATCHING_TYPE_SHA256] = SHA256_SIZE,
                [MATCHING_TYPE_SHA384] = SHA384_SIZE,
                [MATCHING_TYPE_SHA512] = SHA512_SIZE,
        };

        return sizes[type];
}

static bool check_server(const Credential *credential, CredentialFault *ret)
{
        const size_t size = credential->server_certificate.size;
        const MatchingType type = credential->matching_type;

        if (credential->usage >= _CERTIFICATE_USAGE_MAX)
                return fault(ret, SECURITY_CERTIFICATE_USAGE, "Certificate Usage is not within 0..3");
        if (type >= _MATCHING_TYPE_MAX)
                return fault(ret, SECURITY_MATCHING_TYPE, "Matching Type is not within 0..3");
        if (credential->by_trust_store)
                return true;
        if (size == 0)
                return fault(ret, SECURITY_SERVER_KEY, "server certificate is missing");
        if (type == MATCHING_TYPE_EXACT)
                return check_der(&credential->server_certificate, certificate_chain_parse,
                        SECURITY_SERVER_KEY, "server certificate", ret);
        return size == matching_type_digest_size(type) ||
               fault(ret, SECURITY_SERVER_KEY, "server certificate has %zu bytes, a digest of %s has %zu",
                       size, matching_type_to_string(type), matching_type_digest_size(type));
}

static bool check_suites(const Credential *credential, CredentialFault *ret)
{
        bool psk = credential->mode == SECURITY_MODE_PSK;

        for (size_t i = 0; i < credential->n_suites; i++)
                if (cipher_suite_fits(cipher_suite_find(credential->suites[i]), credential->mode))
                        return true;
        return credential->n_suites == 0 ||
               fault(ret, SECURITY_CIPHER_SUITE, "cipher suites hold none for %s",
                       psk ? "a PSK" : "certificates");
}

static bool check_psk(const Credential *credential, CredentialFault *ret)
{
        const char *reason;

        reason = credential_check_identity(credential->identity.data, credential->identity.size);
        if (reason)
                return fault(ret, SECURITY_IDENTITY, "%s", reason);
        reason = credential_check_key(credential->key.size);
        return !reason || fault(ret, SECURITY_SECRET_KEY, "%s", reason);
}

static bool check_server_name(const Credential *credential, CredentialFault *ret)
{
        const char *reason =
                credential->server_name ? credential_check_server_name(credential->server_name) : NULL;

        return !reason || fault(ret, SECURITY_SNI, "%s", reason);
}

bool credential_check(const Credential *credential, CredentialFault *ret)
{
        switch (credential->mode) {

        case SECURITY_MODE_PSK:
                return check_psk(credential, ret) && check_server_name(credential, ret) &&
                       check_suites(credential, ret);

        case SECURITY_MODE_CERTIFICATE:
                return check_client(credential, ret) && check_server(credential, ret) &&
                       check_server_name(credential, ret) && check_suites(credential, ret);

        case SECURITY_MODE_RPK:
        case SECURITY_MODE_NOSEC:
        case SECURITY_MODE_EST:
        case _SECURITY_MODE_MAX:
                break;
        }
        return true;
}
