/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 4, Connectivity Monitoring. */
#include "daemon/connectivity_monitoring.h"

#include "model/object_connectivity_monitoring.h"

#define PATH_OF(resource) PATH_RESOURCE(OBJECT_CONNECTIVITY_MONITORING, 0, (resource))

/* -- Values -- */

static int add_integer(RecordList *list, const Path *path, int64_t number)
{
        return record_list_add(list, path, &VALUE_INT(number));
}

static int add_bearers(RecordList *list, const Connectivity *now)
{
        int r = 0;

        for (size_t i = 0; i < now->n_available && r == 0; i++)
                r = add_integer(list,
                        &PATH_RESOURCE_INSTANCE(OBJECT_CONNECTIVITY_MONITORING, 0,
                                CONNECTIVITY_AVAILABLE_BEARERS, (uint16_t)i),
                        now->available[i]);
        return r;
}

static int add_texts(RecordList *list, uint16_t resource, const ConnectivityTexts *texts)
{
        int r = 0;

        for (size_t i = 0; i < texts->n && r == 0; i++) {
                _cleanup_(value_done) Value value = {.type = VALUE_NONE};

                r = value_make_string(texts->items[i], &value);
                if (r == 0)
                        r = record_list_add(list,
                                &PATH_RESOURCE_INSTANCE(
                                        OBJECT_CONNECTIVITY_MONITORING, 0, resource, (uint16_t)i),
                                &value);
        }
        return r;
}

static int read_resource(const Connectivity *now, uint16_t resource, RecordList *list)
{
        switch (resource) {
        case CONNECTIVITY_BEARER:
                return add_integer(list, &PATH_OF(resource), now->bearer);
        case CONNECTIVITY_AVAILABLE_BEARERS:
                return add_bearers(list, now);
        case CONNECTIVITY_SIGNAL_STRENGTH:
                /* Mandatory, also without a radio. A WLAN's is not asked for: the kernel has the driver ask
                 * the device within the call, which may hold the loop for as long as the device likes. */
                return add_integer(list, &PATH_OF(resource), 0);
        case CONNECTIVITY_ADDRESSES:
                return add_texts(list, resource, &now->addresses);
        case CONNECTIVITY_ROUTERS:
                return add_texts(list, resource, &now->routers);
        default:
                return 0;
        }
}

/* -- Source -- */

static int monitoring_read(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        const ObjectDef *object = &object_connectivity_monitoring;
        const ConnectivityMonitoring *monitoring = userdata;
        int r = 0;

        for (size_t i = 0; i < object->n_resources && r == 0; i++)
                if (path->length < 3 || path->id[2] == object->resources[i].id)
                        r = read_resource(&monitoring->now, object->resources[i].id, list);
        return r;
}

static const Source monitoring_source = {.instances = source_one_instance, .read = monitoring_read};

/* -- Life -- */

static void tell(void *userdata, uint16_t resource)
{
        const ConnectivityMonitoring *monitoring = userdata;

        store_changed(monitoring->store, &PATH_OF(resource));
}

static void on_mapped(void *userdata, const NetworkMap *map)
{
        ConnectivityMonitoring *monitoring = userdata;
        Connectivity before = monitoring->now;

        connectivity_read(map, &monitoring->now);
        connectivity_compare(&before, &monitoring->now, tell, monitoring);
}

void connectivity_monitoring_init(ConnectivityMonitoring *monitoring, Store *store, Network *network)
{
        *monitoring = (ConnectivityMonitoring){.store = store, .network = network};
}

static int begin(ConnectivityMonitoring *monitoring)
{
        Registry *registry = store_registry(monitoring->store);
        int r;

        r = registry_add(registry, &object_connectivity_monitoring);
        if (r < 0)
                return r;
        r = store_set_source(
                monitoring->store, OBJECT_CONNECTIVITY_MONITORING, &monitoring_source, monitoring);
        if (r < 0) {
                registry_remove(registry, OBJECT_CONNECTIVITY_MONITORING);
                return r;
        }
        connectivity_read(&(NetworkMap){.n_links = 0}, &monitoring->now);
        network_follow(monitoring->network, on_mapped, monitoring);
        monitoring->on = true;
        return 0;
}

static void end(ConnectivityMonitoring *monitoring)
{
        network_follow(monitoring->network, NULL, NULL);
        (void)store_set_source(monitoring->store, OBJECT_CONNECTIVITY_MONITORING, NULL, NULL);
        registry_remove(store_registry(monitoring->store), OBJECT_CONNECTIVITY_MONITORING);
        monitoring->on = false;
}

int connectivity_monitoring_set(ConnectivityMonitoring *monitoring, bool on)
{
        int r = 0;

        if (on == monitoring->on || !monitoring->network)
                return 0;
        if (on)
                r = begin(monitoring);
        else
                end(monitoring);
        if (r == 0)
                store_changed(monitoring->store, &PATH_OBJECT(OBJECT_CONNECTIVITY_MONITORING));
        return r;
}
