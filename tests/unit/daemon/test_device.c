/* SPDX-License-Identifier: Apache-2.0 */
/* Object 3: what a server reads and executes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/device.h"

static uint64_t now_usec;

static uint64_t read_now(void *userdata)
{
        return now_usec;
}

static const Clock test_clock = {read_now, read_now, read_now, NULL};

/* The one record of a Resource, to be freed by record_list_done(); n: how many are expected. */
static RecordList read_resource(const Device *device, uint16_t id, size_t n)
{
        RecordList list = {};
        SourceCall call = {.version = LWM2M_1_1};
        Path path = PATH_RESOURCE(OBJECT_DEVICE, 0, id);

        assert_int_equal(device_source.read((void *)device, &call, &path, &list), 0);
        assert_int_equal(list.n, n);
        return list;
}

static void assert_text(const Device *device, uint16_t id, const char *expected)
{
        RecordList list = read_resource(device, id, expected ? 1 : 0);

        if (expected) {
                assert_true(path_equal(&list.items[0].path, &PATH_RESOURCE(OBJECT_DEVICE, 0, id)));
                assert_int_equal(list.items[0].value.type, VALUE_STRING);
                assert_string_equal((const char *)list.items[0].value.bytes.data, expected);
        }
        record_list_done(&list);
}

static int64_t read_number(const Device *device, uint16_t id, ValueType type)
{
        RecordList list = read_resource(device, id, 1);
        int64_t number = list.items[0].value.integer;

        assert_int_equal(list.items[0].value.type, type);
        record_list_done(&list);
        return number;
}

static void strings_are_those_of_the_configuration(void **state)
{
        Device device = {&test_clock, {.manufacturer = "Example",
                                              .serial_number = "",
                                              .device_type = "gateway",
                                              .software_version = "1"}};

        assert_text(&device, DEVICE_MANUFACTURER, "Example");
        assert_text(&device, DEVICE_MODEL_NUMBER, NULL);
        assert_text(&device, DEVICE_SERIAL_NUMBER, "");
        assert_text(&device, DEVICE_FIRMWARE_VERSION, NULL);
        assert_text(&device, DEVICE_DEVICE_TYPE, "gateway");
        assert_text(&device, DEVICE_HARDWARE_VERSION, NULL);
        assert_text(&device, DEVICE_SOFTWARE_VERSION, "1");
        assert_text(&device, DEVICE_SUPPORTED_BINDING, "U");
        device.strings.model_number = "later";
        assert_text(&device, DEVICE_MODEL_NUMBER, "later");
}

static void time_is_live(void **state)
{
        Device device = {.clock = &test_clock};

        now_usec = 1700000000999999;
        assert_int_equal(read_number(&device, DEVICE_CURRENT_TIME, VALUE_TIME), 1700000000);
        now_usec += USEC_PER_SEC;
        assert_int_equal(read_number(&device, DEVICE_CURRENT_TIME, VALUE_TIME), 1700000001);
}

static void zones(void **state)
{
        static const struct {
                const char *variable;
                uint64_t seconds;
                const char *offset, *name;
        } cases[] = {
                {"UTC", 1700000000, "+00:00", "UTC"},
                {"CET-1CEST,M3.5.0,M10.5.0/3", 1700000000, "+01:00", NULL}, /* November */
                {"CET-1CEST,M3.5.0,M10.5.0/3", 1690000000, "+02:00", NULL}, /* July */
                {"NST3:30", 1700000000, "-03:30", NULL},
                {":Etc/GMT+5", 1700000000, "-05:00", "Etc/GMT+5"},
                {"/usr/share/zoneinfo/Etc/GMT-2", 1700000000, "+02:00", NULL},
        };
        Device device = {.clock = &test_clock};

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                assert_int_equal(setenv("TZ", cases[i].variable, 1), 0);
                now_usec = cases[i].seconds * USEC_PER_SEC;
                assert_text(&device, DEVICE_UTC_OFFSET, cases[i].offset);
                assert_text(&device, DEVICE_TIMEZONE, cases[i].name);
        }
}

static void memory_is_the_machines(void **state)
{
        Device device = {.clock = &test_clock};
        int64_t total = read_number(&device, DEVICE_MEMORY_TOTAL, VALUE_INTEGER);
        int64_t available = read_number(&device, DEVICE_MEMORY_FREE, VALUE_INTEGER);

        /* kB: more than 4 MB and less than 1 PB, whatever runs this. */
        assert_in_range(total, 4 * 1024, (uint64_t)1 << 40);
        assert_in_range(available, 0, total);
}

static void error_code_says_no_error(void **state)
{
        Device device = {.clock = &test_clock};
        RecordList list = read_resource(&device, DEVICE_ERROR_CODE, 1);

        assert_true(path_equal(
                &list.items[0].path, &PATH_RESOURCE_INSTANCE(OBJECT_DEVICE, 0, DEVICE_ERROR_CODE, 0)));
        assert_int_equal(list.items[0].value.type, VALUE_INTEGER);
        assert_int_equal(list.items[0].value.integer, 0);
        record_list_done(&list);
}

static void execute(void **state)
{
        Device device = {.clock = &test_clock};

        const Path reboot = PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_REBOOT),
                   reset = PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_RESET_ERROR_CODE);
        SourceCall call = {.version = LWM2M_1_1};

        assert_false(device_source.supports(&device, OPERATION_EXECUTE, &reboot));
        assert_true(device_source.supports(&device, OPERATION_EXECUTE, &reset));
        assert_false(device_source.supports(&device, OPERATION_WRITE, &reset));
        assert_int_equal(device_source.execute(&device, &call, &reset, NULL, 0), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(strings_are_those_of_the_configuration),
                cmocka_unit_test(time_is_live),
                cmocka_unit_test(zones),
                cmocka_unit_test(memory_is_the_machines),
                cmocka_unit_test(error_code_says_no_error),
                cmocka_unit_test(execute),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
