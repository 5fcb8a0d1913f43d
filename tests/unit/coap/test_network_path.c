/* SPDX-License-Identifier: Apache-2.0 */
/* The way to a peer, and what makes it another one: in a network namespace of its own, with a link,
 * addresses and routes. Skipped where there may be none. */
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "coap/connection_memory.h"

#define OUTSIDE "198.51.100.7"

static void run(const char *command)
{
        if (system(command) != 0)
                fail_msg("%s", command);
}

static ResolvedAddress address_of(const char *text)
{
        ResolvedAddress result = {.size = sizeof(struct sockaddr_in)};
        struct sockaddr_in *ipv4 = (struct sockaddr_in *)&result.address;

        ipv4->sin_family = AF_INET;
        ipv4->sin_port = htons(5683);
        assert_int_equal(inet_pton(AF_INET, text, &ipv4->sin_addr), 1);
        return result;
}

static ResolvedAddress link_local(const char *text, const char *link)
{
        ResolvedAddress result = {.size = sizeof(struct sockaddr_in6)};
        struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&result.address;

        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons(5683);
        ipv6->sin6_scope_id = if_nametoindex(link);
        assert_int_equal(inet_pton(AF_INET6, text, &ipv6->sin6_addr), 1);
        return result;
}

static bool usable(const char *own, const char *peer)
{
        ResolvedAddress from = address_of(own), to = address_of(peer);

        return network_path_is_usable((const struct sockaddr *)&from.address, &to);
}

static int setup(void **state)
{
        if (unshare(CLONE_NEWNET) < 0)
                return 0;
        run("ip link add inside type veth peer name outside");
        run("ip address add 10.9.0.2/24 dev inside && ip link set inside up && ip link set outside up");
        *state = state;
        return 0;
}

static void skip_unless_allowed(void **state)
{
        if (!*state) {
                print_message("no network namespace may be made here\n");
                skip();
        }
}

static void test_way_and_its_changes(void **state)
{
        ResolvedAddress outside = address_of(OUTSIDE);
        NetworkPath before = {0}, path = network_path_to(&outside);

        skip_unless_allowed(state);
        assert_memory_equal(&path, &before, sizeof(path));
        run("ip route add default via 10.9.0.1");
        before = network_path_to(&outside);
        assert_memory_equal(before.source, "\x0a\x09\x00\x02", 5);
        assert_memory_equal(before.gateway, "\x0a\x09\x00\x01", 5);
        assert_int_not_equal(before.interface, 0);
        assert_int_not_equal(before.link_ups, 0);
        path = network_path_to(&outside);
        assert_true(network_path_equal(&path, &before));

        run("ip route replace default via 10.9.0.3");
        path = network_path_to(&outside);
        assert_false(network_path_equal(&path, &before));
        run("ip route replace default via 10.9.0.1");
        path = network_path_to(&outside);
        assert_true(network_path_equal(&path, &before));

        /* A cable that was pulled and is back: the routes stay. */
        run("ip link set outside down && ip link set outside up");
        path = network_path_to(&outside);
        assert_int_equal(path.interface, before.interface);
        assert_int_equal(path.link_ups, before.link_ups + 1);

        run("ip address add 10.9.0.9/24 dev inside && ip route replace default via 10.9.0.1 src 10.9.0.9");
        before = path;
        path = network_path_to(&outside);
        assert_false(network_path_equal(&path, &before));
        run("ip address delete 10.9.0.9/24 dev inside");
}

static void test_own_addresses(void **state)
{
        uint64_t digest = network_digest();

        skip_unless_allowed(state);
        assert_true(usable("10.9.0.2", OUTSIDE));
        assert_false(usable("10.9.0.4", OUTSIDE));
        run("ip address add 10.9.0.4/24 dev inside");
        assert_true(usable("10.9.0.4", OUTSIDE));
        assert_int_not_equal(network_digest(), digest);
        run("ip address delete 10.9.0.4/24 dev inside");
        assert_false(usable("10.9.0.4", OUTSIDE));
        assert_int_equal(network_digest(), digest);
        run("ip address add 127.0.0.5/8 dev lo && ip -6 address add fe80::5/64 dev inside nodad");
        assert_int_equal(network_digest(), digest);
}

/* Each link has its own: the one that the URI names counts. */
static void test_way_to_a_link_local_address(void **state)
{
        static const char *const links[] = {"inside", "inside2"};

        skip_unless_allowed(state);
        run("ip link add inside2 type veth peer name outside2");
        run("ip link set inside2 up && ip link set outside2 up");
        for (size_t i = 0; i < ELEMENTSOF(links); i++) {
                char command[80];

                (void)snprintf(command, sizeof(command), "ip -6 address add fe80::%zu/64 dev %s nodad",
                        i + 0x51, links[i]);
                run(command);
        }
        for (size_t i = 0; i < ELEMENTSOF(links); i++) {
                ResolvedAddress near = link_local("fe80::77", links[i]);

                assert_int_equal(network_path_to(&near).interface, if_nametoindex(links[i]));
        }
        run("ip link delete inside2");
}

/* An address that stays while the packets leave elsewhere; not where the kernel would send from it. */
static void test_way_by_another_link(void **state)
{
        skip_unless_allowed(state);
        run("ip link add inside1 type veth peer name outside1 && ip address add 10.6.0.2/24 dev inside1");
        run("ip link set inside1 up && ip link set outside1 up && ip address add 10.5.0.1/32 dev lo");
        run("ip route add 198.51.100.7/32 via 10.6.0.1");
        assert_false(usable("10.9.0.2", OUTSIDE));
        assert_true(usable("10.6.0.2", OUTSIDE));
        run("ip route replace 198.51.100.7/32 via 10.6.0.1 src 10.9.0.2");
        assert_true(usable("10.9.0.2", OUTSIDE));
        run("ip route replace 198.51.100.7/32 via 10.6.0.1 src 10.5.0.1");
        assert_true(usable("10.5.0.1", OUTSIDE));
        run("ip route delete 198.51.100.7/32 && ip link delete inside1");
}

/* Of an attempt: the addresses that it has tried; nothing else where it has got to one. */
static void test_memory(void **state)
{
        ResolvedAddress outside = address_of(OUTSIDE), near = address_of("10.9.0.77");
        ConnectionMemory memory = {.n_tried = 0};

        skip_unless_allowed(state);
        connection_memory_renew(&memory);
        assert_false(connection_memory_differs(&memory));
        assert_false(connection_memory_way_differs(&memory));
        run("ip route add default via 10.9.0.1");
        assert_true(connection_memory_differs(&memory));

        connection_memory_renew(&memory);
        connection_memory_note(&memory, &outside);
        connection_memory_note(&memory, &near);
        assert_false(connection_memory_differs(&memory));
        run("ip route replace default via 10.9.0.3");
        assert_true(connection_memory_differs(&memory));
        assert_false(connection_memory_way_differs(&memory));
        run("ip route delete default && ip address add 10.8.0.1/24 dev inside");
        connection_memory_renew(&memory);
        connection_memory_note(&memory, &near);
        run("ip address add 10.7.0.1/24 dev inside");
        assert_false(connection_memory_differs(&memory));
}

/* A handshake that begins anew, as often as the clock is set, is none at another address. */
static void test_address_that_is_tried_again(void **state)
{
        ResolvedAddress outside = address_of(OUTSIDE);
        ConnectionMemory memory = {.n_tried = 0};

        for (size_t i = 0; i <= LIMIT_ADDRESSES; i++)
                connection_memory_note(&memory, &outside);
        assert_int_equal(memory.n_tried, 1);
        assert_false(connection_memory_way_differs(&memory));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_way_and_its_changes),
                cmocka_unit_test(test_own_addresses),
                cmocka_unit_test(test_way_to_a_link_local_address),
                cmocka_unit_test(test_way_by_another_link),
                cmocka_unit_test(test_memory),
                cmocka_unit_test(test_address_that_is_tried_again),
        };

        return cmocka_run_group_tests(tests, setup, NULL);
}
