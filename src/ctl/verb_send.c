/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl send. */
#include "ctl/verb_send.h"

#include "bus/names.h"
#include "ctl/servers.h"
#include "util/parse.h"

#define DEFAULT_FORMAT "senml-cbor" /* of Send() */

static int append_arguments(const Ctl *ctl, sd_bus_message *message)
{
        int r;

        r = sd_bus_message_append_strv(message, ctl->words + 1);
        if (r < 0)
                return r;
        return ctl->format ? sd_bus_message_append(message, "a{sv}", 1, "format", "s", ctl->format)
                           : sd_bus_message_append(message, "a{sv}", 0);
}

static void print_json(const Ctl *ctl)
{
        JsonWriter json = JSON_WRITER(stdout, ctl->json);
        uint64_t id = 0;

        (void)parse_u64(ctl->words[0], UINT16_MAX, &id);
        json_begin(&json, '{');
        json_member_unsigned(&json, "ShortServerID", id);
        json_key(&json, "Paths");
        json_begin(&json, '[');
        for (size_t i = 1; i < ctl->n_words; i++)
                json_string(&json, ctl->words[i]);
        json_end(&json, '[');
        json_member_string(&json, "Format", ctl->format ?: DEFAULT_FORMAT);
        json_end(&json, '{');
}

int verb_send(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        char path[SERVER_PATH_SIZE];
        int r;

        server_path(ctl->words[0], path);
        r = ctl_new_call(ctl->bus, path, BUS_SERVER_INTERFACE, "Send", &message);
        if (r >= 0)
                r = append_arguments(ctl, message);
        if (r < 0)
                return ctl_broken(r, "make a call");
        r = ctl_exchange(ctl, message, USEC_INFINITY, NULL);
        if (r == CTL_DONE && ctl->json != JSON_OFF)
                print_json(ctl);
        return r;
}
