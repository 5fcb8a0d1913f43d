/* SPDX-License-Identifier: Apache-2.0 */
/* Names of time zones, and offsets to UTC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/timezone.h"

static void offsets(void **state)
{
        static const struct {
                const char *text;
                int r, minutes;
        } cases[] = {
                {"Z", 0, 0},
                {"+00:00", 0, 0},
                {"-00:00", 0, 0},
                {"+02:00", 0, 120},
                {"+02", 0, 120},
                {"-0330", 0, -210},
                {"+05:45", 0, 345},
                {"-12:00", 0, -720},
                {"+23:59", 0, 1439},
                {"", -EINVAL},
                {"+", -EINVAL},
                {"+2", -EINVAL},
                {"+2:00", -EINVAL},
                {"02:00", -EINVAL},
                {"+02:", -EINVAL},
                {"+02:0", -EINVAL},
                {"+02:000", -EINVAL},
                {"+020", -EINVAL},
                {"+24:00", -EINVAL},
                {"+02:60", -EINVAL},
                {"+02:00 ", -EINVAL},
                {" +02:00", -EINVAL},
                {"z", -EINVAL},
                {"UTC+2", -EINVAL},
                {"Europe/Paris", -EINVAL},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                int minutes = 0;

                assert_int_equal(utc_offset_parse(cases[i].text, &minutes), cases[i].r);
                assert_int_equal(minutes, cases[i].minutes);
        }
}

static void names(void **state)
{
        static const char *const good[] = {"UTC", "Europe/Paris", "America/Argentina/Buenos_Aires",
                "Etc/GMT+5", "Etc/GMT-14", "America/Port-au-Prince", "EST5EDT"};
        static const char *const bad[] = {"", "/", "/usr/share/zoneinfo/UTC", "Europe/", "Europe//Paris",
                "../../etc/passwd", "Europe/Paris ", "CET-1CEST,M3.5.0", "Europe\\Paris", "Z\xc3\xbcrich"};
        char text[TIMEZONE_SIZE + 1];

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_true(timezone_is_name(good[i]));
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_false(timezone_is_name(bad[i]));
        memset(text, 'a', sizeof(text));
        text[TIMEZONE_SIZE] = '\0';
        assert_false(timezone_is_name(text));
        text[TIMEZONE_SIZE - 1] = '\0';
        assert_true(timezone_is_name(text));
}

/* The sign of POSIX: west is positive. */
static void zones_of_offsets(void **state)
{
        static const struct {
                int minutes;
                const char *name;
        } cases[] = {
                {0, "UTC"},
                {120, "Etc/GMT-2"},
                {-300, "Etc/GMT+5"},
                {14 * 60, "Etc/GMT-14"},
                {-12 * 60, "Etc/GMT+12"},
                {15 * 60, NULL},
                {-13 * 60, NULL},
                {345, NULL},
                {-210, NULL},
                {30, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[TIMEZONE_SIZE];

                assert_int_equal(timezone_of_offset(cases[i].minutes, text), cases[i].name ? 0 : -ERANGE);
                if (cases[i].name)
                        assert_string_equal(text, cases[i].name);
        }
}

static void zone_of_the_machine(void **state)
{
        static const struct {
                const char *variable, *name, *offset; /* in November */
        } cases[] = {
                {"UTC", "UTC", "+00:00"},
                {"CET-1CEST,M3.5.0,M10.5.0/3", NULL, "+01:00"},
                {"NST3:30", NULL, "-03:30"},
                {":Etc/GMT+5", "Etc/GMT+5", "-05:00"},
                {"/usr/share/zoneinfo/Etc/GMT-2", NULL, "+02:00"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char name[TIMEZONE_SIZE], offset[UTC_OFFSET_SIZE];

                assert_int_equal(setenv("TZ", cases[i].variable, 1), 0);
                assert_int_equal(timezone_read(name), cases[i].name != NULL);
                if (cases[i].name)
                        assert_string_equal(name, cases[i].name);
                assert_true(utc_offset_at(1700000000, offset));
                assert_string_equal(offset, cases[i].offset);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(offsets),
                cmocka_unit_test(names),
                cmocka_unit_test(zones_of_offsets),
                cmocka_unit_test(zone_of_the_machine),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
