/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/state_seal, util/crypto's AES-256-GCM: a published vector, and each bit of an encrypted file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "daemon/state_seal.h"
#include "util/parse.h"

#define CONTENT "what nobody may read"

static StateKey make_key(uint8_t byte)
{
        StateKey key = {.source = STATE_KEY_FILE, .name = strdup("/etc/lwm2m-client/state.key")};
        uint8_t bytes[AES_KEY_SIZE];

        memset(bytes, byte, sizeof(bytes));
        assert_int_equal(secret_set(&key.bytes, bytes, sizeof(bytes)), 0);
        return key;
}

static void from_hex(const char *text, uint8_t *ret, size_t size)
{
        uint8_t *bytes;
        size_t n, offset;

        assert_int_equal(parse_hex(text, strlen(text), false, &bytes, &n, &offset), 0);
        assert_int_equal(n, size);
        memcpy(ret, bytes, n);
        free(bytes);
}

/* D. McGrew and J. Viega, The Galois/Counter Mode of Operation, test case 16 */
static void test_vector(void **state)
{
        uint8_t key[AES_KEY_SIZE], nonce[AES_NONCE_SIZE], header[20], plain[60], wanted[76], sealed[76],
                again[60];

        from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key, sizeof(key));
        from_hex("cafebabefacedbaddecaf888", nonce, sizeof(nonce));
        from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", header, sizeof(header));
        from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                 "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
                plain, sizeof(plain));
        from_hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                 "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                 "76fc6ece0f4e1768cddf8853bb2d551b",
                wanted, sizeof(wanted));
        assert_int_equal(crypto_seal(key, nonce, header, sizeof(header), plain, sizeof(plain), sealed), 0);
        assert_memory_equal(sealed, wanted, sizeof(wanted));
        assert_int_equal(crypto_open(key, nonce, header, sizeof(header), sealed, sizeof(sealed), again), 0);
        assert_memory_equal(again, plain, sizeof(plain));
        assert_int_equal(crypto_open(key, nonce, header, sizeof(header) - 1, sealed, sizeof(sealed), again),
                CRYPTO_E_FORGED);
        assert_int_equal(crypto_open(key, nonce, header, sizeof(header), sealed, AES_TAG_SIZE - 1, again),
                CRYPTO_E_FORGED);
}

static void seal(const StateKey *key, const char *content, ByteWriter *writer)
{
        *writer = BYTE_WRITER(100000);
        assert_int_equal(state_seal_write(key, content, strlen(content), writer), 0);
}

static void test_round_trip(void **state)
{
        static const char *const contents[] = {"", "x", CONTENT};
        _cleanup_(state_key_done) StateKey key = make_key(1);

        for (size_t i = 0; i < ELEMENTSOF(contents); i++) {
                _cleanup_(byte_writer_done) ByteWriter writer = {0};
                StateKeySource source;
                const char *name;
                uint8_t *data;
                size_t size;

                seal(&key, contents[i], &writer);
                assert_true(writer.size <= strlen(contents[i]) + STATE_SEAL_OVERHEAD);
                assert_int_equal(state_seal_source(writer.data, writer.size, &source, &name, &size), 0);
                assert_int_equal(source, STATE_KEY_FILE);
                assert_int_equal(size, strlen(key.name));
                assert_memory_equal(name, key.name, size);
                assert_int_equal(state_seal_read(&key, writer.data, writer.size, &data, &size), 0);
                assert_int_equal(size, strlen(contents[i]));
                assert_memory_equal(data, contents[i], size);
                secret_free_bytes(data, size);
        }
}

static void test_nothing_of_the_content_is_clear(void **state)
{
        _cleanup_(state_key_done) StateKey key = make_key(1);
        _cleanup_(byte_writer_done) ByteWriter first = {0}, second = {0};

        seal(&key, CONTENT, &first);
        seal(&key, CONTENT, &second);
        assert_null(memmem(first.data, first.size, CONTENT, strlen(CONTENT)));
        assert_null(memmem(first.data, first.size, key.bytes.data, 4));
        /* Another nonce each time. */
        assert_int_equal(first.size, second.size);
        assert_memory_not_equal(
                first.data + first.size - strlen(CONTENT), second.data + second.size - strlen(CONTENT), 8);
}

/* The bytes decide, not where they come from. */
static void test_other_keys(void **state)
{
        _cleanup_(state_key_done) StateKey key = make_key(1), other = make_key(2), moved = make_key(1);
        _cleanup_(byte_writer_done) ByteWriter writer = {0};
        uint8_t *data;
        size_t size;

        moved.source = STATE_KEY_CREDENTIAL;
        seal(&key, CONTENT, &writer);
        assert_int_equal(
                state_seal_read(&other, writer.data, writer.size, &data, &size), STATE_SEAL_E_OTHER_KEY);
        assert_int_equal(state_seal_read(&moved, writer.data, writer.size, &data, &size), 0);
        secret_free_bytes(data, size);
}

static void test_each_flipped_bit_and_each_cut_is_seen(void **state)
{
        _cleanup_(state_key_done) StateKey key = make_key(1);
        _cleanup_(byte_writer_done) ByteWriter writer = {0};
        uint8_t *data;
        size_t size;

        seal(&key, CONTENT, &writer);
        for (size_t i = 0; i < writer.size * 8; i++) {
                int r;

                writer.data[i / 8] ^= (uint8_t)(1 << i % 8);
                r = state_seal_read(&key, writer.data, writer.size, &data, &size);
                assert_int_equal(r, i / 8 < 10 ? STATE_SEAL_E_PLAIN : STATE_SEAL_E_DAMAGED);
                writer.data[i / 8] ^= (uint8_t)(1 << i % 8);
        }
        for (size_t i = 0; i < writer.size; i++)
                assert_int_equal(state_seal_read(&key, writer.data, i, &data, &size),
                        i < 10 ? STATE_SEAL_E_PLAIN : STATE_SEAL_E_DAMAGED);
}

static void write_text(const char *path, const char *text)
{
        FILE *stream = fopen(path, "w");

        assert_non_null(stream);
        assert_true(fputs(text, stream) >= 0);
        assert_int_equal(fclose(stream), 0);
}

#define HALF "00112233 44556677 8899aabb CCDDEEFF\n"

static void test_key_as_text(void **state)
{
        static const struct {
                const char *text;
                int wanted;
        } rows[] = {
                {HALF HALF, 0},
                {HALF, STATE_KEY_E_FORM},
                {HALF HALF "00", STATE_KEY_E_FORM},
                {"", STATE_KEY_E_FORM},
                {"not hexadecimal", STATE_KEY_E_FORM},
        };
        char folder[] = "/tmp/test-state-seal-XXXXXX", path[64];

        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof(path), "%s/state-key", folder);
        assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                for (StateKeySource source = STATE_KEY_CREDENTIAL; source <= STATE_KEY_FILE; source++) {
                        _cleanup_(state_key_done) StateKey key = {0};
                        const char *name = source == STATE_KEY_FILE ? path : "state-key";

                        write_text(path, rows[i].text);
                        assert_int_equal(state_key_read(source, name, strlen(name), &key), rows[i].wanted);
                        assert_int_equal(key.bytes.size, rows[i].wanted == 0 ? AES_KEY_SIZE : 0);
                        assert_string_equal(key.name, name);
                }
        assert_int_equal(unlink(path), 0);
        assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
        for (StateKeySource source = STATE_KEY_CREDENTIAL; source <= STATE_KEY_FILE; source++) {
                _cleanup_(state_key_done) StateKey key = {0};

                assert_int_equal(state_key_read(source, path, strlen(path), &key), -ENOENT);
                assert_int_equal(key.source, source);
        }
        assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vector),
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_nothing_of_the_content_is_clear),
                cmocka_unit_test(test_other_keys),
                cmocka_unit_test(test_each_flipped_bit_and_each_cut_is_seen),
                cmocka_unit_test(test_key_as_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
