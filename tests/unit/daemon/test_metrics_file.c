/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/metrics_file: what the machine does not give. All else is tests/integration/test_metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/resource.h>

#include "daemon/metrics_file.h"

/* The daemon says why it cannot start. */
static void no_descriptor_is_left(void **state)
{
        struct rlimit before, none;
        MetricsFile *metrics;
        int r;

        assert_return_code(getrlimit(RLIMIT_NOFILE, &before), errno);
        none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
        assert_return_code(setrlimit(RLIMIT_NOFILE, &none), errno);
        r = metrics_file_new(NULL, &clock_system, NULL, &metrics);
        assert_return_code(setrlimit(RLIMIT_NOFILE, &before), errno);
        assert_int_equal(r, -EMFILE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_descriptor_is_left),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
