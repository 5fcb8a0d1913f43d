/* SPDX-License-Identifier: Apache-2.0 */
/* The client, registered with the servers at the ports that are given, over values that change as fast as it
 * is told: 64 instances of /3/0/11. On its input, "RATE VALUES": so many changes a second, one value after
 * the other. For observations.py. */
#include <stdio.h>
#include <systemd/sd-event.h>

#include "client/client.h"
#include "util/log.h"
#include "util/parse.h"

#define VALUES_MAX 64
#define TICK_USEC  (2 * USEC_PER_MSEC)

typedef struct Load {
        Store *store;
        int64_t values[VALUES_MAX];
        uint64_t rate, n; /* changes a second; of the first n values */
        uint64_t due_at;  /* CLOCK_BOOTTIME usec of the next one */
        size_t next;
        sd_event_source *timer;
} Load;

/* -- What the values are served by -- */

static size_t list_instances(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        ret[0] = 0;
        return 1;
}

static int read_values(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        const Load *load = userdata;
        int r = 0;

        for (uint16_t i = 0; i < VALUES_MAX && r == 0; i++) {
                const Path each = PATH_RESOURCE_INSTANCE(OBJECT_DEVICE, 0, DEVICE_ERROR_CODE, i);
                Value value = VALUE_INT(load->values[i]);

                if (path_has_prefix(&each, path))
                        r = record_list_add(list, &each, &value);
        }
        return r;
}

static const Source source = {.instances = list_instances, .read = read_values};

static int on_tick(sd_event_source *timer, uint64_t usec, void *userdata)
{
        Load *load = userdata;
        uint64_t now = clock_boottime(&clock_system);

        for (; load->rate > 0 && load->due_at <= now; load->due_at += USEC_PER_SEC / load->rate) {
                uint16_t i = (uint16_t)(load->next++ % load->n);

                load->values[i]++;
                store_changed(load->store, &PATH_RESOURCE_INSTANCE(OBJECT_DEVICE, 0, DEVICE_ERROR_CODE, i));
        }
        (void)sd_event_source_set_time(timer, now + TICK_USEC);
        return sd_event_source_set_enabled(timer, load->rate > 0 ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static int on_order(sd_event_source *io, int fd, uint32_t revents, void *userdata)
{
        Load *load = userdata;
        char line[64];
        ssize_t n = read(fd, line, sizeof(line) - 1);

        if (n <= 0)
                return sd_event_exit(sd_event_source_get_event(io), 0);
        line[n] = '\0';
        load->rate = strtoull(line, NULL, 10);
        load->n = MAX_OF(
                1ULL, MIN_OF(strtoull(strchrnul(line, ' '), NULL, 10), (unsigned long long)VALUES_MAX));
        load->due_at = clock_boottime(&clock_system);
        (void)sd_event_source_set_time(load->timer, load->due_at);
        return sd_event_source_set_enabled(load->timer, SD_EVENT_ONESHOT);
}

/* -- The client -- */

static int save(void *userdata, const Dataset *dataset, unsigned flags, uint64_t last_bootstrap)
{
        return 0;
}

static int save_last_good(void *userdata, const Dataset *dataset, unsigned flags)
{
        return 0;
}

static int load_last_good(void *userdata, Dataset **ret, unsigned *ret_flags)
{
        return -ENOENT;
}

static int reset(void *userdata, const Dataset *dataset)
{
        return 0;
}

static const ClientStorage storage = {save, save_last_good, load_last_good, reset};

static int set(Dataset *dataset, uint16_t object, uint16_t instance, uint16_t resource, Value value)
{
        return dataset_set(dataset, &PATH_RESOURCE(object, instance, resource), &value);
}

static int set_text(
        Dataset *dataset, uint16_t object, uint16_t instance, uint16_t resource, const char *text)
{
        Value value;
        int r = value_make_string(text, &value);

        return r < 0 ? r : set(dataset, object, instance, resource, value);
}

static int add_account(Dataset *dataset, uint16_t instance, const char *port)
{
        const int64_t short_server_id = instance + 1;
        char uri[64];

        (void)snprintf(uri, sizeof(uri), "coap://127.0.0.1:%s", port);
        if (set_text(dataset, OBJECT_SECURITY, instance, SECURITY_URI, uri) != 0 ||
                set(dataset, OBJECT_SECURITY, instance, SECURITY_BOOTSTRAP_SERVER, VALUE_BOOL(false)) != 0 ||
                set(dataset, OBJECT_SECURITY, instance, SECURITY_MODE, VALUE_INT(3)) != 0 ||
                set(dataset, OBJECT_SECURITY, instance, SECURITY_SHORT_SERVER_ID,
                        VALUE_INT(short_server_id)) != 0)
                return -ENOMEM;
        if (set(dataset, OBJECT_SERVER, instance, SERVER_SHORT_SERVER_ID, VALUE_INT(short_server_id)) != 0 ||
                set(dataset, OBJECT_SERVER, instance, SERVER_LIFETIME, VALUE_INT(86400)) != 0 ||
                set(dataset, OBJECT_SERVER, instance, SERVER_NOTIFICATION_STORING, VALUE_BOOL(false)) != 0 ||
                set_text(dataset, OBJECT_SERVER, instance, SERVER_BINDING, "U") != 0)
                return -ENOMEM;
        return 0;
}

static int run(char **ports)
{
        const ClientSettings settings = {.endpoint = "benchmark",
                .version = LWM2M_1_2,
                .coap = {2 * USEC_PER_SEC, 1.5, 4, 1024, 64 * 1024},
                .retry_delay = USEC_PER_SEC,
                .retry_delay_max = USEC_PER_SEC,
                .restart_delay = USEC_PER_SEC};
        _cleanup_(store_freep) Store *store = NULL;
        Dataset *factory, *dataset;
        Load load = {.n = 1};
        sd_event *event;
        Client *client;

        factory = dataset_new();
        if (!factory || sd_event_new(&event) < 0 || store_new(&store) < 0)
                return -ENOMEM;
        for (uint16_t i = 0; ports[i]; i++)
                if (add_account(factory, i, ports[i]) < 0)
                        return -ENOMEM;
        if (dataset_copy(factory, &dataset) < 0)
                return -ENOMEM;
        load.store = store;
        store_replace(store, dataset);
        if (store_set_source(store, OBJECT_DEVICE, &source, &load) < 0 ||
                sd_event_add_time(event, &load.timer, CLOCK_BOOTTIME, 0, 1, on_tick, &load) < 0 ||
                sd_event_source_set_enabled(load.timer, SD_EVENT_OFF) < 0 ||
                sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_order, &load) < 0 ||
                client_new(event, &clock_system, store, &settings,
                        &(ClientAccounts){.factory = factory, .directory = "/nowhere"}, &storage, NULL,
                        &client) < 0)
                return -ENOMEM;
        client_start(client);
        return sd_event_loop(event);
}

int main(int argc, char *argv[])
{
        (void)argc;
        log_set_level(LOG_WARNING);
        return run(argv + 1) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
