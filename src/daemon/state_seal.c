/* SPDX-License-Identifier: Apache-2.0 */
/* The format of an encrypted file of the state directory. */
#include "daemon/state_seal.h"

/* magic 8, version 2, source 1, 0 1, key id 16, nonce 12, length of the name 2, the name, SHA-256 of all of
 * that 32; then content and tag. The digest tells a damaged header from one that names another key. */
#define MAGIC       "LWM2MST\n"
#define MAGIC_SIZE  8
#define KEY_ID_SIZE 16
#define KEY_ID_FOR  "lwm2m-client state key\n" /* so that it is no digest of the key for any other use */

typedef struct Header {
        StateKeySource source;
        const uint8_t *key_id, *nonce, *name; /* borrowed */
        size_t name_size, size;               /* size: of the whole header */
} Header;

static_assert(MAGIC_SIZE + 2 + 2 + KEY_ID_SIZE + AES_NONCE_SIZE + 2 + SHA256_SIZE + AES_TAG_SIZE +
                              STATE_KEY_NAME_MAX <=
                      STATE_SEAL_OVERHEAD,
        "an encrypted file may be larger than it is read");

/* Tells keys apart, and says nothing about 32 random bytes. */
static int key_id(const StateKey *key, uint8_t ret[KEY_ID_SIZE])
{
        uint8_t text[sizeof(KEY_ID_FOR) + AES_KEY_SIZE] = KEY_ID_FOR, digest[SHA256_SIZE];
        int r;

        assert(key->bytes.size == AES_KEY_SIZE);
        memcpy(text + sizeof(KEY_ID_FOR), key->bytes.data, AES_KEY_SIZE);
        r = crypto_sha256(text, sizeof(text), digest);
        explicit_bzero(text, sizeof(text));
        if (r == 0)
                memcpy(ret, digest, KEY_ID_SIZE);
        return r;
}

static bool is_sealed(ByteReader *reader)
{
        const uint8_t *magic;
        uint64_t version;

        return byte_reader_take(reader, MAGIC_SIZE, &magic) && memcmp(magic, MAGIC, MAGIC_SIZE) == 0 &&
               byte_reader_uint(reader, 2, &version) && version == STATE_SEAL_VERSION;
}

static bool read_fields(ByteReader *reader, Header *ret)
{
        uint64_t source, zero, name_size;

        if (!byte_reader_uint(reader, 1, &source) || !byte_reader_uint(reader, 1, &zero) ||
                !byte_reader_take(reader, KEY_ID_SIZE, &ret->key_id) ||
                !byte_reader_take(reader, AES_NONCE_SIZE, &ret->nonce) ||
                !byte_reader_uint(reader, 2, &name_size) || !byte_reader_take(reader, name_size, &ret->name))
                return false;
        ret->source = (StateKeySource)source;
        ret->name_size = name_size;
        return source > STATE_KEY_NONE && source < _STATE_KEY_SOURCE_MAX && zero == 0 && name_size > 0 &&
               name_size <= STATE_KEY_NAME_MAX && !memchr(ret->name, 0, name_size);
}

/* 0, STATE_SEAL_E_PLAIN, STATE_SEAL_E_DAMAGED or -EIO. */
static int read_header(const uint8_t *data, size_t size, Header *ret)
{
        ByteReader reader = BYTE_READER(data, size);
        uint8_t real[SHA256_SIZE];
        const uint8_t *sum;
        size_t summed;

        if (!is_sealed(&reader))
                return STATE_SEAL_E_PLAIN;
        if (!read_fields(&reader, ret))
                return STATE_SEAL_E_DAMAGED;
        summed = reader.position;
        if (!byte_reader_take(&reader, SHA256_SIZE, &sum))
                return STATE_SEAL_E_DAMAGED;
        ret->size = reader.position;
        if (crypto_sha256(data, summed, real) < 0)
                return -EIO;
        return memcmp(sum, real, SHA256_SIZE) == 0 ? 0 : STATE_SEAL_E_DAMAGED;
}

int state_seal_source(
        const uint8_t *data, size_t size, StateKeySource *ret, const char **ret_name, size_t *ret_name_size)
{
        Header header;
        int r;

        r = read_header(data, size, &header);
        if (r != 0)
                return r;
        *ret = header.source;
        *ret_name = (const char *)header.name;
        *ret_name_size = header.name_size;
        return 0;
}

static int add_header(const StateKey *key, ByteWriter *writer, uint8_t ret_nonce[AES_NONCE_SIZE])
{
        uint8_t id[KEY_ID_SIZE], sum[SHA256_SIZE];
        int r;

        r = key_id(key, id);
        if (r == 0)
                r = crypto_random(ret_nonce, AES_NONCE_SIZE);
        if (r < 0)
                return r;
        byte_writer_add(writer, MAGIC, MAGIC_SIZE);
        byte_writer_add_uint(writer, 2, STATE_SEAL_VERSION);
        byte_writer_add_uint(writer, 1, key->source);
        byte_writer_add_uint(writer, 1, 0);
        byte_writer_add(writer, id, KEY_ID_SIZE);
        byte_writer_add(writer, ret_nonce, AES_NONCE_SIZE);
        byte_writer_add_uint(writer, 2, strlen(key->name));
        byte_writer_add_string(writer, key->name);
        if (writer->error < 0)
                return writer->error;
        r = crypto_sha256(writer->data, writer->size, sum);
        byte_writer_add(writer, sum, SHA256_SIZE);
        return r;
}

int state_seal_write(const StateKey *key, const void *data, size_t size, ByteWriter *writer)
{
        uint8_t nonce[AES_NONCE_SIZE], *sealed;
        int r;

        assert(key->source != STATE_KEY_NONE && writer->size == 0);
        r = add_header(key, writer, nonce);
        if (r < 0)
                return r;
        sealed = malloc(size + AES_TAG_SIZE);
        if (!sealed)
                return -ENOMEM;
        r = crypto_seal(key->bytes.data, nonce, writer->data, writer->size, data, size, sealed);
        if (r == 0)
                byte_writer_add(writer, sealed, size + AES_TAG_SIZE);
        free(sealed);
        return r < 0 ? r : writer->error;
}

int state_seal_read(const StateKey *key, const uint8_t *data, size_t size, uint8_t **ret, size_t *ret_size)
{
        uint8_t id[KEY_ID_SIZE], *content;
        Header header;
        size_t left;
        int r;

        r = read_header(data, size, &header);
        if (r == 0)
                r = key_id(key, id);
        if (r != 0)
                return r;
        if (memcmp(id, header.key_id, KEY_ID_SIZE) != 0)
                return STATE_SEAL_E_OTHER_KEY;
        left = size - header.size;
        if (left < AES_TAG_SIZE)
                return STATE_SEAL_E_DAMAGED;
        content = malloc(left);
        if (!content)
                return -ENOMEM;
        r = crypto_open(key->bytes.data, header.nonce, data, header.size, data + header.size, left, content);
        if (r != 0) {
                secret_free_bytes(content, left);
                return r == CRYPTO_E_FORGED ? STATE_SEAL_E_DAMAGED : r;
        }
        *ret = content;
        *ret_size = left - AES_TAG_SIZE;
        return 0;
}
