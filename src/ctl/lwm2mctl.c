/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl: look at and control the LwM2M client over D-Bus. */
#include <locale.h>

#include "ctl/command_line.h"
#include "ctl/verb_check.h"
#include "ctl/verb_control.h"
#include "ctl/verb_firmware.h"
#include "ctl/verb_history.h"
#include "ctl/verb_monitor.h"
#include "ctl/verb_registered.h"
#include "ctl/verb_send.h"
#include "ctl/verb_servers.h"
#include "ctl/verb_status.h"
#include "ctl/verb_update.h"
#include "ctl/verb_values.h"

static const WordKind server_id = {"a Short Server ID", server_accepts};
static const WordKind disable_time = {"a time from 1s on", disable_time_accepts};
static const WordKind path = {"a path, as /3/0/9", path_accepts};
static const WordKind value = {"a value", value_accepts};
static const WordKind firmware_order = {"cancel or install", firmware_order_accepts};
static const WordKind series_number = {"the number of a series, or firmware", history_accepts};
static const WordKind update_number = {"the number of an update", history_number_accepts};
static const WordKind configuration_file = {"a configuration file", NULL};

static const Verb verbs[] = {
        {"status", NULL, "The client as a whole (the default)", verb_status},
        {"is-registered", NULL, "Status; fails unless registered", verb_is_registered},
        {"wait-online", NULL, "Wait until registered, for the daemon, too", verb_wait_online,
                .offline = true},
        {"servers", NULL, "A table of the LwM2M Servers", verb_servers},
        {"server", "SSID", "Everything about one of them", verb_server, {&server_id}},
        {"monitor", NULL, "What changes, over restarts of daemon and bus", verb_monitor},
        {"bootstrap", "[--wait]", "Bootstrap now", verb_bootstrap, .options = VERB_TAKES_WAIT},
        {"restart", "[--wait]", "Close all sessions and begin again", verb_restart,
                .options = VERB_TAKES_WAIT},
        {"reload", NULL, "Read the configuration again", verb_reload},
        {"reset", NULL, "Forget what was bootstrapped and begin again", verb_reset},
        {"update", "SSID", "Send a server an Update now", verb_update, {&server_id}},
        {"disable", "SSID [TIME]", "De-register from a server for this time", verb_disable,
                {&server_id, &disable_time}, .optional = 1},
        {"send", "SSID PATH...", "Send a server what is at these paths", verb_send, {&server_id, &path},
                .repeated = 1, .options = VERB_TAKES_FORMAT},
        {"objects", NULL, "A table of the Objects that servers see", verb_objects},
        {"get", "PATH...", "The values at these paths, or below them", verb_get, {&path}, .repeated = 1},
        {"set", "PATH VALUE...", "Set values of objects: in the YAML: all, or none", verb_set,
                {&path, &value}, .repeated = 2},
        {"history", "[firmware] [NUMBER]", "The last bootstraps and updates, or one of them", verb_history,
                {&series_number, &update_number}, .optional = 2},
        {"firmware", "[cancel|install]", "The firmware update; end it, or install it now", verb_firmware,
                {&firmware_order}, .optional = 1},
        {"check", "FILE", "Check a configuration; needs no bus", verb_check, {&configuration_file},
                .offline = true},
};

int main(int argc, char *argv[])
{
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        const Verb *verb = NULL;
        Ctl ctl;
        int r;

        (void)setlocale(LC_TIME, "");
        r = command_line_parse(argc, argv, verbs, ELEMENTSOF(verbs), &ctl, &verb);
        if (r >= 0)
                return r;
        if (!verb->offline) {
                r = ctl_connect(&ctl, &bus);
                if (r != CTL_DONE)
                        return r;
                ctl.bus = bus;
        }
        r = verb->run(&ctl);
        if (fflush(stdout) != 0 && r == CTL_DONE)
                return ctl_broken(errno, "write the output");
        return r;
}
