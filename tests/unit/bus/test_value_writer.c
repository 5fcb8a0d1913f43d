/* SPDX-License-Identifier: Apache-2.0 */
/* Records as messages, and back by the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "bus/value_reader.h"
#include "bus/value_writer.h"
#include "every_type.h"

static sd_bus *bus;

static int set_up(void **state)
{
        bus = every_bus();
        assert_non_null(bus);
        return 0;
}

static int tear_down(void **state)
{
        bus = sd_bus_close_unref(bus);
        return 0;
}

static sd_bus_message *begin(void)
{
        sd_bus_message *message = NULL;

        assert_true(sd_bus_message_new_signal(bus, &message, "/a", "a.b", "C") >= 0);
        return message;
}

static Value text(ValueType type, const char *content)
{
        Value value;

        assert_int_equal(value_make_bytes(type, content, strlen(content), &value), 0);
        return value;
}

/* One of each type, and a multiple-instance Resource with and one without instances. */
static void fill(RecordList *list)
{
        every_add(list, "/3999/0", (Value){.type = VALUE_NONE});
        every_add(list, "/3999/0/1", text(VALUE_STRING, "Cel"));
        every_add(list, "/3999/0/2", VALUE_INT(-5));
        every_add(list, "/3999/0/3", (Value){.type = VALUE_UNSIGNED, .unsigned_integer = UINT64_MAX});
        every_add(list, "/3999/0/4", (Value){.type = VALUE_FLOAT, .real = 21.5});
        every_add(list, "/3999/0/5", VALUE_BOOL(true));
        every_add(list, "/3999/0/6", text(VALUE_OPAQUE, "\x01\xff"));
        every_add(list, "/3999/0/7", (Value){.type = VALUE_TIME, .integer = 1700000000});
        every_add(list, "/3999/0/8", (Value){.type = VALUE_OBJLNK, .link = {3, 0}});
        every_add(list, "/3999/0/9", text(VALUE_CORELNK, "</1>"));
        every_add(list, "/3999/0/102/0", VALUE_INT(1));
        every_add(list, "/3999/0/102/7", VALUE_INT(2));
        every_add(list, "/3999/0/104", (Value){.type = VALUE_NONE});
}

/* Each value as its type and text, one a line. */
static void describe(sd_bus_message *message, char *buffer, size_t size)
{
        FILE *file = fmemopen(buffer, size, "w");

        assert_non_null(file);
        assert_true(sd_bus_message_seal(message, 1, 0) >= 0);
        assert_true(sd_bus_message_dump(message, file, SD_BUS_MESSAGE_DUMP_SUBTREE_ONLY) >= 0);
        (void)fclose(file);
}

static void assert_contains(const char *dump, const char *const *parts, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const char *found = strstr(dump, parts[i]);

                if (!found)
                        fail_msg("no %s in\n%s", parts[i], dump);
                dump = found;
        }
}
#define ASSERT_CONTAINS(dump, ...)                                \
        assert_contains(dump, (const char *const[]){__VA_ARGS__}, \
                sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void resources_of_an_instance(void **state)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = begin();
        _cleanup_(record_list_done) RecordList list = {0};
        Path instance = PATH_INSTANCE(EVERY_TYPE, 0);
        ValueReader reader = VALUE_READER_INIT;
        size_t k = 0;

        fill(&list);
        assert_int_equal(value_writer_append(message, &list), 0);
        assert_true(sd_bus_message_seal(message, 1, 0) >= 0);
        assert_string_equal(sd_bus_message_get_signature(message, true), "a{qv}");
        assert_int_equal(value_reader_read(&reader, message, &every_type, &instance), 0);
        for (size_t i = 0; i < list.n; i++) {
                if (list.items[i].path.length == 2)
                        continue;
                /* The reader says where a multiple-instance Resource begins. */
                if (reader.list.items[k].path.length == 3 && list.items[i].path.length == 4)
                        k++;
                assert_true(path_equal(&reader.list.items[k].path, &list.items[i].path));
                assert_true(value_equal(&reader.list.items[k].value, &list.items[i].value));
                k++;
        }
        assert_int_equal(reader.list.n, k);
        value_reader_done(&reader);
}

static void types_given_out(void **state)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = begin();
        _cleanup_(record_list_done) RecordList list = {0};
        char dump[8192];

        fill(&list);
        assert_int_equal(value_writer_append_paths(message, &list, NULL), 0);
        describe(message, dump, sizeof(dump));
        assert_string_equal(sd_bus_message_get_signature(message, true), "a(sv)");
        ASSERT_CONTAINS(dump, "STRING \"/3999/0/1\"", "STRING \"Cel\"", "STRING \"/3999/0/2\"", "INT64 -5",
                "STRING \"/3999/0/3\"", "UINT64 18446744073709551615", "STRING \"/3999/0/4\"", "DOUBLE 21.5",
                "STRING \"/3999/0/5\"", "BOOLEAN true", "STRING \"/3999/0/6\"", "ARRAY \"y\"", "BYTE 1",
                "BYTE 255", "STRING \"/3999/0/7\"", "INT64 1700000000", "STRING \"/3999/0/8\"",
                "STRUCT \"qq\"", "UINT16 3", "UINT16 0", "STRING \"/3999/0/9\"", "STRING \"</1>\"",
                "STRING \"/3999/0/102\"", "ARRAY \"{qv}\"", "UINT16 0", "INT64 1", "UINT16 7", "INT64 2",
                "STRING \"/3999/0/104\"", "ARRAY \"{qv}\"");
        assert_null(strstr(dump, "STRING \"/3999/0\""));
}

/* An instance that was asked for by itself has its own path; next to it another Resource is whole. */
static void instance_that_was_asked_for(void **state)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = begin();
        _cleanup_(record_list_done) RecordList list = {0};
        PathList asked = {
                .items = {PATH_RESOURCE_INSTANCE(EVERY_TYPE, 0, 102, 7), PATH_RESOURCE(EVERY_TYPE, 0, 103)},
                .n = 2};
        char dump[2048];

        every_add(&list, "/3999/0/102/7", VALUE_INT(2));
        every_add(&list, "/3999/0/103/1", (Value){.type = VALUE_UNSIGNED, .unsigned_integer = 9});
        assert_int_equal(value_writer_append_paths(message, &list, &asked), 0);
        describe(message, dump, sizeof(dump));
        ASSERT_CONTAINS(dump, "STRING \"/3999/0/102/7\"", "VARIANT \"x\"", "INT64 2",
                "STRING \"/3999/0/103\"", "VARIANT \"a{qv}\"", "UINT16 1", "UINT64 9");
}

/* Around an instance that was asked for stands its Resource, which was asked for, too: it is whole. */
static void instance_within_what_was_asked_for(void **state)
{
        static const PathList table[] = {
                {.items = {PATH_RESOURCE_INSTANCE(EVERY_TYPE, 0, 102, 0), PATH_RESOURCE(EVERY_TYPE, 0, 102)},
                        .n = 2},
                {.items = {PATH_INSTANCE(EVERY_TYPE, 0), PATH_RESOURCE_INSTANCE(EVERY_TYPE, 0, 102, 7)},
                        .n = 2},
        };
        _cleanup_(record_list_done) RecordList list = {0};
        uint16_t ids[2];
        int64_t values[2];
        const char *path;

        every_add(&list, "/3999/0/102/0", VALUE_INT(1));
        every_add(&list, "/3999/0/102/7", VALUE_INT(2));
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = begin();

                assert_int_equal(value_writer_append_paths(message, &list, &table[i]), 0);
                assert_true(sd_bus_message_seal(message, 1, 0) >= 0);
                assert_true(sd_bus_message_read(message, "a(sv)", 1, &path, "a{qv}", 2, &ids[0], "x",
                                    &values[0], &ids[1], "x", &values[1]) > 0);
                assert_string_equal(path, "/3999/0/102");
                assert_true(ids[0] == 0 && values[0] == 1 && ids[1] == 7 && values[1] == 2);
        }
}

static void texts(void **state)
{
        static const char *const expected[][2] = {
                {"/3999/0/1", "Cel"},
                {"/3999/0/2", "-5"},
                {"/3999/0/3", "18446744073709551615"},
                {"/3999/0/4", "21.5"},
                {"/3999/0/5", "true"},
                {"/3999/0/6", "base64:Af8="},
                {"/3999/0/7", "2023-11-14T22:13:20Z"},
                {"/3999/0/8", "3:0"},
                {"/3999/0/9", "</1>"},
                {"/3999/0/102/0", "1"},
                {"/3999/0/102/7", "2"},
        };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = begin();
        _cleanup_(record_list_done) RecordList list = {0};
        const char *path, *value;

        fill(&list);
        assert_int_equal(value_writer_append_texts(message, &list), 0);
        assert_true(sd_bus_message_seal(message, 1, 0) >= 0);
        assert_true(sd_bus_message_enter_container(message, 'a', "(ss)") > 0);
        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                assert_true(sd_bus_message_read(message, "(ss)", &path, &value) > 0);
                assert_string_equal(path, expected[i][0]);
                assert_string_equal(value, expected[i][1]);
        }
        assert_true(sd_bus_message_at_end(message, false));
}

/* A server may write it: whoever reads all values must not read nothing for it; who has to act upon it is
 * better not asked. */
static void noncharacters(void **state)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *all = begin(), *lines = begin(), *whole = begin();
        _cleanup_(record_list_done) RecordList list = {0};
        const char *path, *value;

        every_add(&list, "/3999/0/1", text(VALUE_STRING, "a\xef\xbf\xbf \xf0\x9f\xbf\xbe\xc3\xa4"));
        assert_int_equal(value_writer_append_paths(all, &list, NULL), 0);
        assert_true(sd_bus_message_seal(all, 1, 0) >= 0);
        assert_true(sd_bus_message_enter_container(all, 'a', "(sv)") > 0);
        assert_true(sd_bus_message_enter_container(all, 'r', "sv") > 0);
        assert_true(sd_bus_message_read(all, "sv", &path, "s", &value) > 0);
        assert_string_equal(value, "a??? ????\xc3\xa4");

        assert_int_equal(value_writer_append_texts(lines, &list), 0);
        assert_true(sd_bus_message_seal(lines, 1, 0) >= 0);
        assert_true(sd_bus_message_enter_container(lines, 'a', "(ss)") > 0);
        assert_true(sd_bus_message_read(lines, "(ss)", &path, &value) > 0);
        assert_string_equal(value, "a??? ????\xc3\xa4");

        assert_int_equal(value_writer_append(whole, &list), -EINVAL);
}

static void nothing(void **state)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = begin();
        RecordList list = {0};

        assert_int_equal(value_writer_append(message, &list), 0);
        assert_int_equal(value_writer_append_paths(message, &list, NULL), 0);
        assert_int_equal(value_writer_append_texts(message, &list), 0);
        assert_true(sd_bus_message_seal(message, 1, 0) >= 0);
        assert_string_equal(sd_bus_message_get_signature(message, true), "a{qv}a(sv)a(ss)");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(resources_of_an_instance),
                cmocka_unit_test(types_given_out),
                cmocka_unit_test(instance_that_was_asked_for),
                cmocka_unit_test(instance_within_what_was_asked_for),
                cmocka_unit_test(texts),
                cmocka_unit_test(noncharacters),
                cmocka_unit_test(nothing),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
