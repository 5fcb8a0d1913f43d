/* SPDX-License-Identifier: Apache-2.0 */
/* What LwM2M Servers know of the Objects and Object Instances that there are. */
#include "client/object_list.h"

#include "client/state.h"
#include "client/stored.h"
#include "model/access.h"
#include "model/access_lifetime.h"
#include "operation/tree.h"

/* With an Access Control Object Instance, in the accounts in force and in those that are kept meanwhile. */
#define WITHDRAWN_MAX (2 * LIMIT_INSTANCES)

struct ObjectList {
        Client *client;
        sd_event_source *timer;
        uint64_t at; /* CLOCK_BOOTTIME usec: until then changes are collected; 0: there are none */
        bool due;    /* it is to be looked at */
        Path withdrawn[WITHDRAWN_MAX];
        size_t n_withdrawn;
};

static void prune(ObjectList *list)
{
        const Client *client = list->client;

        for (size_t i = 0; i < client->n_servers; i++)
                attributes_prune(observations_attributes(server_observations(client->servers[i])),
                        client->context.store);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        ObjectList *list = userdata;

        list->due = true;
        state_decide_soon(list->client);
        return 0;
}

void object_list_changed(ObjectList *list)
{
        if (list->at > 0)
                return;
        list->at = clock_boottime(list->client->context.clock) + OBJECT_LIST_DELAY_USEC;
        timer_set(list->timer, list->at);
}

void object_list_changed_by_source(ObjectList *list)
{
        object_list_changed(list);
        list->client->context.objects_rest_at = list->at;
}

void object_list_accounts_changed(ObjectList *list)
{
        list->due = true;
        state_decide_soon(list->client);
}

void object_list_changed_by_server(ObjectList *list)
{
        prune(list);
        object_list_changed(list);
}

/* -- Access Control of what is gone -- */

static bool is_controlled(const Dataset *dataset, const Path *instance)
{
        return access_find(dataset, instance->id[0], instance->id[1]) != ID_INVALID;
}

static bool is_noted(const ObjectList *list, const Path *instance)
{
        for (size_t i = 0; i < list->n_withdrawn; i++)
                if (path_equal(&list->withdrawn[i], instance))
                        return true;
        return false;
}

void object_list_withdrawn(ObjectList *list, const Path *instance)
{
        const Client *client = list->client;

        if (is_noted(list, instance) || list->n_withdrawn >= WITHDRAWN_MAX ||
                !(is_controlled(store_committed(client->context.store), instance) ||
                        is_controlled(stored_accounts(client), instance)))
                return;
        list->withdrawn[list->n_withdrawn++] = *instance;
        state_decide_soon(list->client);
}

/* True when it is another one now. */
static bool remove_access(Store *store, const Path *instance)
{
        return access_begin_remove(store, instance) == 0 && access_end(store, true);
}

static void remove_withdrawn(ObjectList *list)
{
        Client *client = list->client;
        bool changed = false;

        if (list->n_withdrawn == 0 || store_candidate(client->context.store) || client->kept)
                return;
        for (size_t i = 0; i < list->n_withdrawn; i++)
                changed = remove_access(client->context.store, &list->withdrawn[i]) || changed;
        list->n_withdrawn = 0;
        if (!changed)
                return;
        stored_save(client);
        /* At the end of the client nobody is told any more, and no timer runs. */
        if (client->sequence.state != SEQUENCE_STOPPING)
                object_list_changed(list);
}

void object_list_decide(ObjectList *list)
{
        const Client *client = list->client;

        remove_withdrawn(list);
        if (!list->due || clock_boottime(client->context.clock) < list->at)
                return;
        list->due = false;
        list->at = 0;
        prune(list);
        for (size_t i = 0; i < client->n_servers; i++)
                server_announce_objects(client->servers[i]);
}

size_t object_list_describe(const ObjectList *list, ClientObject ret[LIMIT_OBJECTS])
{
        const Lwm2mVersion version = list->client->context.settings.version;
        const Tree tree = tree_committed(list->client->context.store, version);
        const ObjectDef *object;
        size_t position = 0, n = 0;

        while ((object = tree_next(&tree, &position))) {
                if (object->bootstrap_only)
                        continue;
                ret[n] = (ClientObject){.id = object->id, .version = object->versions[version]};
                ret[n].n_instances = tree_instances(&tree, object->id, ret[n].instances);
                n++;
        }
        return n;
}

int object_list_new(Client *client, ObjectList **ret)
{
        ObjectList *list = calloc(1, sizeof(*list));
        int r;

        if (!list)
                return -ENOMEM;
        list->client = client;
        r = timer_new(client->context.event, on_timer, list, "object-list", &list->timer);
        if (r < 0)
                object_list_free(list);
        else
                *ret = list;
        return r;
}

ObjectList *object_list_free(ObjectList *list)
{
        if (!list)
                return NULL;
        remove_withdrawn(list);
        sd_event_source_disable_unref(list->timer);
        free(list);
        return NULL;
}
