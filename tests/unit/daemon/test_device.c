/* SPDX-License-Identifier: Apache-2.0 */
/* Object 3: what a server reads and executes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/device.h"

static uint64_t now_usec;

static uint64_t read_now(void *userdata)
{
        return now_usec;
}

static const Clock test_clock = {read_now, read_now, read_now, NULL};

/* The one record of a Resource, to be freed by record_list_done(); n: how many are expected. */
static RecordList read_resource(const Device *device, uint16_t id, size_t n)
{
        RecordList list = {};
        SourceCall call = {.version = LWM2M_1_1};
        Path path = PATH_RESOURCE(OBJECT_DEVICE, 0, id);

        assert_int_equal(device_source.read((void *)device, &call, &path, &list), 0);
        assert_int_equal(list.n, n);
        return list;
}

static void assert_text(const Device *device, uint16_t id, const char *expected)
{
        RecordList list = read_resource(device, id, expected ? 1 : 0);

        if (expected) {
                assert_true(path_equal(&list.items[0].path, &PATH_RESOURCE(OBJECT_DEVICE, 0, id)));
                assert_int_equal(list.items[0].value.type, VALUE_STRING);
                assert_string_equal((const char *)list.items[0].value.bytes.data, expected);
        }
        record_list_done(&list);
}

static int64_t read_number(const Device *device, uint16_t id, ValueType type)
{
        RecordList list = read_resource(device, id, 1);
        int64_t number = list.items[0].value.integer;

        assert_int_equal(list.items[0].value.type, type);
        record_list_done(&list);
        return number;
}

static void strings_are_those_of_the_configuration(void **state)
{
        DeviceStrings strings = {
                .manufacturer = "Example", .device_type = "gate{{way}", .software_version = "1"};
        Device device = {.clock = &test_clock};
        Store *store;

        assert_int_equal(store_new(&store), 0);
        device_texts_init(&device.texts, store, NULL, NULL, NULL);
        assert_int_equal(device_texts_set(&device.texts, &strings), 0);
        assert_text(&device, DEVICE_MANUFACTURER, "Example");
        assert_text(&device, DEVICE_MODEL_NUMBER, NULL);
        assert_text(&device, DEVICE_SERIAL_NUMBER, NULL);
        assert_text(&device, DEVICE_FIRMWARE_VERSION, NULL);
        assert_text(&device, DEVICE_DEVICE_TYPE, "gate{way}");
        assert_text(&device, DEVICE_HARDWARE_VERSION, NULL);
        assert_text(&device, DEVICE_SOFTWARE_VERSION, "1");
        assert_text(&device, DEVICE_SUPPORTED_BINDING, "U");
        strings.model_number = "later";
        strings.manufacturer = NULL;
        assert_int_equal(device_texts_set(&device.texts, &strings), 0);
        assert_text(&device, DEVICE_MODEL_NUMBER, "later");
        assert_text(&device, DEVICE_MANUFACTURER, NULL);
        device_texts_done(&device.texts);
        (void)store_free(store);
}

/* Queue Mode is a binding in LwM2M 1.0 alone. */
static void binding_is_that_of_the_version(void **state)
{
        static const struct {
                Lwm2mVersion version;
                bool queue_mode;
                const char *binding;
        } rows[] = {
                {LWM2M_1_0, false, "U"},
                {LWM2M_1_0, true, "UQ"},
                {LWM2M_1_1, true, "U"},
                {LWM2M_1_2, true, "U"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Device device = {.clock = &test_clock, .settings.queue_mode = rows[i].queue_mode};
                SourceCall call = {.version = rows[i].version};
                RecordList list = {};

                assert_int_equal(device_source.read(&device, &call,
                                         &PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_SUPPORTED_BINDING), &list),
                        0);
                assert_int_equal(list.n, 1);
                assert_string_equal((const char *)list.items[0].value.bytes.data, rows[i].binding);
                record_list_done(&list);
        }
}

static void time_is_live(void **state)
{
        Device device = {.clock = &test_clock};

        now_usec = 1700000000999999;
        assert_int_equal(read_number(&device, DEVICE_CURRENT_TIME, VALUE_TIME), 1700000000);
        now_usec += USEC_PER_SEC;
        assert_int_equal(read_number(&device, DEVICE_CURRENT_TIME, VALUE_TIME), 1700000001);
}

static void zones(void **state)
{
        static const struct {
                const char *variable;
                uint64_t seconds;
                const char *offset, *name;
        } cases[] = {
                {"UTC", 1700000000, "+00:00", "UTC"},
                {"CET-1CEST,M3.5.0,M10.5.0/3", 1700000000, "+01:00", NULL}, /* November */
                {"CET-1CEST,M3.5.0,M10.5.0/3", 1690000000, "+02:00", NULL}, /* July */
                {"NST3:30", 1700000000, "-03:30", NULL},
                {":Etc/GMT+5", 1700000000, "-05:00", "Etc/GMT+5"},
                {"/usr/share/zoneinfo/Etc/GMT-2", 1700000000, "+02:00", NULL},
        };
        Device device = {.clock = &test_clock};

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                assert_int_equal(setenv("TZ", cases[i].variable, 1), 0);
                now_usec = cases[i].seconds * USEC_PER_SEC;
                assert_text(&device, DEVICE_UTC_OFFSET, cases[i].offset);
                assert_text(&device, DEVICE_TIMEZONE, cases[i].name);
        }
}

static void memory_is_the_machines(void **state)
{
        Device device = {.clock = &test_clock};
        int64_t total = read_number(&device, DEVICE_MEMORY_TOTAL, VALUE_INTEGER);
        int64_t available = read_number(&device, DEVICE_MEMORY_FREE, VALUE_INTEGER);
        SourceCall call = {.version = LWM2M_1_2};
        RecordList list = {0};

        /* kB: more than 4 MB and less than 1 PB, whatever runs this. */
        assert_in_range(total, 4 * 1024, (uint64_t)1 << 40);
        assert_in_range(available, 0, total);

        /* From 1.2 on these are 1000 bytes. */
        assert_int_equal(device_source.read(&device, &call,
                                 &PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_MEMORY_TOTAL), &list),
                0);
        assert_in_range(list.items[0].value.integer, total * 1024 / 1000, (total + 1) * 1024 / 1000);
        record_list_done(&list);
}

static void error_code_says_no_error(void **state)
{
        Device device = {.clock = &test_clock};
        RecordList list = read_resource(&device, DEVICE_ERROR_CODE, 1);

        assert_true(path_equal(
                &list.items[0].path, &PATH_RESOURCE_INSTANCE(OBJECT_DEVICE, 0, DEVICE_ERROR_CODE, 0)));
        assert_int_equal(list.items[0].value.type, VALUE_INTEGER);
        assert_int_equal(list.items[0].value.integer, 0);
        record_list_done(&list);
}

/* -- With everything that a Device has around it -- */

typedef struct World {
        char folder[64];
        sd_event *event;
        Store *store;
        Device device;
        bool changed[DEVICE_MEMORY_TOTAL + 1]; /* the Resources that were told to be others */
        uint64_t answered;                     /* the last call */
        unsigned answers;
        int code;
        char text[SOURCE_TEXT_SIZE];
} World;

static void on_changed(void *userdata, const Path *path)
{
        World *world = userdata;

        assert_true(path->length == 3 && path->id[0] == OBJECT_DEVICE && path->id[1] == 0);
        world->changed[path->id[2]] = true;
}

static void on_answered(void *userdata, uint64_t call, int code, const char *text)
{
        World *world = userdata;

        world->answered = call;
        world->answers++;
        world->code = code;
        (void)snprintf(world->text, sizeof(world->text), "%s", text ?: "");
}

static const StoreListener store_listener = {.changed = on_changed, .answered = on_answered};

static uint64_t ahead; /* of the clock that the timers run by */

static uint64_t read_running(void *userdata)
{
        return clock_boottime(&clock_system) + ahead;
}

static const Clock running_clock = {read_running, read_running, read_running, NULL};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static void put(World *world, const char *supply, const char *attribute, const char *value)
{
        char path[256];
        FILE *file;

        (void)snprintf(path, sizeof(path), "%s/%s", world->folder, supply);
        (void)mkdir(path, 0700);
        (void)snprintf(path, sizeof(path), "%s/%s/%s", world->folder, supply, attribute);
        file = fopen(path, "w");
        assert_non_null(file);
        assert_true(fprintf(file, "%s\n", value) > 0);
        assert_int_equal(fclose(file), 0);
}

static const DeviceHandler handler = {0};

static int setup(void **state)
{
        World *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        (void)snprintf(world->folder, sizeof(world->folder), "/tmp/device-XXXXXX");
        assert_non_null(mkdtemp(world->folder));
        assert_int_equal(setenv("LWM2M_POWER_SUPPLY_FOLDER", world->folder, 1), 0);
        put(world, "AC", "type", "Mains");
        put(world, "AC", "online", "1");
        put(world, "BAT", "type", "Battery");
        put(world, "BAT", "status", "Discharging");
        put(world, "BAT", "capacity", "80");
        put(world, "BAT", "voltage_now", "12000000");
        assert_int_equal(sd_event_new(&world->event), 0);
        assert_int_equal(store_new(&world->store), 0);
        store_set_listener(world->store, &store_listener, world);
        ahead = 0;
        assert_int_equal(device_init(&world->device, world->event, &running_clock, world->store, NULL,
                                 &handler, NULL),
                0);
        *state = world;
        return 0;
}

static int teardown(void **state)
{
        World *world = *state;

        device_done(&world->device);
        (void)store_free(world->store);
        sd_event_unref(world->event);
        assert_int_equal(nftw(world->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
        free(world);
        return 0;
}

static const DeviceSettings everything = {
        .logind = true, .accounts = true, .timedated = true, .sysfs = true};

static bool supports(World *world, unsigned operation, uint16_t resource)
{
        return device_source.supports(&world->device, operation, &PATH_RESOURCE(OBJECT_DEVICE, 0, resource));
}

static void what_is_without_a_back_end_is_not_supported(void **state)
{
        static const uint16_t executed[] = {DEVICE_REBOOT, DEVICE_FACTORY_RESET};
        static const uint16_t written[] = {DEVICE_CURRENT_TIME, DEVICE_UTC_OFFSET, DEVICE_TIMEZONE};
        World *world = *state;

        for (unsigned on = 0; on < 2; on++) {
                device_configure(&world->device, on ? &everything : &(DeviceSettings){0});
                for (size_t i = 0; i < ELEMENTSOF(executed); i++)
                        assert_int_equal(supports(world, OPERATION_EXECUTE, executed[i]), on);
                for (size_t i = 0; i < ELEMENTSOF(written); i++)
                        assert_int_equal(supports(world, OPERATION_WRITE, written[i]), on);
                assert_true(supports(world, OPERATION_EXECUTE, DEVICE_RESET_ERROR_CODE));
                assert_false(supports(world, OPERATION_CREATE, DEVICE_REBOOT));
                assert_false(supports(world, OPERATION_DELETE, DEVICE_REBOOT));
        }
}

static int execute(World *world, SourceCall *call, uint16_t resource)
{
        return device_source.execute(
                &world->device, call, &PATH_RESOURCE(OBJECT_DEVICE, 0, resource), NULL, 0);
}

static void reboot(void **state)
{
        World *world = *state;
        Effects effects = {.n = 0};
        SourceCall call = {.requester = 7, .id = 1, .effects = &effects};

        device_configure(&world->device, &everything);
        assert_int_equal(execute(world, &call, DEVICE_REBOOT), CODE_INTERNAL_ERROR);
        assert_string_equal(call.text, "there is no system bus");
        call.id = 0;
        assert_int_equal(execute(world, &call, DEVICE_REBOOT), SOURCE_LATER);
        assert_int_equal(effects.n, 0);
        call.id = 2;
        call.granted = true;
        assert_int_equal(execute(world, &call, DEVICE_REBOOT), 0);
        assert_int_equal(effects.n, 1);
        assert_int_equal(effects.items[0].type, EFFECT_REBOOT);
        assert_int_equal(effects.items[0].short_server_id, 7);
}

static void factory_reset(void **state)
{
        World *world = *state;
        Effects effects = {.n = 0};
        SourceCall call = {.requester = 7, .effects = &effects};

        device_configure(&world->device, &everything);
        assert_int_equal(execute(world, &call, DEVICE_FACTORY_RESET), 0);
        assert_int_equal(effects.n, 1);
        assert_int_equal(effects.items[0].type, EFFECT_FACTORY_RESET);
}

/* time 0, offset and zone NULL: not written. */
static int write_time(World *world, SourceCall *call, int64_t seconds, const char *offset, const char *zone)
{
        _cleanup_(record_list_done) RecordList list = {0};
        Path path = PATH_INSTANCE(OBJECT_DEVICE, 0);
        SourceWrite write = {.path = path, .values = &list};
        Value value = {.type = VALUE_TIME, .integer = seconds};

        if (seconds != 0)
                assert_int_equal(record_list_add(&list,
                                         &PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_CURRENT_TIME), &value),
                        0);
        if (offset) {
                assert_int_equal(value_make_string(offset, &value), 0);
                assert_int_equal(
                        record_list_add(&list, &PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_UTC_OFFSET), &value),
                        0);
        }
        if (zone) {
                assert_int_equal(value_make_string(zone, &value), 0);
                assert_int_equal(
                        record_list_add(&list, &PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_TIMEZONE), &value),
                        0);
        }
        return device_source.write(&world->device, call, &write);
}

/* What passes the check is asked of timedated, which is not there. */
static void set_time(void **state)
{
        static const struct {
                int64_t seconds;
                const char *offset, *zone;
                int code;
        } cases[] = {
                {0, NULL, NULL, 0},
                {1700000000, NULL, NULL, CODE_INTERNAL_ERROR},
                {-1, NULL, NULL, CODE_BAD_REQUEST},
                {INT64_MAX, NULL, NULL, CODE_BAD_REQUEST},
                {0, NULL, "Europe/Paris", CODE_INTERNAL_ERROR},
                {0, NULL, "../passwd", CODE_BAD_REQUEST},
                {0, NULL, "", CODE_BAD_REQUEST},
                {0, "+02:00", NULL, CODE_INTERNAL_ERROR},
                {0, "Z", NULL, CODE_INTERNAL_ERROR},
                {0, "+05:45", NULL, CODE_BAD_REQUEST},
                {0, "+05:45", "Asia/Kathmandu", CODE_INTERNAL_ERROR},
                {0, "tomorrow", "Europe/Paris", CODE_BAD_REQUEST},
                {1700000000, "+02:00", "Europe/Paris", CODE_INTERNAL_ERROR},
                {1700000000, "+02:00", "Europe Paris", CODE_BAD_REQUEST},
        };
        World *world = *state;
        SourceCall call = {.requester = 7};

        device_configure(&world->device, &everything);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                call.id = i + 1;
                call.text[0] = '\0';
                assert_int_equal(write_time(world, &call, cases[i].seconds, cases[i].offset, cases[i].zone),
                        cases[i].code);
                if (cases[i].code == CODE_INTERNAL_ERROR)
                        assert_string_equal(call.text, "there is no system bus");
        }
        call.id = 0; /* where nobody can wait; the bus is not asked */
        assert_int_equal(write_time(world, &call, 1700000000, NULL, NULL), SOURCE_LATER);
        call.granted = true;
        assert_int_equal(write_time(world, &call, 1700000000, NULL, NULL), 0);
}

static int read_values(World *world, SourceCall *call, uint16_t resource, RecordList *list)
{
        return device_source.read(&world->device, call, &PATH_RESOURCE(OBJECT_DEVICE, 0, resource), list);
}

/* The value of Resource Instance 0, or of the single Resource; -1: none. */
static int64_t read_now_of(World *world, uint16_t resource)
{
        _cleanup_(record_list_done) RecordList list = {0};
        SourceCall call = {.version = LWM2M_1_1};

        assert_int_equal(read_values(world, &call, resource, &list), 0);
        return list.n > 0 ? list.items[0].value.integer : -1;
}

static void await_answer(World *world, uint64_t call)
{
        while (world->answered != call)
                assert_true(sd_event_run(world->event, 10 * USEC_PER_SEC) > 0);
}

static void power_is_read_when_somebody_asks(void **state)
{
        World *world = *state;
        SourceCall call = {.version = LWM2M_1_1, .id = 1};
        RecordList list = {0};

        device_configure(&world->device, &everything);
        assert_int_equal(read_values(world, &call, DEVICE_MEMORY_FREE, &list), 0); /* asks no supply */
        record_list_done(&list);
        assert_int_equal(read_values(world, &call, DEVICE_BATTERY_LEVEL, &list), SOURCE_LATER);
        assert_int_equal(read_values(world, &call, DEVICE_ERROR_CODE, &list), SOURCE_LATER);
        assert_int_equal(list.n, 0);
        await_answer(world, 1);
        assert_int_equal(world->answers, 1); /* one call, whatever it asks */
        assert_int_equal(world->code, 0);
        assert_int_equal(read_values(world, &call, DEVICE_POWER_SOURCES, &list), 0);
        assert_int_equal(list.n, 2);
        assert_true(path_equal(
                &list.items[1].path, &PATH_RESOURCE_INSTANCE(OBJECT_DEVICE, 0, DEVICE_POWER_SOURCES, 1)));
        assert_int_equal(list.items[0].value.integer, POWER_AC);
        assert_int_equal(list.items[1].value.integer, POWER_INTERNAL_BATTERY);
        record_list_done(&list);
        assert_int_equal(read_values(world, &call, DEVICE_POWER_VOLTAGE, &list), 0);
        assert_int_equal(list.n, 1);
        assert_true(path_equal(
                &list.items[0].path, &PATH_RESOURCE_INSTANCE(OBJECT_DEVICE, 0, DEVICE_POWER_VOLTAGE, 1)));
        assert_int_equal(list.items[0].value.integer, 12000);
        record_list_done(&list);
        assert_int_equal(read_now_of(world, DEVICE_POWER_CURRENT), -1);
        assert_int_equal(read_now_of(world, DEVICE_BATTERY_LEVEL), 80);
        assert_int_equal(read_now_of(world, DEVICE_BATTERY_STATUS), BATTERY_NORMAL);
        assert_int_equal(read_now_of(world, DEVICE_ERROR_CODE), 0);

        call = (SourceCall){.version = LWM2M_1_1, .id = 2}; /* fresh */
        assert_int_equal(
                device_source.read(&world->device, &call, &PATH_INSTANCE(OBJECT_DEVICE, 0), &list), 0);
        record_list_done(&list);
}

static void changes_of_power_are_told(void **state)
{
        World *world = *state;
        SourceCall call = {.version = LWM2M_1_1, .id = 1};
        RecordList list = {0};

        device_configure(&world->device, &everything);
        assert_int_equal(read_values(world, &call, DEVICE_ERROR_CODE, &list), SOURCE_LATER);
        await_answer(world, 1);
        memset(world->changed, 0, sizeof(world->changed));

        put(world, "AC", "online", "0");
        put(world, "BAT", "capacity", "11");
        ahead += POWER_WATCH_FRESH_USEC;
        assert_int_equal(
                read_now_of(world, DEVICE_BATTERY_LEVEL), 80); /* what nobody can wait for begins a look */
        while (!world->changed[DEVICE_BATTERY_LEVEL])
                assert_true(sd_event_run(world->event, 10 * USEC_PER_SEC) > 0);
        assert_true(world->changed[DEVICE_POWER_SOURCES]);
        assert_false(world->changed[DEVICE_POWER_VOLTAGE] || world->changed[DEVICE_POWER_CURRENT]);
        assert_true(world->changed[DEVICE_BATTERY_STATUS] && world->changed[DEVICE_ERROR_CODE]);
        assert_int_equal(read_now_of(world, DEVICE_BATTERY_LEVEL), 11);
        assert_int_equal(read_values(world, &call, DEVICE_ERROR_CODE, &list), 0);
        assert_int_equal(list.n, 2);
        assert_int_equal(list.items[0].value.integer, DEVICE_ERROR_BATTERY_LOW);
        assert_int_equal(list.items[1].value.integer, DEVICE_ERROR_EXTERNAL_SUPPLY_OFF);
        record_list_done(&list);

        assert_int_equal(execute(world, &call, DEVICE_RESET_ERROR_CODE), 0); /* they are there still */
        assert_int_equal(read_now_of(world, DEVICE_ERROR_CODE), DEVICE_ERROR_BATTERY_LOW);
        memset(world->changed, 0, sizeof(world->changed));
        device_configure(&world->device, &(DeviceSettings){0});
        assert_true(world->changed[DEVICE_ERROR_CODE] && world->changed[DEVICE_BATTERY_LEVEL]);
        assert_int_equal(read_now_of(world, DEVICE_ERROR_CODE), 0);
        assert_int_equal(read_now_of(world, DEVICE_BATTERY_LEVEL), -1);
}

/* What is told by itself is never looked at: no wake-up for it. */
static void intervals(void **state)
{
        static const struct {
                Path path;
                uint64_t without, with; /* sysfs */
        } cases[] = {
                {PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_MANUFACTURER), 0, 0},
                {PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_MEMORY_FREE), 10 * USEC_PER_SEC, 10 * USEC_PER_SEC},
                {PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_CURRENT_TIME), USEC_INFINITY, USEC_INFINITY},
                {PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_TIMEZONE), 60 * USEC_PER_SEC, 60 * USEC_PER_SEC},
                {PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_ERROR_CODE), 0, 10 * USEC_PER_SEC},
                {PATH_RESOURCE_INSTANCE(OBJECT_DEVICE, 0, DEVICE_POWER_VOLTAGE, 1), 0, 10 * USEC_PER_SEC},
                {PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_BATTERY_LEVEL), 0, 10 * USEC_PER_SEC},
        };
        World *world = *state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                device_configure(&world->device, &(DeviceSettings){0});
                assert_true(device_source.interval(&world->device, &cases[i].path) == cases[i].without);
                device_configure(&world->device, &everything);
                assert_true(device_source.interval(&world->device, &cases[i].path) == cases[i].with);
        }
}

/* A Reload turns the back end off while somebody waits for it. */
static void nobody_waits_for_what_was_turned_off(void **state)
{
        World *world = *state;
        SourceCall call = {.version = LWM2M_1_1, .id = 1};
        RecordList list = {0};

        device_configure(&world->device, &everything);
        assert_int_equal(read_values(world, &call, DEVICE_BATTERY_LEVEL, &list), SOURCE_LATER);
        device_configure(&world->device, &(DeviceSettings){0});
        assert_int_equal(world->answered, 1);
        assert_int_equal(world->code, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(strings_are_those_of_the_configuration),
                cmocka_unit_test(binding_is_that_of_the_version),
                cmocka_unit_test(time_is_live),
                cmocka_unit_test(zones),
                cmocka_unit_test(memory_is_the_machines),
                cmocka_unit_test(error_code_says_no_error),
                TEST(what_is_without_a_back_end_is_not_supported),
                TEST(reboot),
                TEST(factory_reset),
                TEST(set_time),
                TEST(power_is_read_when_somebody_asks),
                TEST(changes_of_power_are_told),
                TEST(intervals),
                TEST(nobody_waits_for_what_was_turned_off),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
