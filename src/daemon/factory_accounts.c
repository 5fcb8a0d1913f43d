/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration's accounts as Object Instances of /0 and /1. */
#include "daemon/factory_accounts.h"

#include "model/account_credential.h"

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

static void set_security(Writer *writer, const ConfigAccount *account, bool bootstrap_server)
{
        set_bytes(writer, SECURITY_URI, VALUE_STRING, account->uri, strlen(account->uri));
        set_boolean(writer, SECURITY_BOOTSTRAP_SERVER, bootstrap_server);
        if (writer->error == 0)
                writer->error =
                        account_write_credential(writer->dataset, writer->instance, &account->credential);
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
