/* SPDX-License-Identifier: Apache-2.0 */
/* Values out of files: when they are looked at, who waits for them, and what of it is told. */
#include "tests/unit/daemon/static_world.h"

#define FILE_0 PATH_RESOURCE(METER, 0, 0)
#define FILE_1 PATH_RESOURCE(METER, 0, 1)

static uint64_t now(void)
{
        return clock_boottime(&test_clock);
}

/* Whether a Read under that id waits. */
static bool waits(World *world, uint64_t call, const Path *path)
{
        char text[512];
        int r = read_as(world, call, now(), path, text);

        assert_true(r == 0 || r == SOURCE_LATER);
        return r == SOURCE_LATER;
}

static void await_answer(World *world, unsigned n)
{
        while (world->n_answers < n)
                assert_true(sd_event_run(world->event, 10 * USEC_PER_SEC) > 0);
        assert_int_equal(world->n_answers, n);
}

static void absent_until_it_has_been_read(void **state)
{
        World *world = *state;
        _config_ config = config_of(world, "0: 0@f 1=5");

        put(world, "f", "41");
        static_objects_set(world->objects, &config->config);
        assert_string_equal(known(world, 0), "1=5");
        await_change(world, "/30000/0/0");
        assert_string_equal(known(world, 0), "0=41 1=5");
        assert_int_equal(n_logged, 0);
}

static void looked_at_again_when_it_is_stale(void **state)
{
        World *world = *state;
        _config_ config = config_of(world, "0: 0@f");

        put(world, "f", "1");
        static_objects_set(world->objects, &config->config);
        await_change(world, "/30000/0/0");
        put(world, "f", "2");
        assert_string_equal(known(world, 0), "0=1");
        await_known(world, 0, "0=1");
        ahead += TEST_INTERVAL;
        await_quiet(world); /* nobody has asked */
        assert_string_equal(told(world), "");
        assert_string_equal(known(world, 0), "0=1");
        await_change(world, "/30000/0/0");
        assert_string_equal(known(world, 0), "0=2");
        ahead += TEST_INTERVAL;
        (void)known(world, 0);
        await_quiet(world);
        assert_string_equal(told(world), ""); /* it is the same */
}

/* From beginning to beginning: an observation looks each interval. */
static void interval_counts_from_the_beginning(void **state)
{
        World *world = *state;
        _config_ config = config_of(world, "0: 0@hang");

        put(world, "hang", "1");
        static_objects_set(world->objects, &config->config);
        (void)sem_wait(&hanging);
        ahead += TEST_INTERVAL;
        release_hanging(1);
        await_change(world, "/30000/0/0");
        assert_true(waits(world, 1, &FILE_0));
        (void)sem_wait(&hanging);
        release_hanging(1);
        await_answer(world, 1);
}

static void read_waits_for_a_stale_value(void **state)
{
        World *world = *state;
        _config_ config = config_of(world, "0: 0@f 1@hang 3=1; 1: 0=1");
        uint64_t begun;
        char text[512];

        put(world, "f", "1");
        put(world, "hang", "2");
        static_objects_set(world->objects, &config->config);
        (void)sem_wait(&hanging);
        begun = now();
        assert_int_equal(read_as(world, 7, begun, &PATH_INSTANCE(METER, 0), text), SOURCE_LATER);
        assert_int_equal(read_as(world, 7, begun, &PATH_INSTANCE(METER, 0), text), SOURCE_LATER);
        assert_true(waits(world, 8, &FILE_1));
        assert_false(waits(world, 9, &PATH_RESOURCE(METER, 0, 3)));
        assert_false(waits(world, 9, &PATH_INSTANCE(METER, 1)));
        await_change(world, "/30000/0/0");
        assert_int_equal(world->n_answers, 0); /* it waits for both */
        release_hanging(1);
        await_answer(world, 2);
        assert_true(world->answers[0] + world->answers[1] == 7 + 8);
        assert_int_equal(read_as(world, 7, begun, &PATH_INSTANCE(METER, 0), text), 0);
        assert_string_equal(text, "0=1 1=2 3=1");
        assert_false(waits(world, 10, &PATH_INSTANCE(METER, 0))); /* fresh for anybody */
}

/* However short the interval is, what has been looked at since the call began is good enough. */
static void call_ends_with_a_short_interval(void **state)
{
        World *world = *state;
        _config_ config = config_of(world, "0: 0@f");
        uint64_t begun;
        char text[512];

        put(world, "f", "1");
        static_objects_set(world->objects, &config->config);
        await_change(world, "/30000/0/0");
        ahead += TEST_INTERVAL;
        begun = now();
        assert_int_equal(read_as(world, 1, begun, &FILE_0, text), SOURCE_LATER);
        await_answer(world, 1);
        ahead += TEST_INTERVAL;
        assert_int_equal(read_as(world, 1, begun, &FILE_0, text), 0);
        assert_true(waits(world, 2, &FILE_0));
        await_answer(world, 2);
}

static void goes_and_comes(void **state)
{
        static const char *const unusable[] = {NULL, "abc", "1001", "", "1 2"};
        World *world = *state;
        _config_ config = config_of(world, "0: 0@f 3=7");

        put(world, "f", "1");
        static_objects_set(world->objects, &config->config);
        await_change(world, "/30000/0/0");
        for (size_t i = 0; i < ELEMENTSOF(unusable); i++) {
                put(world, "f", unusable[i]);
                for (unsigned times = 0; times < 3; times++) {
                        ahead += TEST_INTERVAL;
                        (void)known(world, 0);
                        await_quiet(world);
                }
                assert_string_equal(told(world), "/30000/0/0");
                assert_string_equal(known(world, 0), "3=7");
                assert_int_equal(n_logged, 2 * i + 1);
                assert_non_null(strstr(logged, "/30000/0/0 has no value: "));
                assert_non_null(strstr(logged, world->folder));
                put(world, "f", "1");
                ahead += TEST_INTERVAL;
                (void)known(world, 0);
                await_change(world, "/30000/0/0");
                assert_string_equal(known(world, 0), "0=1 3=7");
                assert_int_equal(n_logged, 2 * i + 2);
                assert_non_null(strstr(logged, "/30000/0/0 has a value again"));
        }
}

/* Who mends a file sees in the journal what is wrong now, not what was wrong first. */
static void another_reason(void **state)
{
        static const char *const contents[] = {NULL, NULL, "abc", "x", "1001", NULL};
        static const char *const logs[] = {
                "cannot be read", NULL, "decimal number", NULL, "range", "cannot be read"};
        World *world = *state;
        _config_ config = config_of(world, "0: 0@f 3=7");
        unsigned expected = 0;

        static_objects_set(world->objects, &config->config);
        for (size_t i = 0; i < ELEMENTSOF(contents); i++) {
                put(world, "f", contents[i]);
                ahead += TEST_INTERVAL;
                (void)known(world, 0);
                await_quiet(world);
                if (logs[i]) {
                        expected++;
                        assert_non_null(strstr(logged, logs[i]));
                }
                assert_int_equal(n_logged, expected);
        }
}

static void one_that_hangs(void **state)
{
        World *world = *state;
        _config_ config = config_of(world, "0: 0@hang 3@f");

        put(world, "hang", "1");
        put(world, "f", "3");
        static_objects_set(world->objects, &config->config);
        (void)sem_wait(&hanging);
        release_hanging(1);
        await_change(world, "/30000/0/0");
        ahead += TEST_INTERVAL;
        awake_ahead = -(int64_t)(2 * FILE_READER_PATIENCE_USEC);
        assert_true(waits(world, 1, &FILE_0));
        awake_ahead = 0;
        (void)sem_wait(&hanging);
        await_answer(world, 1);
        assert_int_equal(n_logged, 1);
        assert_non_null(strstr(logged, "has not been read within 9 s"));
        assert_string_equal(known(world, 0), "3=3");
        await_quiet(world);
        /* Nobody waits for it, and the other one goes on. */
        put(world, "f", "4");
        ahead += TEST_INTERVAL;
        assert_false(waits(world, 2, &FILE_0));
        assert_true(waits(world, 3, &PATH_INSTANCE(METER, 0)));
        await_answer(world, 2);
        assert_string_equal(known(world, 0), "3=4");
        told(world);
        release_hanging(1);
        await_change(world, "/30000/0/0");
        assert_string_equal(known(world, 0), "0=1 3=4");
        assert_int_equal(n_logged, 2);
        assert_true(waits(world, 4, &FILE_0)); /* that was long ago */
        (void)sem_wait(&hanging);
        release_hanging(1);
        await_answer(world, 3);
}

static void nobody_else_sets_it(void **state)
{
        _cleanup_(record_list_done) RecordList list = {.n = 0};
        World *world = *state;
        _config_ config = config_of(world, "0: 0@f");
        const SourceRef ref =
                (static_objects_set(world->objects, &config->config), store_source(world->store, METER));
        PublishedText text;

        assert_int_equal(record_list_add(&list, &FILE_0, &VALUE_INT(5)), 0);
        assert_int_equal(published_set(world->published, PUBLISHED_CONFIGURATION, &list, text),
                PUBLISHED_E_INVALID_VALUE);
        assert_true(ref.source->interval(ref.userdata, &FILE_0) == TEST_INTERVAL);
        assert_true(ref.source->interval(ref.userdata, &FILE_1) == 0);
}

/* A Read of an Object with all its Object Instances: more waits than one may think. */
static void many_calls_wait(void **state)
{
        World *world = *state;
        _config_ config = config_of(world, "0: 0@hang; 1: 0@f; 2: 0@f; 3: 0@f; 4: 0@f");

        put(world, "hang", "1");
        put(world, "f", "1");
        static_objects_set(world->objects, &config->config);
        (void)sem_wait(&hanging);
        for (uint64_t call = 1; call <= ANSWERS_MAX; call++)
                for (uint16_t instance = 0; instance < 5; instance++)
                        (void)waits(world, call, &PATH_INSTANCE(METER, instance));
        await_quiet(world);
        assert_int_equal(world->n_answers, 0);
        release_hanging(1);
        await_answer(world, ANSWERS_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(absent_until_it_has_been_read),
                TEST(looked_at_again_when_it_is_stale),
                TEST(interval_counts_from_the_beginning),
                TEST(read_waits_for_a_stale_value),
                TEST(call_ends_with_a_short_interval),
                TEST(goes_and_comes),
                TEST(another_reason),
                TEST(one_that_hangs),
                TEST(nobody_else_sets_it),
                TEST(many_calls_wait),
        };

        world_begin();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
