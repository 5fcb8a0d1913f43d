/* SPDX-License-Identifier: Apache-2.0 */
/* Object 33, whose source can do everything, at once or later. */
#pragma once

#include "fuzz.h"
#include "model/object_row.h"
#include "model/store.h"

#define SHELF 33 /* one byte of an input */

static const ResourceDef shelf_resources[] = {
        {0, "Name", VALUE_STRING, SINGLE, MANDATORY, {RW, RW, RW}, SUPPORTED, RANGE(0, 8)},
        {1, "Weight", VALUE_FLOAT, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {2, "Labels", VALUE_STRING, MULTIPLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {3, "Neighbour", VALUE_OBJLNK, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {4, "Blink", VALUE_NONE, SINGLE, OPTIONAL, {E, E, E}, SUPPORTED},
};

static const ObjectDef shelf_object = {
        .id = SHELF,
        .name = "Shelf",
        .multiple = true,
        .versions = {"1.0", "1.0", "1.0"},
        .resources = shelf_resources,
        .n_resources = ELEMENTSOF(shelf_resources),
};

static inline size_t shelf_instances(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        return dataset_instances(userdata, object, ret);
}

static inline int read_shelf(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        return dataset_list(userdata, path, list);
}

static inline bool shelf_supports(void *userdata, unsigned operation, const Path *path)
{
        return true;
}

static inline bool is_for_later(const SourceCall *call)
{
        return call->id != 0 && !call->granted;
}

static inline int change_shelf(Dataset *shelf, SourceCall *call, const RecordList *values)
{
        return dataset_apply(shelf, values) == 0 ? 0 : source_refuse(call, 128, "full");
}

static inline int write_shelf(void *userdata, SourceCall *call, const SourceWrite *write)
{
        if (is_for_later(call))
                return SOURCE_LATER;
        for (size_t i = 0; i < write->n_cleared; i++)
                (void)dataset_remove(userdata, &write->cleared[i]);
        return change_shelf(userdata, call, write->values);
}

static inline int execute_shelf(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        return is_for_later(call) ? SOURCE_LATER : 0;
}

static inline int create_on_shelf(
        void *userdata, SourceCall *call, const Path *path, const RecordList *values)
{
        require(!dataset_has(userdata, path) && path->length == 2 && path->id[1] != ID_INVALID);
        return is_for_later(call) ? SOURCE_LATER : change_shelf(userdata, call, values);
}

static inline int remove_from_shelf(void *userdata, SourceCall *call, const Path *path)
{
        if (is_for_later(call))
                return SOURCE_LATER;
        require(dataset_remove(userdata, path));
        return 0;
}

static const Source shelf_source = {
        .instances = shelf_instances,
        .read = read_shelf,
        .supports = shelf_supports,
        .write = write_shelf,
        .execute = execute_shelf,
        .create = create_on_shelf,
        .remove = remove_from_shelf,
};

/* Whatever was written: values of their Resources, and in each Object Instance the mandatory one. */
static inline void check_shelf(const Dataset *shelf)
{
        _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_STORE_VALUES};
        const Instances instances = dataset_list_instances(shelf, SHELF);

        require(dataset_list(shelf, &PATH_ROOT, &list) == 0);
        for (size_t i = 0; i < list.n; i++) {
                const Path *path = &list.items[i].path;
                const Value *value = &list.items[i].value;
                const ResourceDef *resource = object_served(&shelf_object, path->id[2], LWM2M_1_0);

                require(path->id[0] == SHELF && path->length >= 3 && resource);
                require(resource_operations(resource, LWM2M_1_0) & OPERATION_WRITE);
                require(value->type == VALUE_NONE || value->type == resource->type);
                require(!resource_check_value(resource, value, LWM2M_1_0));
        }
        for (size_t i = 0; i < instances.n; i++)
                require(dataset_get(shelf, &PATH_RESOURCE(SHELF, instances.ids[i], 0)));
}
