/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl servers: a table; lwm2mctl server: everything about one. */
#include <inttypes.h>

#include "bus/names.h"
#include "ctl/properties.h"
#include "ctl/verb_servers.h"
#include "util/parse.h"

#define KEY_WIDTH   17 /* "Last registration" */
#define SERVERS_MAX 64 /* more than a daemon shows */

static int compare_ids(const void *a, const void *b)
{
        return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* Short Server IDs out of a{oa{sa{sv}}}, ascending. */
static int read_ids(sd_bus_message *message, uint16_t ret[SERVERS_MAX], size_t *ret_n)
{
        size_t n = 0;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{oa{sa{sv}}}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(message, 'e', "oa{sa{sv}}")) > 0) {
                const char *path;
                uint64_t id;

                r = sd_bus_message_read(message, "o", &path);
                if (r < 0)
                        return r;
                if (n < SERVERS_MAX &&
                        strncmp(path, BUS_SERVER_PREFIX "/", strlen(BUS_SERVER_PREFIX "/")) == 0 &&
                        parse_u64(path + strlen(BUS_SERVER_PREFIX "/"), UINT16_MAX, &id) >= 0)
                        ret[n++] = (uint16_t)id;
                r = sd_bus_message_skip(message, "a{sa{sv}}");
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(message);
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
        while ((r = sd_bus_message_enter_container(message, 'e', "sa{sv}")) > 0) {
                r = sd_bus_message_read(message, "s", &interface);
                if (r < 0)
                        return r;
                if (strcmp(interface, BUS_SERVER_INTERFACE) == 0)
                        return 1;
                r = sd_bus_message_skip(message, "a{sv}");
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(message);
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

/* From wherever the message stands: before the properties of this server. The same results. */
static int seek_server(sd_bus_message *message, const char *wanted)
{
        const char *path;
        int r;

        r = sd_bus_message_rewind(message, true);
        if (r < 0)
                return r;
        r = sd_bus_message_enter_container(message, 'a', "{oa{sa{sv}}}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(message, 'e', "oa{sa{sv}}")) > 0) {
                r = sd_bus_message_read(message, "o", &path);
                if (r < 0)
                        return r;
                if (strcmp(path, wanted) == 0)
                        return seek_properties(message);
                r = sd_bus_message_skip(message, "a{sa{sv}}");
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
        }
        return r;
}

/* All objects of the daemon at one moment. */
static int get_objects(const Ctl *ctl, sd_bus_message **ret)
{
        return ctl_call(ctl, BUS_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", ret, NULL);
}

/* Calls each with the message before the properties of every server. 0 or negative errno. */
static int for_each_server(
        sd_bus_message *objects, int (*each)(sd_bus_message *message, void *userdata), void *userdata)
{
        uint16_t ids[SERVERS_MAX];
        size_t n;
        int r;

        r = read_ids(objects, ids, &n);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                char path[SERVER_PATH_SIZE];

                format_path(ids[i], path);
                r = seek_server(objects, path);
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

int servers_sum_up(const Ctl *ctl, ServersSummary *ret)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *objects = NULL;
        ServersSummary summary = {0};
        int r;

        r = get_objects(ctl, &objects);
        if (r != CTL_DONE)
                return r;
        r = for_each_server(objects, sum_up_one, &summary);
        if (r < 0)
                return ctl_broken(r, "read the reply");
        *ret = summary;
        return CTL_DONE;
}

static int one_to_json(sd_bus_message *message, void *userdata)
{
        return properties_to_json(message, userdata);
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
        for (size_t i = 0; i < ELEMENTSOF(cells); i++) {
                r = table_add(userdata, cells[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int show_json(const Ctl *ctl, sd_bus_message *objects)
{
        JsonWriter writer = JSON_WRITER(stdout, ctl->json);
        int r;

        json_begin(&writer, '[');
        r = for_each_server(objects, one_to_json, &writer);
        json_end(&writer, '[');
        return r;
}

static int show_table(sd_bus_message *objects)
{
        static const char *const head[] = {
                "SSID", "STATE", "URI", "SECURITY", "NEXT UPDATE", "NEXT ATTEMPT", "LAST ERROR"};
        _cleanup_(table_done) Table table = {.n_columns = ELEMENTSOF(head)};
        int r;

        for (size_t i = 0; i < ELEMENTSOF(head); i++) {
                r = table_add(&table, head[i]);
                if (r < 0)
                        return r;
        }
        r = for_each_server(objects, one_to_table, &table);
        if (r < 0)
                return r;
        if (table.n_cells == table.n_columns)
                (void)fprintf(stderr, "There are no LwM2M Servers.\n");
        else
                table_print(&table, stdout);
        return 0;
}

int verb_servers(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *objects = NULL;
        int r;

        r = get_objects(ctl, &objects);
        if (r != CTL_DONE)
                return r;
        r = ctl->json != JSON_OFF ? show_json(ctl, objects) : show_table(objects);
        return r < 0 ? ctl_broken(r, "show the servers") : CTL_DONE;
}

static void show_server(const ServerProperties *p)
{
        Moment now = moment_now();
        char time[FORMAT_TIME_SIZE];

        format_field(stdout, KEY_WIDTH, "Short Server ID", "%u", (unsigned)p->short_server_id);
        format_field(stdout, KEY_WIDTH, "State", "%s", p->state);
        format_field(stdout, KEY_WIDTH, "URI", "%s", p->server_uri);
        format_field(stdout, KEY_WIDTH, "Security mode", "%s", p->security_mode);
        if (p->peer_address[0])
                format_field(stdout, KEY_WIDTH, "Address", "%s", p->peer_address);
        if (p->cipher[0])
                format_field(stdout, KEY_WIDTH, "Cipher", "%s", p->cipher);
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
                format_field(stdout, KEY_WIDTH, "Last error", "%s: %s", p->last_error.name,
                        p->last_error.sentence);
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
        r = get_objects(ctl, &objects);
        if (r != CTL_DONE)
                return r;
        r = seek_server(objects, path);
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
