/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2m/binding: the values of /1/x/7 in each version, and what we announce of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lwm2m/binding.h"

static void test_values(void **state)
{
        static const struct {
                const char *text;
                bool valid[_LWM2M_VERSION_MAX];
        } table[] = {
                {"U", {true, true, true}},
                {"UQ", {true, true, true}},
                {"S", {true, true, true}},
                {"SQ", {true, true, true}},
                {"US", {true, true, true}},
                {"UQS", {true, true, true}},
                {"SU", {false, true, true}},
                {"T", {false, true, true}},
                {"UT", {false, true, true}},
                {"TSUN", {false, true, true}},
                {"UM", {false, false, true}},
                {"UTSNMH", {false, false, true}},
                {"", {false, false, false}},
                {"Q", {false, false, false}},
                {"QU", {false, false, false}},
                {"USQ", {false, false, false}},
                {"UQSQ", {false, false, false}},
                {"UTQ", {false, false, false}},
                {"UU", {false, false, false}},
                {"ZZ", {false, false, false}},
                {"invalid", {false, false, false}},
                {"uq", {false, false, false}},
                {"u", {false, false, false}},
                {"U ", {false, false, false}},
                {"U,T", {false, false, false}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (Lwm2mVersion version = 0; version < _LWM2M_VERSION_MAX; version++)
                        assert_int_equal(binding_is_valid(table[i].text, version), table[i].valid[version]);
}

static void test_queue_mode(void **state)
{
        static const struct {
                const char *binding;
                bool queue_mode;
        } table[] = {
                {"U", false},
                {"UQ", true},
                {"S", false},
                {"SQ", true},
                {"US", false},
                {"UQS", true},
                {"T", false},
                {"ZZ", false},
                {"", false},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_int_equal(binding_has_queue_mode(table[i].binding), table[i].queue_mode);
        assert_string_equal(binding_announced(false), "U");
        assert_string_equal(binding_announced(true), "UQ");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_queue_mode),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
