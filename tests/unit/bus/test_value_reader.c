/* SPDX-License-Identifier: Apache-2.0 */
/* Variants of every type of D-Bus for Resources of every type of LwM2M. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "bus/value_reader.h"
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

/* A message with these contents, to be read from its beginning. */
static sd_bus_message *make(const char *types, va_list ap)
{
        sd_bus_message *message = NULL;

        assert_true(sd_bus_message_new_signal(bus, &message, "/a", "a.b", "C") >= 0);
        assert_true(sd_bus_message_appendv(message, types, ap) >= 0);
        assert_true(sd_bus_message_seal(message, 1, 0) >= 0);
        return message;
}

/* Reads one variant more, of these contents, for /3999/0/RESOURCE. */
static int read_further(ValueReader *reader, uint16_t resource, ...)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        va_list ap;

        va_start(ap, resource);
        message = make("v", ap);
        va_end(ap);
        return value_reader_read_one(reader, message, &every_type, &PATH_RESOURCE(EVERY_TYPE, 0, resource));
}

/* The first one. */
#define read_variant(reader, ...) (*(reader) = VALUE_READER_INIT, read_further(reader, __VA_ARGS__))

#define ASSERT_VALUE(expected, resource, ...)                                       \
        do {                                                                        \
                ValueReader _reader;                                                \
                Value _expected = expected;                                         \
                                                                                    \
                assert_int_equal(read_variant(&_reader, resource, __VA_ARGS__), 0); \
                assert_int_equal(_reader.list.n, 1);                                \
                assert_true(value_equal(&_reader.list.items[0].value, &_expected)); \
                assert_int_equal(_reader.list.items[0].path.id[2], resource);       \
                assert_int_equal(_reader.list.items[0].path.length, 3);             \
                value_reader_done(&_reader);                                        \
        } while (false)

#define ASSERT_INVALID(reason, resource, ...)                                                               \
        do {                                                                                                \
                ValueReader _reader;                                                                        \
                char _text[SOURCE_TEXT_SIZE];                                                               \
                                                                                                            \
                (void)snprintf(_text, sizeof(_text), "/3999/0/%d: %s", resource, reason);                   \
                assert_int_equal(read_variant(&_reader, resource, __VA_ARGS__), PUBLISHED_E_INVALID_VALUE); \
                assert_string_equal(_reader.text, _text);                                                   \
                assert_int_equal(_reader.list.n, 0);                                                        \
                value_reader_done(&_reader);                                                                \
        } while (false)

#define TIME(v)     ((Value){.type = VALUE_TIME, .integer = (v)})
#define UNSIGNED(v) ((Value){.type = VALUE_UNSIGNED, .unsigned_integer = (v)})
#define REAL(v)     ((Value){.type = VALUE_FLOAT, .real = (v)})
#define LINK(o, i)  ((Value){.type = VALUE_OBJLNK, .link = {o, i}})
#define BYTES(t, s) ((Value){.type = (t), .bytes = {(uint8_t *)(s), sizeof(s) - 1}})

static void integers_of_every_width(void **state)
{
        ASSERT_VALUE(VALUE_INT(255), VALUE_INTEGER, "y", 255);
        ASSERT_VALUE(VALUE_INT(-32768), VALUE_INTEGER, "n", INT16_MIN);
        ASSERT_VALUE(VALUE_INT(65535), VALUE_INTEGER, "q", UINT16_MAX);
        ASSERT_VALUE(VALUE_INT(INT32_MIN), VALUE_INTEGER, "i", INT32_MIN);
        ASSERT_VALUE(VALUE_INT(UINT32_MAX), VALUE_INTEGER, "u", UINT32_MAX);
        ASSERT_VALUE(VALUE_INT(INT64_MIN), VALUE_INTEGER, "x", INT64_MIN);
        ASSERT_VALUE(VALUE_INT(INT64_MAX), VALUE_INTEGER, "t", (uint64_t)INT64_MAX);

        ASSERT_VALUE(TIME(255), VALUE_TIME, "y", 255);
        ASSERT_VALUE(TIME(-1), VALUE_TIME, "n", -1);
        ASSERT_VALUE(TIME(1), VALUE_TIME, "q", 1);
        ASSERT_VALUE(TIME(-2), VALUE_TIME, "i", -2);
        ASSERT_VALUE(TIME(UINT32_MAX), VALUE_TIME, "u", UINT32_MAX);
        ASSERT_VALUE(TIME(1700000000), VALUE_TIME, "x", INT64_C(1700000000));
        ASSERT_VALUE(TIME(1700000000), VALUE_TIME, "t", UINT64_C(1700000000));

        ASSERT_VALUE(UNSIGNED(0), VALUE_UNSIGNED, "y", 0);
        ASSERT_VALUE(UNSIGNED(7), VALUE_UNSIGNED, "n", 7);
        ASSERT_VALUE(UNSIGNED(7), VALUE_UNSIGNED, "q", 7);
        ASSERT_VALUE(UNSIGNED(7), VALUE_UNSIGNED, "i", 7);
        ASSERT_VALUE(UNSIGNED(7), VALUE_UNSIGNED, "u", 7);
        ASSERT_VALUE(UNSIGNED(INT64_MAX), VALUE_UNSIGNED, "x", INT64_MAX);
        ASSERT_VALUE(UNSIGNED(UINT64_MAX), VALUE_UNSIGNED, "t", UINT64_MAX);

        ASSERT_VALUE(REAL(-3), VALUE_FLOAT, "n", -3);
        ASSERT_VALUE(REAL(0x1p53), VALUE_FLOAT, "t", UINT64_C(1) << 53);
}

static void integers_that_do_not_fit(void **state)
{
        ASSERT_INVALID(
                "what is given is not an Integer (as 42)", VALUE_INTEGER, "t", (uint64_t)INT64_MAX + 1);
        ASSERT_INVALID("what is given is not a Time (as 2026-01-31T10:00:00Z, or seconds since 1970)",
                VALUE_TIME, "t", UINT64_MAX);
        ASSERT_INVALID(
                "what is given is not an Unsigned Integer (as 42, 0 or more)", VALUE_UNSIGNED, "n", -1);
        ASSERT_INVALID("what is given is not an Unsigned Integer (as 42, 0 or more)", VALUE_UNSIGNED, "x",
                INT64_MIN);
        ASSERT_INVALID("what is given is not a Float (as 21.5)", VALUE_FLOAT, "t", (UINT64_C(1) << 53) + 1);
}

static void other_types(void **state)
{
        ASSERT_VALUE(REAL(21.5), VALUE_FLOAT, "d", 21.5);
        ASSERT_VALUE(VALUE_BOOL(true), VALUE_BOOLEAN, "b", 1);
        ASSERT_VALUE(VALUE_BOOL(false), VALUE_BOOLEAN, "b", 0);
        ASSERT_VALUE(BYTES(VALUE_OPAQUE, "\x00\xff"), VALUE_OPAQUE, "ay", 2, 0, 0xff);
        ASSERT_VALUE(BYTES(VALUE_OPAQUE, ""), VALUE_OPAQUE, "ay", 0);
        ASSERT_VALUE(LINK(3, 65535), VALUE_OBJLNK, "(qq)", 3, 65535);
        ASSERT_VALUE(BYTES(VALUE_STRING, "Cel"), VALUE_STRING, "s", "Cel");
        ASSERT_VALUE(BYTES(VALUE_STRING, ""), VALUE_STRING, "s", "");
        ASSERT_VALUE(BYTES(VALUE_CORELNK, "</3/0>"), VALUE_CORELNK, "s", "</3/0>");
}

static void text_for_every_type(void **state)
{
        ASSERT_VALUE(VALUE_INT(-5), VALUE_INTEGER, "s", "-5");
        ASSERT_VALUE(UNSIGNED(UINT64_MAX), VALUE_UNSIGNED, "s", "18446744073709551615");
        ASSERT_VALUE(REAL(21.5), VALUE_FLOAT, "s", "21.5");
        ASSERT_VALUE(VALUE_BOOL(true), VALUE_BOOLEAN, "s", "true");
        ASSERT_VALUE(BYTES(VALUE_OPAQUE, "\x01\x02"), VALUE_OPAQUE, "s", "base64:AQI=");
        ASSERT_VALUE(TIME(1769853600), VALUE_TIME, "s", "2026-01-31T10:00:00Z");
        ASSERT_VALUE(LINK(3, 0), VALUE_OBJLNK, "s", "3:0");

        ASSERT_INVALID("what is given is not a Float (as 21.5)", VALUE_FLOAT, "s", "warm");
        ASSERT_INVALID("what is given is not a Float (as 21.5)", VALUE_FLOAT, "s", "nan");
        ASSERT_INVALID("what is given is not a Boolean (true or false)", VALUE_BOOLEAN, "s", "");
        ASSERT_INVALID("what is given is not an Integer (as 42)", VALUE_INTEGER, "s", "21.5");
}

static void float_is_a_finite_number(void **state)
{
        ASSERT_INVALID("what is given is not a Float (as 21.5)", VALUE_FLOAT, "d", NAN);
        ASSERT_INVALID("what is given is not a Float (as 21.5)", VALUE_FLOAT, "d", INFINITY);
        ASSERT_INVALID("what is given is not a Float (as 21.5)", VALUE_FLOAT, "d", -INFINITY);
}

static void wrong_types(void **state)
{
        ASSERT_INVALID("a Float is given as d, an integer type or s, not as \"b\"", VALUE_FLOAT, "b", 1);
        ASSERT_INVALID("an Integer is given as an integer type or s, not as \"d\"", VALUE_INTEGER, "d", 5.0);
        ASSERT_INVALID("an Integer is given as an integer type or s, not as \"b\"", VALUE_INTEGER, "b", 1);
        ASSERT_INVALID("a Boolean is given as b or s, not as \"i\"", VALUE_BOOLEAN, "i", 1);
        ASSERT_INVALID("a String is given as s, not as \"u\"", VALUE_STRING, "u", 1);
        ASSERT_INVALID("a String is given as s, not as \"o\"", VALUE_STRING, "o", "/a");
        ASSERT_INVALID("an Opaque is given as ay or s, not as \"as\"", VALUE_OPAQUE, "as", 1, "a");
        ASSERT_INVALID("an Opaque is given as ay or s, not as \"y\"", VALUE_OPAQUE, "y", 1);
        ASSERT_INVALID("an Objlnk is given as (qq) or s, not as \"(uu)\"", VALUE_OBJLNK, "(uu)", 1, 2);
        ASSERT_INVALID(
                "a Time is given as an integer type or s, not as \"v\"", VALUE_TIME, "v", "x", INT64_C(1));
        ASSERT_INVALID("a Float is given as d, an integer type or s, not as \"a{qv}\"", VALUE_FLOAT, "a{qv}",
                1, 0, "d", 1.0);
        ASSERT_INVALID("a multiple-instance Resource is given as a{qv}, not as \"d\"",
                EVERY_TWIN(VALUE_FLOAT), "d", 1.0);
        ASSERT_INVALID("the Resource has several instances, each is given by a path of its own, as "
                       "/3999/0/104/0",
                EVERY_TWIN(VALUE_FLOAT), "s", "1.0");
        ASSERT_INVALID("a multiple-instance Resource is given as a{qv}, not as \"ad\"",
                EVERY_TWIN(VALUE_FLOAT), "ad", 1, 1.0);
        ASSERT_INVALID("the definition of Object 3999 has no such Resource with a value", 0, "d", 1.0);
        ASSERT_INVALID("the definition of Object 3999 has no such Resource with a value", 99, "d", 1.0);
}

static void assert_paths(const ValueReader *reader, const char *const *paths)
{
        size_t n = 0;

        for (; paths[n]; n++) {
                assert_true(n < reader->list.n);
                assert_string_equal(PATH_TEXT(&reader->list.items[n].path), paths[n]);
        }
        assert_int_equal(reader->list.n, n);
}
#define ASSERT_PATHS(reader, ...) assert_paths(reader, (const char *const[]){__VA_ARGS__, NULL})

/* The Resource as a whole begins with its own path, so that what it had before can go. */
static void multiple_instances(void **state)
{
        ValueReader reader;

        assert_int_equal(
                read_variant(&reader, EVERY_TWIN(VALUE_FLOAT), "a{qv}", 2, 7, "d", 1.5, 0, "y", 2), 0);
        ASSERT_PATHS(&reader, "/3999/0/104", "/3999/0/104/7", "/3999/0/104/0");
        assert_int_equal(reader.list.items[0].value.type, VALUE_NONE);
        assert_true(reader.list.items[1].value.real == 1.5 && reader.list.items[2].value.real == 2);
        value_reader_done(&reader);

        assert_int_equal(read_variant(&reader, EVERY_TWIN(VALUE_STRING), "a{qv}", 0), 0);
        ASSERT_PATHS(&reader, "/3999/0/101");
        value_reader_done(&reader);

        assert_int_equal(read_variant(&reader, EVERY_TWIN(VALUE_FLOAT), "a{qv}", 1, 3, "b", 1),
                PUBLISHED_E_INVALID_VALUE);
        assert_string_equal(
                reader.text, "/3999/0/104/3: a Float is given as d, an integer type or s, not as \"b\"");
        value_reader_done(&reader);
        assert_int_equal(read_variant(&reader, EVERY_TWIN(VALUE_FLOAT), "a{qv}", 1, 65535, "d", 1.0),
                PUBLISHED_E_INVALID_VALUE);
        assert_string_equal(reader.text, "/3999/0/104: below it there is no ID 65535");
        value_reader_done(&reader);
}

static int read_at(ValueReader *reader, const Path *path, ...)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        va_list ap;

        *reader = VALUE_READER_INIT;
        va_start(ap, path);
        message = make("v", ap);
        va_end(ap);
        return value_reader_read_one(reader, message, &every_type, path);
}

static void paths(void **state)
{
        static const struct {
                Path path;
                const char *text; /* NULL: it is fine */
        } table[] = {
                {PATH_RESOURCE_INSTANCE(EVERY_TYPE, 1, EVERY_TWIN(VALUE_INTEGER), 2), NULL},
                {PATH_RESOURCE_INSTANCE(EVERY_TYPE, 1, VALUE_INTEGER, 0),
                        "/3999/1/2/0: the Resource has no instances"},
                {PATH_INSTANCE(EVERY_TYPE, 1),
                        "/3999/1: it is the path of neither a Resource nor a Resource Instance"},
                {PATH_OBJECT(EVERY_TYPE),
                        "/3999: it is the path of neither a Resource nor a Resource Instance"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                ValueReader reader;

                assert_int_equal(read_at(&reader, &table[i].path, "i", 5),
                        table[i].text ? PUBLISHED_E_INVALID_VALUE : 0);
                if (table[i].text)
                        assert_string_equal(reader.text, table[i].text);
                else
                        ASSERT_PATHS(&reader, "/3999/1/102/2");
                value_reader_done(&reader);
        }
}

static int read_instance(ValueReader *reader, uint16_t instance, const char *types, ...)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        Path path = PATH_INSTANCE(EVERY_TYPE, instance);
        va_list ap;

        *reader = VALUE_READER_INIT;
        va_start(ap, types);
        message = make(types, ap);
        va_end(ap);
        return value_reader_read(reader, message, &every_type, &path);
}

static void object_instance(void **state)
{
        ValueReader reader;

        assert_int_equal(read_instance(&reader, 5, "a{qv}", 2, VALUE_STRING, "s", "Cel",
                                 EVERY_TWIN(VALUE_BOOLEAN), "a{qv}", 1, 0, "b", 1),
                0);
        ASSERT_PATHS(&reader, "/3999/5/1", "/3999/5/105", "/3999/5/105/0");
        value_reader_done(&reader);
        assert_int_equal(read_instance(&reader, UINT16_MAX, "a{qv}", 1, VALUE_STRING, "s", ""), 0);
        ASSERT_PATHS(&reader, "/3999/65535/1");
        value_reader_done(&reader);
        assert_int_equal(read_instance(&reader, 5, "a{qv}", 0), 0);
        assert_int_equal(reader.list.n, 0);
        assert_int_equal(read_instance(&reader, 5, "a{qv}", 1, 65535, "s", ""), PUBLISHED_E_INVALID_VALUE);
        assert_string_equal(reader.text, "/3999/5: below it there is no ID 65535");
        value_reader_done(&reader);
        assert_true(read_instance(&reader, 5, "a{sv}", 1, "a", "s", "") < 0);
        value_reader_done(&reader);
}

/* What one message holds is bounded before it is copied. */
static void too_much(void **state)
{
        _cleanup_(freep) char *text = malloc(LIMIT_STORE_SIZE + 2);
        ValueReader reader;

        assert_non_null(text);
        memset(text, 'x', LIMIT_STORE_SIZE + 1);
        text[LIMIT_STORE_SIZE + 1] = '\0';
        assert_int_equal(read_variant(&reader, VALUE_STRING, "s", text), PUBLISHED_E_LIMIT);
        assert_string_equal(reader.text, "/3999/0/1: up to here it is too much");
        value_reader_done(&reader);
        assert_int_equal(read_variant(&reader, VALUE_STRING, "s", text + 1), 0);
        value_reader_done(&reader);
        text[LIMIT_STORE_SIZE / 2 + 1] = '\0';
        assert_int_equal(
                read_variant(&reader, EVERY_TWIN(VALUE_STRING), "a{qv}", 2, 0, "s", text, 1, "s", text),
                PUBLISHED_E_LIMIT);
        assert_string_equal(reader.text, "/3999/0/101/1: up to here it is too much");
        value_reader_done(&reader);
}

/* Nor may one message hold the loop with many small ones. */
static void too_many(void **state)
{
        ValueReader reader = VALUE_READER_INIT;

        for (int i = 0; i < 4096; i++)
                assert_int_equal(read_further(&reader, VALUE_INTEGER, "y", 1), 0);
        assert_int_equal(read_further(&reader, VALUE_INTEGER, "y", 1), PUBLISHED_E_LIMIT);
        assert_string_equal(reader.text, "/3999/0/2: up to here it is too much");
        value_reader_done(&reader);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(integers_of_every_width),
                cmocka_unit_test(integers_that_do_not_fit),
                cmocka_unit_test(other_types),
                cmocka_unit_test(text_for_every_type),
                cmocka_unit_test(float_is_a_finite_number),
                cmocka_unit_test(wrong_types),
                cmocka_unit_test(multiple_instances),
                cmocka_unit_test(paths),
                cmocka_unit_test(object_instance),
                cmocka_unit_test(too_much),
                cmocka_unit_test(too_many),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
