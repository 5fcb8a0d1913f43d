/* SPDX-License-Identifier: Apache-2.0 */
/* model/attribute: the rules of Write-Attributes, as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "model/attribute.h"

/* "pmin=1&pmax=2" as queries. */
static Texts split(const char *text)
{
        _cleanup_(freep) char *copy = strdup(text);
        char *rest = copy, *word;
        Texts texts = {.n = 0};

        assert_non_null(copy);
        while (*text && (word = strsep(&rest, "&")))
                assert_int_equal(texts_add(&texts, word), 0);
        return texts;
}

static int change(
        AttributeValues *values, const AttributeTarget *target, const char *text, char *ret_problem)
{
        _cleanup_(texts_done) Texts queries = split(text);

        return attribute_values_change(values, target, &queries, ret_problem);
}

/* What a server would read by Discover, "pmin=1;pmax=2". */
static void describe(const AttributeValues *values, char buffer[512])
{
        char text[ATTRIBUTE_TEXT_SIZE];
        size_t n = 0;

        buffer[0] = '\0';
        for (AttributeName name = 0; name < _ATTRIBUTE_MAX; name++)
                if (attribute_has(values, name))
                        n += (size_t)snprintf(buffer + n, 512 - n, "%s%s=%s", n > 0 ? ";" : "",
                                attribute_name_to_string(name), attribute_format(values, name, text));
}

#define V10 LWM2M_1_0
#define V11 LWM2M_1_1
#define V12 LWM2M_1_2
#define ANY VALUE_NONE

/* before is there, the request comes: after stands, or it is refused by the problem. */
typedef struct Row {
        uint8_t level;
        ValueType type;
        Lwm2mVersion version;
        const char *before, *request, *after, *problem;
} Row;

static void run(const Row *rows, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const AttributeTarget target = {rows[i].level, rows[i].type, rows[i].version};
                char problem[ATTRIBUTE_PROBLEM_SIZE] = "", text[512];
                AttributeValues values = {.present = 0};
                int r;

                assert_int_equal(change(&values, &target, rows[i].before, problem), 0);
                r = change(&values, &target, rows[i].request, problem);
                describe(&values, text);
                if (r != (rows[i].problem ? ATTRIBUTE_REFUSED : 0) ||
                        strcmp(text, rows[i].problem ? rows[i].before : rows[i].after) != 0 ||
                        strcmp(problem, rows[i].problem ? rows[i].problem : "") != 0)
                        fail_msg("row %zu: %s: %d, \"%s\", \"%s\"", i, rows[i].request, r, text, problem);
        }
}

#define REFUSED(text) NULL, text
#define UNKNOWN(v)    REFUSED("LwM2M " v " has no such attribute to write")

static void test_names_and_versions(void **state)
{
        static const Row rows[] = {
                {1, ANY, V10, "", "pmin=10", "pmin=10"},
                {1, ANY, V10, "", "pmin=10&pmax=60", "pmin=10;pmax=60"},
                {3, VALUE_FLOAT, V10, "", "gt=2.5&lt=1&st=0.25", "gt=2.5;lt=1;st=0.25"},
                {1, ANY, V10, "", "epmin=1", UNKNOWN("1.0")},
                {1, ANY, V10, "", "epmax=1", UNKNOWN("1.0")},
                {1, ANY, V11, "", "epmin=1&epmax=2", "epmin=1;epmax=2"},
                {3, VALUE_BOOLEAN, V11, "", "edge=1", UNKNOWN("1.1")},
                {3, VALUE_INTEGER, V11, "", "con=1", UNKNOWN("1.1")},
                {3, VALUE_INTEGER, V11, "", "hqmax=1", UNKNOWN("1.1")},
                {3, VALUE_BOOLEAN, V12, "", "edge=1&con=0&hqmax=9", "edge=1;con=0;hqmax=9"},
                {2, ANY, V12, "", "con=1&hqmax=0", "con=1;hqmax=0"},
                /* PROPERTIES (table 7.3.1) are no server's to write, and these are none. */
                {3, VALUE_INTEGER, V12, "", "dim=2", UNKNOWN("1.2")},
                {2, ANY, V12, "", "ssid=1", UNKNOWN("1.2")},
                {2, ANY, V12, "", "uri=coap://a", UNKNOWN("1.2")},
                {1, ANY, V12, "", "ver=1.1", UNKNOWN("1.2")},
                {1, ANY, V12, "", "lwm2m=1.1", UNKNOWN("1.2")},
                {1, ANY, V12, "", "PMIN=1", UNKNOWN("1.2")},
                {1, ANY, V12, "", "pmi=1", UNKNOWN("1.2")},
                {1, ANY, V12, "", "pminx=1", UNKNOWN("1.2")},
                {1, ANY, V12, "", "=1", UNKNOWN("1.2")},
        };

        run(rows, ELEMENTSOF(rows));
}

static void test_levels_and_types(void **state)
{
        static const Row rows[] = {
                {2, ANY, V12, "", "pmin=1&pmax=2", "pmin=1;pmax=2"},
                {4, VALUE_STRING, V12, "", "pmin=1&epmax=2", "pmin=1;epmax=2"},
                {1, ANY, V12, "", "gt=1", REFUSED("gt is for a Resource only")},
                {2, ANY, V12, "", "lt=1", REFUSED("lt is for a Resource only")},
                {2, ANY, V12, "", "st=1", REFUSED("st is for a Resource only")},
                {1, ANY, V12, "", "edge=1", REFUSED("edge is for a Resource only")},
                {3, VALUE_INTEGER, V12, "", "gt=1", "gt=1"},
                {3, VALUE_UNSIGNED, V12, "", "lt=1", "lt=1"},
                {3, VALUE_TIME, V12, "", "st=1", "st=1"},
                {4, VALUE_FLOAT, V12, "", "gt=1", "gt=1"},
                {3, VALUE_STRING, V12, "", "gt=1", REFUSED("gt is for a number only")},
                {3, VALUE_BOOLEAN, V12, "", "st=1", REFUSED("st is for a number only")},
                {4, VALUE_OBJLNK, V12, "", "lt=1", REFUSED("lt is for a number only")},
                {3, VALUE_OPAQUE, V12, "", "lt=1", REFUSED("lt is for a number only")},
                {4, VALUE_BOOLEAN, V12, "", "edge=0", "edge=0"},
                {3, VALUE_INTEGER, V12, "", "edge=0", REFUSED("edge is for a Boolean only")},
                {0, ANY, V12, "", "pmin=1&pmax=2&epmin=3&epmax=4&con=1",
                        "pmin=1;pmax=2;epmin=3;epmax=4;con=1"},
                {0, ANY, V12, "", "gt=1", REFUSED("gt is not for a list of paths")},
                {0, ANY, V12, "", "hqmax=1", REFUSED("hqmax is not for a list of paths")},
                {0, ANY, V12, "", "edge=1", REFUSED("edge is not for a list of paths")},
        };

        run(rows, ELEMENTSOF(rows));
}

static void test_grammar(void **state)
{
#define WHOLE   "is a whole number of at most 4294967295"
#define DECIMAL "is a decimal number of at most 24 characters"
        static const Row rows[] = {
                {1, ANY, V12, "", "pmin=0", "pmin=0"},
                {1, ANY, V12, "", "pmin=4294967295", "pmin=4294967295"},
                {1, ANY, V12, "", "pmin=4294967296", REFUSED("pmin " WHOLE)},
                {1, ANY, V12, "", "pmin=99999999999999999999", REFUSED("pmin " WHOLE)},
                {1, ANY, V12, "", "pmin=-1", REFUSED("pmin " WHOLE)},
                {1, ANY, V12, "", "pmax=1.5", REFUSED("pmax " WHOLE)},
                {1, ANY, V12, "", "pmax=", REFUSED("pmax " WHOLE)},
                {1, ANY, V12, "", "epmin= 1", REFUSED("epmin " WHOLE)},
                {1, ANY, V12, "", "epmax=\"1\"", REFUSED("epmax " WHOLE)},
                {1, ANY, V12, "", "hqmax=x", REFUSED("hqmax " WHOLE)},
                {1, ANY, V12, "", "con=2", REFUSED("con is 0 or 1")},
                {1, ANY, V12, "", "con=true", REFUSED("con is 0 or 1")},
                {3, VALUE_BOOLEAN, V12, "", "edge=2", REFUSED("edge is 0 or 1")},
                {3, VALUE_BOOLEAN, V12, "", "edge=", REFUSED("edge is 0 or 1")},
                /* A sign is not in the grammar, but a signal strength needs one. */
                {3, VALUE_INTEGER, V12, "", "gt=-70&lt=-90.5", "gt=-70;lt=-90.5"},
                {3, VALUE_FLOAT, V12, "", "gt=0.1", "gt=0.1"},
                {3, VALUE_FLOAT, V12, "", "gt=0.000001", "gt=0.000001"},
                {3, VALUE_FLOAT, V12, "", "gt=1180591620717411303424", "gt=1180591620717411303424"},
                {3, VALUE_FLOAT, V12, "", "gt=1234567890123456789012345", REFUSED("gt " DECIMAL)},
                {3, VALUE_FLOAT, V12, "", "gt=1e3", REFUSED("gt " DECIMAL)},
                {3, VALUE_FLOAT, V12, "", "gt=nan", REFUSED("gt " DECIMAL)},
                {3, VALUE_FLOAT, V12, "", "lt=inf", REFUSED("lt " DECIMAL)},
                {3, VALUE_FLOAT, V12, "", "lt=1,5", REFUSED("lt " DECIMAL)},
                {3, VALUE_FLOAT, V12, "", "lt=+1", REFUSED("lt " DECIMAL)},
                {3, VALUE_FLOAT, V12, "", "st=-1", REFUSED("st is not negative")},
                {3, VALUE_FLOAT, V12, "", "st=0", "st=0"},
        };

        run(rows, ELEMENTSOF(rows));
}

static void test_values_that_go_together(void **state)
{
#define LESS "lt has to be less than gt"
#define STEP "lt + 2 st has to be less than gt"
        static const Row rows[] = {
                {3, VALUE_INTEGER, V12, "", "lt=1&gt=6&st=1", "gt=6;lt=1;st=1"},
                {3, VALUE_INTEGER, V12, "", "lt=1&gt=1", REFUSED(LESS)},
                {3, VALUE_INTEGER, V12, "", "gt=1&lt=2", REFUSED(LESS)},
                {3, VALUE_INTEGER, V12, "", "lt=0&gt=4&st=2", REFUSED(STEP)},
                {3, VALUE_INTEGER, V12, "", "lt=0&gt=4.5&st=2", "gt=4.5;lt=0;st=2"},
                {3, VALUE_INTEGER, V12, "", "lt=5&st=100", "lt=5;st=100"},
                {3, VALUE_INTEGER, V12, "", "gt=5&st=100", "gt=5;st=100"},
                /* What stands there already counts as well. */
                {3, VALUE_INTEGER, V12, "gt=6", "lt=7", REFUSED(LESS)},
                {3, VALUE_INTEGER, V12, "lt=7", "gt=9&lt=8", "gt=9;lt=8"},
                {2, ANY, V12, "", "epmin=2&epmax=2", REFUSED("epmin has to be less than epmax")},
                {2, ANY, V12, "", "epmin=2&epmax=3", "epmin=2;epmax=3"},
                {2, ANY, V12, "epmin=2", "epmax=1", REFUSED("epmin has to be less than epmax")},
                /* Only without effect. */
                {2, ANY, V12, "", "pmin=60&pmax=10", "pmin=60;pmax=10"},
                {2, ANY, V12, "", "pmax=0", "pmax=0"},
                /* Nothing of a request counts where something is wrong with it. */
                {2, ANY, V12, "pmin=5", "pmin=6&pmax=x", REFUSED("pmax " WHOLE)},
                {2, ANY, V12, "", "pmin=6&pmin=7", REFUSED("pmin stands twice")},
                {2, ANY, V12, "pmin=5", "pmin&pmin=7", REFUSED("pmin stands twice")},
        };

        run(rows, ELEMENTSOF(rows));
}

static void test_unset(void **state)
{
        static const Row rows[] = {
                {2, ANY, V12, "pmin=5", "pmin", ""},
                {2, ANY, V12, "", "pmin", ""},
                {2, ANY, V12, "pmin=5", "pmax=9&pmin", "pmax=9"},
                {3, VALUE_INTEGER, V12, "gt=6", "gt&lt=7", "lt=7"},
                {2, ANY, V12, "pmin=5", "", "pmin=5"},
        };

        run(rows, ELEMENTSOF(rows));
}

static void test_override(void **state)
{
        const AttributeTarget target = {3, VALUE_INTEGER, V12};
        AttributeValues upper = {.present = 0}, lower = {.present = 0};
        char problem[ATTRIBUTE_PROBLEM_SIZE], text[512];

        assert_int_equal(change(&upper, &target, "pmin=1&pmax=2", problem), 0);
        assert_int_equal(change(&lower, &target, "pmax=3&gt=4", problem), 0);
        attribute_values_override(&upper, &lower);
        describe(&upper, text);
        assert_string_equal(text, "pmin=1;pmax=3;gt=4");
        assert_int_equal(attribute_usec(&upper, ATTRIBUTE_PMAX), 3 * USEC_PER_SEC);
        assert_int_equal(attribute_usec(&upper, ATTRIBUTE_EPMIN), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names_and_versions),
                cmocka_unit_test(test_levels_and_types),
                cmocka_unit_test(test_grammar),
                cmocka_unit_test(test_values_that_go_together),
                cmocka_unit_test(test_unset),
                cmocka_unit_test(test_override),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
