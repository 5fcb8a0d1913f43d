/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 3, Device. */
#include <stdio.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "daemon/device.h"

#define LOCALTIME_LINK  "/etc/localtime" /* localtime(5) */
#define ZONEINFO_FOLDER "/zoneinfo/"
#define TIMEZONE_SIZE   128 /* the longest of the IANA database has 32 bytes */

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

/* "+01:00" (ISO 8601) at that moment. */
static int add_utc_offset(RecordList *list, const ResourceDef *resource, time_t now)
{
        char text[16];
        struct tm tm;
        unsigned minutes;

        tzset(); /* the zone may have been changed since */
        if (!localtime_r(&now, &tm))
                return 0;
        minutes = (unsigned)labs(tm.tm_gmtoff) / 60;
        (void)snprintf(
                text, sizeof(text), "%c%02u:%02u", tm.tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
        return add_string(list, resource, text);
}

/* A name of the IANA database, not a rule like "CET-1CEST" or a path; NULL otherwise. */
static const char *zone_name(const char *text)
{
        if (strcmp(text, "UTC") == 0)
                return text;
        return text[0] != '/' && strchr(text, '/') && !strchr(text, ',') ? text : NULL;
}

static int add_timezone(RecordList *list, const ResourceDef *resource)
{
        const char *variable = getenv("TZ"), *folder;
        char link[TIMEZONE_SIZE + 1];
        ssize_t n;

        if (variable && variable[0])
                return add_string(list, resource, zone_name(variable[0] == ':' ? variable + 1 : variable));
        n = readlink(LOCALTIME_LINK, link, TIMEZONE_SIZE);
        if (n < 0)
                return errno == ENOENT ? add_string(list, resource, "UTC") : 0;
        link[n] = '\0';
        folder = strstr(link, ZONEINFO_FOLDER);
        return add_string(list, resource, folder ? folder + strlen(ZONEINFO_FOLDER) : NULL);
}

static int device_read(void *userdata, const ResourceDef *resource, RecordList *list)
{
        const Device *device = userdata;
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

static bool device_executes(void *userdata, const ResourceDef *resource)
{
        return resource->id == DEVICE_RESET_ERROR_CODE;
}

static int device_execute(void *userdata, const ResourceDef *resource, const void *arguments, size_t size)
{
        return 0;
}

const Provider device_provider = {
        .read = device_read, .executes = device_executes, .execute = device_execute};
