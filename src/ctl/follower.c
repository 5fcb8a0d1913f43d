/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the daemon. */
#include "bus/names.h"
#include "ctl/follower.h"
#include "util/clock.h"

#define RECONNECT_WAIT USEC_PER_SEC /* where there is no socket, or nobody behind it yet */
#define ACCURACY       (10 * USEC_PER_MSEC)

struct Follower {
        const Ctl *ctl;
        const FollowerHandler *handler;
        void *userdata;
        sd_event *event;
        sd_event_source *reconnect_source;
        sd_bus *bus;    /* NULL: to be connected to */
        bool follows;   /* what is has been told: changes count from then on */
        bool asking;    /* what is has been asked for */
        bool ask_again; /* something has changed since */
};

static void tell_daemon(Follower *follower, bool there)
{
        if (follower->handler->daemon)
                follower->handler->daemon(there, follower->userdata);
}

static bool is_absent(const sd_bus_error *error)
{
        return sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER);
}

static int on_present(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Follower *follower = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(message);

        follower->asking = false;
        if (follower->ask_again)
                follower_ask(follower);
        if (error) {
                if (!follower->follows && is_absent(error)) {
                        follower->follows = true;
                        tell_daemon(follower, false);
                }
                return 0;
        }
        follower->follows = true;
        return follower->handler->present(message, follower->userdata);
}

static int get_all(
        Follower *follower, const char *interface, sd_bus_message_handler_t handler, void *userdata)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r;

        r = ctl_new_call(follower->bus, BUS_PATH, BUS_PROPERTIES_INTERFACE, "GetAll", &message);
        if (r >= 0)
                r = sd_bus_message_append(message, "s", interface);
        if (r >= 0)
                r = sd_bus_call_async(follower->bus, NULL, message, handler, userdata, USEC_INFINITY);
        return r;
}

void follower_ask(Follower *follower)
{
        follower->ask_again = follower->asking;
        if (follower->bus && !follower->asking)
                follower->asking = get_all(follower, BUS_MANAGER_INTERFACE, on_present, follower) >= 0;
}

bool follower_has_bus(const Follower *follower)
{
        return follower->bus && sd_bus_is_ready(follower->bus) > 0;
}

int follower_get(Follower *follower, const char *interface, sd_bus_message_handler_t handler, void *userdata)
{
        return follower->bus ? get_all(follower, interface, handler, userdata) : -ENOTCONN;
}

int follower_call(Follower *follower, const char *interface, const char *member,
        sd_bus_message_handler_t handler, void *userdata)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r;

        if (!follower->bus)
                return -ENOTCONN;
        r = ctl_new_call(follower->bus, BUS_PATH, interface, member, &message);
        if (r < 0)
                return r;
        return sd_bus_call_async(follower->bus, NULL, message, handler, userdata, USEC_INFINITY);
}

static int on_status_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const Follower *follower = userdata;

        return follower->follows && follower->handler->status
                       ? follower->handler->status(message, follower->userdata)
                       : 0;
}

static int on_properties_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const Follower *follower = userdata;

        return follower->follows && follower->handler->properties
                       ? follower->handler->properties(message, follower->userdata)
                       : 0;
}

static int on_object(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const Follower *follower = userdata;

        return follower->follows && follower->handler->object
                       ? follower->handler->object(message, follower->userdata)
                       : 0;
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const char *name, *old_owner, *new_owner;
        Follower *follower = userdata;
        int r;

        r = sd_bus_message_read(message, "sss", &name, &old_owner, &new_owner);
        if (r < 0)
                return r;
        tell_daemon(follower, new_owner[0] != '\0');
        if (new_owner[0])
                follower_ask(follower);
        return 0;
}

static void connect_later(Follower *follower)
{
        if (sd_event_source_set_time_relative(follower->reconnect_source, RECONNECT_WAIT) < 0 ||
                sd_event_source_set_enabled(follower->reconnect_source, SD_EVENT_ONESHOT) < 0)
                (void)sd_event_exit(follower->event, ctl_broken(EIO, "wait for the bus"));
}

static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Follower *follower = userdata;

        if (follower->follows && follower->handler->bus_lost)
                follower->handler->bus_lost(follower->userdata);
        follower->follows = false;
        connect_later(follower);
        return 0;
}

/* The bus has the matches before it gets a call that follows. */
static int watch(Follower *follower)
{
        static const struct {
                const char *match;
                sd_bus_message_handler_t handler;
        } matches[] = {
                {"sender='" BUS_NAME "',path='" BUS_PATH "',interface='" BUS_MANAGER_INTERFACE
                 "',member='StatusChanged'",
                        on_status_changed},
                {"sender='" BUS_NAME "',path_namespace='" BUS_PATH
                 "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'",
                        on_properties_changed},
                {"sender='" BUS_NAME "',path='" BUS_PATH "',interface='org.freedesktop.DBus.ObjectManager'",
                        on_object},
                {"sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                 "arg0='" BUS_NAME "'",
                        on_owner_changed},
                {"sender='org.freedesktop.DBus.Local',path='/org/freedesktop/DBus/Local',"
                 "interface='org.freedesktop.DBus.Local',member='Disconnected'",
                        on_disconnected},
        };

        for (size_t i = 0; i < ELEMENTSOF(matches); i++) {
                char match[512];
                int r;

                (void)snprintf(match, sizeof(match), "type='signal',%s", matches[i].match);
                r = sd_bus_add_match_async(follower->bus, NULL, match, matches[i].handler, NULL, follower);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* One attempt; the connection comes to be ready, or breaks, while it is followed. */
static int connect_to_bus(Follower *follower)
{
        int r;

        follower->bus = sd_bus_close_unref(follower->bus);
        follower->asking = false;
        r = ctl_begin_connection(follower->ctl, &follower->bus);
        if (r >= 0)
                r = watch(follower);
        if (r >= 0)
                r = sd_bus_attach_event(follower->bus, follower->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                follower_ask(follower);
        else
                follower->bus = sd_bus_close_unref(follower->bus);
        return r;
}

static int on_reconnect(sd_event_source *source, uint64_t usec, void *userdata)
{
        if (connect_to_bus(userdata) < 0)
                connect_later(userdata);
        return 0;
}

/* The daemon must be there; whoever starts this waits for a first line. */
static int begin(Follower *follower)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        follower->bus = sd_bus_ref(follower->ctl->bus);
        r = watch(follower);
        if (r < 0)
                return ctl_broken(r, "watch the daemon");
        r = ctl_get_manager(follower->ctl, &reply);
        if (r != CTL_DONE)
                return r;
        follower->follows = true;
        r = follower->handler->present(reply, follower->userdata);
        if (r < 0)
                return ctl_broken(r, "read the daemon's properties");
        r = sd_bus_attach_event(follower->bus, follower->event, SD_EVENT_PRIORITY_NORMAL);
        return r < 0 ? ctl_broken(r, "watch the daemon") : CTL_DONE;
}

static int begin_without(Follower *follower)
{
        int r;

        r = connect_to_bus(follower);
        if (r == -EINVAL && follower->ctl->address)
                return ctl_wrong_address(follower->ctl);
        if (r < 0)
                connect_later(follower);
        return CTL_DONE;
}

int follower_new(
        const Ctl *ctl, sd_event *event, const FollowerHandler *handler, void *userdata, Follower **ret)
{
        _cleanup_(follower_freep) Follower *follower = NULL;
        int r;

        follower = calloc(1, sizeof(*follower));
        if (!follower)
                return ctl_broken(ENOMEM, "watch the daemon");
        *follower = (Follower){
                .ctl = ctl,
                .handler = handler,
                .userdata = userdata,
                .event = sd_event_ref(event),
        };
        r = sd_event_add_time(event, &follower->reconnect_source, CLOCK_MONOTONIC, USEC_INFINITY, ACCURACY,
                on_reconnect, follower);
        if (r >= 0)
                r = sd_event_source_set_enabled(follower->reconnect_source, SD_EVENT_OFF);
        if (r < 0)
                return ctl_broken(r, "watch the daemon");
        r = ctl->bus ? begin(follower) : begin_without(follower);
        if (r == CTL_DONE)
                *ret = TAKE_PTR(follower);
        return r;
}

Follower *follower_free(Follower *follower)
{
        if (!follower)
                return NULL;
        sd_event_source_disable_unref(follower->reconnect_source);
        if (follower->bus)
                (void)sd_bus_detach_event(follower->bus);
        sd_bus_close_unref(follower->bus);
        sd_event_unref(follower->event);
        free(follower);
        return NULL;
}
