/* SPDX-License-Identifier: Apache-2.0 */
/* The Credential of a Security Object Instance. */
#include "model/account_credential.h"

static int read_secret(const Dataset *dataset, uint16_t instance, uint16_t resource, Secret *secret)
{
        const Value *value = dataset_get(dataset, &PATH_RESOURCE(OBJECT_SECURITY, instance, resource));

        if (!value || !value_type_has_bytes(value->type))
                return 0;

        return secret_set(secret, value->bytes.data, value->bytes.size);
}

static int read_secrets(const Dataset *dataset, uint16_t instance, Credential *credential)
{
        int r;

        r = read_secret(dataset, instance, SECURITY_IDENTITY, &credential->identity);
        if (r == 0)
                r = read_secret(dataset, instance, SECURITY_SECRET_KEY, &credential->key);
        if (r == 0)
                r = read_secret(dataset, instance, SECURITY_SERVER_KEY, &credential->server_certificate);
        return r;
}

/* An empty one is none. */
static int read_server_name(const Dataset *dataset, uint16_t instance, char **ret)
{
        const char *name = dataset_get_string(dataset, OBJECT_SECURITY, instance, SECURITY_SNI, "");

        if (!name[0])
                return 0;
        *ret = strdup(name);
        return *ret ? 0 : -ENOMEM;
}

static int read_suites(const Dataset *dataset, uint16_t instance, Credential *credential)
{
        _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_RESOURCE_INSTANCES};
        const Path path = PATH_RESOURCE(OBJECT_SECURITY, instance, SECURITY_CIPHER_SUITE);
        int r;

        r = dataset_list(dataset, &path, &list);
        if (r < 0)
                return r;
        for (size_t i = 0; i < list.n && credential->n_suites < LIMIT_CIPHER_SUITES; i++)
                if (list.items[i].value.type == VALUE_UNSIGNED)
                        credential->suites[credential->n_suites++] =
                                (uint16_t)list.items[i].value.unsigned_integer;
        return 0;
}

int account_read_credential(const Dataset *dataset, uint16_t security_instance, Credential *ret)
{
        const uint16_t object = OBJECT_SECURITY, i = security_instance;
        _cleanup_(credential_done) Credential credential = CREDENTIAL(
                (SecurityMode)dataset_get_integer(dataset, object, i, SECURITY_MODE, SECURITY_MODE_NOSEC));
        int r;

        credential.usage = (CertificateUsage)dataset_get_integer(
                dataset, object, i, SECURITY_CERTIFICATE_USAGE, credential.usage);
        credential.matching_type = (MatchingType)dataset_get_integer(
                dataset, object, i, SECURITY_MATCHING_TYPE, credential.matching_type);
        r = read_secrets(dataset, i, &credential);
        if (r == 0)
                r = read_server_name(dataset, i, &credential.server_name);
        if (r == 0)
                r = read_suites(dataset, i, &credential);
        if (r < 0)
                return r;
        *ret = credential;
        credential = (Credential){0};
        return 0;
}

static int write_bytes(Dataset *dataset, uint16_t instance, uint16_t resource, ValueType type,
        const void *data, size_t size)
{
        const Path path = PATH_RESOURCE(OBJECT_SECURITY, instance, resource);

        if (size > 0)
                return dataset_set_bytes(dataset, &path, type, data, size);
        (void)dataset_remove(dataset, &path);
        return 0;
}

static int write_secrets(Dataset *dataset, uint16_t instance, const Credential *credential)
{
        const struct {
                uint16_t resource;
                const Secret *secret;
        } table[] = {
                {SECURITY_IDENTITY, &credential->identity},
                {SECURITY_SECRET_KEY, &credential->key},
                {SECURITY_SERVER_KEY, &credential->server_certificate},
        };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTSOF(table); i++)
                r = write_bytes(dataset, instance, table[i].resource, VALUE_OPAQUE, table[i].secret->data,
                        table[i].secret->size);
        return r;
}

static int write_number(
        Dataset *dataset, uint16_t instance, uint16_t resource, unsigned number, unsigned absent)
{
        const Path path = PATH_RESOURCE(OBJECT_SECURITY, instance, resource);

        if (number != absent)
                return dataset_set_integer(dataset, &path, VALUE_UNSIGNED, number);
        (void)dataset_remove(dataset, &path);
        return 0;
}

static int write_suites(Dataset *dataset, uint16_t instance, const Credential *credential)
{
        const Path path = PATH_RESOURCE(OBJECT_SECURITY, instance, SECURITY_CIPHER_SUITE);
        int r = 0;

        (void)dataset_remove(dataset, &path);
        for (size_t i = 0; r == 0 && i < credential->n_suites; i++) {
                const Path place = path_append(&path, (uint16_t)i);

                r = dataset_set_integer(dataset, &place, VALUE_UNSIGNED, credential->suites[i]);
        }
        return r;
}

int account_write_credential(Dataset *dataset, uint16_t security_instance, const Credential *credential)
{
        const Credential absent = CREDENTIAL(credential->mode);
        const char *name = credential->server_name ?: "";
        int r;

        r = dataset_set_integer(dataset, &PATH_RESOURCE(OBJECT_SECURITY, security_instance, SECURITY_MODE),
                VALUE_INTEGER, credential->mode);
        if (r == 0)
                r = write_secrets(dataset, security_instance, credential);
        if (r == 0)
                r = write_number(dataset, security_instance, SECURITY_MATCHING_TYPE,
                        credential->matching_type, absent.matching_type);
        if (r == 0)
                r = write_bytes(dataset, security_instance, SECURITY_SNI, VALUE_STRING, name, strlen(name));
        if (r == 0)
                r = write_number(dataset, security_instance, SECURITY_CERTIFICATE_USAGE, credential->usage,
                        absent.usage);
        return r == 0 ? write_suites(dataset, security_instance, credential) : r;
}
