/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration's accounts as Object Instances of /0 and /1. */
#include "daemon/factory_accounts.h"

/* Writes the Resources of one Object Instance; the error is sticky. */
typedef struct Writer {
        Dataset *dataset;
        uint16_t object;
        uint16_t instance;
        int error; /* 0, DATASET_E_LIMIT or a negative errno */
} Writer;

static void set_integer(Writer *writer, uint16_t resource, ValueType type, int64_t value)
{
        Path path = PATH_RESOURCE(writer->object, writer->instance, resource);

        if (writer->error == 0)
                writer->error = dataset_set_integer(writer->dataset, &path, type, value);
}

static void set_boolean(Writer *writer, uint16_t resource, bool value)
{
        Path path = PATH_RESOURCE(writer->object, writer->instance, resource);

        if (writer->error == 0)
                writer->error = dataset_set_boolean(writer->dataset, &path, value);
}

static void set_bytes(Writer *writer, uint16_t resource, ValueType type, const void *data, size_t size)
{
        Path path = PATH_RESOURCE(writer->object, writer->instance, resource);

        if (writer->error == 0)
                writer->error = dataset_set_bytes(writer->dataset, &path, type, data, size);
}

static void set_secret(Writer *writer, uint16_t resource, const Secret *secret)
{
        if (secret->size > 0)
                set_bytes(writer, resource, VALUE_OPAQUE, secret->data, secret->size);
}

static void set_suites(Writer *writer, const Credential *credential)
{
        for (size_t i = 0; writer->error == 0 && i < credential->n_suites; i++) {
                Path path = PATH_RESOURCE_INSTANCE(
                        writer->object, writer->instance, SECURITY_CIPHER_SUITE, (uint16_t)i);

                writer->error =
                        dataset_set_integer(writer->dataset, &path, VALUE_UNSIGNED, credential->suites[i]);
        }
}

/* Defaults (Core TS, Appendix E.1) are not written. */
static void set_credential(Writer *writer, const Credential *credential)
{
        set_integer(writer, SECURITY_MODE, VALUE_INTEGER, credential->mode);
        set_secret(writer, SECURITY_IDENTITY, &credential->identity);
        set_secret(writer, SECURITY_SERVER_KEY, &credential->server_certificate);
        set_secret(writer, SECURITY_SECRET_KEY, &credential->key);
        if (credential->matching_type != MATCHING_TYPE_EXACT)
                set_integer(writer, SECURITY_MATCHING_TYPE, VALUE_UNSIGNED, credential->matching_type);
        if (credential->server_name)
                set_bytes(writer, SECURITY_SNI, VALUE_STRING, credential->server_name,
                        strlen(credential->server_name));
        if (credential->usage != CERTIFICATE_USAGE_DOMAIN_ISSUED)
                set_integer(writer, SECURITY_CERTIFICATE_USAGE, VALUE_UNSIGNED, credential->usage);
        set_suites(writer, credential);
}

static void set_security(Writer *writer, const ConfigAccount *account, bool bootstrap_server)
{
        set_bytes(writer, SECURITY_URI, VALUE_STRING, account->uri, strlen(account->uri));
        set_boolean(writer, SECURITY_BOOTSTRAP_SERVER, bootstrap_server);
        set_credential(writer, &account->credential);
}

static int add_bootstrap_server(const ConfigAccount *account, Dataset *dataset)
{
        Writer writer = {.dataset = dataset, .object = OBJECT_SECURITY, .instance = account->instance_id};

        set_security(&writer, account, true);
        if (account->hold_off_time > 0)
                set_integer(&writer, SECURITY_HOLD_OFF_TIME, VALUE_INTEGER, account->hold_off_time);
        if (account->account_timeout > 0)
                set_integer(&writer, SECURITY_ACCOUNT_TIMEOUT, VALUE_INTEGER, account->account_timeout);
        return writer.error;
}

static int add_security(const ConfigAccount *account, Dataset *dataset)
{
        Writer writer = {
                .dataset = dataset,
                .object = OBJECT_SECURITY,
                .instance = dataset_free_instance(dataset, OBJECT_SECURITY),
        };

        set_security(&writer, account, false);
        set_integer(&writer, SECURITY_SHORT_SERVER_ID, VALUE_INTEGER, account->short_server_id);
        return writer.error;
}

static int add_server(const ConfigAccount *account, Dataset *dataset)
{
        const ConfigCommunicationRetry *retry = &account->communication_retry;
        Writer writer = {
                .dataset = dataset,
                .object = OBJECT_SERVER,
                .instance = dataset_free_instance(dataset, OBJECT_SERVER),
        };

        set_integer(&writer, SERVER_SHORT_SERVER_ID, VALUE_INTEGER, account->short_server_id);
        set_integer(&writer, SERVER_LIFETIME, VALUE_INTEGER, account->lifetime);
        set_boolean(&writer, SERVER_NOTIFICATION_STORING, true);
        set_bytes(&writer, SERVER_BINDING, VALUE_STRING, account->binding, strlen(account->binding));
        if (account->has_bootstrap_on_registration_failure)
                set_boolean(
                        &writer, SERVER_BOOTSTRAP_ON_FAILURE, account->bootstrap_on_registration_failure);
        if (retry->has_retry_count)
                set_integer(&writer, SERVER_RETRY_COUNT, VALUE_UNSIGNED, (int64_t)retry->retry_count);
        if (retry->has_retry_timer)
                set_integer(&writer, SERVER_RETRY_TIMER, VALUE_UNSIGNED, retry->retry_timer);
        if (retry->has_sequence_delay_timer)
                set_integer(
                        &writer, SERVER_SEQUENCE_DELAY_TIMER, VALUE_UNSIGNED, retry->sequence_delay_timer);
        if (retry->has_sequence_retry_count)
                set_integer(&writer, SERVER_SEQUENCE_RETRY_COUNT, VALUE_UNSIGNED,
                        (int64_t)retry->sequence_retry_count);
        return writer.error;
}

int factory_accounts_build(const Config *config, Dataset *dataset)
{
        int r = 0;

        if (config->has_bootstrap_server)
                r = add_bootstrap_server(&config->bootstrap_server, dataset);
        for (size_t i = 0; r == 0 && i < config->n_servers; i++) {
                r = add_security(&config->servers[i], dataset);
                if (r == 0)
                        r = add_server(&config->servers[i], dataset);
        }
        return r;
}
