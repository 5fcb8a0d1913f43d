/* SPDX-License-Identifier: Apache-2.0 */
/* Power supplies and Error Code of Device. */
#include "daemon/device_power.h"

static const uint16_t supply_resources[] = {
        DEVICE_POWER_SOURCES, DEVICE_POWER_VOLTAGE, DEVICE_POWER_CURRENT};
static const uint16_t battery_resources[] = {DEVICE_BATTERY_LEVEL, DEVICE_BATTERY_STATUS};

/* The value of a Resource Instance of a supply; false: there is none. */
static bool supply_value(const PowerSupply *supply, uint16_t resource, int64_t *ret)
{
        switch (resource) {
        case DEVICE_POWER_SOURCES:
                *ret = supply->source;
                return supply->available;
        case DEVICE_POWER_VOLTAGE:
                *ret = supply->voltage;
                return supply->available && supply->has_voltage;
        default:
                *ret = supply->current;
                return supply->available && supply->has_current;
        }
}

static bool battery_value(const PowerState *state, uint16_t resource, int64_t *ret)
{
        *ret = resource == DEVICE_BATTERY_LEVEL ? state->level : state->status;
        return resource == DEVICE_BATTERY_LEVEL ? state->has_level : state->has_status;
}

static bool is_same(bool has, int64_t value, bool other_has, int64_t other_value)
{
        return has == other_has && (!has || value == other_value);
}

static bool supplies_are_same(const PowerState *a, const PowerState *b, uint16_t resource)
{
        for (size_t i = 0; i < LIMIT_POWER_SUPPLIES; i++) {
                int64_t x, y;
                bool has_x = supply_value(&a->supplies[i], resource, &x);
                bool has_y = supply_value(&b->supplies[i], resource, &y);

                if (!is_same(has_x, x, has_y, y))
                        return false;
        }
        return true;
}

static bool battery_is_same(const PowerState *a, const PowerState *b, uint16_t resource)
{
        int64_t x, y;
        bool has_x = battery_value(a, resource, &x), has_y = battery_value(b, resource, &y);

        return is_same(has_x, x, has_y, y);
}

/* -- Changes -- */

static unsigned errors_of(const PowerState *state)
{
        return (state->battery_low ? 1U << DEVICE_ERROR_BATTERY_LOW : 0) |
               (state->external_off ? 1U << DEVICE_ERROR_EXTERNAL_SUPPLY_OFF : 0);
}

static void tell_changed(DevicePower *power, uint16_t resource)
{
        store_changed(power->store, &PATH_RESOURCE(OBJECT_DEVICE, 0, resource));
}

static void tell_changes(DevicePower *power, const PowerState *before, const PowerState *now)
{
        for (size_t i = 0; i < ELEMENTSOF(supply_resources); i++)
                if (!supplies_are_same(before, now, supply_resources[i]))
                        tell_changed(power, supply_resources[i]);
        for (size_t i = 0; i < ELEMENTSOF(battery_resources); i++)
                if (!battery_is_same(before, now, battery_resources[i]))
                        tell_changed(power, battery_resources[i]);
        if (device_errors_set(&power->errors, errors_of(now)))
                tell_changed(power, DEVICE_ERROR_CODE);
}

static void answer_waiting(DevicePower *power)
{
        uint64_t waiting[LIMIT_POWER_READS];
        size_t n = power->n_waiting;

        memcpy(waiting, power->waiting, sizeof(waiting));
        power->n_waiting = 0;
        for (size_t i = 0; i < n; i++)
                store_answer(power->store, waiting[i], 0, NULL);
}

static void on_looked(void *userdata, const PowerState *before)
{
        DevicePower *power = userdata;

        tell_changes(power, before, power_watch_state(power->watch));
        answer_waiting(power);
}

int device_power_set(DevicePower *power, sd_event *event, const Clock *clock, const char *folder, bool on)
{
        if (on == (power->watch != NULL))
                return 0;
        if (on)
                return power_watch_new(event, clock, folder, on_looked, power, &power->watch);
        tell_changes(power, power_watch_state(power->watch), &(PowerState){0});
        power->watch = power_watch_free(power->watch);
        answer_waiting(power);
        return 0;
}

void device_power_reset_errors(DevicePower *power)
{
        const PowerState none = {0}, *state = power->watch ? power_watch_state(power->watch) : &none;

        if (device_errors_reset(&power->errors, errors_of(state)))
                tell_changed(power, DEVICE_ERROR_CODE);
}

/* -- Reading -- */

static bool is_one_of(uint16_t resource, const uint16_t *resources, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (resources[i] == resource)
                        return true;
        return false;
}

#define IS_ONE_OF(resource, resources) is_one_of((resource), (resources), ELEMENTSOF(resources))

bool device_power_moves(const DevicePower *power, uint16_t resource)
{
        return power->watch && (resource == DEVICE_ERROR_CODE || IS_ONE_OF(resource, supply_resources) ||
                                       IS_ONE_OF(resource, battery_resources));
}

int device_power_prepare(DevicePower *power, const SourceCall *call, const Path *path)
{
        if (!power->watch || (path->length > 2 && !device_power_moves(power, path->id[2])) ||
                !power_watch_refresh(power->watch) || call->id == 0)
                return 0;
        for (size_t i = 0; i < power->n_waiting; i++)
                if (power->waiting[i] == call->id)
                        return SOURCE_LATER;
        if (power->n_waiting == LIMIT_POWER_READS)
                return 0;
        power->waiting[power->n_waiting++] = call->id;
        return SOURCE_LATER;
}

static int add(RecordList *list, const ResourceDef *resource, size_t instance, int64_t number)
{
        Value value = VALUE_INT(number);

        return record_list_add(list,
                resource->multiple
                        ? &PATH_RESOURCE_INSTANCE(OBJECT_DEVICE, 0, resource->id, (uint16_t)instance)
                        : &PATH_RESOURCE(OBJECT_DEVICE, 0, resource->id),
                &value);
}

/* Without an error instance 0 says so. */
static int read_errors(const DeviceErrors *errors, const ResourceDef *resource, RecordList *list)
{
        int r = 0;

        if (device_errors_present(errors) == 0)
                return add(list, resource, 0, DEVICE_ERROR_NONE);
        for (size_t i = 0; i < ELEMENTSOF(errors->instances) && r == 0; i++)
                if (errors->instances[i] != DEVICE_ERROR_NONE)
                        r = add(list, resource, i, errors->instances[i]);
        return r;
}

int device_power_read(const DevicePower *power, const ResourceDef *resource, RecordList *list)
{
        const PowerState *state = power->watch ? power_watch_state(power->watch) : NULL;
        int64_t value;
        int r = 0;

        if (resource->id == DEVICE_ERROR_CODE)
                return read_errors(&power->errors, resource, list);
        if (!state)
                return 0;
        if (IS_ONE_OF(resource->id, battery_resources))
                return battery_value(state, resource->id, &value) ? add(list, resource, 0, value) : 0;
        for (size_t i = 0; i < LIMIT_POWER_SUPPLIES && r == 0; i++)
                if (supply_value(&state->supplies[i], resource->id, &value))
                        r = add(list, resource, i, value);
        return r;
}
