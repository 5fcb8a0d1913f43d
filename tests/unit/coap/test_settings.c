/* SPDX-License-Identifier: Apache-2.0 */
/* The derived times of RFC 7252, 4.8.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "coap/settings.h"

static void test_derived_times(void **state)
{
        static const struct {
                CoapSettings settings;
                uint64_t wait, lifetime;
        } table[] = {
                {{.ack_timeout = 2 * USEC_PER_SEC, .ack_random_factor = 1.5, .max_retransmit = 4},
                        93 * USEC_PER_SEC, 247 * USEC_PER_SEC},
                {{.ack_timeout = USEC_PER_SEC, .ack_random_factor = 1.0, .max_retransmit = 1},
                        3 * USEC_PER_SEC, (1 + 200 + 1) * USEC_PER_SEC},
                {{.ack_timeout = 2 * USEC_PER_SEC, .ack_random_factor = 1.5, .max_retransmit = 0},
                        3 * USEC_PER_SEC, (0 + 200 + 2) * USEC_PER_SEC},
                {{.ack_timeout = 60 * USEC_PER_SEC, .ack_random_factor = 3.0, .max_retransmit = 20},
                        180 * 2097151ULL * USEC_PER_SEC, (180 * 1048575ULL + 200 + 60) * USEC_PER_SEC},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(coap_settings_max_transmit_wait(&table[i].settings), table[i].wait);
                assert_int_equal(coap_settings_exchange_lifetime(&table[i].settings), table[i].lifetime);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(test_derived_times)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
