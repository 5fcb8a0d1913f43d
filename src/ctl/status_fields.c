/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the device is connected, and if not, why and until when. */
#include "ctl/status_fields.h"

static void write_series(FILE *file, const ManagerProperties *p, const ServersSummary *servers, Moment now)
{
        /* The Manager has none while it is suspended: that ends with the Disable of a server. */
        Moment next = strcmp(p->status, "suspended") == 0 ? servers->next : p->next_retry_timestamp;
        char time[FORMAT_TIME_SIZE];

        /* The count outlives its series; beside the retries of a registration it would look like theirs. */
        if (p->attempt > 0 && strcmp(p->status, "registering") != 0)
                format_field(file, STATUS_KEY_WIDTH, "Attempt", "%u of %u", p->attempt, p->retry_count + 1);
        if (next.realtime > 0) {
                format_time(next, now, time);
                format_field(file, STATUS_KEY_WIDTH, "Next attempt", "%s", time);
        }
        if (strcmp(p->status, "queue-mode") == 0 && servers->awake.realtime > 0) {
                format_time(servers->awake, now, time);
                format_field(file, STATUS_KEY_WIDTH, "Sleeps until", "%s", time);
        }
        if (p->last_error.name[0])
                format_field_coloured(file, STATUS_KEY_WIDTH, "Last error", COLOUR_BAD, "%s: %s",
                        p->last_error.name, p->last_error.sentence);
}

void status_fields_write(
        FILE *file, const ManagerProperties *properties, const ServersSummary *servers, Moment now)
{
        char time[FORMAT_TIME_SIZE];

        format_field_coloured(file, STATUS_KEY_WIDTH, "Status", colour_of_status(properties->status),
                "%s (%s)", properties->status, properties->sub_status);
        format_time(properties->status_timestamp, now, time);
        format_field(file, STATUS_KEY_WIDTH, "Since", "%s", time);
        write_series(file, properties, servers, now);
}
