/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's power supplies, out of sysfs. */
#include "daemon/power_supply.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "util/parse.h"

#define ATTRIBUTE_SIZE 64 /* bytes with the NUL; words and numbers, the longest has 22 */

#define MICRO_PER_MILLI 1000

/* Microvolts, microamperes: a kilovolt and a kiloampere, what is more is no gateway's. */
#define MICRO_MAX 1000000000

/* Of a battery without a "capacity_level" of its driver's. UPower.conf: PercentageLow. */
#define BATTERY_LOW_PERCENT 20

/* What is asked of one battery. */
typedef struct Battery {
        bool present;
        bool has_level;
        uint64_t level;
        BatteryStatus status;
} Battery;

/* What comes together while the supplies are read. */
typedef struct Sum {
        unsigned batteries, present, complete; /* internal ones */
        unsigned levels;
        uint64_t level;
        bool has[BATTERY_UNKNOWN + 1]; /* a present one is so */
        unsigned external, external_on;
} Sum;

/* The first line of an attribute; "" where there is none, or where it is longer than any. */
static const char *read_attribute(int supply, const char *name, char text[static ATTRIBUTE_SIZE])
{
        _cleanup_(closep) int fd = openat(supply, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        ssize_t n = fd < 0 ? -1 : read(fd, text, ATTRIBUTE_SIZE);

        if (n < 0 || n >= ATTRIBUTE_SIZE)
                n = 0;
        text[n] = '\0';
        text[strcspn(text, "\n")] = '\0';
        return text;
}

static bool is_one_of(const char *text, const char *const words[])
{
        for (size_t i = 0; words[i]; i++)
                if (strcmp(text, words[i]) == 0)
                        return true;
        return false;
}

#define IS_ONE_OF(text, ...) is_one_of((text), (const char *const[]){__VA_ARGS__, NULL})

static bool attribute_is(int supply, const char *name, const char *word)
{
        char text[ATTRIBUTE_SIZE];

        return strcmp(read_attribute(supply, name, text), word) == 0;
}

/* "voltage_now", "current_now": microunits. False: absent. */
static bool read_milli(int supply, const char *name, bool with_sign, int32_t *ret)
{
        char text[ATTRIBUTE_SIZE];
        int64_t micro;

        if (parse_i64(read_attribute(supply, name, text), &micro) < 0 || micro > MICRO_MAX ||
                micro < (with_sign ? -MICRO_MAX : 0))
                return false;
        *ret = (int32_t)(micro / MICRO_PER_MILLI);
        return true;
}

static bool read_source(int supply, PowerSource *ret)
{
        char text[ATTRIBUTE_SIZE];

        (void)read_attribute(supply, "type", text);
        if (strcmp(text, "Battery") == 0)
                *ret = POWER_INTERNAL_BATTERY;
        else if (strcmp(text, "UPS") == 0)
                *ret = POWER_EXTERNAL_BATTERY;
        else if (strcmp(text, "Mains") == 0)
                *ret = POWER_AC;
        else if (strncmp(text, "USB", strlen("USB")) == 0) /* older drivers say which kind: "USB_DCP" */
                *ret = POWER_USB;
        else
                return false;
        return true;
}

/* Each attribute is read once: the driver asks its chip each time. */
static BatteryStatus read_battery_status(int supply, const Battery *battery)
{
        char health[ATTRIBUTE_SIZE], status[ATTRIBUTE_SIZE], level[ATTRIBUTE_SIZE];

        if (!battery->present)
                return BATTERY_NOT_INSTALLED;
        if (IS_ONE_OF(read_attribute(supply, "health", health), "Dead", "Overheat", "Over voltage",
                    "Over current", "Unspecified failure"))
                return BATTERY_DAMAGED;
        if (IS_ONE_OF(read_attribute(supply, "status", status), "Charging"))
                return BATTERY_CHARGING;
        if (IS_ONE_OF(read_attribute(supply, "capacity_level", level), "Low", "Critical") ||
                (battery->has_level && battery->level <= BATTERY_LOW_PERCENT))
                return BATTERY_LOW;
        if (IS_ONE_OF(status, "Full"))
                return BATTERY_CHARGE_COMPLETE;
        return IS_ONE_OF(status, "Discharging", "Not charging") ? BATTERY_NORMAL : BATTERY_UNKNOWN;
}

static Battery read_battery(int supply)
{
        Battery battery = {.present = !attribute_is(supply, "present", "0")};
        char text[ATTRIBUTE_SIZE];

        battery.has_level = parse_u64(read_attribute(supply, "capacity", text), 100, &battery.level) == 0;
        battery.status = read_battery_status(supply, &battery);
        return battery;
}

static void add_battery(Sum *sum, const Battery *battery)
{
        sum->batteries++;
        if (!battery->present)
                return;
        sum->present++;
        sum->has[battery->status] = true;
        sum->complete += battery->status == BATTERY_CHARGE_COMPLETE;
        if (battery->has_level) {
                sum->level += battery->level;
                sum->levels++;
        }
}

/* False: it is none of this machine's, or nothing is known of it. */
static bool read_supply(int folder, const char *name, PowerSupply *supply, Sum *sum)
{
        _cleanup_(closep) int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_DIRECTORY);

        *supply = (PowerSupply){0};
        /* "Device": the battery of a mouse */
        if (fd < 0 || attribute_is(fd, "scope", "Device") || !read_source(fd, &supply->source))
                return false;
        memcpy(supply->name, name, strlen(name) + 1);
        supply->has_voltage = read_milli(fd, "voltage_now", false, &supply->voltage);
        supply->has_current = read_milli(fd, "current_now", true, &supply->current);
        if (supply->source == POWER_INTERNAL_BATTERY) {
                Battery battery = read_battery(fd);

                supply->available = battery.present;
                add_battery(sum, &battery);
        } else {
                supply->available = !attribute_is(fd, "online", "0");
                sum->external++;
                sum->external_on += supply->available;
        }
        return true;
}

static void put_sum(const Sum *sum, PowerState *state)
{
        static const BatteryStatus worst_first[] = {
                BATTERY_DAMAGED, BATTERY_LOW, BATTERY_CHARGING, BATTERY_NORMAL, BATTERY_UNKNOWN};

        state->has_level = sum->levels > 0;
        state->level = sum->levels > 0 ? (uint8_t)(sum->level / sum->levels) : 0;
        state->has_status = sum->batteries > 0;
        state->status = sum->present == 0 ? BATTERY_NOT_INSTALLED : BATTERY_CHARGE_COMPLETE;
        for (size_t i = 0; i < ELEMENTSOF(worst_first); i++)
                if (sum->has[worst_first[i]]) {
                        state->status = worst_first[i];
                        break;
                }
        state->battery_low = sum->has[BATTERY_LOW];
        state->external_off = sum->external > 0 && sum->external_on == 0;
}

/* The first ones by name, so that the same machine always has the same ids. Returns how many. */
static size_t list_names(DIR *folder, char names[LIMIT_POWER_SUPPLIES][POWER_SUPPLY_NAME_SIZE])
{
        size_t n = 0;

        for (const struct dirent *entry; (entry = readdir(folder));) {
                size_t at = n;

                if (entry->d_name[0] == '.' || strlen(entry->d_name) >= POWER_SUPPLY_NAME_SIZE)
                        continue;
                while (at > 0 && strcmp(entry->d_name, names[at - 1]) < 0)
                        at--;
                if (at == LIMIT_POWER_SUPPLIES)
                        continue;
                n = MIN_OF(n + 1, LIMIT_POWER_SUPPLIES);
                memmove(names[at + 1], names[at], (n - 1 - at) * POWER_SUPPLY_NAME_SIZE);
                memcpy(names[at], entry->d_name, strlen(entry->d_name) + 1);
        }
        return n;
}

/* The index of a name, "" for a free one; LIMIT_POWER_SUPPLIES: none. */
static size_t find_name(const PowerState *state, const char *name)
{
        size_t i = 0;

        while (i < LIMIT_POWER_SUPPLIES && strcmp(state->supplies[i].name, name) != 0)
                i++;
        return i;
}

int power_supply_look(const char *path, PowerState *state)
{
        char names[LIMIT_POWER_SUPPLIES][POWER_SUPPLY_NAME_SIZE];
        PowerSupply found[LIMIT_POWER_SUPPLIES];
        const PowerState before = *state;
        bool is_new[LIMIT_POWER_SUPPLIES] = {false};
        DIR *folder = opendir(path);
        Sum sum = {0};
        size_t n, at;

        *state = (PowerState){0};
        if (!folder)
                return -errno;
        n = list_names(folder, names);
        for (size_t i = 0; i < n; i++) {
                if (!read_supply(dirfd(folder), names[i], &found[i], &sum))
                        continue;
                at = find_name(&before, names[i]);
                is_new[i] = at == LIMIT_POWER_SUPPLIES;
                if (!is_new[i])
                        state->supplies[at] = found[i];
        }
        for (size_t i = 0; i < n; i++)
                if (is_new[i])
                        state->supplies[find_name(state, "")] = found[i];
        put_sum(&sum, state);
        (void)closedir(folder);
        return 0;
}
