/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of rtnetlink(7): what it tells, that a burst is told at least once, and the maps that follow.
 * In a network namespace of its own, and skipped where there may be none. */
#include <arpa/inet.h>
#include <errno.h>
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

/* What becomes of a dump. */
typedef enum Fault {
        FAULT_NONE,
        FAULT_SEND,    /* it cannot be asked for */
        FAULT_REFUSED, /* NLMSG_ERROR */
        FAULT_BROKEN,  /* NLMSG_DONE with an error */
        FAULT_SILENT,  /* neither */
} Fault;

static Fault fault;
static unsigned faults; /* so many dumps more */

typedef struct Bench {
        sd_event *event;
        Network *network;
        unsigned changes;
        unsigned maps;
        NetworkMap map; /* the last one */
} Bench;

/* Instead of the C library's. */
ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
        struct {
                struct nlmsghdr header;
                struct rtgenmsg body;
        } request = {.body.rtgen_family = AF_UNSPEC};
        bool faulty = fault != FAULT_NONE && faults > 0;

        if (faulty && fault < FAULT_BROKEN)
                faults--;
        if (!faulty || fault >= FAULT_BROKEN)
                return sendto(fd, bytes, size, flags, NULL, 0);
        if (fault == FAULT_SEND) {
                errno = ENOBUFS;
                return -1;
        }
        memcpy(&request.header, bytes, sizeof(request.header));
        request.header.nlmsg_len = sizeof(request);
        request.header.nlmsg_type = RTM_MAX; /* which the kernel has not */
        return sendto(fd, &request, sizeof(request), flags, NULL, 0);
}

/* Instead of the C library's. */
ssize_t recvfrom(int fd, void *restrict bytes, size_t size, int flags, struct sockaddr *from,
        socklen_t *restrict from_size)
{
        struct iovec part = {.iov_base = bytes, .iov_len = size};
        struct msghdr message = {
                .msg_name = from, .msg_namelen = *from_size, .msg_iov = &part, .msg_iovlen = 1};
        ssize_t got = recvmsg(fd, &message, flags);
        int left = (int)got;

        *from_size = message.msg_namelen;
        for (struct nlmsghdr *header = bytes; got > 0 && NLMSG_OK(header, left);
                header = NLMSG_NEXT(header, left)) {
                if (header->nlmsg_type != NLMSG_DONE || fault < FAULT_BROKEN || faults == 0)
                        continue;
                faults--;
                if (fault == FAULT_BROKEN)
                        *(int *)NLMSG_DATA(header) = -ENOMEM;
                else
                        header->nlmsg_type = NLMSG_NOOP;
        }
        return got;
}

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

static void on_mapped(void *userdata, const NetworkMap *map)
{
        Bench *bench = userdata;

        bench->maps++;
        bench->map = *map;
}

static int setup(void **state)
{
        static Bench bench;

        if (unshare(CLONE_NEWNET) < 0)
                return 0;
        bench = (Bench){.changes = 0};
        fault = FAULT_NONE;
        /* without link-local addresses, of which the kernel would tell seconds later */
        run("ip link add inside type veth peer name outside && ip link set inside addrgenmode none && "
            "ip link set outside addrgenmode none && ip link set inside up");
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

/* -- Maps -- */

#define MAP_USEC (5 * USEC_PER_SEC) /* what a look may take on a busy machine */

static void wait_map(Bench *bench, unsigned number)
{
        uint64_t until = clock_boottime(&clock_system) + MAP_USEC;

        while (bench->maps < number && clock_boottime(&clock_system) < until)
                assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
        assert_int_equal(bench->maps, number);
}

/* Nothing more within a look's time. */
static void assert_no_map(Bench *bench)
{
        uint64_t until = clock_boottime(&clock_system) + NETWORK_LOOK_USEC + 200 * USEC_PER_MSEC;
        unsigned before = bench->maps;

        while (clock_boottime(&clock_system) < until)
                assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
        assert_int_equal(bench->maps, before);
}

static bool has_address(const Bench *bench, const char *wanted)
{
        char text[INET6_ADDRSTRLEN];

        for (size_t i = 0; i < bench->map.n_addresses; i++) {
                const NetworkAddress *address = &bench->map.addresses[i];

                assert_non_null(inet_ntop(address->family, address->bytes, text, sizeof(text)));
                if (strcmp(text, wanted) == 0)
                        return true;
        }
        return false;
}

/* The kernel counts a link as one that works a moment after it is up. */
static void wait_for_address(Bench *bench, const char *wanted)
{
        while (!has_address(bench, wanted))
                wait_map(bench, bench->maps + 1);
}

/* At once, then after changes, at most once in the time of a look. */
static void test_map_follows(void **state)
{
        Bench *bench = bench_of(state);
        uint64_t begun;

        run("ip address add 10.9.0.2/24 dev inside && ip link set outside up");
        begun = clock_boottime(&clock_system);
        network_follow(bench->network, on_mapped, bench);
        wait_for_address(bench, "10.9.0.2");
        assert_int_equal(bench->map.n_links, 2);
        run("ip address add 10.9.0.3/24 dev inside && ip -6 address add fd00::2/64 dev inside nodad && "
            "ip route add default via 10.9.0.1 metric 7");
        while (!has_address(bench, "fd00::2") || bench->map.n_routes == 0)
                wait_map(bench, bench->maps + 1);
        assert_true(has_address(bench, "10.9.0.3"));
        assert_int_equal(bench->map.routes[0].metric, 7);
        assert_in_range(bench->maps, 2, 1 + (clock_boottime(&clock_system) - begun) / NETWORK_LOOK_USEC);
}

/* The kernel does not say that the route goes with the link. */
static void test_route_that_goes_without_a_word(void **state)
{
        Bench *bench = bench_of(state);

        run("ip address add 10.9.0.2/24 dev inside && ip link set outside up && "
            "ip route add default via 10.9.0.1");
        network_follow(bench->network, on_mapped, bench);
        wait_for_address(bench, "10.9.0.2");
        assert_int_equal(bench->map.n_routes, 1);
        run("ip link set inside down");
        while (bench->map.n_links > 0)
                wait_map(bench, bench->maps + 1);
        assert_int_equal(bench->map.n_routes, 0);
}

/* Until the last news have come; nothing else wakes anybody up. */
static void wait_quiet(Bench *bench)
{
        int r;

        do {
                unsigned before = bench->changes;

                r = sd_event_run(bench->event, NETWORK_LOOK_USEC + 200 * USEC_PER_MSEC);
                assert_return_code(r, 0);
                assert_true(r == 0 || bench->changes > before);
        } while (r > 0);
}

static void test_no_map_without_need(void **state)
{
        Bench *bench = bench_of(state);

        run("ip address add 10.9.0.2/24 dev inside && ip link set outside up");
        wait_quiet(bench);
        network_follow(bench->network, on_mapped, bench);
        wait_map(bench, 1);
        bench->changes = 0;
        run("ip route add 10.44.0.0/16 via 10.9.0.1"); /* no default route */
        assert_no_map(bench);
        assert_int_not_equal(bench->changes, 0);
        network_follow(bench->network, NULL, NULL);
        run("ip address add 10.9.0.3/24 dev inside");
        assert_no_map(bench);
}

/* Nothing changes any more, and there is a map all the same. */
static void test_look_that_fails(void **state)
{
        static const Fault kinds[] = {FAULT_SEND, FAULT_REFUSED, FAULT_BROKEN};
        Bench *bench = bench_of(state);
        uint64_t begun;

        run("ip address add 10.9.0.2/24 dev inside && ip link set outside up");
        wait_quiet(bench);
        for (unsigned i = 0; i < ELEMENTSOF(kinds); i++) {
                fault = kinds[i];
                faults = 1;
                begun = clock_boottime(&clock_system);
                network_follow(bench->network, on_mapped, bench);
                wait_map(bench, i + 1);
                assert_true(clock_boottime(&clock_system) - begun >= NETWORK_LOOK_USEC);
                assert_int_equal(faults, 0);
                assert_true(has_address(bench, "10.9.0.2"));
        }
}

/* Nor does the kernel's silence keep it old, or what changes meanwhile from being told. */
static void test_look_that_has_no_end(void **state)
{
        Bench *bench = bench_of(state);
        uint64_t begun;

        run("ip address add 10.9.0.2/24 dev inside && ip link set outside up");
        wait_quiet(bench);
        fault = FAULT_SILENT;
        faults = 1;
        begun = clock_boottime(&clock_system);
        network_follow(bench->network, on_mapped, bench);
        while (faults > 0)
                assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
        run("ip address add 10.9.0.3/24 dev inside");
        while (bench->maps == 0 && clock_boottime(&clock_system) < begun + 20 * USEC_PER_SEC)
                assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
        assert_true(clock_boottime(&clock_system) - begun >= NETWORK_PATIENCE_USEC);
        assert_true(has_address(bench, "10.9.0.3"));

        /* Wanted no more, and then again. */
        faults = 1;
        network_follow(bench->network, on_mapped, bench);
        while (faults > 0)
                assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
        network_follow(bench->network, NULL, NULL);
        bench->maps = 0;
        begun = clock_boottime(&clock_system);
        network_follow(bench->network, on_mapped, bench);
        while (bench->maps == 0 && clock_boottime(&clock_system) < begun + 20 * USEC_PER_SEC)
                assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
        assert_int_equal(bench->maps, 1);
}

/* The tries have an end; the next change brings others. */
static void test_looks_that_all_fail(void **state)
{
        Bench *bench = bench_of(state);
        uint64_t until;

        run("ip address add 10.9.0.2/24 dev inside && ip link set outside up");
        wait_quiet(bench);
        fault = FAULT_REFUSED;
        faults = NETWORK_LOOKS_AGAIN_MAX + 2;
        network_follow(bench->network, on_mapped, bench);
        until = clock_boottime(&clock_system) + NETWORK_LOOKS_AGAIN_MAX * NETWORK_LOOK_USEC + MAP_USEC;
        while (faults > 1 && clock_boottime(&clock_system) < until)
                assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
        assert_no_map(bench);
        assert_int_equal(faults, 1);
        assert_int_equal(bench->maps, 0);
        run("ip address add 10.9.0.3/24 dev inside");
        wait_map(bench, 1);
        assert_int_equal(faults, 0);
        assert_true(has_address(bench, "10.9.0.3"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
                T(test_each_kind_of_change),
                T(test_overflow),
                T(test_nothing_without_a_change),
                T(test_map_follows),
                T(test_route_that_goes_without_a_word),
                T(test_no_map_without_need),
                T(test_look_that_fails),
                T(test_look_that_has_no_end),
                T(test_looks_that_all_fail),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
