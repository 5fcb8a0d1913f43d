/* SPDX-License-Identifier: Apache-2.0 */
/* org.lwm2m.Client1.Objects. */
#include "bus/objects_object.h"

#include "bus/caller.h"
#include "bus/get_method.h"
#include "bus/names.h"
#include "bus/object_handler.h"
#include "bus/publish_method.h"
#include "bus/publishers.h"
#include "bus/value_writer.h"
#include "lwm2m/message.h"
#include "util/log.h"
#include "util/message_ids.h"

struct ObjectsObject {
        Client *client;
        Published *published;
        Publishers *publishers;
        ObjectHandler *handler;
        sd_bus *connection; /* borrowed; NULL: there is none */
};

/* -- Methods -- */

static int change(sd_bus_message *message, uint64_t owner, void *userdata, sd_bus_error *reterr)
{
        const ObjectsObject *object = userdata;
        const char *member = sd_bus_message_get_member(message);
        char who[PUBLISHER_TEXT_SIZE];
        int r;

        r = publish_method(message, object->published, owner, reterr);
        (void)publishers_describe(object->publishers, owner, who);
        if (r < 0)
                log_debug("%s of %s is refused: %s", member, who, reterr->message ?: reterr->name);
        else
                log_debug("%s of %s is done.", member, who);
        return r;
}

static int method_change(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ObjectsObject *object = userdata;

        return publishers_carry_out(object->publishers, message, change, reterr);
}

static int method_get_values(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ObjectsObject *object = userdata;

        caller_tell(message, LOG_DEBUG, sd_bus_message_get_member(message));
        return get_method_values(message, object->client, reterr);
}

static int method_get_objects(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ObjectsObject *object = userdata;

        caller_tell(message, LOG_DEBUG, sd_bus_message_get_member(message));
        return get_method_objects(message, object->client);
}

/* UNPRIVILEGED: the bus policy decides who gets this far (dbus/org.lwm2m.Client1.conf). */
static const sd_bus_vtable objects_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("PublishObject", SD_BUS_ARGS("q", object, "a{sv}", options),
                SD_BUS_NO_RESULT, method_change, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Publish",
                SD_BUS_ARGS("q", object, "q", instance, "a{qv}", values, "a{sv}", options),
                SD_BUS_RESULT("q", instance), method_change, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Withdraw", SD_BUS_ARGS("q", object, "q", instance), SD_BUS_NO_RESULT,
                method_change, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetValues", SD_BUS_ARGS("a(sv)", values), SD_BUS_NO_RESULT, method_change,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetValues", SD_BUS_ARGS("as", paths), SD_BUS_RESULT("a(sv)", values),
                method_get_values, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetTexts", SD_BUS_ARGS("as", paths), SD_BUS_RESULT("a(ss)", values),
                method_get_values, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetObjects", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(qsaq)", objects),
                method_get_objects, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("ValuesChanged", SD_BUS_ARGS("a(sv)", values, "q", short_server_id), 0),
        SD_BUS_VTABLE_END,
};

/* -- What the model asks and tells -- */

static bool on_gone(void *userdata, uint64_t owner)
{
        ObjectsObject *object = userdata;

        object_handler_forget(object->handler, owner);
        return published_owner_gone(object->published, owner);
}

static int ask(void *userdata, const PublishedQuestion *question, char *text)
{
        ObjectsObject *object = userdata;

        return object_handler_ask(object->handler, object->connection, question, text);
}

static bool may_be_read(const ObjectDef *definition, uint16_t resource)
{
        const ResourceDef *found = object_served(definition, resource, _LWM2M_VERSION_MAX - 1);

        return found && resource_operations(found, _LWM2M_VERSION_MAX - 1) & OPERATION_READ;
}

/* Leaves out what servers may not read; what is left is borrowed from values. */
static int filter(ObjectsObject *object, const RecordList *values, RecordList *ret)
{
        const ObjectDef *definition;
        PublishedText text;
        int r;

        ret->maximum = values->n;
        r = published_define(object->published, values->items[0].path.id[0], &definition, text);
        if (r != 0)
                return r;
        for (size_t i = 0; i < values->n; i++) {
                Value value = values->items[i].value;

                if (!may_be_read(definition, values->items[i].path.id[2]))
                        continue;
                r = record_list_add(ret, &values->items[i].path, &value);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int send_changed(
        ObjectsObject *object, const char *destination, const RecordList *values, uint16_t requester)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r;

        r = sd_bus_message_new_signal(
                object->connection, &message, BUS_PATH, BUS_OBJECTS_INTERFACE, "ValuesChanged");
        if (r >= 0)
                r = value_writer_append_paths(message, values, NULL);
        if (r >= 0)
                r = sd_bus_message_append(message, "q", requester);
        if (r >= 0 && destination)
                r = sd_bus_message_set_destination(message, destination);
        return r < 0 ? r : sd_bus_send(object->connection, message, NULL);
}

static void on_written(void *userdata, uint64_t owner, const RecordList *values, uint16_t requester)
{
        ObjectsObject *object = userdata;
        _cleanup_(freep) Record *left = NULL;
        RecordList readable = {0};
        const char *name = NULL;
        int r = 0;

        if (!object->connection)
                return;
        if (owner == PUBLISHED_CONFIGURATION) {
                r = filter(object, values, &readable);
                left = readable.items;
                values = &readable;
        } else {
                name = publishers_name(object->publishers, owner);
                if (!name)
                        return;
        }
        if (r == 0 && values->n > 0)
                r = send_changed(object, name, values, requester);
        if (r < 0 && r != -ENOTCONN && r != -ECONNRESET && r != -EPIPE)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_INTERNAL_ERROR,
                        "Failed to send ValuesChanged, ignoring: %m");
}

static const char *describe(void *userdata, uint64_t owner, char *buffer)
{
        const ObjectsObject *object = userdata;

        return publishers_describe(object->publishers, owner, buffer);
}

static const PublishedAsker asker = {.ask = ask, .written = on_written, .describe = describe};

/* -- Life -- */

int objects_object_new(Client *client, Published *published, ObjectsObject **ret)
{
        _cleanup_(objects_object_freep) ObjectsObject *object = calloc(1, sizeof(*object));
        int r;

        assert(client && published && ret);

        if (!object)
                return -ENOMEM;
        object->client = client;
        object->published = published;
        r = publishers_new(on_gone, object, &object->publishers);
        if (r < 0)
                return r;
        r = object_handler_new(published, object->publishers, &object->handler);
        if (r < 0)
                return r;
        published_set_asker(published, &asker, object);

        *ret = TAKE_PTR(object);
        return 0;
}

ObjectsObject *objects_object_free(ObjectsObject *object)
{
        if (!object)
                return NULL;
        published_set_asker(object->published, NULL, NULL);
        object_handler_free(object->handler);
        publishers_free(object->publishers);
        free(object);
        return NULL;
}

int objects_object_attach(ObjectsObject *object, sd_bus *connection)
{
        object->connection = connection;
        return sd_bus_add_object_vtable(
                connection, NULL, BUS_PATH, BUS_OBJECTS_INTERFACE, objects_vtable, object);
}

void objects_object_lost(ObjectsObject *object)
{
        object->connection = NULL;
        publishers_lost(object->publishers);
}
