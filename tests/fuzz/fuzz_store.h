/* SPDX-License-Identifier: Apache-2.0 */
/* The store that targets work on, and what always holds of it. */
#pragma once

#include "fuzz.h"
#include "model/account.h"

static inline size_t device_instances(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        ret[0] = 0;
        return 1;
}

static inline int read_device(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        const ObjectDef *object = object_find(OBJECT_DEVICE);

        for (size_t i = 0; i < object->n_resources; i++) {
                Path found = PATH_RESOURCE(OBJECT_DEVICE, 0, object->resources[i].id);
                Value value = VALUE_INT(1);

                if (object->resources[i].type != VALUE_INTEGER)
                        continue;
                if (object->resources[i].multiple)
                        found = path_append(&found, 0);
                require(record_list_add(list, &found, &value) == 0);
        }

        return 0;
}

static inline bool device_supports(void *userdata, unsigned operation, const Path *path)
{
        return operation == OPERATION_EXECUTE && path->id[2] != DEVICE_REBOOT;
}

static inline int execute_device(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        return call->id != 0 && !call->granted ? SOURCE_LATER : 0;
}

static const Source device = {
        .instances = device_instances,
        .read = read_device,
        .supports = device_supports,
        .execute = execute_device,
};

/* A Bootstrap-Server Account at /0/0, and the account of server 1 at /0/1 and /1/0. */
static inline Store *make_store(void)
{
        Dataset *dataset = dataset_new();
        Store *store = NULL;

        require(dataset && store_new(&store) == 0);
        require(store_set_source(store, OBJECT_DEVICE, &device, NULL) == 0);
        require(dataset_set_bytes(dataset, &PATH_RESOURCE(0, 0, 0), VALUE_STRING, "coap://b", 8) == 0);
        require(dataset_set_boolean(dataset, &PATH_RESOURCE(0, 0, 1), true) == 0);
        require(dataset_set_integer(dataset, &PATH_RESOURCE(0, 0, 2), VALUE_INTEGER, 3) == 0);
        require(dataset_set_bytes(dataset, &PATH_RESOURCE(0, 1, 0), VALUE_STRING, "coap://s", 8) == 0);
        require(dataset_set_integer(dataset, &PATH_RESOURCE(0, 1, 2), VALUE_INTEGER, 3) == 0);
        require(dataset_set_integer(dataset, &PATH_RESOURCE(0, 1, 10), VALUE_INTEGER, 1) == 0);
        require(dataset_set_integer(dataset, &PATH_RESOURCE(1, 0, 0), VALUE_INTEGER, 1) == 0);
        require(dataset_set_integer(dataset, &PATH_RESOURCE(1, 0, 1), VALUE_INTEGER, 60) == 0);
        store_replace(store, dataset);
        return store;
}

/* The Bootstrap-Server Account is never lost, and there is always somebody to register with. */
static inline void check_committed(const Store *store, Lwm2mVersion version)
{
        _cleanup_(account_list_done) AccountList list = {.n = 0};

        require(account_list_read(store_committed(store), version, &list) == 0);
        require(list.has_bootstrap && list.bootstrap.usable);
        require(account_list_usable(&list) > 0 && list.n <= LIMIT_SERVER_ACCOUNTS);
        require(account_bootstrap_instance(store_committed(store)) != ID_INVALID);
}

/* Whatever was written, each value is one of its Resource's. */
static inline void check_values(const Dataset *dataset, Lwm2mVersion version)
{
        _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_STORE_VALUES};

        require(dataset_list(dataset, &PATH_ROOT, &list) == 0);
        for (size_t i = 0; i < list.n; i++) {
                const Path *path = &list.items[i].path;
                const ResourceDef *resource =
                        path->length < 3 ? NULL : object_find_served(path->id[0], path->id[2], version);

                require(path->length < 3 || resource);
                require(!resource || list.items[i].value.type == VALUE_NONE ||
                        !resource_check_value(resource, &list.items[i].value, version));
        }
}
