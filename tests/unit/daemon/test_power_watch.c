/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the power supplies: when there is one, what is known meanwhile, and one that hangs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/power_watch.h"
#include "tests/unit/daemon/ahead.h"

typedef struct World {
        char folder[64];
        char path[128];
        sd_event *event;
        PowerWatch *watch;
        unsigned looks;
        PowerState before;
} World;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

/* NULL: the attribute hangs whoever reads it. */
static void put(World *world, const char *attribute, const char *value)
{
        (void)snprintf(world->path, sizeof(world->path), "%s/AC/%s", world->folder, attribute);
        (void)unlink(world->path);
        if (value) {
                FILE *file = fopen(world->path, "w");

                assert_non_null(file);
                assert_true(fprintf(file, "%s\n", value) > 0);
                assert_int_equal(fclose(file), 0);
        } else
                assert_int_equal(mkfifo(world->path, 0600), 0);
}

static void on_looked(void *userdata, const PowerState *before)
{
        World *world = userdata;

        world->looks++;
        world->before = *before;
}

static int setup(void **state)
{
        World *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        (void)snprintf(world->folder, sizeof(world->folder), "/tmp/power-watch-XXXXXX");
        assert_non_null(mkdtemp(world->folder));
        (void)snprintf(world->path, sizeof(world->path), "%s/AC", world->folder);
        assert_int_equal(mkdir(world->path, 0700), 0);
        put(world, "type", "Mains");
        put(world, "online", "1");
        assert_int_equal(sd_event_new(&world->event), 0);
        ahead = awake_ahead = 0;
        *state = world;
        return 0;
}

static int teardown(void **state)
{
        World *world = *state;

        (void)power_watch_free(world->watch);
        sd_event_unref(world->event);
        assert_int_equal(nftw(world->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
        free(world);
        return 0;
}

static void make(World *world)
{
        assert_int_equal(
                power_watch_new(world->event, &test_clock, world->folder, on_looked, world, &world->watch),
                0);
}

static void await_look(World *world, unsigned looks)
{
        while (world->looks < looks)
                assert_true(sd_event_run(world->event, 10 * USEC_PER_SEC) > 0);
}

static bool available(const World *world)
{
        return power_watch_state(world->watch)->supplies[0].available;
}

static void stale_values_are_looked_at_again(void **state)
{
        World *world = *state;

        make(world);
        assert_true(power_watch_refresh(world->watch)); /* the first look is under way */
        assert_false(available(world));
        await_look(world, 1);
        assert_true(available(world));
        assert_string_equal(world->before.supplies[0].name, "");

        put(world, "online", "0");
        assert_false(power_watch_refresh(world->watch));
        ahead += POWER_WATCH_FRESH_USEC;
        assert_true(power_watch_refresh(world->watch));
        assert_true(power_watch_refresh(world->watch)); /* no second one beside it */
        assert_true(available(world));
        await_look(world, 2);
        assert_false(available(world));
        assert_true(world->before.supplies[0].available);
        assert_false(power_watch_refresh(world->watch));
        assert_int_equal(sd_event_run(world->event, 0), 0);
}

static void folder_that_is_not_there(void **state)
{
        World *world = *state;

        (void)snprintf(world->folder + strlen(world->folder), 2, "x");
        make(world);
        await_look(world, 1);
        assert_false(available(world));
        assert_false(power_watch_refresh(world->watch));
        world->folder[strlen(world->folder) - 1] = '\0';
}

/* A driver that hangs: the loop goes on, and so does whoever ends the watch. */
static void freed_while_a_look_hangs(void **state)
{
        World *world = *state;
        int fd;

        put(world, "online", NULL);
        make(world);
        assert_int_equal(sd_event_run(world->event, 0), 0);
        assert_true(power_watch_refresh(world->watch));
        fd = open(world->path, O_WRONLY | O_CLOEXEC); /* the thread reads */
        assert_true(fd >= 0);
        world->watch = power_watch_free(world->watch);
        assert_int_equal(close(fd), 0);
        assert_int_equal(world->looks, 0);
}

/* Lets the thread that hangs read the value. */
static void release(World *world, const char *value)
{
        int fd = open(world->path, O_WRONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, value, strlen(value)), strlen(value));
        assert_int_equal(close(fd), 0);
}

/* The thread has slept as well: the driver has not hung. */
static void suspended_while_a_look_is_under_way(void **state)
{
        World *world = *state;

        put(world, "online", NULL);
        ahead = -(int64_t)(2 * POWER_WATCH_PATIENCE_USEC);
        make(world);
        ahead = 0;
        assert_int_equal(sd_event_run(world->event, 0), 0);
        assert_int_equal(world->looks, 0);
        assert_true(power_watch_refresh(world->watch));
        release(world, "1\n");
        await_look(world, 1);
        assert_true(available(world));
}

static void look_that_hangs_is_given_up(void **state)
{
        World *world = *state;

        put(world, "online", NULL);
        awake_ahead = -(int64_t)(2 * POWER_WATCH_PATIENCE_USEC);
        make(world);
        await_look(world, 1);
        assert_false(available(world));
        ahead += POWER_WATCH_FRESH_USEC;
        assert_false(power_watch_refresh(world->watch)); /* no second thread hangs beside it */
        release(world, "1\n");
        await_look(world, 2);
        assert_true(available(world));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(stale_values_are_looked_at_again),
                TEST(folder_that_is_not_there),
                TEST(freed_while_a_look_hangs),
                TEST(suspended_while_a_look_is_under_way),
                TEST(look_that_hangs_is_given_up),
        };

        (void)signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
