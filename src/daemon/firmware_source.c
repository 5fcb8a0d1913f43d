/* SPDX-License-Identifier: Apache-2.0 */
/* The source of /5. */
#include "daemon/firmware_source.h"

#include "daemon/firmware_pull.h"
#include "daemon/firmware_push.h"
#include "lwm2m/message.h"
#include "model/object_firmware.h"

#define PATH_OF(resource) PATH_RESOURCE(OBJECT_FIRMWARE, 0, (resource))

void firmware_source_tell(const Firmware *firmware)
{
        for (size_t i = 0; i < object_firmware.n_resources; i++)
                if (object_firmware.resources[i].operations[LWM2M_1_2] & OPERATION_READ)
                        store_changed(firmware->store, &PATH_OF(object_firmware.resources[i].id));
}

/* -- Read -- */

static int add(RecordList *list, const Path *path, Value value)
{
        int r = record_list_add(list, path, &value);

        if (r < 0)
                value_done(&value);
        return r;
}

static int add_text(RecordList *list, uint16_t resource, const char *text)
{
        Value value;
        int r = value_make_string(text, &value);

        return r < 0 ? r : add(list, &PATH_OF(resource), value);
}

static int add_protocols(RecordList *list)
{
        uint16_t instance = 0;
        int r = 0;

        for (FirmwareProtocol protocol = 0; protocol < _FIRMWARE_PROTOCOL_MAX && r == 0; protocol++)
                if (download_has_protocol(protocol))
                        r = add(list,
                                &PATH_RESOURCE_INSTANCE(
                                        OBJECT_FIRMWARE, 0, FIRMWARE_PROTOCOL_SUPPORT, instance++),
                                VALUE_INT(protocol));
        return r;
}

static int add_resource(const FirmwareMachine *m, uint16_t resource, Lwm2mVersion version, RecordList *list)
{
        const Path path = PATH_OF(resource);

        switch (resource) {
        case FIRMWARE_PACKAGE_URI:
                return add_text(list, resource, m->uri);
        case FIRMWARE_STATE:
                return add(list, &path, VALUE_INT(firmware_machine_state(m)));
        case FIRMWARE_UPDATE_RESULT:
                return add(list, &path,
                        VALUE_INT(version == LWM2M_1_0 ? firmware_result_of_1_0(m->result) : m->result));
        case FIRMWARE_PACKAGE_NAME:
                return m->name[0] ? add_text(list, resource, m->name) : 0;
        case FIRMWARE_PACKAGE_VERSION:
                return m->version[0] ? add_text(list, resource, m->version) : 0;
        case FIRMWARE_PROTOCOL_SUPPORT:
                return add_protocols(list);
        case FIRMWARE_DELIVERY_METHOD:
                return add(list, &path, VALUE_INT(FIRMWARE_DELIVERY_BOTH));
        case FIRMWARE_SEVERITY:
                return add(list, &path, VALUE_INT(m->severity));
        case FIRMWARE_LAST_STATE_CHANGE:
                return m->changed_at == 0
                               ? 0
                               : add(list, &path,
                                         (Value){.type = VALUE_TIME,
                                                 .integer = (int64_t)(m->changed_at / USEC_PER_SEC)});
        case FIRMWARE_MAX_DEFER_PERIOD:
                return m->max_defer == FIRMWARE_DEFER_UNSET
                               ? 0
                               : add(list, &path,
                                         (Value){.type = VALUE_UNSIGNED,
                                                 .unsigned_integer = (uint64_t)m->max_defer});
        case FIRMWARE_AUTOMATIC_UPGRADE:
                return add(list, &path, (Value){.type = VALUE_BOOLEAN, .boolean = m->automatic});
        default:
                return 0; /* what is written or executed only */
        }
}

static int source_read(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        const Firmware *firmware = userdata;
        int r = 0;

        for (size_t i = 0; i < object_firmware.n_resources && r == 0; i++)
                if (path->length < 3 || path->id[2] == object_firmware.resources[i].id)
                        r = add_resource(&firmware->record.machine, object_firmware.resources[i].id,
                                call->version, list);
        return r;
}

/* design.md 14.4: State and Update Result, alone or with the rest. */
static bool source_is_reliable(void *userdata, const Path *path)
{
        return path->length < 3 || path->id[2] == FIRMWARE_STATE || path->id[2] == FIRMWARE_UPDATE_RESULT;
}

/* -- Write -- */

static bool source_supports(void *userdata, unsigned operation, const Path *path)
{
        return operation == OPERATION_WRITE || operation == OPERATION_EXECUTE;
}

static const Value *find_value(const SourceWrite *write, uint16_t resource)
{
        for (size_t i = 0; i < write->values->n; i++)
                if (path_equal(&write->values->items[i].path, &PATH_OF(resource)))
                        return &write->values->items[i].value;
        return NULL;
}

/* An empty one, or a NUL alone (Core TS, Appendix E.6, State). */
static bool is_reset(const Value *package, const Value *uri)
{
        if (package)
                return package->bytes.size == 0 ||
                       (package->bytes.size == 1 && ((const uint8_t *)package->bytes.data)[0] == 0);
        return uri->bytes.size == 0;
}

static int source_check(void *userdata, SourceCall *call, const SourceWrite *write)
{
        const Value *package = find_value(write, FIRMWARE_PACKAGE);
        const Value *uri = find_value(write, FIRMWARE_PACKAGE_URI);
        const Firmware *firmware = userdata;
        const char *text;

        if (package && uri)
                return source_refuse(call, CODE_BAD_REQUEST, "either Package or Package URI");
        if (!package && !uri)
                return 0;
        text = firmware_machine_refuses(&firmware->record.machine,
                is_reset(package, uri) ? FIRMWARE_EVENT_RESET
                : package              ? FIRMWARE_EVENT_PACKAGE
                                       : FIRMWARE_EVENT_URI,
                call->requester);
        return text ? source_refuse(call, CODE_METHOD_NOT_ALLOWED, "%s", text) : 0;
}

/* What a replaced Object Instance does not have is as if never written. */
static void write_settings(FirmwareMachine *m, const SourceWrite *write)
{
        const Value *severity = find_value(write, FIRMWARE_SEVERITY);
        const Value *max_defer = find_value(write, FIRMWARE_MAX_DEFER_PERIOD);
        const Value *automatic = find_value(write, FIRMWARE_AUTOMATIC_UPGRADE);

        for (size_t i = 0; i < write->n_cleared; i++) {
                if (path_has_prefix(&PATH_OF(FIRMWARE_SEVERITY), &write->cleared[i]))
                        m->severity = FIRMWARE_SEVERITY_UNSET;
                if (path_has_prefix(&PATH_OF(FIRMWARE_MAX_DEFER_PERIOD), &write->cleared[i]))
                        m->max_defer = FIRMWARE_DEFER_UNSET;
                if (path_has_prefix(&PATH_OF(FIRMWARE_AUTOMATIC_UPGRADE), &write->cleared[i]))
                        m->automatic = false;
        }
        if (severity)
                m->severity = (uint8_t)severity->integer;
        if (max_defer)
                m->max_defer = (int64_t)max_defer->unsigned_integer;
        if (automatic)
                m->automatic = automatic->boolean;
}

static void write_uri(Firmware *firmware, const Value *value, uint16_t sender)
{
        char uri[FIRMWARE_URI_SIZE], text[FIRMWARE_TEXT_SIZE];
        FirmwareResult result;

        /* At most 255 bytes, by the definition. */
        memcpy(uri, value->bytes.data, value->bytes.size);
        uri[value->bytes.size] = '\0';
        result = firmware_pull_check(uri, text);
        firmware_do(firmware, (FirmwareEvent){
                                      .type = FIRMWARE_EVENT_URI,
                                      .sender = sender,
                                      .uri = uri,
                                      .result = result,
                                      .text = text,
                              });
}

static int source_write(void *userdata, SourceCall *call, const SourceWrite *write)
{
        const Value *package = find_value(write, FIRMWARE_PACKAGE);
        const Value *uri = find_value(write, FIRMWARE_PACKAGE_URI);
        Firmware *firmware = userdata;
        int r = source_check(userdata, call, write);

        if (r != 0)
                return r;
        write_settings(&firmware->record.machine, write);
        if ((package || uri) && is_reset(package, uri))
                firmware_do(firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_RESET});
        else if (package)
                return firmware_push_whole(firmware, call, package);
        else if (uri)
                write_uri(firmware, uri, call->requester);
        else
                (void)firmware_record_write(firmware->vault, &firmware->record);
        firmware_source_tell(firmware);
        return 0;
}

/* -- Execute -- */

static int source_execute(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        const bool cancels = path->id[2] == FIRMWARE_CANCEL;
        const FirmwareEventType type = cancels ? FIRMWARE_EVENT_CANCEL : FIRMWARE_EVENT_EXECUTE;
        Firmware *firmware = userdata;
        const char *text = firmware_machine_refuses(&firmware->record.machine, type, call->requester);

        if (text)
                return source_refuse(call, CODE_METHOD_NOT_ALLOWED, "%s", text);
        firmware_do(firmware, (FirmwareEvent){
                                      .type = type,
                                      .sender = call->requester,
                                      .text = cancels ? "A server has cancelled it." : NULL,
                              });
        return 0;
}

const Source firmware_source = {
        .instances = source_one_instance,
        .read = source_read,
        .is_reliable = source_is_reliable,
        .supports = source_supports,
        .check = source_check,
        .write = source_write,
        .stream = firmware_push_stream,
        .execute = source_execute,
};
