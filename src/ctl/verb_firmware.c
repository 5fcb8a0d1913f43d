/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl firmware: the update that is under way, or what became of the last one; its end, its beginning.
 */
#include "ctl/verb_firmware.h"

#include "ctl/firmware.h"
#include "ctl/json.h"
#include "ctl/properties.h"

#define KEY_WIDTH 8 /* "Progress" */

static const struct {
        const char *word, *member;
} orders[] = {
        {"cancel", "Cancel"},
        {"install", "Install"},
};

static const char *member_of(const char *word)
{
        for (size_t i = 0; i < ELEMENTSOF(orders); i++)
                if (strcmp(orders[i].word, word) == 0)
                        return orders[i].member;
        return NULL;
}

bool firmware_order_accepts(const char *word)
{
        return member_of(word);
}

static void show_received(const FirmwareProperties *p)
{
        char received[FORMAT_SIZE_SIZE], total[FORMAT_SIZE_SIZE];

        format_size(p->received, received);
        format_size(p->total, total);
        if (p->total > 0)
                format_field(stdout, KEY_WIDTH, "Received", "%s of %s", received, total);
        else if (p->received > 0)
                format_field(stdout, KEY_WIDTH, "Received", "%s", received);
}

static void show(const FirmwareProperties *p)
{
        int percent = firmware_percent(p);
        char time[FORMAT_TIME_SIZE];

        format_field_coloured(stdout, KEY_WIDTH, "State",
                strcmp(p->state, "idle") == 0 ? COLOUR_NONE : COLOUR_WAIT, "%s", p->state);
        if (p->result != 0)
                format_field_coloured(stdout, KEY_WIDTH, "Result", colour_of_update(p->result_name),
                        "%s (%u)", p->result_name, (unsigned)p->result);
        format_field_unless_empty(stdout, KEY_WIDTH, "Reason", p->text);
        format_field_unless_empty(stdout, KEY_WIDTH, "Name", p->name);
        format_field_unless_empty(stdout, KEY_WIDTH, "Version", p->version);
        format_field_unless_empty(stdout, KEY_WIDTH, "URI", p->uri);
        show_received(p);
        if (percent >= 0)
                format_field(stdout, KEY_WIDTH, "Progress", "%d %%", percent);
        if (p->install.realtime > 0) {
                format_time(p->install, moment_now(), time);
                format_field(stdout, KEY_WIDTH, "Waits", "until %s", time);
        }
}

int verb_firmware(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        JsonWriter writer = JSON_WRITER(stdout, ctl->json);
        FirmwareProperties properties;
        int r;

        r = ctl_call_firmware(ctl, ctl->n_words > 0 ? member_of(ctl->words[0]) : NULL, &reply);
        if (r != CTL_DONE)
                return r;
        if (!reply)
                return ctl_no_firmware();
        if (ctl->n_words > 0)
                return CTL_DONE;
        r = ctl->json != JSON_OFF ? properties_to_json(reply, &writer) : firmware_read(reply, &properties);
        if (r < 0)
                return ctl_broken(r, "read the reply");
        if (ctl->json == JSON_OFF)
                show(&properties);
        return CTL_DONE;
}
