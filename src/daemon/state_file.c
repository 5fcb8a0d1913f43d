/* SPDX-License-Identifier: Apache-2.0 */
/* The format of `current` and `last-good`. */
#include "daemon/state_file.h"

#include "codec/codec.h"
#include "util/bytes.h"

/* magic 8, version 2, flags 2, length 4, fingerprints 64, checksum 32; then SenML CBOR. The checksum covers
 * all but itself. */
#define MAGIC       "LWM2MST\n"
#define MAGIC_SIZE  8
#define VERSION     1
#define CHECKSUM_AT (MAGIC_SIZE + 2 + 2 + 4 + 2 * SHA256_SIZE)
#define HEADER_SIZE (CHECKSUM_AT + SHA256_SIZE)

void state_file_done(StateFile *file)
{
        file->dataset = dataset_free(file->dataset);
}

/* The digest of header and body as if the checksum's place held zeros; data is put back as it was. */
static int checksum(uint8_t *data, size_t size, uint8_t ret[SHA256_SIZE])
{
        uint8_t kept[SHA256_SIZE];
        int r;

        memcpy(kept, data + CHECKSUM_AT, SHA256_SIZE);
        memset(data + CHECKSUM_AT, 0, SHA256_SIZE);
        r = crypto_sha256(data, size, ret);
        memcpy(data + CHECKSUM_AT, kept, SHA256_SIZE);
        return r;
}

static int encode_records(const Dataset *dataset, ByteWriter *writer)
{
        RecordList records = {.maximum = LIMIT_STORE_VALUES * 2}; /* each value, and the empty containers */
        int r;

        r = dataset_list(dataset, &PATH_ROOT, &records);
        if (r >= 0)
                r = codec_encode(FORMAT_SENML_CBOR, &PATH_ROOT, &records, writer);
        record_list_done(&records);
        return r > 0 ? -EIO : r;
}

int state_file_encode(const Dataset *dataset, unsigned flags, const ConfigFingerprint *fingerprint,
        uint8_t **ret, size_t *ret_size)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(STATE_FILE_MAX);
        uint8_t sum[SHA256_SIZE], zero[SHA256_SIZE] = {0};
        int r;

        byte_writer_add(&writer, MAGIC, MAGIC_SIZE);
        byte_writer_add_uint(&writer, 2, VERSION);
        byte_writer_add_uint(&writer, 2, flags & STATE_FILE_FLAGS);
        byte_writer_add_uint(&writer, 4, 0);
        byte_writer_add(&writer, fingerprint->bootstrap_server, SHA256_SIZE);
        byte_writer_add(&writer, fingerprint->servers, SHA256_SIZE);
        byte_writer_add(&writer, zero, SHA256_SIZE);
        r = encode_records(dataset, &writer);
        if (r < 0)
                return r;
        if (writer.error < 0)
                return writer.error;
        for (size_t i = 0; i < 4; i++)
                writer.data[MAGIC_SIZE + 4 + i] = (uint8_t)((writer.size - HEADER_SIZE) >> (24 - 8 * i));
        r = checksum(writer.data, writer.size, sum);
        if (r < 0)
                return r;
        memcpy(writer.data + CHECKSUM_AT, sum, SHA256_SIZE);
        return byte_writer_take(&writer, ret, ret_size);
}

static bool read_header(ByteReader *reader, StateFile *ret)
{
        const uint8_t *magic, *first, *second, *sum;
        uint64_t version, flags, length;

        if (!byte_reader_take(reader, MAGIC_SIZE, &magic) || memcmp(magic, MAGIC, MAGIC_SIZE) != 0)
                return false;
        if (!byte_reader_uint(reader, 2, &version) || version != VERSION)
                return false;
        if (!byte_reader_uint(reader, 2, &flags) || (flags & ~(uint64_t)STATE_FILE_FLAGS) != 0)
                return false;
        if (!byte_reader_uint(reader, 4, &length))
                return false;
        if (!byte_reader_take(reader, SHA256_SIZE, &first) ||
                !byte_reader_take(reader, SHA256_SIZE, &second) ||
                !byte_reader_take(reader, SHA256_SIZE, &sum))
                return false;
        ret->flags = (unsigned)flags;
        memcpy(ret->fingerprint.bootstrap_server, first, SHA256_SIZE);
        memcpy(ret->fingerprint.servers, second, SHA256_SIZE);
        return length == byte_reader_left(reader);
}

static int read_body(const uint8_t *data, size_t size, Dataset **ret)
{
        _cleanup_(dataset_freep) Dataset *dataset = dataset_new();
        RecordList records = {.maximum = LIMIT_STORE_VALUES * 2};
        int r;

        if (!dataset)
                return -ENOMEM;
        r = codec_decode(FORMAT_SENML_CBOR, &model_schema, &PATH_ROOT, data, size, &records);
        if (r == 0)
                r = dataset_apply(dataset, &records);
        record_list_done(&records);
        if (r != 0)
                return r > 0 ? STATE_FILE_E_DAMAGED : r;
        *ret = TAKE_PTR(dataset);
        return 0;
}

int state_file_decode(const uint8_t *data, size_t size, StateFile *ret)
{
        ByteReader reader = BYTE_READER(data, size);
        StateFile content = {0};
        uint8_t *copy, sum[SHA256_SIZE];
        bool intact;
        int r;

        if (!read_header(&reader, &content))
                return STATE_FILE_E_DAMAGED;
        copy = malloc(size);
        if (!copy)
                return -ENOMEM;
        memcpy(copy, data, size);
        r = checksum(copy, size, sum);
        intact = r >= 0 && memcmp(sum, data + CHECKSUM_AT, SHA256_SIZE) == 0;
        secret_free_bytes(copy, size);
        if (r < 0)
                return r;
        if (!intact)
                return STATE_FILE_E_DAMAGED;
        r = read_body(data + HEADER_SIZE, size - HEADER_SIZE, &content.dataset);
        if (r != 0)
                return r;
        *ret = content;
        return 0;
}
