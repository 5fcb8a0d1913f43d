/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl status: is the device connected, and if not, why, and until when. */
#include "bus/names.h"
#include "ctl/properties.h"
#include "ctl/verb_servers.h"
#include "ctl/verb_status.h"

#define KEY_WIDTH 16 /* "Bootstrap Server" */

static void show_series(const ManagerProperties *p, const ServersSummary *servers, Moment now)
{
        /* The Manager has none while it is suspended: that ends with the Disable of a server. */
        Moment next = strcmp(p->status, "suspended") == 0 ? servers->next : p->next_retry_timestamp;
        char time[FORMAT_TIME_SIZE];

        /* The count outlives its series; beside the retries of a registration it would look like theirs. */
        if (p->attempt > 0 && strcmp(p->status, "registering") != 0)
                format_field(stdout, KEY_WIDTH, "Attempt", "%u of %u", p->attempt, p->retry_count + 1);
        if (next.realtime > 0) {
                format_time(next, now, time);
                format_field(stdout, KEY_WIDTH, "Next attempt", "%s", time);
        }
        if (strcmp(p->status, "queue-mode") == 0 && servers->awake.realtime > 0) {
                format_time(servers->awake, now, time);
                format_field(stdout, KEY_WIDTH, "Sleeps until", "%s", time);
        }
        if (p->last_error.name[0])
                format_field(stdout, KEY_WIDTH, "Last error", "%s: %s", p->last_error.name,
                        p->last_error.sentence);
}

static void show(const ManagerProperties *p, const ServersSummary *servers)
{
        Moment now = moment_now();
        char time[FORMAT_TIME_SIZE];

        format_field(stdout, KEY_WIDTH, "Status", "%s (%s)", p->status, p->sub_status);
        format_time(p->status_timestamp, now, time);
        format_field(stdout, KEY_WIDTH, "Since", "%s", time);
        show_series(p, servers, now);
        format_field(stdout, KEY_WIDTH, "Endpoint", "%s", p->endpoint_name);
        if (p->bootstrap_server_uri[0])
                format_field(stdout, KEY_WIDTH, "Bootstrap Server", "%s (%s)", p->bootstrap_server_uri,
                        p->bootstrap_security_mode);
        else
                format_field(stdout, KEY_WIDTH, "Bootstrap Server", "none");
        format_field(stdout, KEY_WIDTH, "Bootstrapped", "%s", p->bootstrapped ? "yes" : "no");
        format_field(stdout, KEY_WIDTH, "Accounts of", "%s", p->generation);
        format_time(p->last_bootstrap_timestamp, now, time);
        format_field(stdout, KEY_WIDTH, "Last bootstrap", "%s", time);
        format_field(stdout, KEY_WIDTH, "LwM2M Servers", "%zu of %zu registered", servers->registered,
                servers->all);
        format_field(stdout, KEY_WIDTH, "Configuration", "%s", p->config_file);
        if (p->configuration_problem[0])
                format_field(stdout, KEY_WIDTH, "Not in force", "%s", p->configuration_problem);
        if (p->key_logging)
                format_field(stdout, KEY_WIDTH, "Key log",
                        "written for each session, see SSLKEYLOGFILE in "
                        "lwm2m-clientd(8)");
        format_field(stdout, KEY_WIDTH, "Version", "%s", p->version);
}

int verb_status(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
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
        r = servers_sum_up(ctl, &servers);
        if (r != CTL_DONE)
                return r;
        show(&properties, &servers);
        return CTL_DONE;
}
