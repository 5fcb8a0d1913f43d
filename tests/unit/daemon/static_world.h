/* SPDX-License-Identifier: Apache-2.0 */
/* Object Instances of a configuration, the files that hold their values, and what the store and the log are
 * told. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/file_reader.h"
#include "daemon/static_objects.h"
#include "tests/unit/daemon/ahead.h"
#include "tests/unit/daemon/hanging_file.h"
#include "util/log.h"

#define METER         30000
#define OBJECTS_MAX   8
#define VALUES_MAX    8
#define ANSWERS_MAX   16
#define TEST_INTERVAL (10 * USEC_PER_SEC)

/* What is logged, a line each. */
static char logged[1024];
static unsigned n_logged;

int __wrap_log_full(int level, int error, const LogAbout *about, const char *format, ...) _printf_(4, 5);

int __wrap_log_full(int level, int error, const LogAbout *about, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        n_logged++;
        (void)vsnprintf(logged, sizeof(logged), format, ap);
        va_end(ap);
        return -abs(error);
}

#define ALL(operation)                                \
        {                                             \
                (operation), (operation), (operation) \
        }

static const ResourceDef meter_resources[] = {
        {.id = 0,
                .type = VALUE_INTEGER,
                .mandatory = true,
                .operations = ALL(OPERATION_READ),
                .supported = true,
                .has_range = true,
                .minimum = -100,
                .maximum = 1000},
        {.id = 1,
                .type = VALUE_INTEGER,
                .operations = ALL(OPERATION_READ | OPERATION_WRITE),
                .supported = true},
        {.id = 2,
                .type = VALUE_INTEGER,
                .multiple = true,
                .operations = ALL(OPERATION_READ | OPERATION_WRITE),
                .supported = true},
        {.id = 3, .type = VALUE_INTEGER, .operations = ALL(OPERATION_READ), .supported = true},
};

static const ObjectDef meter = {
        .id = METER,
        .name = "Meter",
        .multiple = true,
        .versions = {"1.0", "1.0", "1.0"},
        .resources = meter_resources,
        .n_resources = ELEMENTSOF(meter_resources),
};

static inline const ObjectDef *define(void *userdata, uint16_t object, char *text)
{
        return object == METER ? &meter : NULL;
}

static inline void forget(void *userdata, uint16_t object)
{
}

typedef struct World {
        char folder[64];
        sd_event *event;
        Store *store;
        Published *published;
        FileReader *reader;
        StaticObjects *objects;
        char changed[512]; /* paths */
        unsigned n_answers;
        uint64_t answers[ANSWERS_MAX]; /* calls */
} World;

static inline void on_changed(void *userdata, const Path *path)
{
        World *world = userdata;
        size_t n = strlen(world->changed);

        (void)snprintf(
                world->changed + n, sizeof(world->changed) - n, "%s%s", n > 0 ? " " : "", PATH_TEXT(path));
}

static inline void on_answered(void *userdata, uint64_t call, int code, const char *text)
{
        World *world = userdata;

        assert_int_equal(code, 0);
        assert_true(world->n_answers < ANSWERS_MAX);
        world->answers[world->n_answers++] = call;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static inline int world_setup(void **state)
{
        static const PublishedDefinitions definitions = {define, forget};
        static const StoreListener listener = {.changed = on_changed, .answered = on_answered};
        World *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        (void)snprintf(world->folder, sizeof(world->folder), "/tmp/static-objects-XXXXXX");
        assert_non_null(mkdtemp(world->folder));
        ahead = awake_ahead = 0;
        n_logged = 0;
        assert_int_equal(sd_event_new(&world->event), 0);
        assert_int_equal(store_new(&world->store), 0);
        store_set_listener(world->store, &listener, world);
        assert_int_equal(published_new(world->store, &definitions, NULL, &world->published), 0);
        assert_int_equal(file_reader_new(world->event, &test_clock, &world->reader), 0);
        assert_int_equal(static_objects_new(world->event, world->reader, &test_clock, world->store,
                                 world->published, &world->objects),
                0);
        *state = world;
        return 0;
}

static inline int world_teardown(void **state)
{
        World *world = *state;

        (void)static_objects_free(world->objects);
        (void)file_reader_free(world->reader);
        (void)published_free(world->published);
        (void)store_free(world->store);
        sd_event_unref(world->event);
        assert_int_equal(nftw(world->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
        free(world);
        return 0;
}

/* -- Files -- */

/* NULL: it is not there any more. */
static inline void put(World *world, const char *name, const char *text)
{
        char path[128];
        FILE *file;

        (void)snprintf(path, sizeof(path), "%s/%s", world->folder, name);
        (void)unlink(path);
        if (!text)
                return;
        file = fopen(path, "w");
        assert_non_null(file);
        assert_true(fprintf(file, "%s\n", text) > 0);
        assert_int_equal(fclose(file), 0);
}

/* -- The configuration -- */

/* What `objects:` says, as text: "0: 0=1 3@name 2/0=5 2/1=6; 1: ..." are Object Instances of METER, their
 * constants, and files with their names. The one before has to live until the next one is in force. */
typedef struct TestConfig {
        Config config;
        ConfigObject objects[OBJECTS_MAX];
        ConfigFileValue files[OBJECTS_MAX][VALUES_MAX];
} TestConfig;

static inline void read_value(World *world, ConfigObject *object, const char *word)
{
        unsigned resource, instance;
        long long number;
        char name[32];

        if (sscanf(word, "%u@%31s", &resource, name) == 2) {
                ConfigFileValue *file = &object->files[object->n_files++];

                *file = (ConfigFileValue){
                        .resource = (uint16_t)resource, .scale = 1, .interval = TEST_INTERVAL};
                assert_true(asprintf(&file->path, "%s/%s", world->folder, name) > 0);
        } else if (sscanf(word, "%u/%u=%lld", &resource, &instance, &number) == 3)
                assert_int_equal(record_list_add(&object->values,
                                         &PATH_RESOURCE_INSTANCE(METER, object->instance, (uint16_t)resource,
                                                 (uint16_t)instance),
                                         &VALUE_INT(number)),
                        0);
        else {
                assert_int_equal(sscanf(word, "%u=%lld", &resource, &number), 2);
                assert_int_equal(record_list_add(&object->values,
                                         &PATH_RESOURCE(METER, object->instance, (uint16_t)resource),
                                         &VALUE_INT(number)),
                        0);
        }
}

static inline TestConfig *config_of(World *world, const char *text)
{
        TestConfig *config = calloc(1, sizeof(*config));
        _cleanup_(freep) char *copy = strdup(text);
        char *rest = copy;

        assert_non_null(config);
        config->config.version = LWM2M_1_1;
        config->config.objects = config->objects;
        for (char *part; (part = strsep(&rest, ";"));) {
                ConfigObject *object = &config->objects[config->config.n_objects];

                if (strspn(part, " ") == strlen(part))
                        continue;
                object->object = METER;
                object->instance = (uint16_t)atoi(part);
                object->files = config->files[config->config.n_objects++];
                part = strchr(part, ':') + 1;
                for (char *word; (word = strsep(&part, " "));)
                        if (*word)
                                read_value(world, object, word);
        }
        return config;
}

static inline TestConfig *config_free_test(TestConfig *config)
{
        for (size_t i = 0; i < config->config.n_objects; i++) {
                record_list_done(&config->objects[i].values);
                for (size_t j = 0; j < config->objects[i].n_files; j++)
                        free(config->objects[i].files[j].path);
        }
        free(config);
        return NULL;
}
DEFINE_CLEANUP(TestConfig *, config_free_test)

#define _config_ _cleanup_(config_free_testp) TestConfig *

/* -- What a server sees -- */

/* As a source does it; fresh: which call waits, 0: none can. Returns what the source has. */
static inline int read_as(
        World *world, uint64_t call, uint64_t begun, const Path *path, char text[static 512])
{
        _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_STORE_VALUES};
        const SourceRef ref = store_source(world->store, METER);
        SourceCall source_call = {.requester = 1, .version = LWM2M_1_1, .id = call, .begun = begun};
        size_t n = 0;
        int r;

        text[0] = '\0';
        assert_non_null(ref.source);
        r = ref.source->read(ref.userdata, &source_call, path, &list);
        for (size_t i = 0; i < list.n; i++) {
                const Record *record = &list.items[i];

                n += (size_t)snprintf(text + n, 512 - n, "%s%u", n > 0 ? " " : "", record->path.id[2]);
                if (record->path.length == 4)
                        n += (size_t)snprintf(text + n, 512 - n, "/%u", record->path.id[3]);
                n += (size_t)snprintf(text + n, 512 - n, "=%lld", (long long)record->value.integer);
        }
        return r;
}

/* "0=1 3=2": what is known of an Object Instance. Begins to look at what is stale. */
static inline const char *known(World *world, uint16_t instance)
{
        static char text[512];

        assert_int_equal(read_as(world, 0, 0, &PATH_INSTANCE(METER, instance), text), 0);
        return text;
}

/* What has been told since the last call. */
static inline const char *told(World *world)
{
        static char text[sizeof(world->changed)];

        memcpy(text, world->changed, sizeof(text));
        world->changed[0] = '\0';
        return text;
}

/* Until the path has been told to have changed. */
static inline void await_change(World *world, const char *path)
{
        while (!strstr(world->changed, path))
                assert_true(sd_event_run(world->event, 10 * USEC_PER_SEC) > 0);
        told(world);
}

/* Until that is known of an Object Instance. */
static inline void await_known(World *world, uint16_t instance, const char *wanted)
{
        while (strcmp(known(world, instance), wanted) != 0)
                if (sd_event_run(world->event, 10 * USEC_PER_SEC) <= 0)
                        fail_msg("%s, not %s", known(world, instance), wanted);
}

/* Nothing happens on the loop for a while. For what is not to happen: a busy machine may take longer. */
static inline void await_quiet(World *world)
{
        while (sd_event_run(world->event, 100 * USEC_PER_MSEC) > 0)
                ;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)

static inline void world_begin(void)
{
        hanging_init();
}
