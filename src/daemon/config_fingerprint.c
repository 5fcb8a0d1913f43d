/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of the configuration's accounts. */
#include "daemon/config_fingerprint.h"

#include "util/bytes.h"

#define FINGERPRINT_SIZE_MAX (1024 * 1024) /* above 17 accounts with everything at its maximum */

typedef enum Extent {
        WITH_CREDENTIALS,
        WITHOUT_CREDENTIALS,
} Extent;

static void add_bytes(ByteWriter *writer, const void *data, size_t size)
{
        byte_writer_add_uint(writer, 8, size);
        if (size > 0)
                byte_writer_add(writer, data, size);
}

static void add_text(ByteWriter *writer, const char *text)
{
        add_bytes(writer, text ?: "", text ? strlen(text) : 0);
}

static void add_rules(ByteWriter *writer, const Credential *credential)
{
        byte_writer_add_u8(writer, (uint8_t)credential->usage);
        byte_writer_add_u8(writer, (uint8_t)credential->matching_type);
        add_text(writer, credential->server_name);
        byte_writer_add_uint(writer, 8, credential->n_suites);
        for (size_t i = 0; i < credential->n_suites; i++)
                byte_writer_add_uint(writer, 2, credential->suites[i]);
}

/* What does not stand there adds nothing: an upgrade that brings a key may not make another account of one
 * that is without. */
static bool has_rules(const Credential *credential)
{
        return credential->usage != CERTIFICATE_USAGE_DOMAIN_ISSUED ||
               credential->matching_type != MATCHING_TYPE_EXACT || credential->server_name ||
               credential->n_suites > 0;
}

static void add_account(ByteWriter *writer, const ConfigAccount *account, Extent extent)
{
        add_text(writer, account->uri);
        byte_writer_add_u8(writer, (uint8_t)account->credential.mode);
        if (has_rules(&account->credential))
                add_rules(writer, &account->credential);
        if (extent == WITHOUT_CREDENTIALS)
                return;
        add_bytes(writer, account->credential.identity.data, account->credential.identity.size);
        add_bytes(writer, account->credential.key.data, account->credential.key.size);
        if (account->credential.server_certificate.size > 0)
                add_bytes(writer, account->credential.server_certificate.data,
                        account->credential.server_certificate.size);
}

static void add_optional(ByteWriter *writer, bool has, uint64_t value)
{
        byte_writer_add_u8(writer, has);
        byte_writer_add_uint(writer, 8, has ? value : 0);
}

static void add_server(ByteWriter *writer, const ConfigAccount *server, Extent extent)
{
        const ConfigCommunicationRetry *retry = &server->communication_retry;

        add_account(writer, server, extent);
        byte_writer_add_uint(writer, 2, server->short_server_id);
        byte_writer_add_uint(writer, 8, (uint64_t)server->lifetime);
        add_text(writer, server->binding);
        add_optional(writer, server->has_bootstrap_on_registration_failure,
                server->bootstrap_on_registration_failure);
        add_optional(writer, retry->has_retry_count, retry->retry_count);
        add_optional(writer, retry->has_retry_timer, (uint64_t)retry->retry_timer);
        add_optional(writer, retry->has_sequence_delay_timer, (uint64_t)retry->sequence_delay_timer);
        add_optional(writer, retry->has_sequence_retry_count, retry->sequence_retry_count);
}

static int digest(ByteWriter *writer, uint8_t ret[SHA256_SIZE])
{
        return writer->error < 0 ? writer->error : crypto_sha256(writer->data, writer->size, ret);
}

static int digest_bootstrap_server(const Config *config, Extent extent, uint8_t ret[SHA256_SIZE])
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(FINGERPRINT_SIZE_MAX);
        const ConfigAccount *server = &config->bootstrap_server;

        byte_writer_add_u8(&writer, config->has_bootstrap_server);
        if (config->has_bootstrap_server) {
                add_account(&writer, server, extent);
                byte_writer_add_uint(&writer, 2, server->instance_id);
                byte_writer_add_uint(&writer, 8, (uint64_t)server->hold_off_time);
                byte_writer_add_uint(&writer, 8, (uint64_t)server->account_timeout);
        }
        return digest(&writer, ret);
}

static int digest_servers(const Config *config, Extent extent, uint8_t ret[SHA256_SIZE])
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(FINGERPRINT_SIZE_MAX);

        add_text(&writer, config->endpoint);
        for (size_t i = 0; i < config->n_servers; i++)
                add_server(&writer, &config->servers[i], extent);
        return digest(&writer, ret);
}

int config_fingerprint(const Config *config, ConfigFingerprint *ret)
{
        ConfigFingerprint fingerprint;
        int r;

        r = digest_bootstrap_server(config, WITH_CREDENTIALS, fingerprint.bootstrap_server);
        if (r == 0)
                r = digest_servers(config, WITH_CREDENTIALS, fingerprint.servers);
        if (r == 0)
                r = digest_bootstrap_server(config, WITHOUT_CREDENTIALS, fingerprint.bare_bootstrap_server);
        if (r == 0)
                r = digest_servers(config, WITHOUT_CREDENTIALS, fingerprint.bare_servers);
        if (r < 0)
                return r;
        *ret = fingerprint;
        return 0;
}
