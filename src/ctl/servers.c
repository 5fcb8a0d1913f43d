/* SPDX-License-Identifier: Apache-2.0 */
/* The LwM2M Servers as the daemon shows them. */
#include "ctl/servers.h"

#include "bus/names.h"
#include "ctl/dictionary.h"
#include "ctl/properties.h"
#include "util/parse.h"

#define SERVERS_MAX 64 /* more than a daemon shows */

int servers_get(const Ctl *ctl, sd_bus_message **ret)
{
        return ctl_call(ctl, BUS_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", ret, NULL);
}

static int compare_ids(const void *a, const void *b)
{
        return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* Short Server IDs out of a{oa{sa{sv}}}, ascending. */
static int read_ids(sd_bus_message *message, uint16_t ret[SERVERS_MAX], size_t *ret_n)
{
        const char *path;
        size_t n = 0;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{oa{sa{sv}}}");
        if (r < 0)
                return r;
        while ((r = dictionary_next(message, "oa{sa{sv}}", &path)) > 0) {
                uint64_t id;

                if (n < SERVERS_MAX &&
                        strncmp(path, BUS_SERVER_PREFIX "/", strlen(BUS_SERVER_PREFIX "/")) == 0 &&
                        parse_u64(path + strlen(BUS_SERVER_PREFIX "/"), UINT16_MAX, &id) >= 0)
                        ret[n++] = (uint16_t)id;
                r = dictionary_skip(message, "a{sa{sv}}");
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        qsort(ret, n, sizeof(ret[0]), compare_ids);
        *ret_n = n;
        return 0;
}

/* Inside of an object: until the message stands before the properties. 1, 0: none, or negative errno. */
static int seek_properties(sd_bus_message *message)
{
        const char *interface;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sa{sv}}");
        if (r < 0)
                return r;
        while ((r = dictionary_next(message, "sa{sv}", &interface)) > 0) {
                if (strcmp(interface, BUS_SERVER_INTERFACE) == 0)
                        return 1;
                r = dictionary_skip(message, "a{sv}");
                if (r < 0)
                        return r;
        }
        return r;
}

static void format_path(uint16_t id, char ret[SERVER_PATH_SIZE])
{
        (void)snprintf(ret, SERVER_PATH_SIZE, BUS_SERVER_PREFIX "/%u", (unsigned)id);
}

void server_path(const char *word, char ret[SERVER_PATH_SIZE])
{
        uint64_t id = 0;

        (void)parse_u64(word, UINT16_MAX, &id);
        format_path((uint16_t)id, ret);
}

int servers_seek(sd_bus_message *message, const char *wanted)
{
        const char *path;
        int r;

        r = sd_bus_message_rewind(message, true);
        if (r < 0)
                return r;
        r = sd_bus_message_enter_container(message, 'a', "{oa{sa{sv}}}");
        if (r < 0)
                return r;
        while ((r = dictionary_next(message, "oa{sa{sv}}", &path)) > 0) {
                if (strcmp(path, wanted) == 0)
                        return seek_properties(message);
                r = dictionary_skip(message, "a{sa{sv}}");
                if (r < 0)
                        return r;
        }
        return r;
}

int servers_each(
        sd_bus_message *objects, int (*each)(sd_bus_message *message, void *userdata), void *userdata)
{
        uint16_t ids[SERVERS_MAX];
        size_t n = 0;
        int r;

        r = sd_bus_message_rewind(objects, true);
        if (r >= 0)
                r = read_ids(objects, ids, &n);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                char path[SERVER_PATH_SIZE];

                format_path(ids[i], path);
                r = servers_seek(objects, path);
                if (r > 0)
                        r = each(objects, userdata);
        }
        return r;
}

static Moment earlier(Moment a, Moment b)
{
        return b.realtime > 0 && (a.realtime == 0 || b.realtime < a.realtime) ? b : a;
}

static int sum_up_one(sd_bus_message *message, void *userdata)
{
        ServersSummary *summary = userdata;
        ServerProperties p;
        int r;

        r = properties_read_server(message, &p);
        if (r < 0)
                return r;
        summary->all++;
        /* Updating and sleeping ones hold a registration too. */
        if (strcmp(p.state, "registered") == 0 || strcmp(p.state, "updating") == 0 ||
                strcmp(p.state, "sleeping") == 0)
                summary->registered++;
        summary->next = earlier(summary->next, p.next_retry_timestamp);
        if (strcmp(p.state, "sleeping") == 0)
                summary->awake = earlier(summary->awake, p.next_update_timestamp);
        return 0;
}

int servers_sum_up(sd_bus_message *objects, ServersSummary *ret)
{
        ServersSummary summary = {0};
        int r;

        r = servers_each(objects, sum_up_one, &summary);
        if (r >= 0)
                *ret = summary;
        return r;
}

static void format_due(Moment moment, Moment now, char ret[FORMAT_TIME_SIZE])
{
        if (moment.realtime > 0)
                format_distance(moment, now, ret);
        else
                (void)snprintf(ret, FORMAT_TIME_SIZE, "-");
}

static int one_to_table(sd_bus_message *message, void *userdata)
{
        char id[8], update[FORMAT_TIME_SIZE], retry[FORMAT_TIME_SIZE];
        Moment now = moment_now();
        ServerProperties p;
        int r;

        r = properties_read_server(message, &p);
        if (r < 0)
                return r;
        (void)snprintf(id, sizeof(id), "%u", (unsigned)p.short_server_id);
        format_due(p.next_update_timestamp, now, update);
        format_due(p.next_retry_timestamp, now, retry);

        const char *const cells[] = {id, p.state, p.server_uri, p.security_mode, update, retry,
                p.last_error.name[0] ? p.last_error.name : "-"};
        r = table_add_row(userdata, cells);
        if (r < 0)
                return r;
        table_colour(userdata, 1, colour_of_state(p.state));
        if (p.last_error.name[0])
                table_colour(userdata, 6, COLOUR_BAD);
        return 0;
}

int servers_to_table(sd_bus_message *objects, Table *table)
{
        static const char *const head[] = {
                "SSID", "STATE", "URI", "SECURITY", "NEXT UPDATE", "NEXT ATTEMPT", "LAST ERROR", NULL};
        int r;

        r = table_begin(table, head);
        if (r < 0)
                return r;
        return servers_each(objects, one_to_table, table);
}
