/* SPDX-License-Identifier: Apache-2.0 */
/* util/secret and util/crypto: keys, digests (vectors of FIPS 180-2), random bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/err.h>

#include "util/crypto.h"
#include "util/secret.h"

static void test_secret(void **state)
{
        Secret a = {0}, b = {0};

        assert_true(secret_equal(&a, &b));
        assert_int_equal(secret_set(&a, "key", 3), 0);
        assert_false(secret_equal(&a, &b));
        assert_int_equal(secret_set(&b, "kez", 3), 0);
        assert_false(secret_equal(&a, &b));
        assert_int_equal(secret_set(&b, a.data, a.size), 0);
        assert_true(secret_equal(&a, &b));

        /* from itself */
        assert_int_equal(secret_set(&a, a.data, 2), 0);
        assert_int_equal(a.size, 2);
        assert_memory_equal(a.data, "ke", 2);
        assert_int_equal(secret_set(&a, NULL, 0), 0);
        assert_null(a.data);

        secret_done(&a);
        secret_done(&b);
        secret_done(NULL);
        assert_null(b.data);
}

static void test_sha256(void **state)
{
        static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde,
                0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff,
                0x61, 0xf2, 0x00, 0x15, 0xad};
        uint8_t digest[SHA256_SIZE];

        assert_int_equal(crypto_sha256("abc", 3, digest), 0);
        assert_memory_equal(digest, abc, SHA256_SIZE);
        assert_int_equal(crypto_sha256(NULL, 0, digest), 0);
        assert_int_equal(digest[0], 0xe3);
        assert_int_equal(digest[31], 0x55);
        assert_int_equal(ERR_peek_error(), 0);
}

static void test_random(void **state)
{
        uint8_t a[16] = {0}, b[16] = {0};

        assert_int_equal(crypto_random(a, sizeof(a)), 0);
        assert_int_equal(crypto_random(b, sizeof(b)), 0);
        assert_memory_not_equal(a, b, sizeof(a));
        assert_int_equal(crypto_random(a, SIZE_MAX), -EIO);
        assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_secret),
                cmocka_unit_test(test_sha256),
                cmocka_unit_test(test_random),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
