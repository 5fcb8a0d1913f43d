/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl servers: a table; lwm2mctl server: everything about one. */
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>

#include "ctl/properties.h"
#include "ctl/screen.h"
#include "ctl/servers.h"
#include "ctl/verb_servers.h"
#include "util/parse.h"

#define KEY_WIDTH 17 /* "Last registration" */

static int one_to_json(sd_bus_message *message, void *userdata)
{
        return properties_to_json(message, userdata);
}

static int show_json(const Ctl *ctl, sd_bus_message *objects)
{
        JsonWriter writer = JSON_WRITER(stdout, ctl->json);
        int r;

        json_begin(&writer, '[');
        r = servers_each(objects, one_to_json, &writer);
        json_end(&writer, '[');
        return r;
}

static int show_table(sd_bus_message *objects)
{
        _cleanup_(table_done) Table table = {};
        int r;

        r = servers_to_table(objects, &table);
        if (r < 0)
                return r;
        if (table_is_empty(&table))
                (void)fprintf(stderr, "There are no LwM2M Servers.\n");
        else
                table_print(&table, stdout);
        return 0;
}

int verb_servers(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *objects = NULL;
        int r;

        r = servers_get(ctl, &objects);
        if (r != CTL_DONE)
                return r;
        r = ctl->json != JSON_OFF ? show_json(ctl, objects) : show_table(objects);
        return r < 0 ? ctl_broken(r, "show the servers") : CTL_DONE;
}

/* Those that are not zero, where there are any; on a terminal in lines that fit it. */
static void show_counters(const Counters *counters)
{
        _cleanup_(freep) char *text = NULL, *field = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);
        bool any;

        if (!file)
                return;
        any = counters_write(counters, 0, file);
        if (fclose(file) != 0 || !any)
                return;
        file = open_memstream(&field, &size);
        if (!file)
                return;
        format_field(file, KEY_WIDTH, "Counters", "%s", text);
        if (fclose(file) == 0)
                format_wrapped(stdout, field, isatty(STDOUT_FILENO) ? screen_size().columns : UINT_MAX,
                        KEY_WIDTH + 2);
}

static void show_server(const ServerProperties *p)
{
        Moment now = moment_now();
        char time[FORMAT_TIME_SIZE];

        format_field(stdout, KEY_WIDTH, "Short Server ID", "%u", (unsigned)p->short_server_id);
        format_field_coloured(stdout, KEY_WIDTH, "State", colour_of_state(p->state), "%s", p->state);
        format_field(stdout, KEY_WIDTH, "URI", "%s", p->server_uri);
        format_field(stdout, KEY_WIDTH, "Security mode", "%s", p->security_mode);
        format_field_unless_empty(stdout, KEY_WIDTH, "Address", p->peer_address);
        format_field_unless_empty(stdout, KEY_WIDTH, "Cipher", p->cipher);
        format_field(stdout, KEY_WIDTH, "Lifetime", "%" PRId64 " s", p->lifetime);
        format_field(stdout, KEY_WIDTH, "Binding", "%s", p->binding);
        format_field(stdout, KEY_WIDTH, "Observations", "%u", (unsigned)p->observations);
        format_time(p->last_registration_timestamp, now, time);
        format_field(stdout, KEY_WIDTH, "Last registration", "%s", time);
        if (p->next_update_timestamp.realtime > 0) {
                format_time(p->next_update_timestamp, now, time);
                format_field(stdout, KEY_WIDTH, "Next update", "%s", time);
        }
        if (p->next_retry_timestamp.realtime > 0) {
                format_time(p->next_retry_timestamp, now, time);
                format_field(stdout, KEY_WIDTH, "Next attempt", "%s", time);
        }
        if (p->last_error.name[0])
                format_field_coloured(stdout, KEY_WIDTH, "Last error", COLOUR_BAD, "%s: %s",
                        p->last_error.name, p->last_error.sentence);
        show_counters(&p->counters);
}

bool server_accepts(const char *word)
{
        uint64_t id;

        return parse_u64(word, UINT16_MAX, &id) >= 0;
}

int verb_server(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *objects = NULL;
        JsonWriter writer = JSON_WRITER(stdout, ctl->json);
        ServerProperties properties;
        char path[SERVER_PATH_SIZE];
        int r;

        server_path(ctl->words[0], path);
        r = servers_get(ctl, &objects);
        if (r != CTL_DONE)
                return r;
        r = servers_seek(objects, path);
        if (r == 0)
                return ctl_no_server(path);
        if (r > 0 && ctl->json != JSON_OFF)
                r = properties_to_json(objects, &writer);
        else if (r > 0)
                r = properties_read_server(objects, &properties);
        if (r < 0)
                return ctl_broken(r, "read the reply");
        if (ctl->json == JSON_OFF)
                show_server(&properties);
        return CTL_DONE;
}
