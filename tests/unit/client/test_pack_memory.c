/* SPDX-License-Identifier: Apache-2.0 */
/* client/pack_memory: which Bootstrap-Server Accounts are the same, and how many are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "client/pack_memory.h"

/* Borrowed texts: nothing of it is freed. */
static Account account(const char *uri, SecurityMode mode, const char *identity, const char *key)
{
        return (Account){
                .bootstrap_server = true,
                .uri = (char *)uri,
                .credential = {.mode = mode,
                        .identity = {(uint8_t *)identity, strlen(identity)},
                        .key = {(uint8_t *)key, strlen(key)}},
        };
}

static void test_same_account(void **state)
{
        const Account known = account("coaps://a", SECURITY_MODE_PSK, "id", "key");
        const Account others[] = {
                account("coaps://b", SECURITY_MODE_PSK, "id", "key"),
                account("coaps://a", SECURITY_MODE_PSK, "other", "key"),
                account("coaps://a", SECURITY_MODE_PSK, "id", "other"),
                account("coaps://a", SECURITY_MODE_PSK, "idkey", ""),
                account("coaps://a", SECURITY_MODE_NOSEC, "id", "key"),
        };
        Account again = known, of_another = known;
        PackMemory memory = {.n = 0};

        again.security_instance = 7; /* it has moved */
        assert_false(pack_memory_has(&memory, &known));
        pack_memory_add(&memory, &known);
        pack_memory_add(&memory, &again);
        assert_int_equal(memory.n, 1);
        assert_true(pack_memory_has(&memory, &again));
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                assert_false(pack_memory_has(&memory, &others[i]));
        of_another.credential.server_certificate = (Secret){(uint8_t *)"other", 5};
        assert_false(pack_memory_has(&memory, &of_another));
}

static void test_oldest_is_dropped(void **state)
{
        PackMemory memory = {.n = 0};
        char uris[PACK_MEMORY_MAX + 2][16];

        for (size_t i = 0; i < ELEMENTSOF(uris); i++) {
                Account one;

                (void)snprintf(uris[i], sizeof(uris[i]), "coap://%zu", i);
                one = account(uris[i], SECURITY_MODE_NOSEC, "", "");
                pack_memory_add(&memory, &one);
                assert_true(pack_memory_has(&memory, &one));
        }
        assert_int_equal(memory.n, PACK_MEMORY_MAX);
        for (size_t i = 0; i < ELEMENTSOF(uris); i++) {
                const Account one = account(uris[i], SECURITY_MODE_NOSEC, "", "");

                assert_int_equal(pack_memory_has(&memory, &one), i >= 2);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_same_account),
                cmocka_unit_test(test_oldest_is_dropped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
