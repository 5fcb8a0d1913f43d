/* SPDX-License-Identifier: Apache-2.0 */
/* `configuration` in the state directory. */
#include "daemon/kept_configuration.h"

#include "daemon/state_file.h"
#include "util/bytes.h"
#include "util/file.h"
#include "util/log.h"
#include "util/message_ids.h"

/* magic 8, version 2, 0 2, lengths of endpoint, text and accounts 4 each, SHA-256 of the rest 32; the
 * endpoint; the text; the accounts as a state file. */
#define MAGIC       "LWM2MCF\n"
#define MAGIC_SIZE  8
#define VERSION     1
#define HEADER_SIZE (MAGIC_SIZE + 2 + 2 + 3 * 4 + SHA256_SIZE)
#define FILE_MAX    (HEADER_SIZE + LIMIT_ENDPOINT_SIZE + CONFIG_FILE_SIZE_MAX + STATE_FILE_MAX)

void kept_configuration_done(KeptConfiguration *kept)
{
        secret_done(&kept->text);
        free(kept->endpoint);
        kept->accounts = dataset_free(kept->accounts);
        *kept = (KeptConfiguration){0};
}

static int encode(const Config *config, const Dataset *accounts, ByteWriter *writer)
{
        const StateFile file = {.dataset = (Dataset *)accounts}; /* only read */
        _cleanup_(byte_writer_done) ByteWriter body = BYTE_WRITER(FILE_MAX);
        uint8_t *state = NULL, sum[SHA256_SIZE];
        size_t size = 0;
        int r;

        r = state_file_encode(&file, &state, &size);
        if (r < 0)
                return r;
        byte_writer_add(&body, config->endpoint, strlen(config->endpoint));
        if (config->text.size > 0)
                byte_writer_add(&body, config->text.data, config->text.size);
        byte_writer_add(&body, state, size);
        secret_free_bytes(state, size);
        r = body.error < 0 ? body.error : crypto_sha256(body.data, body.size, sum);
        if (r < 0)
                return r;
        byte_writer_add(writer, MAGIC, MAGIC_SIZE);
        byte_writer_add_uint(writer, 2, VERSION);
        byte_writer_add_uint(writer, 2, 0);
        byte_writer_add_uint(writer, 4, strlen(config->endpoint));
        byte_writer_add_uint(writer, 4, config->text.size);
        byte_writer_add_uint(writer, 4, size);
        byte_writer_add(writer, sum, SHA256_SIZE);
        byte_writer_add(writer, body.data, body.size);
        return writer->error;
}

/* The lengths of the three parts, which fill the rest and have its digest. */
static bool read_header(ByteReader *reader, uint64_t lengths[3])
{
        const uint8_t *magic, *sum;
        uint8_t real[SHA256_SIZE];
        uint64_t version, zero;
        size_t left;

        if (!byte_reader_take(reader, MAGIC_SIZE, &magic) || memcmp(magic, MAGIC, MAGIC_SIZE) != 0 ||
                !byte_reader_uint(reader, 2, &version) || version != VERSION ||
                !byte_reader_uint(reader, 2, &zero) || zero != 0)
                return false;
        for (size_t i = 0; i < 3; i++)
                if (!byte_reader_uint(reader, 4, &lengths[i]))
                        return false;
        if (!byte_reader_take(reader, SHA256_SIZE, &sum))
                return false;
        left = byte_reader_left(reader);
        return lengths[0] + lengths[1] + lengths[2] == left &&
               crypto_sha256(reader->data + reader->position, left, real) == 0 &&
               memcmp(sum, real, SHA256_SIZE) == 0;
}

/* 0, -EBADMSG or -ENOMEM. */
static int decode(const uint8_t *data, size_t size, KeptConfiguration *kept)
{
        ByteReader reader = BYTE_READER(data, size);
        const uint8_t *endpoint, *text, *accounts;
        StateFile file = {0};
        uint64_t lengths[3];
        int r;

        if (!read_header(&reader, lengths) || !byte_reader_take(&reader, lengths[0], &endpoint) ||
                !byte_reader_take(&reader, lengths[1], &text) ||
                !byte_reader_take(&reader, lengths[2], &accounts))
                return -EBADMSG;
        r = state_file_decode(accounts, lengths[2], &file);
        if (r != 0)
                return r == -ENOMEM ? r : -EBADMSG;
        kept->accounts = file.dataset;
        kept->endpoint = strndup((const char *)endpoint, lengths[0]);
        if (!kept->endpoint)
                return -ENOMEM;
        return secret_set(&kept->text, text, lengths[1]);
}

int kept_configuration_read(const StateVault *vault, KeptConfiguration *ret)
{
        KeptConfiguration kept = {0};
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        r = state_vault_read(vault, KEPT_CONFIGURATION, FILE_MAX, &data, &size, NULL);
        if (r == STATE_FILE_E_LOCKED)
                return KEPT_CONFIGURATION_E_LOCKED;
        r = r == STATE_FILE_E_DAMAGED ? -EBADMSG : r == 0 ? decode(data, size, &kept) : r;
        secret_free_bytes(data, size);
        if (r < 0) {
                kept_configuration_done(&kept);
                if (r == -EBADMSG)
                        log_event(LOG_WARNING, MESSAGE_ID_STORAGE_RECOVERED,
                                "%s/" KEPT_CONFIGURATION
                                ", the configuration accepted last, is damaged and does not count.",
                                vault->directory);
                else if (r != -ENOENT)
                        log_event_errno(LOG_WARNING, r, MESSAGE_ID_STORAGE_UNREADABLE,
                                "%s/" KEPT_CONFIGURATION
                                ", the configuration accepted last, cannot be used: %m",
                                vault->directory);
                return -ENOENT;
        }
        *ret = kept;
        return 0;
}

/* Flash lives longer without writing it again. */
static bool is_kept(const StateVault *vault, const ByteWriter *wanted)
{
        uint8_t *data = NULL;
        size_t size = 0;
        bool same, renew = false;

        same = state_vault_read(vault, KEPT_CONFIGURATION, FILE_MAX, &data, &size, &renew) == 0 && !renew &&
               size == wanted->size && memcmp(data, wanted->data, size) == 0;
        secret_free_bytes(data, size);
        return same;
}

int kept_configuration_write(const StateVault *vault, const Config *config, const Dataset *accounts)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(FILE_MAX);
        int r;

        r = encode(config, accounts, &writer);
        if (r < 0 || is_kept(vault, &writer))
                return r < 0 ? r : 0;
        return state_vault_write(vault, KEPT_CONFIGURATION, writer.data, writer.size);
}
