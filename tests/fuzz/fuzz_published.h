/* SPDX-License-Identifier: Apache-2.0 */
/* Object 34, published: one Object Instance of a publisher with a handler, one of a publisher without, one
 * of the configuration. */
#pragma once

#include "fuzz_shelf.h"
#include "model/published.h"

#define GAUGES 34 /* one byte of an input */

static const ObjectDef gauges_object = {
        .id = GAUGES,
        .name = "Gauge",
        .multiple = true,
        .versions = {"1.0", "1.0", "1.0"},
        .resources = shelf_resources,
        .n_resources = ELEMENTSOF(shelf_resources),
};

static inline const ObjectDef *define_gauges(void *userdata, uint16_t object, char *text)
{
        return object == GAUGES ? &gauges_object : NULL;
}

static inline void forget_gauges(void *userdata, uint16_t object)
{
}

static const PublishedDefinitions gauges_definitions = {define_gauges, forget_gauges};

/* What it is asked is right, as far as can be told. */
static inline int ask_gauges(void *userdata, const PublishedQuestion *question, char *text)
{
        require(question->call != 0 && question->owner == 1 && question->handler);
        require(question->path.length == (question->operation == OPERATION_EXECUTE ? 3 : 2));
        require(!question->values == !(question->operation & (OPERATION_WRITE | OPERATION_CREATE)));
        for (size_t i = 0; question->values && i < question->values->n; i++)
                require(path_has_prefix(&question->values->items[i].path, &question->path));
        return 0;
}

static inline void gauges_written(
        void *userdata, uint64_t owner, const RecordList *values, uint16_t requester)
{
        require(values->n > 0 && requester != 0);
}

static const PublishedAsker gauges_asker = {ask_gauges, gauges_written};

static inline void publish_gauge(Published *published, uint64_t owner, const char *handler)
{
        _cleanup_(record_list_done) RecordList values = {.n = 0};
        const PublishedOptions options = {.handler = handler};
        PublishedText text;
        Value name;

        require(value_make_string("gauge", &name) == 0);
        require(record_list_add(&values, &PATH_RESOURCE(GAUGES, 0, 0), &name) == 0);
        require(published_add(published, owner, GAUGES, ID_INVALID, &values, &options, NULL, text) == 0);
}

static inline Published *publish_gauges(Store *store)
{
        Published *published;
        PublishedText text;

        require(published_new(store, &gauges_definitions, NULL, &published) == 0);
        published_set_asker(published, &gauges_asker, NULL);
        require(published_add_object(published, 1, GAUGES, "/o", text) == 0);
        publish_gauge(published, 1, "/h");
        publish_gauge(published, 2, NULL);
        publish_gauge(published, PUBLISHED_CONFIGURATION, NULL);
        return published;
}

/* Whatever was written: values of their Resources and nothing beyond them, and the mandatory one. */
static inline void check_gauges(Store *store)
{
        const SourceRef ref = store_source(store, GAUGES);
        uint16_t ids[LIMIT_INSTANCES];
        const size_t n = ref.source->instances(ref.userdata, GAUGES, ids);

        for (size_t i = 0; i < n; i++) {
                _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_STORE_VALUES};
                SourceCall call = {.requester = 0};

                require(ref.source->read(ref.userdata, &call, &PATH_INSTANCE(GAUGES, ids[i]), &list) == 0);
                require(list.n > 0 && path_equal(&list.items[0].path, &PATH_RESOURCE(GAUGES, ids[i], 0)));
                for (size_t j = 0; j < list.n; j++) {
                        const Path *path = &list.items[j].path;
                        const Value *value = &list.items[j].value;
                        const ResourceDef *resource = object_served(&gauges_object, path->id[2], LWM2M_1_0);

                        require(path->id[1] == ids[i] && path->length >= 3 && resource);
                        require(value->type == resource->type ||
                                (value->type == VALUE_NONE && resource->multiple && path->length == 3));
                        require(!resource_check_value(resource, value, LWM2M_1_0));
                }
        }
}
