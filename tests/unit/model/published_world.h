/* SPDX-License-Identifier: Apache-2.0 */
/* Publishers, written as text, and what they and the store are told. */
#pragma once

#include "tests/unit/model/fixture.h"

#include "lwm2m/message.h"
#include "model/object_row.h"
#include "model/published.h"

#define GAUGE  10000 /* any number of Object Instances */
#define HOUSE  10001 /* one alone */
#define PLAIN  20000 /* and the 99 behind it: as GAUGE */
#define PLAINS 100

#define W OPERATION_WRITE

static const ResourceDef gauge_resources[] = {
        {0, "Value", VALUE_FLOAT, SINGLE, MANDATORY, {R, R, R}, SUPPORTED},
        {1, "Unit", VALUE_STRING, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED, RANGE(0, 8)},
        {2, "Level", VALUE_INTEGER, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED, RANGE(0, 100)},
        {3, "Labels", VALUE_STRING, MULTIPLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {4, "Partner", VALUE_OBJLNK, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {5, "Reset", VALUE_NONE, SINGLE, OPTIONAL, {E, E, E}, SUPPORTED},
        {6, "Password", VALUE_STRING, SINGLE, OPTIONAL, {W, W, W}, SUPPORTED},
        {7, "Image", VALUE_OPAQUE, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {8, "On", VALUE_BOOLEAN, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {9, "Since", VALUE_TIME, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {10, "Count", VALUE_UNSIGNED, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {11, "Link", VALUE_CORELNK, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {12, "Images", VALUE_OPAQUE, MULTIPLE, OPTIONAL, {R, R, R}, SUPPORTED},
};

#define GAUGE_DEFINITION(number, is_multiple)                                    \
        {                                                                        \
                .id = (number), .name = "Gauge", .multiple = (is_multiple),      \
                .versions = {"1.0", "1.0", "1.0"}, .resources = gauge_resources, \
                .n_resources = ELEMENTSOF(gauge_resources),                      \
        }

static const ObjectDef gauge = GAUGE_DEFINITION(GAUGE, true), house = GAUGE_DEFINITION(HOUSE, false);

/* What a handler was asked; the last one. */
typedef struct Asked {
        unsigned n; /* how often */
        unsigned operation;
        uint64_t owner;
        uint64_t call;
        char handler[LIMIT_PUBLISHED_HANDLER + 1];
        char path[PATH_TEXT_MAX];
        char values[1024];
        bool replace;
        char arguments[64];
        uint16_t requester;
} Asked;

typedef struct Publishers {
        Store *store;
        Published *published;
        PublishedText text; /* of the last refusal */
        ObjectDef plain[PLAINS];
        unsigned defined, forgotten; /* how often */
        char changed[4096];          /* paths, since publishers_forget() */
        unsigned objects_changed;
        char withdrawn[256]; /* paths */
        Asked asked;
        int refuses; /* ask() returns that */
        char written[1024];
        uint64_t written_owner;
        uint16_t written_requester;
        unsigned n_written;
        struct {
                unsigned n;
                uint64_t call;
                int code;
                char text[SOURCE_TEXT_SIZE];
        } answered;
} Publishers;

static inline const ObjectDef *publishers_define(void *userdata, uint16_t object, char *text)
{
        Publishers *world = userdata;
        const ObjectDef *def = NULL;

        if (object == GAUGE)
                def = &gauge;
        else if (object == HOUSE)
                def = &house;
        else if (object >= PLAIN && object < PLAIN + PLAINS)
                def = &world->plain[object - PLAIN];
        world->defined += def != NULL;
        return def;
}

static inline void publishers_forget_definition(void *userdata, uint16_t object)
{
        Publishers *world = userdata;

        world->forgotten++;
}

static const PublishedDefinitions publishers_definitions = {publishers_define, publishers_forget_definition};

static inline void publishers_add_path(char *buffer, size_t size, const Path *path)
{
        const size_t n = strlen(buffer);

        assert_true(
                snprintf(buffer + n, size - n, "%s%s", n > 0 ? " " : "", PATH_TEXT(path)) < (int)(size - n));
}

static inline void publishers_on_changed(void *userdata, const Path *path)
{
        Publishers *world = userdata;

        publishers_add_path(world->changed, sizeof(world->changed), path);
}

static inline void publishers_on_answered(void *userdata, uint64_t call, int code, const char *text)
{
        Publishers *world = userdata;

        world->answered.n++;
        world->answered.call = call;
        world->answered.code = code;
        (void)snprintf(world->answered.text, sizeof(world->answered.text), "%s", text ?: "");
}

static inline void publishers_on_objects_changed(void *userdata)
{
        Publishers *world = userdata;

        world->objects_changed++;
}

static inline void publishers_on_withdrawn(void *userdata, const Path *instance)
{
        Publishers *world = userdata;

        publishers_add_path(world->withdrawn, sizeof(world->withdrawn), instance);
}

static const StoreListener publishers_listener = {
        .changed = publishers_on_changed,
        .answered = publishers_on_answered,
        .objects_changed = publishers_on_objects_changed,
        .withdrawn = publishers_on_withdrawn,
};

/* As fixture_text(). */
static inline void publishers_describe(const RecordList *values, char *buffer, size_t size)
{
        _cleanup_(dataset_freep) Dataset *dataset = dataset_new();

        assert_int_equal(dataset_apply(dataset, values), 0);
        assert_true(snprintf(buffer, size, "%s", fixture_text(dataset, &PATH_ROOT)) < (int)size);
}

static inline int publishers_ask(void *userdata, const PublishedQuestion *question, char *text)
{
        Publishers *world = userdata;
        Asked *asked = &world->asked;

        *asked = (Asked){
                .n = asked->n + 1,
                .operation = question->operation,
                .owner = question->owner,
                .call = question->call,
                .replace = question->replace,
                .requester = question->requester,
        };
        (void)snprintf(asked->handler, sizeof(asked->handler), "%s", question->handler);
        (void)snprintf(asked->path, sizeof(asked->path), "%s", PATH_TEXT(&question->path));
        (void)snprintf(asked->arguments, sizeof(asked->arguments), "%.*s", (int)question->arguments_size,
                (const char *)question->arguments ?: "");
        if (question->values)
                publishers_describe(question->values, asked->values, sizeof(asked->values));
        if (world->refuses != 0)
                (void)snprintf(text, SOURCE_TEXT_SIZE, "too many questions");
        return world->refuses;
}

static inline void publishers_written(
        void *userdata, uint64_t owner, const RecordList *values, uint16_t requester)
{
        Publishers *world = userdata;

        world->n_written++;
        world->written_owner = owner;
        world->written_requester = requester;
        publishers_describe(values, world->written, sizeof(world->written));
}

static const PublishedAsker publishers_asker = {publishers_ask, publishers_written};

/* On a store that is there already. */
static inline void publishers_begin(Publishers *world, Store *store)
{
        *world = (Publishers){.store = store};
        for (uint16_t i = 0; i < PLAINS; i++)
                memcpy(&world->plain[i], &(ObjectDef)GAUGE_DEFINITION((uint16_t)(PLAIN + i), true),
                        sizeof(ObjectDef));
        fixture_objects[0] = &gauge;
        fixture_objects[1] = &house;
        assert_int_equal(published_new(store, &publishers_definitions, world, &world->published), 0);
        published_set_asker(world->published, &publishers_asker, world);
        store_set_listener(store, &publishers_listener, world);
}

static inline Publishers *publishers_new(void)
{
        Publishers *world = calloc(1, sizeof(Publishers));

        assert_non_null(world);
        publishers_begin(world, fixture_store(""));
        return world;
}

static inline Publishers *publishers_free(Publishers *world)
{
        published_free(world->published);
        assert_int_equal(world->defined, world->forgotten);
        store_free(world->store);
        free(world);
        return NULL;
}
DEFINE_CLEANUP(Publishers *, publishers_free)

/* What has been told so far. */
static inline void publishers_forget(Publishers *world)
{
        world->changed[0] = world->withdrawn[0] = '\0';
        world->objects_changed = 0;
}

/* In the order of the text; "/10000/0/3" alone: a VALUE_NONE there. Values of PLAIN as those of GAUGE. */
static inline void publishers_values(const char *text, RecordList *ret)
{
        _cleanup_(freep) char *copy = strdup(text);
        char *rest = copy, *word;

        *ret = (RecordList){.maximum = LIMIT_STORE_VALUES};
        while ((word = strsep(&rest, " "))) {
                Value value = {.type = VALUE_NONE};
                char *equals = strchr(word, '=');
                Path path;

                if (word[0] == '\0')
                        continue;
                if (equals)
                        *equals++ = '\0';
                assert_int_equal(path_parse(word, &path), 0);
                if (equals) {
                        Path known = path;

                        known.id[0] = path.id[0] >= PLAIN ? GAUGE : path.id[0];
                        value = fixture_value(&known, equals);
                }
                assert_int_equal(record_list_add(ret, &path, &value), 0);
        }
}

static inline int publishers_add_with(Publishers *world, uint64_t owner, uint16_t object, uint16_t instance,
        const char *values, const PublishedOptions *options, uint16_t *ret_instance)
{
        _cleanup_(record_list_done) RecordList list;

        publishers_values(values, &list);
        for (size_t i = 0; i < list.n; i++)
                if (list.items[i].path.id[0] == PLAIN)
                        list.items[i].path.id[0] = object;
        return published_add(
                world->published, owner, object, instance, &list, options, ret_instance, world->text);
}

/* Publish without options. Values of PLAIN are for the Object it is. */
static inline int publishers_add(
        Publishers *world, uint64_t owner, uint16_t object, uint16_t instance, const char *values)
{
        return publishers_add_with(world, owner, object, instance, values, NULL, NULL);
}

static inline int publishers_set(Publishers *world, uint64_t owner, const char *values)
{
        _cleanup_(record_list_done) RecordList list;

        publishers_values(values, &list);
        return published_set(world->published, owner, &list, world->text);
}

/* All published values below path, as fixture_text(); static buffer. */
static inline const char *publishers_text(const Publishers *world, const char *path)
{
        _cleanup_(dataset_freep) Dataset *dataset = dataset_new();
        const Registry *registry = store_registry(world->store);
        Path prefix;

        assert_int_equal(path_parse(path, &prefix), 0);
        for (size_t i = 0; i < registry->n; i++) {
                const uint16_t object = registry->objects[i]->id;
                const SourceRef ref = store_source(world->store, object);
                uint16_t ids[LIMIT_INSTANCES];
                const size_t n =
                        ref.source && object >= GAUGE ? ref.source->instances(ref.userdata, object, ids) : 0;

                for (size_t j = 0; j < n; j++) {
                        _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_STORE_VALUES};
                        SourceCall call = {.requester = 0};

                        assert_int_equal(
                                ref.source->read(ref.userdata, &call, &PATH_INSTANCE(object, ids[j]), &list),
                                0);
                        assert_int_equal(dataset_apply(dataset, &list), 0);
                }
        }
        return fixture_text(dataset, &prefix);
}
