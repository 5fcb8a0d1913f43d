/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl bootstrap, restart, reload, reset: ask for it, and wait for the outcome where that is wanted. */
#include "bus/names.h"
#include "ctl/properties.h"
#include "ctl/verb_control.h"
#include "util/clock.h"

/* Follows Status from before the request on (interface.md section 1). */
typedef struct Wait {
        bool bootstrap; /* a bootstrap has to come first */
        bool asked;     /* StatusChanged of the request itself has come: what follows is its outcome */
        bool begun;     /* what counts from now on is the outcome */
        int outcome;    /* an exit status, -1 while it is open */
} Wait;

static void step(Wait *wait, const char *old_status, const char *new_status)
{
        if (wait->outcome == CTL_NO_DAEMON || (wait->asked && wait->outcome >= 0))
                return;
        if (!wait->asked) {
                /* What looked like the outcome was from before the request. */
                wait->outcome = -1;
                if (strcmp(new_status, "bootstrapping") == 0)
                        wait->begun = false;
        }
        if (wait->bootstrap && !wait->begun) {
                if (strcmp(old_status, "bootstrapping") != 0)
                        return;
                wait->begun = true;
                if (strcmp(new_status, "bootstrapped") != 0)
                        wait->outcome = CTL_FAILED;
                return;
        }
        if (strcmp(new_status, "failure") == 0)
                wait->outcome = CTL_FAILED;
        if (status_is_registered(new_status))
                wait->outcome = CTL_DONE;
}

static int on_status_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const char *old_status, *new_status;
        int r;

        r = sd_bus_message_read(message, "ss", &old_status, &new_status);
        if (r < 0)
                return r;
        step(userdata, old_status, new_status);
        return 0;
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Wait *wait = userdata;

        if (wait->outcome < 0) {
                (void)fprintf(stderr, "lwm2m-clientd has left the bus.\n");
                wait->outcome = CTL_NO_DAEMON;
        }
        return 0;
}

static int watch(const Ctl *ctl, Wait *wait)
{
        int r;

        /* The bus has both before the call that follows them. */
        r = sd_bus_match_signal_async(ctl->bus, NULL, BUS_NAME, BUS_PATH, BUS_MANAGER_INTERFACE,
                "StatusChanged", on_status_changed, NULL, wait);
        if (r >= 0)
                r = sd_bus_add_match_async(ctl->bus, NULL,
                        "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                        "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" BUS_NAME "'",
                        on_owner_changed, NULL, wait);
        return r < 0 ? ctl_broken(r, "watch the daemon") : CTL_DONE;
}

static int read_manager(const Ctl *ctl, sd_bus_message **ret_reply, ManagerProperties *ret)
{
        int r;

        r = ctl_get_manager(ctl, ret_reply);
        if (r != CTL_DONE)
                return r;
        r = properties_read_manager(*ret_reply, ret);
        return r < 0 ? ctl_broken(r, "read the reply") : CTL_DONE;
}

/* Why it failed, for whoever reads the terminal. */
static void tell_failure(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        ManagerProperties p;

        if (read_manager(ctl, &reply, &p) != CTL_DONE)
                return;
        properties_tell_status(stderr, &p);
}

/* --timeout has passed: a daemon that answers has a second more to say what is. */
static int tell_too_late(const Ctl *ctl)
{
        Ctl second = *ctl;

        (void)fprintf(stderr, "Not within %g s. ", ctl_timeout_seconds(ctl));
        second.deadline = clock_monotonic(&clock_system) + USEC_PER_SEC;
        tell_failure(&second);
        return CTL_FAILED;
}

static int wait_for_outcome(const Ctl *ctl, Wait *wait)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        ManagerProperties p;
        int r;

        /* With no account at all there is nothing that could come. */
        r = read_manager(ctl, &reply, &p);
        if (r != CTL_DONE)
                return r;
        wait->asked = true;
        if (strcmp(p.status, "initial") == 0 && strcmp(p.sub_status, "no-account") == 0)
                wait->outcome = CTL_FAILED;
        while (wait->outcome < 0) {
                r = ctl_process(ctl);
                if (r != CTL_DONE)
                        return r == CTL_FAILED ? tell_too_late(ctl) : r;
        }
        if (wait->outcome == CTL_FAILED)
                tell_failure(ctl);
        return wait->outcome;
}

static int request(const Ctl *ctl, const char *member, bool bootstrap)
{
        Wait wait = {.bootstrap = bootstrap, .outcome = -1};
        int r;

        if (ctl->wait) {
                r = watch(ctl, &wait);
                if (r != CTL_DONE)
                        return r;
        }
        r = ctl_call(ctl, BUS_PATH, BUS_MANAGER_INTERFACE, member, NULL, bootstrap ? "a{sv}" : NULL, 0);
        if (r != CTL_DONE || !ctl->wait)
                return r;
        return wait_for_outcome(ctl, &wait);
}

int verb_bootstrap(const Ctl *ctl)
{
        return request(ctl, "Bootstrap", true);
}

int verb_restart(const Ctl *ctl)
{
        return request(ctl, "Restart", false);
}

/* What counts as unchanged is no failure, and yet not what whoever has reloaded wanted. */
static void tell_problem(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        ManagerProperties p;

        if (read_manager(ctl, &reply, &p) != CTL_DONE || !p.configuration_problem[0])
                return;
        (void)fputs("Not in force: ", stderr);
        format_text(stderr, p.configuration_problem);
        (void)fputc('\n', stderr);
}

int verb_reload(const Ctl *ctl)
{
        int r = request(ctl, "Reload", false);

        if (r == CTL_DONE)
                tell_problem(ctl);
        return r;
}

int verb_reset(const Ctl *ctl)
{
        return request(ctl, "Reset", false);
}
