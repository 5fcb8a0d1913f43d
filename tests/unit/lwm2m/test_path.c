/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2m/path and lwm2m/ids: texts, order, prefixes, words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lwm2m/ids.h"
#include "lwm2m/path.h"

static void test_parse_and_format(void **state)
{
        static const struct {
                const char *text;
                Path path;
        } table[] = {
                {"/", {{0}, 0}},
                {"/0", {{0}, 1}},
                {"/3/0", {{3, 0}, 2}},
                {"/3/0/6", {{3, 0, 6}, 3}},
                {"/65534/65534/65534/65534", {{65534, 65534, 65534, 65534}, 4}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Path path = {{9, 9, 9, 9}, 4};

                assert_int_equal(path_parse(table[i].text, &path), 0);
                assert_int_equal(path.length, table[i].path.length);
                assert_true(path_equal(&path, &table[i].path));
                assert_string_equal(PATH_TEXT(&path), table[i].text);
        }
}

static void test_parse_broken(void **state)
{
        static const char *const table[] = {"", "3", "3/0", "//", "/3/", "/3//0", "/03", "/00", "/65535",
                "/99999", "/100000", "/1/2/3/4/5", "/-1", "/+1", "/ 1", "/1 ", "/a", "/1/2/x",
                "/4294967296"};

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Path path = PATH_OBJECT(7);

                assert_int_equal(path_parse(table[i], &path), -EINVAL);
                assert_int_equal(path.id[0], 7);
        }
}

static void test_parse_id(void **state)
{
        uint16_t id = 7;

        assert_int_equal(path_parse_id("65535", &id), -EINVAL);
        assert_int_equal(path_parse_id("", &id), -EINVAL);
        assert_int_equal(path_parse_id("01", &id), -EINVAL);
        assert_int_equal(path_parse_id("1/", &id), -EINVAL);
        assert_int_equal(id, 7);
        assert_int_equal(path_parse_id("65534", &id), 0);
        assert_int_equal(id, 65534);
}

static void test_order(void **state)
{
        static const Path sorted[] = {{{0}, 0}, {{1}, 1}, {{1, 0}, 2}, {{1, 0, 0}, 3}, {{1, 0, 0, 5}, 4},
                {{1, 0, 1}, 3}, {{1, 2}, 2}, {{3}, 1}, {{256}, 1}};

        for (size_t i = 0; i < ELEMENTSOF(sorted); i++)
                for (size_t j = 0; j < ELEMENTSOF(sorted); j++) {
                        int order = path_compare(&sorted[i], &sorted[j]);

                        assert_int_equal(order < 0, i < j);
                        assert_int_equal(order > 0, i > j);
                        assert_int_equal(path_equal(&sorted[i], &sorted[j]), i == j);
                }
}

static void test_prefix(void **state)
{
        Path instance = PATH_INSTANCE(3, 0), resource = PATH_RESOURCE(3, 0, 6),
             other = PATH_RESOURCE(3, 1, 6);
        Path longer = path_append(&resource, 9);

        assert_true(path_has_prefix(&resource, &PATH_ROOT));
        assert_true(path_has_prefix(&resource, &instance));
        assert_true(path_has_prefix(&resource, &resource));
        assert_true(path_has_prefix(&longer, &resource));
        assert_false(path_has_prefix(&instance, &resource));
        assert_false(path_has_prefix(&other, &instance));
        assert_string_equal(PATH_TEXT(&longer), "/3/0/6/9");
}

static void test_list(void **state)
{
        PathList list = {.n = 0};

        path_list_simplify(&list);
        assert_int_equal(list.n, 0);

        for (uint16_t i = 0; i < LIMIT_COMPOSITE_PATHS; i++)
                assert_int_equal(path_list_add(&list, &PATH_INSTANCE((uint16_t)(i % 10), 3)), 0);
        assert_int_equal(path_list_add(&list, &PATH_ROOT), -E2BIG);
        path_list_simplify(&list);
        assert_int_equal(list.n, 10);
        assert_int_equal(path_list_add(&list, &PATH_RESOURCE(4, 3, 1)), 0);
        assert_int_equal(path_list_add(&list, &PATH_OBJECT(9)), 0);
        path_list_simplify(&list);
        assert_int_equal(list.n, 10);
        assert_string_equal(PATH_TEXT(&list.items[4]), "/4/3");
        assert_string_equal(PATH_TEXT(&list.items[9]), "/9");
        assert_int_equal(path_list_add(&list, &PATH_ROOT), 0);
        path_list_simplify(&list);
        assert_int_equal(list.n, 1);
        assert_string_equal(PATH_TEXT(&list.items[0]), "/");
}

static void test_words(void **state)
{
        assert_string_equal(lwm2m_version_to_string(LWM2M_1_1), "1.1");
        assert_int_equal(lwm2m_version_from_string("1.2"), LWM2M_1_2);
        assert_int_equal(lwm2m_version_from_string("1.3"), -EINVAL);
        assert_null(lwm2m_version_to_string(_LWM2M_VERSION_MAX));
        assert_string_equal(security_mode_to_string(SECURITY_MODE_NOSEC), "nosec");
        assert_int_equal(security_mode_from_string("psk"), 0);
        assert_int_equal(security_mode_from_string(NULL), -EINVAL);
        for (int i = 0; i < _SECURITY_MODE_MAX; i++)
                assert_int_equal(security_mode_from_string(security_mode_to_string((SecurityMode)i)), i);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse_and_format),
                cmocka_unit_test(test_parse_broken),
                cmocka_unit_test(test_parse_id),
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_prefix),
                cmocka_unit_test(test_list),
                cmocka_unit_test(test_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
