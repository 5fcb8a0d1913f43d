/* SPDX-License-Identifier: Apache-2.0 */
/* A source that can do everything: Object 1000 with any number of Object Instances, and 1001 with one alone,
 * both kept in one dataset. */
#pragma once

#include "tests/unit/operation/fixture.h"

#include "model/object_row.h"

#define RACK        1000
#define RACK_SINGLE 1001

static const ResourceDef rack_resources[] = {
        {0, "Name", VALUE_STRING, SINGLE, MANDATORY, {RW, RW, RW}, SUPPORTED, RANGE(0, 8)},
        {1, "Serial Number", VALUE_STRING, SINGLE, MANDATORY, {R, R, R}, SUPPORTED},
        {2, "Level", VALUE_INTEGER, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED, RANGE(0, 100)},
        {3, "Labels", VALUE_STRING, MULTIPLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {4, "Partner", VALUE_OBJLNK, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {5, "Blink", VALUE_NONE, SINGLE, OPTIONAL, {E, E, E}, SUPPORTED},
        {6, "Password", VALUE_STRING, SINGLE, OPTIONAL, {OPERATION_WRITE, OPERATION_WRITE, OPERATION_WRITE},
                SUPPORTED},
        {7, "Temperatures", VALUE_FLOAT, MULTIPLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {8, "Door Open", VALUE_BOOLEAN, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
};

static const ObjectDef rack_object = {
        .id = RACK,
        .name = "Rack",
        .multiple = true,
        .versions = {"1.0", "1.0", "1.0"},
        .resources = rack_resources,
        .n_resources = ELEMENTSOF(rack_resources),
};

static const ObjectDef rack_single_object = {
        .id = RACK_SINGLE,
        .name = "Room",
        .multiple = false,
        .versions = {"1.0", "1.0", "1.0"},
        .resources = rack_resources,
        .n_resources = 1,
};

typedef struct Rack {
        Dataset *dataset;
        unsigned lacks;  /* Operations that it does not support */
        bool later;      /* it answers later */
        bool unseen;     /* it has yet to look: a Read is answered later, or empty */
        int refuses;     /* with this code; 0: it does not */
        unsigned done;   /* how often it did something */
        SourceCall call; /* the last one */
        Path path;
        bool replace;
        const char *reserved; /* the Object Instance that is promised to a Create; NULL: none */
} Rack;

static size_t rack_instances(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        const Rack *rack = userdata;

        return dataset_instances(rack->dataset, object, ret);
}

static int rack_read(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        const Rack *rack = userdata;

        if (rack->unseen)
                return call->id != 0 ? SOURCE_LATER : 0;
        return dataset_list(rack->dataset, path, list);
}

static bool rack_supports(void *userdata, unsigned operation, const Path *path)
{
        const Rack *rack = userdata;

        return !(rack->lacks & operation);
}

/* 0: it is to be done now. */
static int rack_begin(Rack *rack, SourceCall *call, const Path *path)
{
        rack->call = *call;
        rack->path = *path;
        if (rack->refuses != 0)
                return source_refuse(call, rack->refuses, "the rack refuses");
        if (rack->later && !call->granted)
                return SOURCE_LATER;
        rack->done++;
        return 0;
}

static int rack_write(void *userdata, SourceCall *call, const SourceWrite *write)
{
        Rack *rack = userdata;
        int r;

        r = rack_begin(rack, call, &write->path);
        if (r != 0)
                return r;
        rack->replace = write->replace;
        for (size_t i = 0; i < write->n_cleared; i++)
                (void)dataset_remove(rack->dataset, &write->cleared[i]);
        return dataset_apply(rack->dataset, write->values);
}

static int rack_execute(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        return rack_begin(userdata, call, path);
}

/* It gives each a serial number. */
static int rack_create(void *userdata, SourceCall *call, const Path *path, const RecordList *values)
{
        const Path serial = path_append(path, 1);
        Rack *rack = userdata;
        int r;

        r = rack_begin(rack, call, path);
        if (r == 0)
                r = dataset_apply(rack->dataset, values);
        return r != 0 ? r : dataset_set_bytes(rack->dataset, &serial, VALUE_STRING, "S", 1);
}

static int rack_remove(void *userdata, SourceCall *call, const Path *path)
{
        Rack *rack = userdata;
        int r;

        r = rack_begin(rack, call, path);
        if (r == 0)
                assert_true(dataset_remove(rack->dataset, path));
        return r;
}

static bool rack_is_reserved(void *userdata, const Path *instance)
{
        const Rack *rack = userdata;

        return rack->reserved && strcmp(PATH_TEXT(instance), rack->reserved) == 0;
}

static const Source rack_source = {
        .instances = rack_instances,
        .read = rack_read,
        .supports = rack_supports,
        .write = rack_write,
        .execute = rack_execute,
        .create = rack_create,
        .remove = rack_remove,
        .is_reserved = rack_is_reserved,
};

static inline Rack *rack_free(Rack *rack)
{
        dataset_free(rack->dataset);
        free(rack);
        return NULL;
}
DEFINE_CLEANUP(Rack *, rack_free)

/* Serves both Objects of the world with what text says. */
static inline Rack *rack_new(World *world, const char *text)
{
        Rack *rack = calloc(1, sizeof(Rack));

        assert_non_null(rack);
        fixture_objects[0] = &rack_object;
        fixture_objects[1] = &rack_single_object;
        rack->dataset = fixture_dataset(text);
        for (size_t i = 0; i < ELEMENTSOF(fixture_objects); i++) {
                assert_int_equal(registry_add(store_registry(world->store), fixture_objects[i]), 0);
                assert_int_equal(
                        store_set_source(world->store, fixture_objects[i]->id, &rack_source, rack), 0);
        }
        return rack;
}

static inline const char *rack_text(const Rack *rack)
{
        return fixture_text(rack->dataset, &PATH_ROOT);
}

/* The rack is asked by this request, and is to answer later; it goes on so. */
static inline void rack_later(Rack *rack, World *world, const Request *request)
{
        rack->later = true;
        world->context.call = 7;
        assert_int_equal(
                operation_device_management(&world->context, request, &world->response, &world->effects),
                OPERATION_LATER);
        assert_int_equal(rack->call.id, world->context.call);
}

/* The request waits until the rack has looked, and is served again. */
static inline void rack_looks(Rack *rack, World *world, const Step *step)
{
        _cleanup_(request_done) Request request = fixture_request(step);

        rack->unseen = true;
        world->context.call = 7;
        world->context.requester = world->server;
        world->context.attributes = world_attributes(world);
        assert_int_equal(
                operation_device_management(&world->context, &request, &world->response, &world->effects),
                OPERATION_LATER);
        rack->unseen = false;
        world->context.granted = true;
}
