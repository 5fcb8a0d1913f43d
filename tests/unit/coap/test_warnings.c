/* SPDX-License-Identifier: Apache-2.0 */
/* Which records are taken out of a datagram. */
#include "peer.h"

#include "coap/warnings.h"

#define ALERT(epoch, level, code) 21, 0xfe, 0xfd, 0, (epoch), 0, 0, 0, 0, 0, 0, 0, 2, (level), (code)
#define HANDSHAKE                 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3

static unsigned n_heard;
static int last_heard;

static void on_warning(SSL *ssl, int alert)
{
        n_heard++;
        last_heard = alert;
}

typedef struct Bytes {
        uint8_t bytes[64];
        size_t size;
} Bytes;

#define BYTES(...)                                              \
        {                                                       \
                {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}) \
        }

static void test_strip(void **state)
{
        static const struct {
                Bytes in, out;
                unsigned heard;
        } table[] = {
                {BYTES(ALERT(0, 1, 112)), {{0}, 0}, 1},
                {BYTES(ALERT(0, 1, 112), HANDSHAKE), BYTES(HANDSHAKE), 1},
                {BYTES(HANDSHAKE, ALERT(0, 1, 112)), BYTES(HANDSHAKE), 1},
                {BYTES(ALERT(0, 1, 90), ALERT(0, 1, 112)), {{0}, 0}, 2},
                {BYTES(ALERT(0, 2, 112)), BYTES(ALERT(0, 2, 112)), 0}, /* fatal */
                {BYTES(ALERT(0, 1, 0)), BYTES(ALERT(0, 1, 0)), 0},     /* close_notify */
                {BYTES(ALERT(1, 1, 112)), BYTES(ALERT(1, 1, 112)), 0}, /* encrypted */
                {BYTES(HANDSHAKE), BYTES(HANDSHAKE), 0},
                {{{21}, 1}, {{21}, 1}, 0},
                {{{0}, 0}, {{0}, 0}, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                uint8_t datagram[64];

                memcpy(datagram, table[i].in.bytes, sizeof(datagram));
                n_heard = 0;
                assert_int_equal(
                        warnings_strip(NULL, datagram, table[i].in.size, on_warning), table[i].out.size);
                assert_memory_equal(datagram, table[i].out.bytes, table[i].out.size);
                assert_int_equal(n_heard, table[i].heard);
                if (n_heard > 0)
                        assert_int_equal(last_heard, 112);
        }
}

/* Cut anywhere, and with any length: nothing behind the end is touched (valgrind and the sanitizers watch).
 */
static void test_strip_what_is_cut(void **state)
{
        static const uint8_t whole[] = {ALERT(0, 1, 112), HANDSHAKE, ALERT(0, 1, 90)};

        for (size_t size = 0; size <= sizeof(whole); size++)
                for (unsigned length = 0; length < 0x400; length++) {
                        uint8_t *datagram = malloc(MAX_OF(size, (size_t)1));

                        memcpy(datagram, whole, size);
                        if (size > 12) {
                                datagram[11] = (uint8_t)(length >> 8);
                                datagram[12] = (uint8_t)length;
                        }
                        assert_true(warnings_strip(NULL, datagram, size, NULL) <= size);
                        free(datagram);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_strip),
                cmocka_unit_test(test_strip_what_is_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
