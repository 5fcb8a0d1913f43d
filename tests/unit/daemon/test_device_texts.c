/* SPDX-License-Identifier: Apache-2.0 */
/* Strings of Device that files say: as they are, as nobody should have them, changed, and while one hangs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/device_texts.h"
#include "daemon/template.h"
#include "lwm2m/ids.h"
#include "tests/unit/daemon/ahead.h"
#include "tests/unit/daemon/hanging_file.h"
#include "util/log.h"

typedef struct World {
        char folder[64];
        sd_event *event;
        Store *store;
        FileReader *reader;
        DeviceTexts texts;
        unsigned changed[32]; /* by Resource */
        unsigned answers, reread;
        char template[600];
} World;

static void on_changed(void *userdata, const Path *path)
{
        World *world = userdata;

        assert_true(path->length == 3 && path->id[0] == OBJECT_DEVICE);
        world->changed[path->id[2]]++;
}

static void on_answered(void *userdata, uint64_t call, int code, const char *text)
{
        assert_int_equal(code, 0);
        ((World *)userdata)->answers++;
}

static const StoreListener listener = {.changed = on_changed, .answered = on_answered};

static void on_reread(void *userdata)
{
        ((World *)userdata)->reread++;
}

static void put(World *world, const char *name, const void *data, size_t size)
{
        char path[128];
        FILE *file;

        (void)snprintf(path, sizeof(path), "%s/%s", world->folder, name);
        file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(data, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
        World *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        log_set_level(LOG_EMERG);
        (void)snprintf(world->folder, sizeof(world->folder), "/tmp/device-texts-XXXXXX");
        assert_non_null(mkdtemp(world->folder));
        ahead = awake_ahead = 0;
        assert_int_equal(sd_event_new(&world->event), 0);
        assert_int_equal(store_new(&world->store), 0);
        store_set_listener(world->store, &listener, world);
        assert_int_equal(file_reader_new(world->event, &test_clock, &world->reader), 0);
        device_texts_init(&world->texts, world->store, world->reader, on_reread, world);
        put(world, "version", "1.0\n", 4);
        put(world, "hang", "1.0\n", 4);
        *state = world;
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static int teardown(void **state)
{
        World *world = *state;

        device_texts_done(&world->texts);
        (void)file_reader_free(world->reader);
        (void)store_free(world->store);
        sd_event_unref(world->event);
        assert_int_equal(nftw(world->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
        free(world);
        return 0;
}

/* A template in which % stands for the folder. */
static void set_version(World *world, const char *template)
{
        const DeviceStrings strings = {.firmware_version = world->template, .model_number = "M"};
        char *p = world->template;

        for (; *template; template ++)
                if (*template == '%')
                        p = stpcpy(p, world->folder);
                else
                        *p++ = *template;
        *p = '\0';
        assert_int_equal(device_texts_set(&world->texts, &strings), 0);
}

static SourceCall call = {.id = 7, .version = LWM2M_1_1};

static bool is_later(World *world, Path path)
{
        int r = device_texts_prepare(&world->texts, &call, &path);

        assert_true(r == 0 || r == SOURCE_LATER);
        return r == SOURCE_LATER;
}

#define VERSION PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_FIRMWARE_VERSION)

static void settle(World *world)
{
        while (is_later(world, VERSION))
                assert_true(sd_event_run(world->event, 10 * USEC_PER_SEC) > 0);
}

static void expect(World *world, const char *expected)
{
        const char *text;

        settle(world);
        text = device_texts_get(&world->texts, DEVICE_FIRMWARE_VERSION);
        if (expected)
                assert_string_equal(text, expected);
        else
                assert_null(text);
        assert_string_equal(device_texts_get(&world->texts, DEVICE_MODEL_NUMBER), "M");
}

static void what_files_say(void **state)
{
        World *world = *state;

        set_version(world, "{file:%/version}");
        assert_true(is_later(world, VERSION));
        assert_true(is_later(world, PATH_INSTANCE(OBJECT_DEVICE, 0)));
        assert_false(is_later(world, PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_MODEL_NUMBER)));
        expect(world, "1.0");
        assert_true(world->answers > 0);
        assert_int_equal(world->changed[DEVICE_FIRMWARE_VERSION], 1);

        set_version(world, "v{file:%/version}{{{file:%/version}}-rc1");
        expect(world, "v1.0{1.0}-rc1");
        put(world, "tree", "2.0\n\0", 5); /* as the device tree's */
        set_version(world, "{file:%/tree}");
        expect(world, "2.0");
        put(world, "tree", "2.1\r\n", 5);
        set_version(world, "{file:%/tree}");
        expect(world, "2.1");
        assert_int_equal(world->changed[DEVICE_MODEL_NUMBER], 1);
        assert_int_equal(world->reread, 0);
}

static void read_anew(void **state)
{
        World *world = *state;

        set_version(world, "{file:%/version}");
        expect(world, "1.0");
        put(world, "version", "2.0\n", 4);
        assert_string_equal(device_texts_get(&world->texts, DEVICE_FIRMWARE_VERSION), "1.0");
        device_texts_reread(&world->texts);
        expect(world, "2.0");
        assert_int_equal(world->reread, 1);
        assert_int_equal(world->changed[DEVICE_FIRMWARE_VERSION], 2);
        assert_int_equal(world->changed[DEVICE_MODEL_NUMBER], 1);

        /* The same again is no change; without a file it is told all the same. */
        device_texts_reread(&world->texts);
        expect(world, "2.0");
        assert_int_equal(world->reread, 2);
        assert_int_equal(world->changed[DEVICE_FIRMWARE_VERSION], 2);
        set_version(world, "3");
        device_texts_reread(&world->texts);
        expect(world, "3");
        assert_int_equal(world->reread, 3);

        /* A Reload of the same configuration reads anew, too. */
        set_version(world, "{file:%/version}");
        expect(world, "2.0");
        put(world, "version", "4", 1);
        set_version(world, "{file:%/version}");
        expect(world, "4");
}

static void no_text(void **state)
{
        World *world = *state;
        char large[256];

        memset(large, 'x', sizeof(large));
        put(world, "empty", "\n", 1);
        put(world, "lines", "1\n2\n", 4);
        put(world, "bytes", "\xff\xfe", 2);
        put(world, "large", large, 255);
        static const char *const templates[] = {"{file:%/missing}", "{file:%}", "{file:%/empty}",
                "{file:%/lines}", "{file:%/bytes}", "v{file:%/large}", "{file:%/version}{file:%/missing}"};

        for (size_t i = 0; i < ELEMENTSOF(templates); i++) {
                set_version(world, "1");
                expect(world, "1");
                set_version(world, templates[i]);
                expect(world, NULL);
                device_texts_reread(&world->texts);
                expect(world, NULL);
                assert_int_equal(world->reread, i + 1);
        }
        put(world, "missing", "now", 3);
        device_texts_reread(&world->texts);
        expect(world, "1.0now");
        set_version(world, "{file:%/large}");
        settle(world);
        assert_int_equal(strlen(device_texts_get(&world->texts, DEVICE_FIRMWARE_VERSION)), 255);
}

static void file_that_hangs(void **state)
{
        World *world = *state;

        set_version(world, "{file:%/hang}");
        assert_int_equal(sem_wait(&hanging), 0);
        assert_true(is_later(world, VERSION));
        awake_ahead = -(int64_t)(2 * FILE_READER_PATIENCE_USEC);
        device_texts_reread(&world->texts); /* in another thread: the first one goes on */
        assert_int_equal(sem_wait(&hanging), 0);
        awake_ahead = 0;
        while (world->reread == 0)
                assert_true(sd_event_run(world->event, 10 * USEC_PER_SEC) > 0);
        assert_int_equal(world->answers, 1);
        assert_false(is_later(world, VERSION));
        assert_null(device_texts_get(&world->texts, DEVICE_FIRMWARE_VERSION));

        release_hanging(2);
        while (!device_texts_get(&world->texts, DEVICE_FIRMWARE_VERSION))
                assert_true(sd_event_run(world->event, 10 * USEC_PER_SEC) > 0);
        expect(world, "1.0");
        assert_int_equal(world->reread, 1);

        /* And at the end. */
        device_texts_reread(&world->texts);
        assert_int_equal(sem_wait(&hanging), 0);
        device_texts_done(&world->texts);
        release_hanging(1);
}

static void parts(void **state)
{
        static const struct {
                const char *text;
                TemplatePart parts[4];
        } cases[] = {
                {"", {TEMPLATE_END}},
                {"a}b", {TEMPLATE_TEXT, TEMPLATE_END}},
                {"a{{b", {TEMPLATE_TEXT, TEMPLATE_TEXT, TEMPLATE_TEXT, TEMPLATE_END}},
                {"{file:/a}b", {TEMPLATE_FILE, TEMPLATE_TEXT, TEMPLATE_END}},
                {"a{file:/a", {TEMPLATE_TEXT, TEMPLATE_OPEN}},
                {"{file:}", {TEMPLATE_UNKNOWN}},
                {"{hostname}", {TEMPLATE_UNKNOWN}},
                {"{}", {TEMPLATE_UNKNOWN}},
                {"{", {TEMPLATE_OPEN}},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const char *p = cases[i].text, *part;
                size_t size;

                for (size_t j = 0;; j++) {
                        assert_int_equal(template_next(&p, &part, &size), cases[i].parts[j]);
                        if (cases[i].parts[j] == TEMPLATE_END || cases[i].parts[j] >= TEMPLATE_OPEN)
                                break;
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(what_files_say, setup, teardown),
                cmocka_unit_test_setup_teardown(read_anew, setup, teardown),
                cmocka_unit_test_setup_teardown(no_text, setup, teardown),
                cmocka_unit_test_setup_teardown(file_that_hangs, setup, teardown),
                cmocka_unit_test(parts),
        };

        hanging_init();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
