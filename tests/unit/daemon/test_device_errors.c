/* SPDX-License-Identifier: Apache-2.0 */
/* Error Code: which Resource Instance is there for which error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/device_errors.h"

#define BATTERY  (1U << DEVICE_ERROR_BATTERY_LOW)
#define EXTERNAL (1U << DEVICE_ERROR_EXTERNAL_SUPPLY_OFF)

static void assert_instances(const DeviceErrors *errors, DeviceError first, DeviceError second)
{
        assert_int_equal(errors->instances[0], first);
        assert_int_equal(errors->instances[1], second);
        assert_int_equal(errors->instances[2], DEVICE_ERROR_NONE);
}

static void instances_last_as_long_as_their_errors(void **state)
{
        DeviceErrors errors = {0};

        assert_false(device_errors_set(&errors, 0));
        assert_true(device_errors_set(&errors, EXTERNAL));
        assert_instances(&errors, DEVICE_ERROR_EXTERNAL_SUPPLY_OFF, DEVICE_ERROR_NONE);
        assert_false(device_errors_set(&errors, EXTERNAL));
        assert_true(device_errors_set(&errors, EXTERNAL | BATTERY));
        assert_instances(&errors, DEVICE_ERROR_EXTERNAL_SUPPLY_OFF, DEVICE_ERROR_BATTERY_LOW);
        assert_int_equal(device_errors_present(&errors), EXTERNAL | BATTERY);
        assert_true(device_errors_set(&errors, BATTERY));
        assert_instances(&errors, DEVICE_ERROR_NONE, DEVICE_ERROR_BATTERY_LOW);
        assert_true(device_errors_set(&errors, BATTERY | EXTERNAL));
        assert_instances(&errors, DEVICE_ERROR_EXTERNAL_SUPPLY_OFF, DEVICE_ERROR_BATTERY_LOW);
        assert_true(device_errors_set(&errors, 0));
        assert_instances(&errors, DEVICE_ERROR_NONE, DEVICE_ERROR_NONE);
}

static void one_error_after_another(void **state)
{
        DeviceErrors errors = {0};

        (void)device_errors_set(&errors, BATTERY);
        assert_true(device_errors_set(&errors, EXTERNAL));
        assert_instances(&errors, DEVICE_ERROR_EXTERNAL_SUPPLY_OFF, DEVICE_ERROR_NONE);
}

static void reset_looks_anew(void **state)
{
        DeviceErrors errors = {0};

        assert_false(device_errors_reset(&errors, 0));
        (void)device_errors_set(&errors, EXTERNAL);
        (void)device_errors_set(&errors, EXTERNAL | BATTERY);
        (void)device_errors_set(&errors, BATTERY);
        assert_true(device_errors_reset(&errors, BATTERY));
        assert_instances(&errors, DEVICE_ERROR_BATTERY_LOW, DEVICE_ERROR_NONE);
        assert_false(device_errors_reset(&errors, BATTERY));
        assert_true(device_errors_reset(&errors, 0));
        assert_instances(&errors, DEVICE_ERROR_NONE, DEVICE_ERROR_NONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(instances_last_as_long_as_their_errors),
                cmocka_unit_test(one_error_after_another),
                cmocka_unit_test(reset_looks_anew),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
