/* SPDX-License-Identifier: Apache-2.0 */
/* Object Instances of the configuration, and what a Reload leaves of them. */
#include "tests/unit/daemon/static_world.h"

static void set(World *world, uint16_t instance, uint16_t resource, int64_t number)
{
        _cleanup_(record_list_done) RecordList list = {.n = 0};
        PublishedText text;

        assert_int_equal(
                record_list_add(&list, &PATH_RESOURCE(METER, instance, resource), &VALUE_INT(number)), 0);
        assert_int_equal(published_set(world->published, PUBLISHED_CONFIGURATION, &list, text), 0);
        told(world);
}

static void constants(void **state)
{
        World *world = *state;
        _config_ config = config_of(world, "0: 0=1 2/0=5 2/1=6; 7: 0=2 1=3");

        static_objects_set(world->objects, &config->config);
        assert_string_equal(known(world, 0), "0=1 2/0=5 2/1=6");
        assert_string_equal(known(world, 7), "0=2 1=3");
        assert_int_equal(n_logged, 0);
}

/* Row by row: what the configuration says first, what is set then, what it says next. */
static void reload(void **state)
{
        static const struct {
                const char *before, *after, *known, *told;
                bool set; /* 1 becomes 9 meanwhile */
        } rows[] = {
                {"0: 0=1 1=2", "0: 0=1 1=2", "0=1 1=2", "", false},
                {"0: 0=1 1=2", "0: 0=1 1=2", "0=1 1=9", "", true},
                {"0: 0=1 1=2", "0: 0=1 1=3", "0=1 1=3", "/30000/0/1", false},
                {"0: 0=1 1=2", "0: 0=1 1=3", "0=1 1=3", "/30000/0/1", true},
                {"0: 0=1 1=2", "0: 0=2 1=2", "0=2 1=9", "/30000/0/0", true},
                {"0: 0=1", "0: 0=1 1=3", "0=1 1=3", "/30000/0/1", false},
                {"0: 0=1", "0: 0=1", "0=1 1=9", "", true},
                {"0: 0=1 1=2", "0: 0=1", "0=1", "/30000/0/1", true},
                {"0: 0=1 2/0=5 2/1=6", "0: 0=1 2/0=5 2/1=6", "0=1 2/0=5 2/1=6", "", false},
                {"0: 0=1 2/0=5 2/1=6", "0: 0=1 2/0=5", "0=1 2/0=5", "/30000/0/2/1", false},
                {"0: 0=1 2/0=5", "0: 0=1 2/0=5 2/1=6", "0=1 2/0=5 2/1=6", "/30000/0/2/1", false},
                {"0: 0=1 2/0=5", "0: 0=1 2/0=6", "0=1 2/0=6", "/30000/0/2/0", false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                World *world;

                assert_int_equal(world_setup(state), 0);
                world = *state;
                {
                        _config_ before = config_of(world, rows[i].before);
                        _config_ after = config_of(world, rows[i].after);

                        static_objects_set(world->objects, &before->config);
                        if (rows[i].set)
                                set(world, 0, 1, 9);
                        told(world);
                        static_objects_set(world->objects, &after->config);
                        assert_string_equal(known(world, 0), rows[i].known);
                        assert_string_equal(told(world), rows[i].told);
                        assert_int_equal(n_logged, 0);
                }
                (void)world_teardown(state);
        }
}

static void instances_come_and_go(void **state)
{
        World *world = *state;
        _config_ before = config_of(world, "0: 0=1; 1: 0=2; 2: 0=3");
        _config_ after = config_of(world, "1: 0=2; 5: 0=4");
        _config_ none = config_of(world, "");
        uint16_t ids[LIMIT_INSTANCES];

        static_objects_set(world->objects, &before->config);
        set(world, 1, 1, 9);
        static_objects_set(world->objects, &after->config);
        assert_int_equal(store_instances(world->store, NULL, METER, ids), 2);
        assert_true(ids[0] == 1 && ids[1] == 5);
        assert_string_equal(known(world, 1), "0=2 1=9");
        static_objects_set(world->objects, &none->config);
        assert_null(store_source(world->store, METER).source);
}

/* A file that stays keeps its value and is not read again; another one's value is good until its own has
 * been read; a constant takes its place at once. */
static void files_at_a_reload(void **state)
{
        World *world = *state;
        _config_ first = config_of(world, "0: 0@f 1@g 3@g");
        _config_ same = config_of(world, "0: 0@f 1@g 3@g");
        _config_ other = config_of(world, "0: 0@hang 3=7");
        _config_ constant = config_of(world, "0: 0=4 3@g");

        put(world, "f", "1");
        put(world, "g", "2");
        put(world, "hang", "3");
        static_objects_set(world->objects, &first->config);
        await_known(world, 0, "0=1 1=2 3=2");
        told(world);

        put(world, "f", "5");
        static_objects_set(world->objects, &same->config);
        await_quiet(world);
        assert_string_equal(told(world), "");
        assert_string_equal(known(world, 0), "0=1 1=2 3=2");

        static_objects_set(world->objects, &other->config);
        assert_string_equal(known(world, 0), "0=1 3=7");
        (void)sem_wait(&hanging);
        release_hanging(1);
        await_known(world, 0, "0=3 3=7");

        static_objects_set(world->objects, &constant->config);
        assert_string_equal(known(world, 0), "0=4 3=7");
        await_known(world, 0, "0=4 3=2");
        assert_int_equal(n_logged, 0);
}

/* Each of what a file value says, changed alone, has it read anew. */
static void changed_file_values_are_read_anew(void **state)
{
        World *world = *state;
        _config_ before = config_of(world, "0: 0@f");
        _config_ scaled = config_of(world, "0: 0@f");
        _config_ moved = config_of(world, "0: 0@f");
        _config_ faster = config_of(world, "0: 0@f");

        scaled->files[0][0].scale = moved->files[0][0].scale = faster->files[0][0].scale = 10;
        moved->files[0][0].offset = faster->files[0][0].offset = 1;
        faster->files[0][0].interval = USEC_PER_SEC;
        put(world, "f", "2");
        static_objects_set(world->objects, &before->config);
        await_change(world, "/30000/0/0");
        static_objects_set(world->objects, &scaled->config);
        await_change(world, "/30000/0/0");
        assert_string_equal(known(world, 0), "0=20");
        static_objects_set(world->objects, &moved->config);
        await_change(world, "/30000/0/0");
        assert_string_equal(known(world, 0), "0=21");
        put(world, "f", "3");
        static_objects_set(world->objects, &faster->config);
        await_change(world, "/30000/0/0");
        assert_string_equal(known(world, 0), "0=31");
}

/* Whoever waits for a file that the configuration does not name any more is told to look again. */
static void reload_while_a_call_waits(void **state)
{
        World *world = *state;
        _config_ before = config_of(world, "0: 0@hang");
        _config_ after = config_of(world, "0: 0=4");
        char text[512];

        put(world, "hang", "1");
        static_objects_set(world->objects, &before->config);
        (void)sem_wait(&hanging);
        assert_int_equal(read_as(world, 1, clock_boottime(&test_clock), &PATH_INSTANCE(METER, 0), text),
                SOURCE_LATER);
        static_objects_set(world->objects, &after->config);
        assert_int_equal(world->n_answers, 1);
        release_hanging(1);
        await_known(world, 0, "0=4");
}

/* A publisher has it: it is logged, and tried again at the next Reload and when there is room. */
static void taken_by_a_publisher(void **state)
{
        _cleanup_(record_list_done) RecordList list = {.n = 0};
        World *world = *state;
        _config_ config = config_of(world, "0: 0@f; 1: 0=2");
        _config_ again = config_of(world, "0: 0@f; 1: 0=2");
        PublishedText text;

        put(world, "f", "1");
        assert_int_equal(record_list_add(&list, &PATH_RESOURCE(METER, 0, 0), &VALUE_INT(8)), 0);
        assert_int_equal(published_add(world->published, 5, METER, 0, &list, NULL, NULL, text), 0);
        static_objects_set(world->objects, &config->config);
        assert_int_equal(n_logged, 1);
        assert_non_null(strstr(logged, "/30000/0 of the configuration cannot be published: "));
        await_known(world, 0, "0=8");
        assert_string_equal(known(world, 1), "0=2");
        static_objects_set(world->objects, &again->config);
        assert_int_equal(n_logged, 2);

        /* It comes once there is room. */
        published_owner_gone(world->published, 5);
        await_known(world, 0, "0=1");
        assert_int_equal(n_logged, 3);
        assert_string_equal(logged, "/30000/0 of the configuration is published by now.");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(constants),
                cmocka_unit_test(reload),
                TEST(instances_come_and_go),
                TEST(files_at_a_reload),
                TEST(changed_file_values_are_read_anew),
                TEST(reload_while_a_call_waits),
                TEST(taken_by_a_publisher),
        };

        world_begin();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
