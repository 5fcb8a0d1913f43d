/* SPDX-License-Identifier: Apache-2.0 */
/* Power supplies: a folder as the kernel shows one, and one as nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/power_supply.h"

static char folder[] = "/tmp/power-supply-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static int make_folder(void **state)
{
        memcpy(folder + sizeof(folder) - sizeof("XXXXXX"), "XXXXXX", sizeof("XXXXXX"));
        return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
        return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* text: "attribute=value;attribute=value" */
static void put(const char *name, const char *text)
{
        char path[512], copy[512], *rest = copy;

        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        (void)mkdir(path, 0700);
        (void)snprintf(copy, sizeof(copy), "%s", text);
        for (const char *entry; (entry = strsep(&rest, ";"));) {
                const char *value = strchr(entry, '=') + 1;
                FILE *file;

                (void)snprintf(
                        path, sizeof(path), "%s/%s/%.*s", folder, name, (int)(value - 1 - entry), entry);
                file = fopen(path, "w");
                assert_non_null(file);
                assert_true(fprintf(file, "%s\n", value) > 0);
                assert_int_equal(fclose(file), 0);
        }
}

static void drop(const char *name)
{
        char path[512];

        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        assert_int_equal(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void look(PowerState *power)
{
        assert_int_equal(power_supply_look(folder, power), 0);
}

static void sources(void **state)
{
        PowerState power = {0};

        put("BAT0", "type=Battery;present=1;status=Discharging;capacity=55");
        put("BAT0", "voltage_now=12345678;current_now=-1500499");
        put("AC", "type=Mains;online=1");
        put("usb", "type=USB_PD;online=0;voltage_now=5000000;current_now=0");
        put("ups", "type=UPS;online=1");
        look(&power);
        assert_string_equal(power.supplies[0].name, "AC");
        assert_true(power.supplies[0].available && !power.supplies[0].has_voltage);
        assert_int_equal(power.supplies[0].source, POWER_AC);
        assert_string_equal(power.supplies[1].name, "BAT0");
        assert_true(power.supplies[1].available && power.supplies[1].has_voltage &&
                    power.supplies[1].has_current);
        assert_int_equal(power.supplies[1].source, POWER_INTERNAL_BATTERY);
        assert_int_equal(power.supplies[1].voltage, 12345);
        assert_int_equal(power.supplies[1].current, -1500);
        assert_int_equal(power.supplies[2].source, POWER_EXTERNAL_BATTERY);
        assert_int_equal(power.supplies[3].source, POWER_USB);
        assert_false(power.supplies[3].available);
        assert_true(power.has_level && power.level == 55 && power.has_status);
        assert_int_equal(power.status, BATTERY_NORMAL);
        assert_false(power.battery_low || power.external_off);
}

static void supplies_keep_their_ids(void **state)
{
        PowerState power = {0};

        put("B", "type=Mains;online=1");
        put("C", "type=USB;online=1");
        look(&power);
        put("A", "type=USB;online=1");
        look(&power);
        assert_string_equal(power.supplies[0].name, "B");
        assert_string_equal(power.supplies[1].name, "C");
        assert_string_equal(power.supplies[2].name, "A");
        drop("B");
        look(&power);
        assert_string_equal(power.supplies[0].name, "");
        assert_string_equal(power.supplies[1].name, "C");
        put("D", "type=Mains;online=1");
        look(&power);
        assert_string_equal(power.supplies[0].name, "D");
}

static void battery_status(void **state)
{
        static const struct {
                const char *battery;
                BatteryStatus status;
                bool low;
        } cases[] = {
                {"present=1;status=Discharging;capacity=21;health=Good", BATTERY_NORMAL, false},
                {"present=1;status=Not charging;capacity=80;health=Good", BATTERY_NORMAL, false},
                {"present=1;status=Discharging;capacity=20;health=Good", BATTERY_LOW, true},
                {"present=1;status=Charging;capacity=3;health=Good", BATTERY_CHARGING, false},
                {"present=1;status=Discharging;capacity=50;capacity_level=Critical", BATTERY_LOW, true},
                {"present=1;status=Full;capacity=100;capacity_level=Full", BATTERY_CHARGE_COMPLETE, false},
                {"present=1;status=Discharging;capacity=5;health=Dead", BATTERY_DAMAGED, false},
                {"present=1;status=Charging;capacity=50;health=Overheat", BATTERY_DAMAGED, false},
                {"present=0;status=Unknown", BATTERY_NOT_INSTALLED, false},
                {"present=1;status=Unknown;capacity=50", BATTERY_UNKNOWN, false},
                {"status=Discharging;capacity=50", BATTERY_NORMAL, false},
                {"present=1", BATTERY_UNKNOWN, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                PowerState power = {0};

                put("BAT0", "type=Battery");
                put("BAT0", cases[i].battery);
                look(&power);
                assert_true(power.has_status);
                assert_int_equal(power.status, cases[i].status);
                assert_int_equal(power.battery_low, cases[i].low);
                assert_int_equal(power.supplies[0].available, cases[i].status != BATTERY_NOT_INSTALLED);
                drop("BAT0");
        }
}

static void several_batteries(void **state)
{
        PowerState power = {0};

        put("BAT0", "type=Battery;present=1;status=Full;capacity=100");
        put("BAT1", "type=Battery;present=1;status=Charging;capacity=51");
        put("BAT2", "type=Battery;present=0");
        look(&power);
        assert_int_equal(power.level, 75);
        assert_int_equal(power.status, BATTERY_CHARGING);
        put("BAT1", "status=Full");
        look(&power);
        assert_int_equal(power.status, BATTERY_CHARGE_COMPLETE);
        put("BAT1", "status=Discharging;capacity=2");
        look(&power);
        assert_int_equal(power.status, BATTERY_LOW);
        assert_true(power.battery_low);
}

static void external_supply(void **state)
{
        PowerState power = {0};

        put("BAT0", "type=Battery;present=1;status=Discharging;capacity=55");
        look(&power);
        assert_false(power.external_off); /* it has none */
        put("AC", "type=Mains;online=0");
        look(&power);
        assert_true(power.external_off);
        put("USB", "type=USB;online=0");
        look(&power);
        assert_true(power.external_off);
        put("USB", "online=1");
        look(&power);
        assert_false(power.external_off);
}

static void none(void **state)
{
        PowerState power = {.has_level = true, .supplies[0].name = "AC", .battery_low = true};

        look(&power);
        assert_false(power.has_level || power.has_status || power.battery_low || power.external_off);
        assert_string_equal(power.supplies[0].name, "");
        power.has_level = true;
        assert_int_equal(power_supply_look("/nowhere", &power), -ENOENT);
        assert_false(power.has_level);
}

/* Nothing that stands there ends in a value that is none. */
static void garbage(void **state)
{
        static const char *const voltages[] = {"", "abc", "1e6", "-1", " 5", "0x10", "1000000001",
                "99999999999999999999999", "5000000 mV",
                "00000000000000000000000000000000000000000000000000000000000000005000000"};
        static const char *const levels[] = {"101", "-5", "", "50%"};
        PowerState power = {0};
        char path[512], text[512];

        put("mouse", "type=Battery;scope=Device;present=1;capacity=3;status=Discharging");
        put("strange", "type=Perpetuum Mobile;online=1");
        put("empty", "online=1");
        put("a-name-that-is-longer-than-any-driver-of-the-kernel-has", "type=Mains;online=0");
        put("directory", "type=Mains;online=1");
        (void)snprintf(path, sizeof(path), "%s/directory/voltage_now", folder);
        assert_int_equal(mkdir(path, 0700), 0);
        (void)snprintf(path, sizeof(path), "%s/file", folder);
        assert_true(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) == 0);
        (void)snprintf(path, sizeof(path), "%s/link", folder);
        assert_int_equal(symlink("/nowhere", path), 0);
        look(&power);
        assert_string_equal(power.supplies[0].name, "directory");
        assert_false(power.supplies[0].has_voltage);
        assert_string_equal(power.supplies[1].name, "");
        assert_false(power.has_level || power.has_status || power.battery_low || power.external_off);

        for (size_t i = 0; i < ELEMENTSOF(voltages); i++) {
                (void)snprintf(text, sizeof(text), "type=USB;voltage_now=%s", voltages[i]);
                put("usb", text);
                look(&power);
                assert_string_equal(power.supplies[1].name, "usb");
                assert_false(power.supplies[1].has_voltage);
        }
        for (size_t i = 0; i < ELEMENTSOF(levels); i++) {
                (void)snprintf(text, sizeof(text), "type=Battery;capacity=%s;status=Discharging", levels[i]);
                put("zero", text);
                look(&power);
                assert_false(power.has_level);
                assert_int_equal(power.status, BATTERY_NORMAL);
        }
}

static void more_than_fit(void **state)
{
        PowerState power = {0};
        char name[16];

        for (unsigned i = LIMIT_POWER_SUPPLIES + 4; i > 0; i--) {
                (void)snprintf(name, sizeof(name), "usb%02u", i);
                put(name, "type=USB;online=1");
        }
        look(&power);
        for (unsigned i = 0; i < LIMIT_POWER_SUPPLIES; i++) {
                (void)snprintf(name, sizeof(name), "usb%02u", i + 1);
                assert_string_equal(power.supplies[i].name, name);
        }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(sources),
                TEST(supplies_keep_their_ids),
                TEST(battery_status),
                TEST(several_batteries),
                TEST(external_supply),
                TEST(none),
                TEST(garbage),
                TEST(more_than_fit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
