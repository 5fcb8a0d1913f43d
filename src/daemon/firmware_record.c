/* SPDX-License-Identifier: Apache-2.0 */
/* `firmware` in the state directory. */
#include "daemon/firmware_record.h"

#include "daemon/state_directory.h"
#include "daemon/state_text.h"
#include "util/crypto.h"
#include "util/log.h"
#include "util/message_ids.h"

/* magic 8, version 2; the machine; the package; the number of updates 1, the updates, newest first; at last
 * SHA-256 of all before. */
#define MAGIC      "LWM2MFW\n"
#define MAGIC_SIZE 8

void firmware_record_init(FirmwareRecord *record)
{
        memset(record, 0, sizeof(*record));
        record->machine = FIRMWARE_MACHINE_INIT;
}

/* -- Writing -- */

static void add_machine(ByteWriter *writer, const FirmwareMachine *m)
{
        state_text_add(writer, 1, firmware_phase_to_string(m->phase));
        state_text_add(writer, 1, firmware_result_to_string(m->result));
        state_text_add(writer, 2, m->text);
        state_text_add(writer, 1, firmware_delivery_to_string(m->delivery));
        byte_writer_add_uint(writer, 2, m->sender);
        state_text_add(writer, 1, m->uri);
        state_text_add(writer, 1, m->name);
        state_text_add(writer, 1, m->version);
        state_text_add(writer, 1, m->mark);
        byte_writer_add_uint(writer, 8, m->changed_at);
        byte_writer_add_uint(writer, 8, m->install_at);
        byte_writer_add_uint(writer, 8, m->defer_until);
        byte_writer_add_uint(writer, 8, m->reboot_by);
        byte_writer_add_u8(writer, m->severity);
        byte_writer_add_uint(writer, 8, (uint64_t)m->max_defer);
        byte_writer_add_u8(writer, m->automatic);
}

static void add_update(ByteWriter *writer, const FirmwareUpdate *update)
{
        state_text_add(writer, 1, update->id);
        byte_writer_add_uint(writer, 8, update->start);
        byte_writer_add_uint(writer, 8, update->end);
        state_text_add(writer, 1, firmware_delivery_to_string(update->delivery));
        state_text_add(writer, 1, update->uri);
        state_text_add(writer, 1, update->name);
        state_text_add(writer, 1, update->version);
        byte_writer_add_uint(writer, 8, update->size);
        state_text_add(writer, 1, firmware_result_to_string(update->result));
        state_text_add(writer, 2, update->text);
        state_text_add(writer, 1, update->version_before);
        state_text_add(writer, 1, update->version_after);
}

int firmware_record_encode(const FirmwareRecord *record, uint8_t **ret, size_t *ret_size)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(FIRMWARE_RECORD_MAX);
        uint8_t sum[SHA256_SIZE];
        int r;

        byte_writer_add(&writer, MAGIC, MAGIC_SIZE);
        byte_writer_add_uint(&writer, 2, FIRMWARE_RECORD_VERSION);
        add_machine(&writer, &record->machine);
        state_text_add(&writer, 1, record->id);
        state_text_add(&writer, 1, record->backend);
        byte_writer_add_uint(&writer, 8, record->received);
        byte_writer_add_uint(&writer, 8, record->total);
        byte_writer_add_uint(&writer, 8, record->elapsed);
        state_text_add(&writer, 1, record->validator);
        byte_writer_add_uint(&writer, 1, record->history.n);
        for (size_t i = 0; i < record->history.n; i++)
                add_update(&writer, &record->history.updates[i]);
        r = writer.error < 0 ? writer.error : crypto_sha256(writer.data, writer.size, sum);
        if (r < 0)
                return r;
        byte_writer_add(&writer, sum, SHA256_SIZE);
        return byte_writer_take(&writer, ret, ret_size);
}

/* -- Reading -- */

/* A word of a table, by its function from_string. */
static bool read_enum(ByteReader *reader, int (*from_string)(const char *text), int *ret)
{
        char word[STATE_WORD_SIZE];

        if (!state_word_read(reader, word))
                return false;
        *ret = from_string(word);
        return *ret >= 0;
}

#define TEXT(reader, n, field) state_text_copy((reader), (n), false, (field), sizeof(field))

static bool read_machine_texts(ByteReader *reader, FirmwareMachine *m)
{
        uint64_t sender;
        int phase, result, delivery;

        if (!read_enum(reader, firmware_phase_from_string, &phase) ||
                !read_enum(reader, firmware_result_from_string, &result) || !TEXT(reader, 2, m->text) ||
                !read_enum(reader, firmware_delivery_from_string, &delivery) ||
                !byte_reader_uint(reader, 2, &sender) ||
                !state_text_copy(reader, 1, true, m->uri, sizeof(m->uri)) || !TEXT(reader, 1, m->name) ||
                !TEXT(reader, 1, m->version) || !TEXT(reader, 1, m->mark))
                return false;
        m->phase = (FirmwarePhase)phase;
        m->result = (FirmwareResult)result;
        m->delivery = (FirmwareDelivery)delivery;
        m->sender = (uint16_t)sender;
        return true;
}

static bool read_machine(ByteReader *reader, FirmwareMachine *m)
{
        uint64_t max_defer;
        uint8_t automatic;

        if (!read_machine_texts(reader, m) || !byte_reader_uint(reader, 8, &m->changed_at) ||
                !byte_reader_uint(reader, 8, &m->install_at) ||
                !byte_reader_uint(reader, 8, &m->defer_until) ||
                !byte_reader_uint(reader, 8, &m->reboot_by) || !byte_reader_u8(reader, &m->severity) ||
                !byte_reader_uint(reader, 8, &max_defer) || !byte_reader_u8(reader, &automatic))
                return false;
        m->max_defer = (int64_t)max_defer;
        m->automatic = automatic;
        return m->max_defer >= FIRMWARE_DEFER_UNSET && m->max_defer <= UINT32_MAX;
}

static bool read_update(ByteReader *reader, FirmwareUpdate *update)
{
        int delivery, result;

        if (!TEXT(reader, 1, update->id) || !byte_reader_uint(reader, 8, &update->start) ||
                !byte_reader_uint(reader, 8, &update->end) ||
                !read_enum(reader, firmware_delivery_from_string, &delivery) ||
                !TEXT(reader, 1, update->uri) || !TEXT(reader, 1, update->name) ||
                !TEXT(reader, 1, update->version) || !byte_reader_uint(reader, 8, &update->size) ||
                !read_enum(reader, firmware_result_from_string, &result) || !TEXT(reader, 2, update->text) ||
                !TEXT(reader, 1, update->version_before) || !TEXT(reader, 1, update->version_after))
                return false;
        update->delivery = (FirmwareDelivery)delivery;
        update->result = (FirmwareResult)result;
        return true;
}

static bool read_content(ByteReader *reader, FirmwareRecord *record)
{
        uint64_t n;

        if (!read_machine(reader, &record->machine) || !TEXT(reader, 1, record->id) ||
                !TEXT(reader, 1, record->backend) || !byte_reader_uint(reader, 8, &record->received) ||
                !byte_reader_uint(reader, 8, &record->total) ||
                !byte_reader_uint(reader, 8, &record->elapsed) ||
                !state_text_copy(reader, 1, true, record->validator, sizeof(record->validator)) ||
                !byte_reader_uint(reader, 1, &n) || n > FIRMWARE_HISTORY_MAX)
                return false;
        for (; record->history.n < n; record->history.n++)
                if (!read_update(reader, &record->history.updates[record->history.n]))
                        return false;
        return byte_reader_left(reader) == 0;
}

/* 0 with the reader at the content, which ends before the digest, STATE_FILE_E_... or -EIO. */
static int read_header(ByteReader *reader, unsigned *ret_version)
{
        const uint8_t *magic;
        uint8_t sum[SHA256_SIZE];
        uint64_t version;

        if (!byte_reader_take(reader, MAGIC_SIZE, &magic) || memcmp(magic, MAGIC, MAGIC_SIZE) != 0 ||
                !byte_reader_uint(reader, 2, &version) || version == 0)
                return STATE_FILE_E_DAMAGED;
        *ret_version = (unsigned)version;
        if (version > FIRMWARE_RECORD_VERSION)
                return STATE_FILE_E_NEWER;
        if (byte_reader_left(reader) < SHA256_SIZE)
                return STATE_FILE_E_DAMAGED;
        reader->size -= SHA256_SIZE;
        if (crypto_sha256(reader->data, reader->size, sum) < 0)
                return -EIO;
        return memcmp(sum, reader->data + reader->size, SHA256_SIZE) == 0 ? 0 : STATE_FILE_E_DAMAGED;
}

int firmware_record_decode(const uint8_t *data, size_t size, FirmwareRecord *ret, unsigned *ret_version)
{
        ByteReader reader = BYTE_READER(data, size);
        int r;

        firmware_record_init(ret);
        r = read_header(&reader, ret_version);
        if (r == 0 && !read_content(&reader, ret)) {
                firmware_record_init(ret);
                r = STATE_FILE_E_DAMAGED;
        }
        return r;
}

/* -- The file -- */

int firmware_record_write(const StateVault *vault, const FirmwareRecord *record)
{
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        r = firmware_record_encode(record, &data, &size);
        if (r == 0)
                r = state_directory_replace(vault, STATE_FIRMWARE, data, size);
        secret_free_bytes(data, size);
        if (r < 0)
                log_event_errno(LOG_ERR, r, MESSAGE_ID_STORAGE_FAILED,
                        "The state of the firmware update cannot be written to %s: %m", vault->directory);
        return r;
}

void firmware_record_read(const StateVault *vault, FirmwareRecord *ret)
{
        uint8_t *data = NULL;
        unsigned version = 0;
        size_t size = 0;
        int r;

        firmware_record_init(ret);
        r = state_vault_read(vault, STATE_FIRMWARE, FIRMWARE_RECORD_MAX + SHA256_SIZE, &data, &size, NULL);
        if (r == 0)
                r = firmware_record_decode(data, size, ret, &version);
        secret_free_bytes(data, size);
        if (r == -ENOMEM)
                (void)log_oom();
        else if (r != 0 && r != -ENOENT)
                state_directory_put_aside(vault, STATE_FIRMWARE, r, version);
}
