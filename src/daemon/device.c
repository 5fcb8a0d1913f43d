/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 3, Device. */
#include "daemon/device.h"

#include <sys/sysinfo.h>

#include "daemon/timezone.h"

static int add(RecordList *list, const ResourceDef *resource, Value value)
{
        int r;

        r = record_list_add(list, &PATH_RESOURCE(OBJECT_DEVICE, 0, resource->id), &value);
        if (r < 0)
                value_done(&value);
        return r;
}

static int add_string(RecordList *list, const ResourceDef *resource, const char *text)
{
        Value value;
        int r;

        if (!text)
                return 0;
        r = value_make_string(text, &value);
        return r < 0 ? r : add(list, resource, value);
}

/* 0: no error (Core TS, Appendix E.4, Error Code). */
static int add_error_code(RecordList *list, const ResourceDef *resource)
{
        Value value = VALUE_INT(0);

        return record_list_add(list, &PATH_RESOURCE_INSTANCE(OBJECT_DEVICE, 0, resource->id, 0), &value);
}

/* From the kernel's call: the unit's ProcSubset=pid hides /proc/meminfo. */
static int add_memory(RecordList *list, const ResourceDef *resource, bool free_only)
{
        struct sysinfo info;

        if (sysinfo(&info) < 0)
                return 0;
        return add(list, resource,
                VALUE_INT((int64_t)((free_only ? info.freeram : info.totalram) * (uint64_t)info.mem_unit /
                                    1024)));
}

static int add_utc_offset(RecordList *list, const ResourceDef *resource, time_t now)
{
        char text[UTC_OFFSET_SIZE];

        return add_string(list, resource, utc_offset_at(now, text) ? text : NULL);
}

static int add_timezone(RecordList *list, const ResourceDef *resource)
{
        char text[TIMEZONE_SIZE];

        return add_string(list, resource, timezone_read(text) ? text : NULL);
}

static int read_resource(const Device *device, const ResourceDef *resource, RecordList *list)
{
        const DeviceStrings *strings = &device->strings;
        time_t now = (time_t)(clock_realtime(device->clock) / USEC_PER_SEC);

        switch (resource->id) {
        case DEVICE_MANUFACTURER:
                return add_string(list, resource, strings->manufacturer);
        case DEVICE_MODEL_NUMBER:
                return add_string(list, resource, strings->model_number);
        case DEVICE_SERIAL_NUMBER:
                return add_string(list, resource, strings->serial_number);
        case DEVICE_FIRMWARE_VERSION:
                return add_string(list, resource, strings->firmware_version);
        case DEVICE_DEVICE_TYPE:
                return add_string(list, resource, strings->device_type);
        case DEVICE_HARDWARE_VERSION:
                return add_string(list, resource, strings->hardware_version);
        case DEVICE_SOFTWARE_VERSION:
                return add_string(list, resource, strings->software_version);
        case DEVICE_ERROR_CODE:
                return add_error_code(list, resource);
        case DEVICE_MEMORY_FREE:
        case DEVICE_MEMORY_TOTAL:
                return add_memory(list, resource, resource->id == DEVICE_MEMORY_FREE);
        case DEVICE_CURRENT_TIME:
                return add(list, resource, (Value){.type = VALUE_TIME, .integer = now});
        case DEVICE_UTC_OFFSET:
                return add_utc_offset(list, resource, now);
        case DEVICE_TIMEZONE:
                return add_timezone(list, resource);
        case DEVICE_SUPPORTED_BINDING:
                return add_string(list, resource, BINDING_UDP);
        default:
                return 0;
        }
}

static size_t device_instances(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        ret[0] = 0;
        return 1;
}

static int device_read(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        const ObjectDef *object = object_find(OBJECT_DEVICE);
        int r = 0;

        for (size_t i = 0; i < object->n_resources && r == 0; i++)
                if (path->length < 3 || path->id[2] == object->resources[i].id)
                        r = read_resource(userdata, &object->resources[i], list);
        return r;
}

static bool device_supports(void *userdata, unsigned operation, const Path *path)
{
        return operation == OPERATION_EXECUTE && path->id[2] == DEVICE_RESET_ERROR_CODE;
}

static int device_execute(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        return 0;
}

const Source device_source = {
        .instances = device_instances,
        .read = device_read,
        .supports = device_supports,
        .execute = device_execute,
};
