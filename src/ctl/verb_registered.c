/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl is-registered, wait-online: for scripts and units. */
#include "ctl/verb_registered.h"

#include "ctl/follower.h"
#include "ctl/properties.h"
#include "util/clock.h"

#define ACCURACY (10 * USEC_PER_MSEC) /* of the deadline */

int verb_is_registered(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        ManagerProperties properties;
        int r;

        r = ctl_get_manager(ctl, &reply);
        if (r != CTL_DONE)
                return r;
        r = properties_read_manager(reply, &properties);
        if (r < 0)
                return ctl_broken(r, "read the reply");
        if (ctl->json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, ctl->json);

                json_begin(&writer, '{');
                json_member_string(&writer, "Status", properties.status);
                json_member_boolean(&writer, "Registered", status_is_registered(properties.status));
                json_end(&writer, '{');
        } else
                (void)puts(properties.status);
        return status_is_registered(properties.status) ? CTL_DONE : CTL_FAILED;
}

/* -- wait-online -- */

typedef struct WaitOnline {
        const Ctl *ctl;
        sd_event *event;
        Follower *follower;
        sd_bus_message *last; /* what was, when the daemon answered last; NULL: it has not */
        bool absent;          /* the bus says that there is none */
} WaitOnline;

static int on_present(sd_bus_message *message, void *userdata)
{
        WaitOnline *wait = userdata;
        ManagerProperties properties;
        int r;

        r = properties_read_manager(message, &properties);
        if (r < 0)
                return r;
        sd_bus_message_unref(wait->last);
        wait->last = sd_bus_message_ref(message);
        if (status_is_registered(properties.status))
                (void)sd_event_exit(wait->event, CTL_DONE);
        return 0;
}

static int on_change(sd_bus_message *message, void *userdata)
{
        const WaitOnline *wait = userdata;

        follower_ask(wait->follower);
        return 0;
}

static void on_daemon(bool there, void *userdata)
{
        WaitOnline *wait = userdata;

        wait->last = sd_bus_message_unref(wait->last);
        wait->absent = !there;
}

static void on_bus_lost(void *userdata)
{
        WaitOnline *wait = userdata;

        wait->last = sd_bus_message_unref(wait->last);
        wait->absent = false;
}

static const char *why_unknown(const WaitOnline *wait)
{
        if (!follower_has_bus(wait->follower))
                return "The bus is not there.";
        return wait->absent ? "lwm2m-clientd is not running." : "lwm2m-clientd has not answered.";
}

/* Why not, for the journal of the unit that has waited. */
static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        const WaitOnline *wait = userdata;
        ManagerProperties properties;

        (void)fprintf(stderr, "Not registered within %g s. ", ctl_timeout_seconds(wait->ctl));
        if (wait->last && sd_bus_message_rewind(wait->last, true) >= 0 &&
                properties_read_manager(wait->last, &properties) >= 0)
                properties_tell_status(stderr, &properties);
        else
                (void)fprintf(stderr, "%s\n", why_unknown(wait));
        return sd_event_exit(wait->event, CTL_FAILED);
}

static int run(WaitOnline *wait)
{
        static const FollowerHandler handler = {
                .present = on_present,
                .status = on_change,
                .properties = on_change,
                .daemon = on_daemon,
                .bus_lost = on_bus_lost,
        };
        int r;

        r = sd_event_new(&wait->event);
        if (r >= 0 && wait->ctl->deadline != USEC_INFINITY)
                r = sd_event_add_time(wait->event, NULL, CLOCK_MONOTONIC, wait->ctl->deadline, ACCURACY,
                        on_deadline, wait);
        if (r < 0)
                return ctl_broken(r, "wait for the daemon");
        r = follower_new(wait->ctl, wait->event, &handler, wait, &wait->follower);
        if (r != CTL_DONE)
                return r;
        r = sd_event_loop(wait->event);
        return r < 0 ? ctl_broken(r, "wait for the daemon") : r;
}

int verb_wait_online(const Ctl *ctl)
{
        WaitOnline wait = {.ctl = ctl};
        int r;

        r = run(&wait);
        follower_free(wait.follower);
        sd_bus_message_unref(wait.last);
        sd_event_unref(wait.event);
        return r;
}
