/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl status: is the device connected, and if not, why, and until when. */
#include "bus/names.h"
#include "ctl/firmware.h"
#include "ctl/properties.h"
#include "ctl/servers.h"
#include "ctl/status_fields.h"
#include "ctl/verb_status.h"

/* One that is on, or what became of the last one. */
static int show_firmware(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(freep) char *text = NULL;
        FirmwareProperties firmware;
        size_t size;
        FILE *file;
        int r;

        r = ctl_call_firmware(ctl, NULL, &reply);
        if (r != CTL_DONE || !reply)
                return r;
        r = firmware_read(reply, &firmware);
        if (r < 0)
                return ctl_broken(r, "read the reply");
        if (!firmware_has_news(&firmware))
                return CTL_DONE;
        file = open_memstream(&text, &size);
        if (!file)
                return ctl_broken(ENOMEM, "show the firmware update");
        firmware_write(file, &firmware, moment_now());
        if (fclose(file) != 0)
                return ctl_broken(ENOMEM, "show the firmware update");
        format_field_coloured(stdout, STATUS_KEY_WIDTH, "Firmware", firmware_colour(&firmware), "%s", text);
        return CTL_DONE;
}

static void show(const ManagerProperties *p, const ServersSummary *servers)
{
        Moment now = moment_now();
        char time[FORMAT_TIME_SIZE];

        status_fields_write(stdout, p, servers, now);
        format_field(stdout, STATUS_KEY_WIDTH, "Endpoint", "%s", p->endpoint_name);
        if (p->bootstrap_server_uri[0])
                format_field(stdout, STATUS_KEY_WIDTH, "Bootstrap Server", "%s (%s)",
                        p->bootstrap_server_uri, p->bootstrap_security_mode);
        else
                format_field(stdout, STATUS_KEY_WIDTH, "Bootstrap Server", "none");
        format_field(stdout, STATUS_KEY_WIDTH, "Bootstrapped", "%s", p->bootstrapped ? "yes" : "no");
        format_field(stdout, STATUS_KEY_WIDTH, "Accounts of", "%s", p->generation);
        format_time(p->last_bootstrap_timestamp, now, time);
        format_field(stdout, STATUS_KEY_WIDTH, "Last bootstrap", "%s", time);
        format_field(stdout, STATUS_KEY_WIDTH, "LwM2M Servers", "%zu of %zu registered", servers->registered,
                servers->all);
        format_field(stdout, STATUS_KEY_WIDTH, "Configuration", "%s", p->config_file);
        if (p->configuration_problem[0])
                format_field_coloured(stdout, STATUS_KEY_WIDTH, "Not in force", COLOUR_BAD, "%s",
                        p->configuration_problem);
        if (p->key_logging)
                format_field(stdout, STATUS_KEY_WIDTH, "Key log",
                        "written for each session, see SSLKEYLOGFILE in "
                        "lwm2m-clientd(8)");
        format_field(stdout, STATUS_KEY_WIDTH, "Version", "%s", p->version);
}

int verb_status(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL, *objects = NULL;
        ManagerProperties properties;
        ServersSummary servers;
        int r;

        r = ctl_get_manager(ctl, &reply);
        if (r != CTL_DONE)
                return r;
        if (ctl->json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, ctl->json);

                r = properties_to_json(reply, &writer);
                return r < 0 ? ctl_broken(r, "read the reply") : CTL_DONE;
        }

        r = properties_read_manager(reply, &properties);
        if (r < 0)
                return ctl_broken(r, "read the reply");
        r = servers_get(ctl, &objects);
        if (r != CTL_DONE)
                return r;
        r = servers_sum_up(objects, &servers);
        if (r < 0)
                return ctl_broken(r, "read the reply");
        show(&properties, &servers);
        return show_firmware(ctl);
}
