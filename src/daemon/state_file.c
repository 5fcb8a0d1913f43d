/* SPDX-License-Identifier: Apache-2.0 */
/* The format of `current` and `last-good`. */
#include "daemon/state_file.h"

#include "codec/codec.h"
#include "util/bytes.h"

/* magic 8, version 2, flags 2, length 4 of the body; version 2: epoch 8, last bootstrap 8, fingerprints 128;
 * version 1: fingerprints 64; checksum 32; then the body, SenML CBOR. The checksum covers all but itself. */
#define MAGIC       "LWM2MST\n"
#define MAGIC_SIZE  8
#define LENGTH_AT   (MAGIC_SIZE + 2 + 2)
#define CHECKSUM_AT (LENGTH_AT + 4 + 8 + 8 + 4 * SHA256_SIZE)
#define HEADER_SIZE (CHECKSUM_AT + SHA256_SIZE)

#define OLD_FLAGS (SAVE_PROVEN | SAVE_PURGED | SAVE_BOOTSTRAPPED) /* of version 1 */

void state_file_done(StateFile *file)
{
        file->dataset = dataset_free(file->dataset);
}

/* The digest of header and body as if the checksum's place held zeros; data is put back as it was. */
static int checksum(uint8_t *data, size_t size, size_t place, uint8_t ret[SHA256_SIZE])
{
        uint8_t kept[SHA256_SIZE];
        int r;

        memcpy(kept, data + place, SHA256_SIZE);
        memset(data + place, 0, SHA256_SIZE);
        r = crypto_sha256(data, size, ret);
        memcpy(data + place, kept, SHA256_SIZE);
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

int state_file_encode(const StateFile *file, uint8_t **ret, size_t *ret_size)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(STATE_FILE_MAX);
        uint8_t sum[SHA256_SIZE], zero[SHA256_SIZE] = {0};
        int r;

        byte_writer_add(&writer, MAGIC, MAGIC_SIZE);
        byte_writer_add_uint(&writer, 2, STATE_FILE_VERSION);
        byte_writer_add_uint(&writer, 2, file->flags & STATE_FILE_FLAGS);
        byte_writer_add_uint(&writer, 4, 0);
        byte_writer_add_uint(&writer, 8, file->epoch);
        byte_writer_add_uint(&writer, 8, file->last_bootstrap);
        byte_writer_add(&writer, file->fingerprint.bootstrap_server, SHA256_SIZE);
        byte_writer_add(&writer, file->fingerprint.servers, SHA256_SIZE);
        byte_writer_add(&writer, file->fingerprint.bare_bootstrap_server, SHA256_SIZE);
        byte_writer_add(&writer, file->fingerprint.bare_servers, SHA256_SIZE);
        byte_writer_add(&writer, zero, SHA256_SIZE);
        r = encode_records(file->dataset, &writer);
        if (r < 0)
                return r;
        if (writer.error < 0)
                return writer.error;
        for (size_t i = 0; i < 4; i++)
                writer.data[LENGTH_AT + i] = (uint8_t)((writer.size - HEADER_SIZE) >> (24 - 8 * i));
        r = checksum(writer.data, writer.size, CHECKSUM_AT, sum);
        if (r < 0)
                return r;
        memcpy(writer.data + CHECKSUM_AT, sum, SHA256_SIZE);
        return byte_writer_take(&writer, ret, ret_size);
}

static bool read_digest(ByteReader *reader, uint8_t ret[SHA256_SIZE])
{
        const uint8_t *digest;

        if (!byte_reader_take(reader, SHA256_SIZE, &digest))
                return false;
        memcpy(ret, digest, SHA256_SIZE);
        return true;
}

static bool read_flags(ByteReader *reader, StateFile *ret)
{
        uint64_t flags;

        if (!byte_reader_uint(reader, 2, &flags) ||
                (flags & ~(uint64_t)(ret->version == 1 ? OLD_FLAGS : STATE_FILE_FLAGS)) != 0)
                return false;
        ret->flags = (unsigned)flags;
        /* There was one proof for both kinds of account. */
        if (ret->version == 1 && (ret->flags & SAVE_PROVEN))
                ret->flags |= SAVE_BOOTSTRAP_PROVEN;
        return true;
}

/* What differs from version to version, up to the checksum. */
static bool read_details(ByteReader *reader, StateFile *ret)
{
        ConfigFingerprint *fingerprint = &ret->fingerprint;

        if (ret->version == 1)
                return read_digest(reader, fingerprint->bootstrap_server) &&
                       read_digest(reader, fingerprint->servers);
        return byte_reader_uint(reader, 8, &ret->epoch) &&
               byte_reader_uint(reader, 8, &ret->last_bootstrap) &&
               read_digest(reader, fingerprint->bootstrap_server) &&
               read_digest(reader, fingerprint->servers) &&
               read_digest(reader, fingerprint->bare_bootstrap_server) &&
               read_digest(reader, fingerprint->bare_servers);
}

/* 0 with the reader at the body, STATE_FILE_E_DAMAGED, STATE_FILE_E_NEWER. */
static int read_header(ByteReader *reader, StateFile *ret, const uint8_t **ret_sum)
{
        uint64_t version, length;
        const uint8_t *magic;

        if (!byte_reader_take(reader, MAGIC_SIZE, &magic) || memcmp(magic, MAGIC, MAGIC_SIZE) != 0)
                return STATE_FILE_E_DAMAGED;
        if (!byte_reader_uint(reader, 2, &version) || version == 0)
                return STATE_FILE_E_DAMAGED;
        ret->version = (uint16_t)version;
        if (version > STATE_FILE_VERSION)
                return STATE_FILE_E_NEWER;
        if (!read_flags(reader, ret) || !byte_reader_uint(reader, 4, &length) ||
                !read_details(reader, ret) || !byte_reader_take(reader, SHA256_SIZE, ret_sum))
                return STATE_FILE_E_DAMAGED;
        return length == byte_reader_left(reader) ? 0 : STATE_FILE_E_DAMAGED;
}

/* 0, STATE_FILE_E_DAMAGED or -ENOMEM, -EIO. */
static int check_sum(const uint8_t *data, size_t size, size_t place)
{
        uint8_t *copy = malloc(size), sum[SHA256_SIZE];
        bool intact;
        int r;

        if (!copy)
                return -ENOMEM;
        memcpy(copy, data, size);
        r = checksum(copy, size, place, sum);
        intact = r >= 0 && memcmp(sum, data + place, SHA256_SIZE) == 0;
        secret_free_bytes(copy, size);
        if (r < 0)
                return r;
        return intact ? 0 : STATE_FILE_E_DAMAGED;
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
        const uint8_t *sum;
        int r;

        r = read_header(&reader, &content, &sum);
        if (r == STATE_FILE_E_NEWER)
                ret->version = content.version;
        if (r == 0)
                r = check_sum(data, size, (size_t)(sum - data));
        if (r == 0)
                r = read_body(data + reader.position, byte_reader_left(&reader), &content.dataset);
        if (r != 0)
                return r;
        *ret = content;
        return 0;
}
