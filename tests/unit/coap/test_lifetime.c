/* SPDX-License-Identifier: Apache-2.0 */
/* What is closed while a call is under way is destroyed when the outermost one has returned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "coap/lifetime.h"

typedef struct Part {
        Remains remains;
        char letter;
        char *log;
} Part;

static void destroy(void *object)
{
        Part *part = object;

        part->log[strlen(part->log)] = part->letter;
}

static void test_ends_at_once_outside_of_calls(void **state)
{
        char log[8] = "";
        Part part = {.letter = 'a', .log = log};
        Lifetime lifetime;

        lifetime_init(&lifetime);
        lifetime_end(&lifetime, &part.remains, destroy, &part);
        assert_string_equal(log, "a");
}

static void test_ends_behind_the_outermost_call(void **state)
{
        char log[8] = "";
        Part a = {.letter = 'a', .log = log}, b = {.letter = 'b', .log = log};
        Lifetime lifetime;

        lifetime_init(&lifetime);
        lifetime_enter(&lifetime);
        lifetime_end(&lifetime, &a.remains, destroy, &a);
        lifetime_enter(&lifetime);
        lifetime_end(&lifetime, &b.remains, destroy, &b);
        lifetime_leave(&lifetime);
        assert_string_equal(log, "");
        lifetime_leave(&lifetime);
        assert_string_equal(log, "ab");

        lifetime_enter(&lifetime);
        lifetime_leave(&lifetime);
        assert_string_equal(log, "ab");
}

/* As a connection, which its lifetime is a part of. */
typedef struct Whole {
        Remains remains;
        Lifetime lifetime;
} Whole;

static void test_last_one_may_hold_the_lifetime(void **state)
{
        char log[8] = "";
        Part part = {.letter = 'a', .log = log};
        Whole *whole = calloc(1, sizeof(*whole));

        assert_non_null(whole);
        lifetime_init(&whole->lifetime);
        lifetime_enter(&whole->lifetime);
        lifetime_end(&whole->lifetime, &part.remains, destroy, &part);
        lifetime_end(&whole->lifetime, &whole->remains, free, whole);
        lifetime_leave(&whole->lifetime);
        assert_string_equal(log, "a");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ends_at_once_outside_of_calls),
                cmocka_unit_test(test_ends_behind_the_outermost_call),
                cmocka_unit_test(test_last_one_may_hold_the_lifetime),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
