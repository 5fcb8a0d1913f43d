/* SPDX-License-Identifier: Apache-2.0 */
/* The format of `history`. */
#include "daemon/history_file.h"

#include "daemon/state_text.h"
#include "util/crypto.h"

/* magic 8, version 2, epoch 8, boot ID 16, offset 8, written 8;
 * the number of series 1, the series; at last SHA-256 of all before. */
#define MAGIC      "LWM2MHI\n"
#define MAGIC_SIZE 8

/* -- Writing -- */

static void add_operation(ByteWriter *writer, const HistoryOperation *operation)
{
        byte_writer_add_uint(writer, 8, operation->start);
        byte_writer_add_uint(writer, 8, operation->duration);
        byte_writer_add_uint(writer, 4, operation->payload);
        byte_writer_add_u8(writer, operation->method);
        byte_writer_add_u8(writer, operation->code);
        state_text_add(writer, 1, operation->path);
}

static void add_series(ByteWriter *writer, const HistorySeries *series)
{
        byte_writer_add_uint(writer, 8, series->start);
        byte_writer_add_uint(writer, 8, series->end);
        byte_writer_add_u8(writer, series->this_boot);
        state_text_add(writer, 1, bootstrap_trigger_to_string(series->trigger));
        state_text_add(writer, 1, history_result(series));
        byte_writer_add_uint(writer, 4, series->attempts);
        state_text_add(writer, 2, series->server);
        state_text_add(writer, 2, series->sentence);
        byte_writer_add_uint(writer, 4, series->operation_count);
        byte_writer_add_uint(writer, 1, series->n_operations);
        for (size_t i = 0; i < series->n_operations; i++)
                add_operation(writer, &series->operations[i]);
}

int history_file_encode(const HistoryFile *file, uint8_t **ret, size_t *ret_size)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(HISTORY_FILE_MAX);
        uint8_t sum[SHA256_SIZE];
        int r;

        byte_writer_add(&writer, MAGIC, MAGIC_SIZE);
        byte_writer_add_uint(&writer, 2, HISTORY_FILE_VERSION);
        byte_writer_add_uint(&writer, 8, file->epoch);
        byte_writer_add(&writer, file->boot, HISTORY_FILE_BOOT);
        byte_writer_add_uint(&writer, 8, (uint64_t)file->offset);
        byte_writer_add_uint(&writer, 8, file->written);
        byte_writer_add_uint(&writer, 1, file->history.n);
        for (size_t i = 0; i < file->history.n; i++)
                add_series(&writer, file->history.series[i]);
        r = writer.error < 0 ? writer.error : crypto_sha256(writer.data, writer.size, sum);
        if (r < 0)
                return r;
        byte_writer_add(&writer, sum, SHA256_SIZE);
        return byte_writer_take(&writer, ret, ret_size);
}

/* -- Reading -- */

static bool read_operation(ByteReader *reader, HistoryOperation *ret)
{
        const uint8_t *path;
        uint64_t payload;
        size_t size;

        if (!byte_reader_uint(reader, 8, &ret->start) || !byte_reader_uint(reader, 8, &ret->duration) ||
                !byte_reader_uint(reader, 4, &payload) || !byte_reader_u8(reader, &ret->method) ||
                !byte_reader_u8(reader, &ret->code) ||
                !state_text_read(reader, 1, HISTORY_PATH_SIZE - 1, &path, &size))
                return false;
        ret->payload = (uint32_t)payload;
        memcpy(ret->path, path, size);
        return ret->method >= METHOD_GET && ret->method <= METHOD_IPATCH;
}

static bool read_kind(ByteReader *reader, HistorySeries *series)
{
        char trigger[STATE_WORD_SIZE], result[STATE_WORD_SIZE];
        int r;

        if (!state_word_read(reader, trigger) || !state_word_read(reader, result))
                return false;
        r = bootstrap_trigger_from_string(trigger);
        series->trigger = (BootstrapTrigger)r;
        return r >= 0 && history_set_result(series, result);
}

/* 0, STATE_FILE_E_DAMAGED or -ENOMEM. */
static int read_operations(ByteReader *reader, HistorySeries *series)
{
        uint64_t total, n;

        if (!byte_reader_uint(reader, 4, &total) || !byte_reader_uint(reader, 1, &n) ||
                n > HISTORY_OPERATIONS_MAX || n > total)
                return STATE_FILE_E_DAMAGED;
        series->operation_count = (unsigned)total;
        if (n == 0)
                return 0;
        series->operations = calloc(n, sizeof(*series->operations));
        if (!series->operations)
                return -ENOMEM;
        for (; series->n_operations < n; series->n_operations++)
                if (!read_operation(reader, &series->operations[series->n_operations]))
                        return STATE_FILE_E_DAMAGED;
        return 0;
}

/* As above. */
static int read_series(ByteReader *reader, HistorySeries *series)
{
        const uint8_t *server, *sentence;
        size_t server_size, sentence_size;
        uint64_t attempts;
        uint8_t this_boot;

        if (!byte_reader_uint(reader, 8, &series->start) || !byte_reader_uint(reader, 8, &series->end) ||
                !byte_reader_u8(reader, &this_boot) || !read_kind(reader, series) ||
                !byte_reader_uint(reader, 4, &attempts) ||
                !state_text_read(reader, 2, LIMIT_URI_SIZE, &server, &server_size) ||
                !state_text_read(reader, 2, FAILURE_SENTENCE_SIZE - 1, &sentence, &sentence_size))
                return STATE_FILE_E_DAMAGED;
        series->this_boot = this_boot;
        series->attempts = (unsigned)attempts;
        series->server = strndup((const char *)server, server_size);
        series->sentence = sentence_size > 0 ? strndup((const char *)sentence, sentence_size) : NULL;
        if (!series->server || (sentence_size > 0 && !series->sentence))
                return -ENOMEM;
        return read_operations(reader, series);
}

/* As above. */
static int read_history(ByteReader *reader, History *ret)
{
        uint64_t n;

        if (!byte_reader_uint(reader, 1, &n) || n > HISTORY_SERIES_MAX)
                return STATE_FILE_E_DAMAGED;
        while (ret->n < n) {
                HistorySeries *series = calloc(1, sizeof(*series));
                int r;

                if (!series)
                        return -ENOMEM;
                ret->series[ret->n++] = series;
                r = read_series(reader, series);
                if (r != 0)
                        return r;
                /* Only the newest one may be on. */
                if ((series->end == 0) != (series->result == HISTORY_RUNNING) ||
                        (series->end == 0 && ret->n > 1))
                        return STATE_FILE_E_DAMAGED;
        }
        return byte_reader_left(reader) == 0 ? 0 : STATE_FILE_E_DAMAGED;
}

/* 0 with the reader at the series, STATE_FILE_E_DAMAGED or STATE_FILE_E_NEWER. */
static int read_header(ByteReader *reader, HistoryFile *ret)
{
        const uint8_t *magic, *boot;
        uint64_t version, offset;

        if (!byte_reader_take(reader, MAGIC_SIZE, &magic) || memcmp(magic, MAGIC, MAGIC_SIZE) != 0 ||
                !byte_reader_uint(reader, 2, &version) || version == 0)
                return STATE_FILE_E_DAMAGED;
        ret->version = (uint16_t)version;
        if (version > HISTORY_FILE_VERSION)
                return STATE_FILE_E_NEWER;
        if (!byte_reader_uint(reader, 8, &ret->epoch) ||
                !byte_reader_take(reader, HISTORY_FILE_BOOT, &boot) ||
                !byte_reader_uint(reader, 8, &offset) || !byte_reader_uint(reader, 8, &ret->written))
                return STATE_FILE_E_DAMAGED;
        memcpy(ret->boot, boot, HISTORY_FILE_BOOT);
        ret->offset = (int64_t)offset;
        return 0;
}

/* The size of what the digest at the end is of: 0, STATE_FILE_E_DAMAGED or -EIO. */
static int check_sum(const uint8_t *data, size_t size, size_t *ret)
{
        uint8_t sum[SHA256_SIZE];

        if (size < SHA256_SIZE)
                return STATE_FILE_E_DAMAGED;
        if (crypto_sha256(data, size - SHA256_SIZE, sum) < 0)
                return -EIO;
        *ret = size - SHA256_SIZE;
        return memcmp(sum, data + *ret, SHA256_SIZE) == 0 ? 0 : STATE_FILE_E_DAMAGED;
}

int history_file_decode(const uint8_t *data, size_t size, HistoryFile *ret)
{
        ByteReader reader = BYTE_READER(data, size);
        HistoryFile file = {.version = 0};
        int r;

        r = read_header(&reader, &file);
        if (r == STATE_FILE_E_NEWER)
                ret->version = file.version;
        if (r == 0)
                r = check_sum(data, size, &reader.size);
        if (r == 0)
                r = reader.position <= reader.size ? read_history(&reader, &file.history)
                                                   : STATE_FILE_E_DAMAGED;
        if (r != 0) {
                history_done(&file.history);
                return r;
        }
        *ret = file;
        return 0;
}
