/* SPDX-License-Identifier: Apache-2.0 */
/* DEVTYPE of a uevent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/network_device.h"

static void test_uevent(void **state)
{
        static const struct {
                const char *text, *device_type;
        } table[] = {
                {"DEVTYPE=wlan\nINTERFACE=wlan0\nIFINDEX=4\n", "wlan"},
                {"INTERFACE=wwan0\nIFINDEX=4\nDEVTYPE=wwan", "wwan"},
                {"INTERFACE=eth0\nIFINDEX=4\n", ""},
                {"DEVTYPE=wlan\nINTERFACE=wlan0\nIFINDEX=5\n", ""},  /* another one's */
                {"DEVTYPE=wlan\nINTERFACE=wlan0\nIFINDEX=44\n", ""}, /* likewise */
                {"DEVTYPE=wlan\nINTERFACE=wlan0\n", ""},
                {"IFINDEX=4\nXDEVTYPE=wlan\n", ""},
                {"IFINDEX=4\nDEVTYPE=fifteen-letters\n", "fifteen-letters"},
                {"IFINDEX=4\nDEVTYPE=sixteen-letters-\n", ""},
                {"IFINDEX=4\nDEVTYPE=\n", ""},
                {"\n\n", ""},
                {"", ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char device_type[NETWORK_DEVICE_TYPE_SIZE] = "before";

                network_device_parse(table[i].text, 4, device_type);
                assert_string_equal(device_type, table[i].device_type);
        }
}

/* The loopback of this machine: a file that is there, and has no DEVTYPE. */
static void test_device_of_this_machine(void **state)
{
        NetworkLink loopback = {.index = 1, .name = "lo"}, none = {.index = 1, .name = "no-such-link"};

        network_device_find(&loopback);
        network_device_find(&none);
        assert_string_equal(loopback.device_type, "");
        assert_string_equal(none.device_type, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_uevent),
                cmocka_unit_test(test_device_of_this_machine),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
