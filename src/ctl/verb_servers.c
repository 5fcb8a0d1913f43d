/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl servers: a table; lwm2mctl server: everything about one. */
#include <inttypes.h>

#include "bus/names.h"
#include "ctl/properties.h"
#include "ctl/verb_servers.h"
#include "util/clock.h"
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

static int get_server(const Ctl *ctl, uint16_t id, sd_bus_message **ret)
{
        char path[sizeof(BUS_SERVER_PREFIX "/65535")];

        (void)snprintf(path, sizeof(path), BUS_SERVER_PREFIX "/%u", (unsigned)id);
        return ctl_get_all(ctl->bus, path, BUS_SERVER_INTERFACE, ret);
}

/* Calls each with the reply of every server; a server that has gone meanwhile is passed over. */
static int for_each_server(
        const Ctl *ctl, int (*each)(sd_bus_message *reply, void *userdata), void *userdata)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *list = NULL;
        uint16_t ids[SERVERS_MAX];
        size_t n;
        int r;

        r = ctl_call(
                ctl->bus, BUS_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", &list, NULL);
        if (r != CTL_DONE)
                return r;
        r = read_ids(list, ids, &n);
        if (r < 0)
                return ctl_broken(r, "read the reply");
        for (size_t i = 0; i < n; i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

                r = get_server(ctl, ids[i], &reply);
                if (r == -ENOENT)
                        continue;
                if (r != CTL_DONE)
                        return r;
                r = each(reply, userdata);
                if (r < 0)
                        return ctl_broken(r, "read the reply");
        }
        return CTL_DONE;
}

typedef struct Count {
        size_t registered, all;
} Count;

static int count_one(sd_bus_message *reply, void *userdata)
{
        Count *count = userdata;
        ServerProperties p;
        int r;

        r = properties_read_server(reply, &p);
        if (r < 0)
                return r;
        count->all++;
        /* Updating and sleeping ones hold a registration too. */
        if (strcmp(p.state, "registered") == 0 || strcmp(p.state, "updating") == 0 ||
                strcmp(p.state, "sleeping") == 0)
                count->registered++;
        return 0;
}

int servers_count(const Ctl *ctl, size_t *ret_registered, size_t *ret_all)
{
        Count count = {};
        int r;

        r = for_each_server(ctl, count_one, &count);
        if (r != CTL_DONE)
                return r;
        *ret_registered = count.registered;
        *ret_all = count.all;
        return CTL_DONE;
}

static int one_to_json(sd_bus_message *reply, void *userdata)
{
        return properties_to_json(reply, userdata);
}

static int one_to_table(sd_bus_message *reply, void *userdata)
{
        uint64_t now = clock_realtime(&clock_system);
        char id[8], update[FORMAT_TIME_SIZE];
        ServerProperties p;
        int r;

        r = properties_read_server(reply, &p);
        if (r < 0)
                return r;
        (void)snprintf(id, sizeof(id), "%u", (unsigned)p.short_server_id);
        if (p.next_update_timestamp > 0)
                format_distance(p.next_update_timestamp, now, update);
        else
                (void)snprintf(update, sizeof(update), "-");

        const char *const cells[] = {id, p.state, p.server_uri, p.security_mode, update,
                p.last_error.name[0] ? p.last_error.name : "-"};
        for (size_t i = 0; i < ELEMENTSOF(cells); i++) {
                r = table_add(userdata, cells[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

int verb_servers(const Ctl *ctl)
{
        static const char *const head[] = {"SSID", "STATE", "URI", "SECURITY", "NEXT UPDATE", "LAST ERROR"};
        _cleanup_(table_done) Table table = {.n_columns = ELEMENTSOF(head)};
        int r;

        if (ctl->json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, ctl->json);

                json_begin(&writer, '[');
                r = for_each_server(ctl, one_to_json, &writer);
                json_end(&writer, '[');
                return r;
        }

        for (size_t i = 0; i < ELEMENTSOF(head); i++)
                if (table_add(&table, head[i]) < 0)
                        return ctl_broken(ENOMEM, "make a table");
        r = for_each_server(ctl, one_to_table, &table);
        if (r != CTL_DONE)
                return r;
        if (table.n_cells == table.n_columns)
                (void)fprintf(stderr, "There are no LwM2M Servers.\n");
        else
                table_print(&table, stdout);
        return CTL_DONE;
}

static void show_server(const ServerProperties *p)
{
        uint64_t now = clock_realtime(&clock_system);
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
        format_time(p->last_registration_timestamp, now, time);
        format_field(stdout, KEY_WIDTH, "Last registration", "%s", time);
        if (p->next_update_timestamp > 0) {
                format_time(p->next_update_timestamp, now, time);
                format_field(stdout, KEY_WIDTH, "Next update", "%s", time);
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
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        ServerProperties properties;
        uint64_t id = 0;
        int r;

        (void)parse_u64(ctl->word, UINT16_MAX, &id);
        r = get_server(ctl, (uint16_t)id, &reply);
        if (r == -ENOENT) {
                (void)fprintf(
                        stderr, "There is no LwM2M Server with the Short Server ID %" PRIu64 ".\n", id);
                return CTL_FAILED;
        }
        if (r != CTL_DONE)
                return r;
        if (ctl->json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, ctl->json);

                r = properties_to_json(reply, &writer);
                return r < 0 ? ctl_broken(r, "read the reply") : CTL_DONE;
        }
        r = properties_read_server(reply, &properties);
        if (r < 0)
                return ctl_broken(r, "read the reply");
        show_server(&properties);
        return CTL_DONE;
}
