/* SPDX-License-Identifier: Apache-2.0 */
/* The D-Bus face: forwards what the client tells to the objects, and says it once a loop turn. */
#include "bus/bus.h"
#include "bus/backlog.h"
#include "bus/bus_connection.h"
#include "bus/firmware_object.h"
#include "bus/log_control.h"
#include "bus/manager_object.h"
#include "bus/names.h"
#include "bus/objects_object.h"
#include "bus/server_object.h"
#include "util/log.h"
#include "util/message_ids.h"

struct Bus {
        const BusHandler *handler;
        void *userdata;
        ManagerObject *manager;
        ServerObjects *servers;
        ObjectsObject *objects;
        FirmwareObject *firmware;
        BusConnection *connection;
        BusListener *listeners;          /* borrowed, each */
        sd_event_source *changed_source; /* deferred: one PropertiesChanged a loop turn */
};

/* A connection that is breaking is told by bus_connection.c. */
static void warn(int r, const char *what)
{
        if (r < 0 && r != -ENOTCONN && r != -ECONNRESET && r != -EPIPE)
                log_event_errno(
                        LOG_WARNING, r, MESSAGE_ID_INTERNAL_ERROR, "Failed to send %s, ignoring: %m", what);
}

static int on_attach(void *userdata, sd_bus *connection)
{
        Bus *bus = userdata;
        int r;

        r = backlog_attach(connection);
        if (r < 0)
                return r;
        r = sd_bus_add_object_manager(connection, NULL, BUS_PATH);
        if (r < 0)
                return r;
        r = manager_object_attach(bus->manager, connection);
        if (r < 0)
                return r;
        r = server_objects_attach(bus->servers, connection);
        if (r < 0)
                return r;
        r = objects_object_attach(bus->objects, connection);
        if (r < 0)
                return r;
        r = firmware_object_attach(bus->firmware, connection);
        if (r < 0)
                return r;
        return log_control_attach(connection);
}

static void on_owned(void *userdata)
{
        Bus *bus = userdata;

        manager_object_settle(bus->manager);
        server_objects_settle(bus->servers);
        firmware_object_settle(bus->firmware);
        bus->handler->ready(bus->userdata);
        for (BusListener *listener = bus->listeners; listener; listener = listener->next)
                listener->found(listener->userdata);
}

static void on_lost(void *userdata)
{
        Bus *bus = userdata;

        objects_object_lost(bus->objects);
        firmware_object_lost(bus->firmware);
        for (BusListener *listener = bus->listeners; listener; listener = listener->next)
                listener->lost(listener->userdata);
}

static void on_refused(void *userdata, const char *reason)
{
        Bus *bus = userdata;

        if (bus->handler->refused)
                bus->handler->refused(bus->userdata, reason);
}

static void on_name_taken(void *userdata, unsigned pid)
{
        Bus *bus = userdata;

        bus->handler->name_taken(bus->userdata, pid);
}

static const BusConnectionHandler connection_handler = {
        .attach = on_attach,
        .owned = on_owned,
        .lost = on_lost,
        .refused = on_refused,
        .name_taken = on_name_taken,
};

sd_bus *bus_heard(const Bus *bus)
{
        return bus_connection_heard(bus->connection);
}

void bus_add_listener(Bus *bus, BusListener *listener)
{
        listener->next = bus->listeners;
        bus->listeners = listener;
}

void bus_remove_listener(Bus *bus, BusListener *listener)
{
        BusListener **place = &bus->listeners;

        while (*place != listener)
                place = &(*place)->next;
        *place = listener->next;
}

static int on_changed(sd_event_source *source, void *userdata)
{
        Bus *bus = userdata;
        sd_bus *connection = bus_heard(bus);

        if (connection) {
                warn(manager_object_emit_changed(bus->manager, connection), "PropertiesChanged");
                warn(server_objects_emit_changed(bus->servers, connection), "PropertiesChanged");
                warn(firmware_object_emit_changed(bus->firmware, connection), "PropertiesChanged");
        }
        return 0;
}

static void schedule_changed(Bus *bus)
{
        int r;

        r = sd_event_source_set_enabled(bus->changed_source, SD_EVENT_ONESHOT);
        if (r < 0)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_INTERNAL_ERROR,
                        "Failed to schedule PropertiesChanged, ignoring: %m");
}

static void on_status_changed(void *userdata, Status old_status, Status new_status, const char *reason)
{
        Bus *bus = userdata;

        manager_object_refresh(bus->manager);
        if (bus_heard(bus))
                warn(manager_object_emit_status_changed(bus_heard(bus), old_status, new_status, reason),
                        "StatusChanged");
        schedule_changed(bus);
}

static void on_state_changed(void *userdata)
{
        Bus *bus = userdata;

        manager_object_refresh(bus->manager);
        schedule_changed(bus);
}

static void on_server_added(void *userdata, uint16_t short_server_id)
{
        Bus *bus = userdata;

        warn(server_objects_add(bus->servers, bus_heard(bus), short_server_id), "InterfacesAdded");
        schedule_changed(bus);
}

static void on_server_changed(void *userdata, uint16_t short_server_id)
{
        Bus *bus = userdata;

        server_objects_refresh(bus->servers, short_server_id);
        schedule_changed(bus);
}

static void on_server_removed(void *userdata, uint16_t short_server_id)
{
        Bus *bus = userdata;

        warn(server_objects_remove(bus->servers, bus_heard(bus), short_server_id), "InterfacesRemoved");
}

static void on_firmware_due(void *userdata)
{
        schedule_changed(userdata);
}

void bus_set_firmware(Bus *bus, const FirmwareFace *face, void *userdata)
{
        firmware_object_set_face(bus->firmware, face, userdata);
}

void bus_firmware_changed(Bus *bus)
{
        warn(firmware_object_refresh(bus->firmware, bus_heard(bus)), "a change of interfaces");
        schedule_changed(bus);
}

static const ClientListener bus_listener = {
        .status_changed = on_status_changed,
        .state_changed = on_state_changed,
        .server_added = on_server_added,
        .server_changed = on_server_changed,
        .server_removed = on_server_removed,
};

int bus_new(sd_event *event, Client *client, Published *published, const char *config_file,
        const BusHandler *handler, void *userdata, bool *ret_present, Bus **ret)
{
        _cleanup_(bus_freep) Bus *bus = NULL;
        int r;

        assert(event && client && published && config_file && handler && handler->ready &&
                handler->name_taken && ret);

        bus = calloc(1, sizeof(*bus));
        if (!bus)
                return -ENOMEM;
        bus->handler = handler;
        bus->userdata = userdata;
        r = sd_event_add_defer(event, &bus->changed_source, on_changed, bus);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(bus->changed_source, "bus-properties-changed");
        r = sd_event_source_set_enabled(bus->changed_source, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = manager_object_new(client, config_file, handler, userdata, &bus->manager);
        if (r < 0)
                return r;
        r = server_objects_new(client, &bus->servers);
        if (r < 0)
                return r;
        r = objects_object_new(client, published, &bus->objects);
        if (r < 0)
                return r;
        r = firmware_object_new(event, on_firmware_due, bus, &bus->firmware);
        if (r < 0)
                return r;
        r = bus_connection_new(event, &connection_handler, bus, &bus->connection);
        if (r < 0)
                return r;
        r = client_add_listener(client, &bus_listener, bus);
        if (r < 0)
                return r;

        if (ret_present)
                *ret_present = bus_connection_is_present(bus->connection);
        *ret = TAKE_PTR(bus);
        return 0;
}

Bus *bus_free(Bus *bus)
{
        if (!bus)
                return NULL;
        bus_connection_free(bus->connection);
        sd_event_source_disable_unref(bus->changed_source);
        manager_object_free(bus->manager);
        server_objects_free(bus->servers);
        objects_object_free(bus->objects);
        firmware_object_free(bus->firmware);
        free(bus);
        return NULL;
}
