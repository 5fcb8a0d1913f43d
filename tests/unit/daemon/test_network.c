/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of rtnetlink(7): what it tells, and that a burst is told at least once. In a network namespace
 * of its own, and skipped where there may be none. */
#include <linux/rtnetlink.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "daemon/network.h"
#include "util/clock.h"

typedef struct Bench {
        sd_event *event;
        Network *network;
        unsigned changes;
} Bench;

static void run(const char *command)
{
        if (system(command) != 0)
                fail_msg("%s", command);
}

static void on_changed(void *userdata)
{
        Bench *bench = userdata;

        bench->changes++;
}

static int setup(void **state)
{
        static Bench bench;

        if (unshare(CLONE_NEWNET) < 0)
                return 0;
        bench = (Bench){.changes = 0};
        run("ip link add inside type veth peer name outside && ip link set inside up");
        assert_return_code(sd_event_new(&bench.event), 0);
        assert_return_code(network_new(bench.event, on_changed, &bench, &bench.network), 0);
        *state = &bench;
        return 0;
}

static int teardown(void **state)
{
        Bench *bench = *state;

        if (!bench)
                return 0;
        bench->network = network_free(bench->network);
        bench->event = sd_event_unref(bench->event);
        return 0;
}

static Bench *bench_of(void **state)
{
        if (!*state) {
                print_message("no network namespace may be made here\n");
                skip();
        }
        return *state;
}

/* All that has come by now. */
static void turn(Bench *bench)
{
        while (sd_event_run(bench->event, 20 * USEC_PER_MSEC) > 0)
                ;
}

static void test_each_kind_of_change(void **state)
{
        static const char *const commands[] = {
                "ip link set outside up",
                "ip address add 10.9.0.2/24 dev inside",
                "ip -6 address add fd00::2/64 dev inside nodad",
                "ip route add default via 10.9.0.1",
                "ip -6 route add default via fd00::1",
                "ip route delete default",
                "ip -6 route delete default",
                "ip address delete 10.9.0.2/24 dev inside",
                "ip -6 address delete fd00::2/64 dev inside",
                "ip link set outside down",
        };
        Bench *bench = bench_of(state);

        turn(bench);
        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                bench->changes = 0;
                run(commands[i]);
                turn(bench);
                if (bench->changes == 0)
                        fail_msg("nothing was told of: %s", commands[i]);
        }
}

/* More than the socket holds: what is lost counts as a change, and the reader goes on. */
static void test_overflow(void **state)
{
        Bench *bench = bench_of(state);

        run("ip address add 10.9.0.2/24 dev inside && ip link set outside up");
        run("i=0; while [ $i -lt 2000 ]; do "
            "echo route add 10.$((100 + i / 250)).$((i % 250)).0/24 via 10.9.0.1; i=$((i + 1)); "
            "done | ip -batch -");
        turn(bench);
        assert_int_not_equal(bench->changes, 0);
        bench->changes = 0;
        run("ip route add default via 10.9.0.1");
        turn(bench);
        assert_int_not_equal(bench->changes, 0);
}

static void test_nothing_without_a_change(void **state)
{
        Bench *bench = bench_of(state);

        turn(bench);
        bench->changes = 0;
        run("ip route show >/dev/null; ip link show >/dev/null");
        turn(bench);
        assert_int_equal(bench->changes, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
                T(test_each_kind_of_change),
                T(test_overflow),
                T(test_nothing_without_a_change),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
