/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 3, Device. */
#include "daemon/device.h"

#include <sys/sysinfo.h>

#include "bus/system_services.h"
#include "lwm2m/binding.h"
#include "util/log.h"
#include "util/message_ids.h"

#define LOOK_INTERVAL_USEC (10 * USEC_PER_SEC)
#define ZONE_INTERVAL_USEC (60 * USEC_PER_SEC)

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

/* In kilobytes, which are 1000 bytes from 1.2 on. From the kernel's call: the unit's ProcSubset=pid hides
 * /proc/meminfo. */
static int add_memory(RecordList *list, const ResourceDef *resource, Lwm2mVersion version)
{
        const unsigned kilobyte = version >= LWM2M_1_2 ? 1000 : 1024;
        struct sysinfo info;
        uint64_t units;

        if (sysinfo(&info) < 0)
                return 0;
        units = resource->id == DEVICE_MEMORY_FREE ? info.freeram : info.totalram;
        return add(list, resource, VALUE_INT((int64_t)(units * info.mem_unit / kilobyte)));
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

static int read_resource(
        const Device *device, const ResourceDef *resource, Lwm2mVersion version, RecordList *list)
{
        time_t now = (time_t)(clock_realtime(device->clock) / USEC_PER_SEC);

        switch (resource->id) {
        case DEVICE_MANUFACTURER:
        case DEVICE_MODEL_NUMBER:
        case DEVICE_SERIAL_NUMBER:
        case DEVICE_FIRMWARE_VERSION:
        case DEVICE_DEVICE_TYPE:
        case DEVICE_HARDWARE_VERSION:
        case DEVICE_SOFTWARE_VERSION:
                return add_string(list, resource, device_texts_get(&device->texts, resource->id));
        case DEVICE_POWER_SOURCES:
        case DEVICE_POWER_VOLTAGE:
        case DEVICE_POWER_CURRENT:
        case DEVICE_BATTERY_LEVEL:
        case DEVICE_BATTERY_STATUS:
        case DEVICE_ERROR_CODE:
                return device_power_read(&device->power, resource, list);
        case DEVICE_MEMORY_FREE:
        case DEVICE_MEMORY_TOTAL:
                return add_memory(list, resource, version);
        case DEVICE_CURRENT_TIME:
                return add(list, resource, (Value){.type = VALUE_TIME, .integer = now});
        case DEVICE_UTC_OFFSET:
                return add_utc_offset(list, resource, now);
        case DEVICE_TIMEZONE:
                return add_timezone(list, resource);
        case DEVICE_SUPPORTED_BINDING:
                /* Later versions have Queue Mode beside the bindings (Core TS, table 6.2.1.2). */
                return add_string(list, resource,
                        binding_announced(device->settings.queue_mode && version == LWM2M_1_0));
        default:
                return 0;
        }
}

static int device_read(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        const ObjectDef *object = object_find(OBJECT_DEVICE);
        Device *device = userdata;
        int r = device_power_prepare(&device->power, call, path);

        if (device_texts_prepare(&device->texts, call, path) != 0)
                r = SOURCE_LATER;
        for (size_t i = 0; i < object->n_resources && r == 0; i++)
                if (path->length < 3 || path->id[2] == object->resources[i].id)
                        r = read_resource(device, &object->resources[i], call->version, list);
        return r;
}

/* design.md 10.4; a zone moves with its summer time, at a full minute. */
static uint64_t device_interval(void *userdata, const Path *path)
{
        const Device *device = userdata;

        switch (path->id[2]) {
        case DEVICE_MEMORY_FREE:
        case DEVICE_MEMORY_TOTAL:
                return LOOK_INTERVAL_USEC;
        case DEVICE_CURRENT_TIME:
                return USEC_INFINITY;
        case DEVICE_UTC_OFFSET:
        case DEVICE_TIMEZONE:
                return ZONE_INTERVAL_USEC;
        default:
                return device_power_moves(&device->power, path->id[2]) ? POWER_WATCH_FRESH_USEC : 0;
        }
}

static bool device_supports(void *userdata, unsigned operation, const Path *path)
{
        const DeviceSettings *settings = &((const Device *)userdata)->settings;

        if (operation == OPERATION_WRITE)
                return settings->timedated;
        if (operation != OPERATION_EXECUTE)
                return false;
        switch (path->id[2]) {
        case DEVICE_REBOOT:
                return settings->logind;
        case DEVICE_FACTORY_RESET:
                return settings->accounts;
        default:
                return path->id[2] == DEVICE_RESET_ERROR_CODE;
        }
}

static int device_write(void *userdata, SourceCall *call, const SourceWrite *write)
{
        Device *device = userdata;

        return device_time_write(&device->time, call, write);
}

static int device_execute(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        Device *device = userdata;

        switch (path->id[2]) {
        case DEVICE_REBOOT:
                return device_reboot_execute(&device->reboot, call);
        case DEVICE_FACTORY_RESET:
                effects_add(call->effects, EFFECT_FACTORY_RESET, call->requester);
                return 0;
        default:
                device_power_reset_errors(&device->power);
                return 0;
        }
}

const Source device_source = {
        .instances = source_one_instance,
        .read = device_read,
        .interval = device_interval,
        .supports = device_supports,
        .write = device_write,
        .execute = device_execute,
};

int device_init(Device *device, sd_event *event, const Clock *clock, Store *store, FileReader *reader,
        const DeviceHandler *handler, void *userdata)
{
        *device = (Device){
                .clock = clock,
                .event = event,
                .time.store = store,
                .power.store = store,
        };
        device_texts_init(&device->texts, store, reader, handler->reread, userdata);
        return device_reboot_init(&device->reboot, event, clock, store, handler->not_rebooted, userdata);
}

void device_done(Device *device)
{
        device_reboot_done(&device->reboot);
        device_texts_done(&device->texts);
        device->power.watch = power_watch_free(device->power.watch);
}

/* Tests have their own. */
static const char *power_folder(void)
{
        return secure_getenv("LWM2M_POWER_SUPPLY_FOLDER") ?: POWER_SUPPLY_FOLDER;
}

static void on_logind_sought(void *userdata, const ServiceReply *reply)
{
        if (reply->result == SERVICE_MISSING)
                log_full(LOG_WARNING, 0,
                        &(LogAbout){.message_id = MESSAGE_ID_BACK_END_MISSING, .path = "/3/0/4"},
                        "device.reboot is logind, but there is no logind on the system bus: a server that "
                        "asks for a reboot will be refused.");
}

static void on_timedated_sought(void *userdata, const ServiceReply *reply)
{
        if (reply->result == SERVICE_MISSING)
                log_full(LOG_WARNING, 0,
                        &(LogAbout){.message_id = MESSAGE_ID_BACK_END_MISSING, .path = "/3/0/13"},
                        "device.set_time is timedated, but there is no timedated on the system bus: a "
                        "server that sets time or time zone will be refused.");
}

/* Where that cannot be asked, the server who asks for the service is told. */
static void look_for(const Device *device, bool logind, bool timedated)
{
        if (logind)
                (void)service_look_for(device->reboot.bus, SERVICE_LOGIND, on_logind_sought, NULL);
        if (timedated)
                (void)service_look_for(device->time.bus, SERVICE_TIMEDATED, on_timedated_sought, NULL);
}

void device_look_for_services(const Device *device)
{
        look_for(device, device->settings.logind, device->settings.timedated);
}

void device_configure(Device *device, const DeviceSettings *settings)
{
        int r;

        look_for(device, settings->logind && !device->settings.logind,
                settings->timedated && !device->settings.timedated);
        device->settings = *settings;
        device->settings.strings = (DeviceStrings){0};
        if (device_texts_set(&device->texts, &settings->strings) < 0)
                (void)log_oom();
        r = device_power_set(&device->power, device->event, device->clock, power_folder(), settings->sysfs);
        if (r < 0)
                log_full(LOG_WARNING, r,
                        &(LogAbout){.message_id = MESSAGE_ID_POWER_UNREADABLE, .path = "/3/0/6"},
                        "The power supplies cannot be read (device.power): %m");
}

void device_set_bus(Device *device, Bus *bus)
{
        device->reboot.bus = device->time.bus = bus;
}
