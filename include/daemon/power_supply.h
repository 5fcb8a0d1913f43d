/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's power supplies as the kernel shows them (Documentation/ABI/testing/sysfs-class-power), in
 * the words of Object 3: /3/0/6 to /3/0/9 and /3/0/20 (Core TS, Appendix E.4). */
#pragma once

#include "util/macro.h"
#include "lwm2m/limits.h"

#define POWER_SUPPLY_FOLDER "/sys/class/power_supply"

/* With the NUL; a supply of a longer name is left out. The longest of the kernel's drivers have about 30. */
#define POWER_SUPPLY_NAME_SIZE 48

/* /3/0/6; the kernel has no name for the others */
typedef enum PowerSource {
        POWER_INTERNAL_BATTERY = 1,
        POWER_EXTERNAL_BATTERY = 2,
        POWER_USB = 5,
        POWER_AC = 6,
} PowerSource;

/* /3/0/20 */
typedef enum BatteryStatus {
        BATTERY_NORMAL = 0,
        BATTERY_CHARGING = 1,
        BATTERY_CHARGE_COMPLETE = 2,
        BATTERY_DAMAGED = 3,
        BATTERY_LOW = 4,
        BATTERY_NOT_INSTALLED = 5,
        BATTERY_UNKNOWN = 6,
} BatteryStatus;

typedef struct PowerSupply {
        char name[POWER_SUPPLY_NAME_SIZE]; /* "": there is none */
        bool available; /* a battery that is in its place, anything else that gives power now */
        PowerSource source;
        bool has_voltage, has_current;
        int32_t voltage; /* mV, 0..1000000 */
        int32_t current; /* mA, -1000000..1000000, with the kernel's sign */
} PowerSupply;

typedef struct PowerState {
        PowerSupply supplies[LIMIT_POWER_SUPPLIES]; /* the index is the Resource Instance ID */
        bool has_level, has_status;
        uint8_t level;        /* percent, the mean of the internal batteries that are there */
        BatteryStatus status; /* of the internal batteries: what is worst of one of them */
        bool battery_low;     /* one is, and is not being charged */
        bool external_off;    /* there is an external supply, but none that gives power */
} PowerState;

/* Reads what is in the folder now. *state holds what came of the last time, all zero at first: a supply
 * keeps its index as long as it is there. Anything that cannot be understood counts as absent. Blocks as
 * long as the drivers do. 0, or negative errno: there is no such folder, and *state is empty. */
int power_supply_look(const char *folder, PowerState *state);
