/* SPDX-License-Identifier: Apache-2.0 */
/* What was counted becomes IP packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/traffic.h"

static ClientTraffic count(const Counters *counted, const char *peer)
{
        ClientTraffic traffic = {.packets = 0};

        client_traffic_count(&traffic, counted, peer);
        return traffic;
}

static void test_headers(void **state)
{
        static const struct {
                Counters counters;
                const char *address;
                ClientTraffic traffic;
        } table[] = {
                {{.sent = {2, 100, 60}, .received = {3, 300, 200}}, "192.0.2.1:5683", {156, 384, 5, 228}},
                {{.sent = {2, 100, 60}, .received = {3, 300, 200}}, "[2001:db8::1]:5683",
                        {196, 444, 5, 248}},
                {{.secured = true, .sent = {1, 90, 90}}, "192.0.2.1:5684", {118, 0, 1, 118}},
                {{.received = {1, 0, 0}}, "192.0.2.1:5683", {0, 28, 1, 28}},
                {{.secured = true}, "", {0, 0, 0, 0}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const ClientTraffic traffic = count(&table[i].counters, table[i].address);

                assert_memory_equal(&traffic, &table[i].traffic, sizeof(traffic));
        }
}

static void test_sums(void **state)
{
        ClientTraffic traffic = {10, 20, 3, 9};

        client_traffic_add(&traffic, &(ClientTraffic){1, 2, 1, 8});
        assert_memory_equal(&traffic, (&(ClientTraffic){11, 22, 4, 9}), sizeof(traffic));
        client_traffic_add(&traffic, &(ClientTraffic){0, 50, 1, 50});
        assert_memory_equal(&traffic, (&(ClientTraffic){11, 72, 5, 50}), sizeof(traffic));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_headers),
                cmocka_unit_test(test_sums),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
