/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of the kernel's dumps: what can be used, and no more than fits. */
#include "tests/unit/daemon/network_messages.h"

#include <stdio.h>

#include "util/file.h"

static NetworkMap map;

static int setup(void **state)
{
        Message link = link_message(2, ARPHRD_ETHER, "eth0");

        map = (NetworkMap){.n_links = 0};
        assert_non_null(map_add(&map, &link));
        return 0;
}

static const char *text_of(int family, const uint8_t *bytes)
{
        static char text[INET6_ADDRSTRLEN];

        assert_non_null(inet_ntop(family, bytes, text, sizeof(text)));
        return text;
}

/* -- A machine's own dump -- */

static void read_machine(void)
{
        _cleanup_(freep) uint8_t *bytes = NULL;
        char path[1024];
        size_t size;
        int left;

        (void)snprintf(path, sizeof(path), "%s/../../fuzz/corpus/network/machine", getenv("TEST_DATA"));
        assert_int_equal(file_read(path, 1 << 20, &bytes, &size), 0);
        left = (int)size;
        map = (NetworkMap){.n_links = 0};
        for (const struct nlmsghdr *header = (const struct nlmsghdr *)bytes; NLMSG_OK(header, left);
                header = NLMSG_NEXT(header, left))
                (void)network_map_add(&map, header);
}

/* lo, eth0, the bridge br0 with its port eth1, and eth2 without a carrier. */
static void test_recorded_links(void **state)
{
        static const char *const names[] = {"lo", "eth0", "br0"};

        read_machine();
        assert_int_equal(map.n_links, ELEMENTSOF(names));
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                assert_string_equal(map.links[i].name, names[i]);
                assert_int_equal(map.links[i].loopback, i == 0);
                assert_int_equal(map.links[i].type, i == 0 ? ARPHRD_LOOPBACK : ARPHRD_ETHER);
        }
}

/* Not 2001:db8:2::2, which is deprecated, nor those of eth1 and eth2; 203.0.113.1 is the own end. */
static void test_recorded_addresses(void **state)
{
        static const char *const expected[] = {
                "127.0.0.1", "192.0.2.2", "198.51.100.2", "203.0.113.1", "::1", "2001:db8:1::2"};
        size_t n = 0;

        read_machine();
        for (size_t i = 0; i < map.n_addresses; i++) {
                const char *text = text_of(map.addresses[i].family, map.addresses[i].bytes);

                if (strncmp(text, "fe80", 4) == 0)
                        continue;
                assert_in_range(n, 0, ELEMENTSOF(expected) - 1);
                assert_string_equal(text, expected[n++]);
        }
        assert_int_equal(n, ELEMENTSOF(expected));
        assert_int_equal(map.n_addresses, n + 2);
}

/* Not 10.3.0.1 by a link without a carrier, nor what is in another table. */
static void test_recorded_routes(void **state)
{
        static const struct {
                uint32_t metric;
                int family;
                const char *router;
        } expected[] = {
                {50, AF_INET, "198.51.100.1"},
                {50, AF_INET, "192.0.2.9"},
                {100, AF_INET, "192.0.2.1"},
                {300, AF_INET, "2001:db8:1::1"},
                {1024, AF_INET6, "2001:db8:1::3"},
        };

        read_machine();
        assert_int_equal(map.n_routes, ELEMENTSOF(expected));
        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                assert_int_equal(map.routes[i].metric, expected[i].metric);
                assert_int_equal(map.routes[i].family, expected[i].family);
                assert_string_equal(
                        text_of(map.routes[i].router_family, map.routes[i].router), expected[i].router);
        }
}

/* -- Message by message -- */

static void test_links_that_cannot_be_used(void **state)
{
        static const unsigned flags[] = {0, IFF_UP, IFF_RUNNING};

        for (size_t i = 0; i < ELEMENTSOF(flags); i++) {
                Message message = link_message(3, ARPHRD_ETHER, "eth1");

                message.link.ifi_flags = flags[i];
                assert_null(map_add(&map, &message));
        }
        assert_int_equal(map.n_links, 1);
}

static Message slave_message(const char *kind)
{
        Message message = link_message(3, ARPHRD_ETHER, "eth1");

        message_add_number(&message, IFLA_MASTER, 9);
        if (kind) {
                const struct rtattr inner = {.rta_type = IFLA_INFO_SLAVE_KIND,
                        .rta_len = (unsigned short)RTA_LENGTH(strlen(kind) + 1)};
                uint8_t nested[32];

                memcpy(nested, &inner, sizeof(inner));
                memcpy(nested + sizeof(inner), kind, strlen(kind) + 1);
                message_add(&message, IFLA_LINKINFO | NLA_F_NESTED, nested, inner.rta_len);
        }
        return message;
}

/* The bridge or bond has the addresses; in a VRF the link has them itself. */
static void test_ports(void **state)
{
        static const struct {
                const char *kind;
                bool kept;
        } table[] = {{NULL, false}, {"bridge", false}, {"bond", false}, {"v", false}, {"vrf", true}};

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Message message = slave_message(table[i].kind);

                assert_int_equal(map_add(&map, &message) != NULL, table[i].kept);
        }
}

static void test_addresses_that_cannot_be_used(void **state)
{
        static const struct {
                uint32_t link;
                unsigned flags;
                size_t n;
        } table[] = {
                {2, IFA_F_PERMANENT, 1},
                {2, IFA_F_SECONDARY, 1}, /* a temporary one, too, is what peers see */
                {2, IFA_F_TENTATIVE, 0}, {2, IFA_F_DADFAILED, 0}, {2, IFA_F_DEPRECATED, 0},
                {3, IFA_F_PERMANENT, 0}, /* of a link that is not there */
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Message message = address_message(table[i].link, "2001:db8::2");

                message.address.ifa_flags = (unsigned char)table[i].flags;
                map.n_addresses = 0;
                (void)map_add(&map, &message);
                assert_int_equal(map.n_addresses, table[i].n);
        }
}

/* Between two: IFA_ADDRESS is the other end. */
static void test_own_end(void **state)
{
        Message message = address_message(2, "203.0.113.2");

        message_add_address(&message, IFA_LOCAL, "203.0.113.1");
        (void)map_add(&map, &message);
        assert_int_equal(map.n_addresses, 1);
        assert_string_equal(text_of(AF_INET, map.addresses[0].bytes), "203.0.113.1");
}

static void test_routes_that_are_no_default_routes(void **state)
{
        static const struct rtmsg table[] = {
                {.rtm_family = AF_INET,
                        .rtm_dst_len = 24,
                        .rtm_table = RT_TABLE_MAIN,
                        .rtm_type = RTN_UNICAST},
                {.rtm_family = AF_INET, .rtm_table = RT_TABLE_LOCAL, .rtm_type = RTN_UNICAST},
                {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNREACHABLE},
                {.rtm_family = AF_MPLS, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST},
                {.rtm_family = AF_INET,
                        .rtm_table = RT_TABLE_MAIN,
                        .rtm_type = RTN_UNICAST,
                        .rtm_flags = RTNH_F_LINKDOWN},
                {.rtm_family = AF_INET6,
                        .rtm_table = RT_TABLE_MAIN,
                        .rtm_type = RTN_UNICAST,
                        .rtm_flags = RTM_F_CLONED},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Message message = route_message(2, 0, NULL);

                message.route = table[i];
                (void)map_add(&map, &message);
                assert_int_equal(map.n_routes, 0);
        }
}

/* RTA_TABLE is what counts: a number over 255 does not fit into rtm_table. */
static void test_table_of_a_route(void **state)
{
        Message other = route_message(2, 0, "192.0.2.1"), main = other;

        message_add_number(&other, RTA_TABLE, 1000);
        message_add_number(&main, RTA_TABLE, RT_TABLE_MAIN);
        (void)map_add(&map, &other);
        assert_int_equal(map.n_routes, 0);
        (void)map_add(&map, &main);
        assert_int_equal(map.n_routes, 1);
}

static void test_route_without_a_router(void **state)
{
        Message message = route_message(2, 0, NULL);

        (void)map_add(&map, &message);
        assert_int_equal(map.n_routes, 1);
        assert_int_equal(map.routes[0].router_family, AF_UNSPEC);
}

/* Each length up to the whole one: nothing is read behind it, and half an address is none. */
static void test_cut_short(void **state)
{
        Message messages[] = {link_message(3, ARPHRD_ETHER, "eth1"), slave_message("vrf"),
                address_message(2, "2001:db8::2"), route_message(2, 1, "2001:db8::1")};

        for (size_t i = 0; i < ELEMENTSOF(messages); i++)
                for (uint32_t length = NLMSG_LENGTH(0); length < messages[i].header.nlmsg_len; length++) {
                        Message cut = messages[i];

                        cut.header.nlmsg_len = length;
                        (void)map_add(&map, &cut);
                        (void)network_map_add(&map, &cut.header); /* with the rest behind it */
                        if (length < NLMSG_SPACE(sizeof(struct ifinfomsg)))
                                assert_int_equal(map.n_links + map.n_routes, 1);
                        for (size_t n = 0; n < map.n_routes; n++)
                                assert_int_equal(map.routes[n].router_family, AF_UNSPEC);
                        map.n_links = 1;
                        map.n_routes = 0;
                }
        assert_int_equal(map.n_addresses, 0);
}

/* A next hop that says it is shorter than itself, or longer than what is there. */
static void test_multipath_that_lies(void **state)
{
        for (unsigned length = 0; length < 40; length++) {
                struct rtnexthop hops[2] = {{.rtnh_len = (unsigned short)length, .rtnh_ifindex = 2},
                        {.rtnh_len = sizeof(hops[1]), .rtnh_ifindex = 2}};
                Message message = route_message(0, 1, NULL);

                message_add(&message, RTA_MULTIPATH, hops, sizeof(hops));
                map.n_routes = 0;
                (void)map_add(&map, &message);
                assert_int_equal(map.n_routes, length == sizeof(hops[0]) ? 2 : length > 8 && length <= 16);
        }
}

static void test_limits(void **state)
{
        Message message;

        for (uint32_t i = 0; i < 1000; i++) {
                message = link_message(10 + i, ARPHRD_ETHER, "a-name-of-15-by");
                (void)map_add(&map, &message);
                message = address_message(2, "192.0.2.2");
                (void)map_add(&map, &message);
                message = route_message(2, i, "192.0.2.1");
                (void)map_add(&map, &message);
        }
        assert_int_equal(map.n_links, LIMIT_LINKS);
        assert_int_equal(map.n_addresses, LIMIT_LINK_ADDRESSES);
        assert_int_equal(map.n_routes, LIMIT_ROUTES);
        message = link_message(2, ARPHRD_ETHER, "eth0");
        map.n_links = 1;
        assert_null(map_add(&map, &message)); /* known */
        message = link_message(3, ARPHRD_ETHER, "a-name-without-an-end-of-more-than-15-bytes");
        assert_string_equal(map_add(&map, &message)->name, "a-name-without-");
}

static void test_other_messages(void **state)
{
        Message message;

        message = message_begin(RTM_DELLINK, sizeof(message.link));
        assert_null(map_add(&map, &message));
        message = message_begin(NLMSG_DONE, 4);
        assert_null(map_add(&map, &message));
        assert_int_equal(map.n_links, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup(function, setup)
                T(test_recorded_links),
                T(test_recorded_addresses),
                T(test_recorded_routes),
                T(test_links_that_cannot_be_used),
                T(test_ports),
                T(test_addresses_that_cannot_be_used),
                T(test_own_end),
                T(test_routes_that_are_no_default_routes),
                T(test_table_of_a_route),
                T(test_route_without_a_router),
                T(test_cut_short),
                T(test_multipath_that_lies),
                T(test_limits),
                T(test_other_messages),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
