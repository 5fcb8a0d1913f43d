/* SPDX-License-Identifier: Apache-2.0 */
/* One service of the bus. */
#include "bus/service_watch.h"

#include <stdio.h>

#include "bus/names.h"
#include "util/log.h"

#define MATCH_SIZE \
        768 /* two names of at most 255 bytes (D-Bus specification, Valid Names) and a path of ours */

struct ServiceWatch {
        const ServiceWatchHandler *handler;
        void *userdata;
        char *owner;                                     /* a unique name; NULL: nobody */
        sd_bus_slot *match, *question;                   /* owned */
        sd_bus_slot *signals[SERVICE_WATCH_SIGNALS_MAX]; /* owned */
};

/* owner: "" for nobody. */
static void set_owner(ServiceWatch *watch, const char *owner)
{
        free(watch->owner);
        /* Without memory nobody is heard: what is asked still has its deadline. */
        watch->owner = owner[0] ? strdup(owner) : NULL;
}

static bool is_from(sd_bus_message *message, const char *name)
{
        const char *sender = sd_bus_message_get_sender(message);

        return sender && name && strcmp(sender, name) == 0;
}

static int on_owner(sd_bus_message *reply, void *userdata, sd_bus_error *reterr)
{
        ServiceWatch *watch = userdata;
        const char *owner;

        if (!sd_bus_message_is_method_error(reply, NULL) && sd_bus_message_read(reply, "s", &owner) > 0)
                set_owner(watch, owner);
        return 0;
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ServiceWatch *watch = userdata;
        const char *name, *before, *after;

        /* sd-bus leaves it to the bus whom a name of a match means, and what is sent to us alone no match is
         * asked for. */
        if (!is_from(message, "org.freedesktop.DBus") ||
                sd_bus_message_read(message, "sss", &name, &before, &after) < 0)
                return 0;
        set_owner(watch, after);
        if (before[0])
                watch->handler->gone(watch->userdata);
        return 0;
}

static int on_signal(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ServiceWatch *watch = userdata;

        if (is_from(message, watch->owner))
                watch->handler->signal(watch->userdata, message);
        return 0;
}

/* sd-bus would end the connection. */
static int on_match(sd_bus_message *reply, void *userdata, sd_bus_error *reterr)
{
        const sd_bus_error *error = sd_bus_message_get_error(reply);

        if (error && sd_bus_is_open(sd_bus_message_get_bus(reply)) > 0)
                log_event(LOG_WARNING, MESSAGE_ID_INTERNAL_ERROR,
                        "The bus does not let us hear a service that we ask: %s",
                        error->message ?: error->name);
        return 0;
}

static int add_match(ServiceWatch *watch, sd_bus *connection, const char *sender,
        const ServiceSignal *signal, const char *more, sd_bus_message_handler_t handler, sd_bus_slot **ret)
{
        char match[MATCH_SIZE];

        (void)snprintf(match, sizeof(match),
                "type='signal',sender='%s',path='%s',interface='%s',member='%s'%s", sender, signal->path,
                signal->interface, signal->member, more);
        return sd_bus_add_match_async(connection, ret, match, handler, on_match, watch);
}

static int watch_owner(ServiceWatch *watch, sd_bus *connection, const char *name)
{
        static const ServiceSignal owner_changed = {
                "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged"};
        char more[MATCH_SIZE / 2];
        int r;

        (void)snprintf(more, sizeof(more), ",arg0='%s'", name);
        r = add_match(watch, connection, "org.freedesktop.DBus", &owner_changed, more, on_owner_changed,
                &watch->match);
        if (r < 0)
                return r;
        return sd_bus_call_method_async(
                connection, &watch->question, BUS_DRIVER, "GetNameOwner", on_owner, watch, "s", name);
}

int service_watch_new(sd_bus *connection, const char *name, const ServiceSignal *signals, size_t n,
        const ServiceWatchHandler *handler, void *userdata, ServiceWatch **ret)
{
        _cleanup_(service_watch_freep) ServiceWatch *watch = NULL;
        int r;

        assert(n <= SERVICE_WATCH_SIGNALS_MAX);

        watch = calloc(1, sizeof(*watch));
        if (!watch)
                return -ENOMEM;
        watch->handler = handler;
        watch->userdata = userdata;
        r = watch_owner(watch, connection, name);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = add_match(watch, connection, name, &signals[i], "", on_signal, &watch->signals[i]);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(watch);
        return 0;
}

ServiceWatch *service_watch_free(ServiceWatch *watch)
{
        if (!watch)
                return NULL;
        sd_bus_slot_unref(watch->match);
        sd_bus_slot_unref(watch->question);
        for (size_t i = 0; i < SERVICE_WATCH_SIGNALS_MAX; i++)
                sd_bus_slot_unref(watch->signals[i]);
        free(watch->owner);
        free(watch);
        return NULL;
}
