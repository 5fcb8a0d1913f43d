/* SPDX-License-Identifier: Apache-2.0 */
/* org.lwm2m.Client1.Firmware: shows the update, forwards requests. */
#include "bus/firmware_object.h"

#include <ctype.h>
#include <stdio.h>

#include "bus/caller.h"
#include "bus/errors.h"
#include "bus/firmware_history.h"
#include "bus/names.h"
#include "bus/property.h"
#include "client/timer.h"
#include "util/clock.h"
#include "util/log.h"

/* The properties, laid out for sd-bus. */
typedef struct FirmwareView {
        char state[16];
        uint8_t result;
        char result_name[32];
        char text[FIRMWARE_TEXT_SIZE];
        char name[FIRMWARE_NAME_SIZE], version[FIRMWARE_NAME_SIZE];
        char uri[FIRMWARE_URI_SIZE];
        uint64_t received, total;
        uint8_t progress;
        uint64_t install_timestamp;
        int can_cancel, can_install;
} FirmwareView;

struct FirmwareObject {
        FirmwareView view; /* first: the vtable's offsets are those of the view */
        FirmwareView emitted;
        uint64_t emitted_at; /* CLOCK_BOOTTIME usec */
        const FirmwareFace *face;
        void *face_userdata;
        bool there;         /* the face has something to show */
        sd_bus *connection; /* NULL: none */
        sd_bus_slot *slot;  /* the object on it; NULL: it is not there */
        sd_event_source *due_source;
        void (*due)(void *userdata);
        void *userdata;
};
static_assert(offsetof(FirmwareObject, view) == 0, "handlers and getters get the same pointer");

typedef int (*Order)(void *userdata, const char **ret_text);

/* The bus was asked who calls, and a Reload may have taken the back end away meanwhile. */
static int carry_out(
        const FirmwareObject *object, Order order, sd_bus_message *message, sd_bus_error *reterr)
{
        char sentence[FIRMWARE_TEXT_SIZE];
        const char *text = NULL;
        int r;

        if (!object->there)
                return sd_bus_error_set(reterr, SD_BUS_ERROR_UNKNOWN_INTERFACE,
                        "There is no back end for firmware any more.");
        r = order(object->face_userdata, &text);
        if (text)
                (void)snprintf(
                        sentence, sizeof(sentence), "%c%s.", toupper((unsigned char)text[0]), text + 1);
        return r == 0 ? sd_bus_reply_method_return(message, NULL)
                      : bus_error_set(reterr, r, text ? sentence : NULL);
}

static int do_cancel(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const FirmwareObject *object = userdata;

        return carry_out(object, object->face->cancel, message, reterr);
}

static int method_cancel(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        return caller_carry_out(message, "A Cancel of the firmware update", 0, NULL, do_cancel, userdata);
}

static int do_install(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const FirmwareObject *object = userdata;

        return carry_out(object, object->face->install, message, reterr);
}

static int method_install(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        return caller_carry_out(message, "An installation of the firmware", 0, NULL, do_install, userdata);
}

static int method_get_history(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const FirmwareObject *object = userdata;

        caller_tell(message, LOG_DEBUG, sd_bus_message_get_member(message));
        return firmware_history_reply(message, object->face->history(object->face_userdata));
}

#define CHANGING(name, signature, getter, field)                                \
        SD_BUS_PROPERTY(name, signature, getter, offsetof(FirmwareView, field), \
                SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

/* UNPRIVILEGED: the bus policy decides who gets this far (dbus/org.lwm2m.Client1.conf). */
static const sd_bus_vtable firmware_vtable[] = {
        SD_BUS_VTABLE_START(0),
        CHANGING("State", "s", property_get_text, state),
        CHANGING("UpdateResult", "y", NULL, result),
        CHANGING("ResultName", "s", property_get_text, result_name),
        CHANGING("ResultText", "s", property_get_text, text),
        CHANGING("PackageName", "s", property_get_text, name),
        CHANGING("PackageVersion", "s", property_get_text, version),
        CHANGING("PackageURI", "s", property_get_text, uri),
        CHANGING("ReceivedBytes", "t", NULL, received),
        CHANGING("TotalBytes", "t", NULL, total),
        CHANGING("Progress", "y", NULL, progress),
        CHANGING("InstallTimestamp", "t", NULL, install_timestamp),
        CHANGING("CanCancel", "b", NULL, can_cancel),
        CHANGING("CanInstall", "b", NULL, can_install),
        SD_BUS_METHOD_WITH_ARGS(
                "Cancel", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                "Install", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_install, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetHistory", SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", updates),
                method_get_history, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static int on_due(sd_event_source *source, uint64_t usec, void *userdata)
{
        const FirmwareObject *object = userdata;

        object->due(object->userdata);
        return 0;
}

int firmware_object_new(sd_event *event, void (*due)(void *userdata), void *userdata, FirmwareObject **ret)
{
        _cleanup_(firmware_object_freep) FirmwareObject *object = NULL;
        int r;

        assert(event && due && ret);

        object = calloc(1, sizeof(*object));
        if (!object)
                return -ENOMEM;
        object->due = due;
        object->userdata = userdata;
        r = timer_new(event, on_due, object, "bus-firmware-bytes", &object->due_source);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

FirmwareObject *firmware_object_free(FirmwareObject *object)
{
        if (!object)
                return NULL;
        firmware_object_lost(object);
        sd_event_source_disable_unref(object->due_source);
        free(object);
        return NULL;
}

void firmware_object_set_face(FirmwareObject *object, const FirmwareFace *face, void *userdata)
{
        assert(!object->face && face);

        object->face = face;
        object->face_userdata = userdata;
        (void)firmware_object_refresh(object, NULL);
}

/* Where there is both a back end and a connection, and nowhere else. */
static int put(FirmwareObject *object)
{
        if (!object->there || !object->connection)
                object->slot = sd_bus_slot_unref(object->slot);
        else if (!object->slot)
                return sd_bus_add_object_vtable(object->connection, &object->slot, BUS_PATH,
                        BUS_FIRMWARE_INTERFACE, firmware_vtable, object);
        return 0;
}

int firmware_object_attach(FirmwareObject *object, sd_bus *connection)
{
        firmware_object_lost(object);
        object->connection = sd_bus_ref(connection);
        return put(object);
}

void firmware_object_lost(FirmwareObject *object)
{
        object->slot = sd_bus_slot_unref(object->slot);
        object->connection = sd_bus_unref(object->connection);
}

static void take(FirmwareView *view, const FirmwareShown *shown)
{
#define SET_TEXT(field, text) property_set_text(view->field, sizeof(view->field), text)
        SET_TEXT(state, firmware_state_to_string(shown->state));
        view->result = (uint8_t)shown->result;
        SET_TEXT(result_name, firmware_result_to_string(shown->result));
        SET_TEXT(text, shown->text);
        SET_TEXT(name, shown->name);
        SET_TEXT(version, shown->version);
        SET_TEXT(uri, shown->uri);
        view->received = shown->received;
        view->total = shown->total;
        view->progress = (uint8_t)MIN_OF(shown->progress, 100U);
        view->install_timestamp = shown->install_at;
        view->can_cancel = shown->can_cancel;
        view->can_install = shown->can_install;
#undef SET_TEXT
}

int firmware_object_refresh(FirmwareObject *object, sd_bus *connection)
{
        const FirmwareShown *shown = object->face ? object->face->shown(object->face_userdata) : NULL;
        bool was = object->there;
        int r;

        if (shown)
                take(&object->view, shown);
        if (was == (shown != NULL))
                return 0;
        object->there = shown != NULL;
        timer_set(object->due_source, 0);
        firmware_object_settle(object);
        r = put(object);
        if (r < 0 || !connection)
                return r;
        return object->there
                       ? sd_bus_emit_interfaces_added(connection, BUS_PATH, BUS_FIRMWARE_INTERFACE, NULL)
                       : sd_bus_emit_interfaces_removed(connection, BUS_PATH, BUS_FIRMWARE_INTERFACE, NULL);
}

void firmware_object_settle(FirmwareObject *object)
{
        object->emitted = object->view;
        object->emitted_at = clock_boottime(&clock_system);
}

/* Whether more has changed than what moves by itself. */
static bool is_news(const FirmwareObject *object)
{
        FirmwareView still = object->view;

        still.received = object->emitted.received;
        still.progress = object->emitted.progress;
        return property_differs(firmware_vtable, &still, &object->emitted);
}

int firmware_object_emit_changed(FirmwareObject *object, sd_bus *connection)
{
        uint64_t now = clock_boottime(&clock_system), due = object->emitted_at + FIRMWARE_BYTES_INTERVAL;

        if (!object->there || !property_differs(firmware_vtable, &object->view, &object->emitted))
                return 0;
        if (now < due && !is_news(object)) {
                timer_set(object->due_source, due);
                return 0;
        }
        timer_set(object->due_source, 0);
        object->emitted_at = now;
        return property_emit_changed(connection, BUS_PATH, BUS_FIRMWARE_INTERFACE, firmware_vtable,
                &object->view, &object->emitted, sizeof(object->view));
}
