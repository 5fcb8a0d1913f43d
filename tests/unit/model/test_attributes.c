/* SPDX-License-Identifier: Apache-2.0 */
/* model/attributes: what counts at a path, and what Discover shows of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "model/attributes.h"

static Path path_of(const char *text)
{
        Path path;

        assert_int_equal(path_parse(text, &path), 0);
        return path;
}

/* "/3/0 pmin=1&pmax=2", of an Integer */
static int write_text(Attributes *attributes, const char *text)
{
        _cleanup_(freep) char *copy = strdup(text);
        _cleanup_(texts_done) Texts queries = {.n = 0};
        char problem[ATTRIBUTE_PROBLEM_SIZE], *rest = copy, *word;
        Path path;

        assert_non_null(copy);
        path = path_of(strsep(&rest, " "));
        while ((word = strsep(&rest, "&")))
                assert_int_equal(texts_add(&queries, word), 0);
        return attributes_write(attributes, &path,
                &(AttributeTarget){path.length, path.length < 3 ? VALUE_NONE : VALUE_INTEGER, LWM2M_1_2},
                &queries, problem);
}

static void assert_described(
        const Attributes *attributes, const char *path, bool inherited, const char *expected)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(1024);

        attributes_describe(attributes, &(Path[]){path_of(path)}[0], inherited, &writer);
        byte_writer_add_u8(&writer, '\0');
        assert_int_equal(writer.error, 0);
        assert_string_equal((const char *)writer.data, expected);
}

/* ETS 260 and 261. */
static void test_inheritance(void **state)
{
        _cleanup_(attributes_done) Attributes attributes = {.n = 0};

        assert_int_equal(write_text(&attributes, "/3/0/7 lt=1&gt=6&st=1"), 0);
        assert_int_equal(write_text(&attributes, "/3 pmin=10&pmax=200"), 0);
        assert_described(&attributes, "/3", true, ";pmin=10;pmax=200");
        assert_described(&attributes, "/3/0", false, "");
        assert_described(&attributes, "/3/0", true, ";pmin=10;pmax=200");
        assert_described(&attributes, "/3/0/7", false, ";gt=6;lt=1;st=1");
        assert_described(&attributes, "/3/0/7", true, ";pmin=10;pmax=200;gt=6;lt=1;st=1");
        assert_described(&attributes, "/3/0/7/1", true, ";pmin=10;pmax=200;gt=6;lt=1;st=1");
        assert_described(&attributes, "/3/1", true, ";pmin=10;pmax=200");
        assert_described(&attributes, "/4/0", true, "");
        assert_described(&attributes, "/33", true, "");

        assert_int_equal(write_text(&attributes, "/3/0 pmin=20"), 0);
        assert_int_equal(write_text(&attributes, "/3/0/7/1 pmin=30&gt=9"), 0);
        assert_described(&attributes, "/3/0/7", true, ";pmin=20;pmax=200;gt=6;lt=1;st=1");
        assert_described(&attributes, "/3/0/7/1", true, ";pmin=30;pmax=200;gt=9;lt=1;st=1");
        assert_described(&attributes, "/3/0/7/2", true, ";pmin=20;pmax=200;gt=6;lt=1;st=1");
        assert_described(&attributes, "/3/1", true, ";pmin=10;pmax=200");

        /* Unset, the level above counts again. */
        assert_int_equal(write_text(&attributes, "/3/0 pmin"), 0);
        assert_described(&attributes, "/3/0/7", true, ";pmin=10;pmax=200;gt=6;lt=1;st=1");
        assert_int_equal(write_text(&attributes, "/3 pmin&pmax"), 0);
        assert_described(&attributes, "/3/0/7", true, ";gt=6;lt=1;st=1");
        assert_int_equal(attributes.n, 2);
}

static void test_refused_changes_nothing(void **state)
{
        _cleanup_(attributes_done) Attributes attributes = {.n = 0};

        assert_int_equal(write_text(&attributes, "/3/0/7 gt=6"), 0);
        assert_int_equal(write_text(&attributes, "/3/0/7 lt=7"), ATTRIBUTE_REFUSED);
        assert_described(&attributes, "/3/0/7", false, ";gt=6");
        assert_int_equal(write_text(&attributes, "/3/0/8 lt=7&gt=6"), ATTRIBUTE_REFUSED);
        assert_int_equal(write_text(&attributes, "/3/0/8 pmin"), 0);
        assert_int_equal(attributes.n, 1);
}

static void test_remove(void **state)
{
        _cleanup_(attributes_done) Attributes attributes = {.n = 0};

        for (size_t i = 0; i < 3; i++) {
                assert_int_equal(write_text(&attributes, "/5 pmin=1"), 0);
                assert_int_equal(write_text(&attributes, "/5/1 pmin=1"), 0);
                assert_int_equal(write_text(&attributes, "/5/1/2 pmin=1"), 0);
                assert_int_equal(write_text(&attributes, "/5/1/2/3 pmin=1"), 0);
                assert_int_equal(write_text(&attributes, "/5/10 pmin=1"), 0);
                attributes_remove(&attributes, &PATH_INSTANCE(5, 1));
                assert_int_equal(attributes.n, 2);
                assert_described(&attributes, "/5", false, ";pmin=1");
                assert_described(&attributes, "/5/10", false, ";pmin=1");
        }
        attributes_remove(&attributes, &PATH_INSTANCE(6, 0));
        assert_int_equal(attributes.n, 2);
        attributes_remove(&attributes, &PATH_ROOT);
        assert_int_equal(attributes.n, 0);
}

/* An Object Instance of that ID that comes later is another one. */
static void test_prune(void **state)
{
        _cleanup_(attributes_done) Attributes attributes = {.n = 0};
        _cleanup_(store_freep) Store *store = NULL;
        Dataset *dataset = dataset_new();

        assert_int_equal(store_new(&store), 0);
        assert_int_equal(dataset_set_integer(dataset, &PATH_RESOURCE(1, 3, 1), VALUE_INTEGER, 60), 0);
        store_replace(store, dataset);
        for (const char *const *text = (const char *const[]){"/1 pmin=1", "/1/2 pmin=1", "/1/2/1 pmin=1",
                     "/1/3 pmin=1", "/1/3/1 pmin=1", "/2 pmin=1", "/2/3/2/1 pmin=1", NULL};
                *text; text++)
                assert_int_equal(write_text(&attributes, *text), 0);
        attributes_prune(&attributes, store);
        assert_int_equal(attributes.n, 4);
        assert_described(&attributes, "/1", false, ";pmin=1");
        assert_described(&attributes, "/1/3", false, ";pmin=1");
        assert_described(&attributes, "/1/3/1", false, ";pmin=1");
        assert_described(&attributes, "/2", false, ";pmin=1");
}

static void test_limit(void **state)
{
        _cleanup_(attributes_done) Attributes attributes = {.n = 0};
        char text[64];

        for (int i = 0; i < LIMIT_ATTRIBUTES; i++) {
                (void)snprintf(text, sizeof(text), "/%d/0 pmin=1", LIMIT_ATTRIBUTES - i);
                assert_int_equal(write_text(&attributes, text), 0);
        }
        assert_int_equal(write_text(&attributes, "/3/0/7 pmin=1"), ATTRIBUTE_REFUSED);
        assert_int_equal(write_text(&attributes, "/3/0 pmin=2"), 0);
        assert_described(&attributes, "/3/0", false, ";pmin=2");
        assert_int_equal(write_text(&attributes, "/4/0 pmin"), 0);
        assert_int_equal(write_text(&attributes, "/3/0/7 pmin=1"), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_inheritance),
                cmocka_unit_test(test_refused_changes_nothing),
                cmocka_unit_test(test_remove),
                cmocka_unit_test(test_prune),
                cmocka_unit_test(test_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
