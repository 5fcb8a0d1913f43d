/* SPDX-License-Identifier: Apache-2.0 */
/* What a server is told of a network: tables of links, addresses and routes. */
#include "tests/unit/daemon/network_messages.h"

#include <stdio.h>

#include "daemon/connectivity.h"

static NetworkMap map;

static int setup(void **state)
{
        map = (NetworkMap){.n_links = 0};
        return 0;
}

static void add(Message message)
{
        (void)map_add(&map, &message);
}

static void add_device(uint32_t index, const char *name, const char *device_type)
{
        Message message = link_message(index, ARPHRD_ETHER, name);
        NetworkLink *link = map_add(&map, &message);

        assert_non_null(link);
        (void)snprintf(link->device_type, sizeof(link->device_type), "%s", device_type);
}

static void add_loopback(void)
{
        add(link_message(1, ARPHRD_LOOPBACK, "lo"));
        add(address_message(1, "127.0.0.1"));
        add(address_message(1, "::1"));
}

static const char *joined(const ConnectivityTexts *texts)
{
        static char line[LIMIT_LINK_TEXTS * INET6_ADDRSTRLEN];
        size_t n = 0;

        line[0] = '\0';
        for (size_t i = 0; i < texts->n; i++)
                n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s", i > 0 ? " " : "", texts->items[i]);
        return line;
}

static void assert_bearers(const Connectivity *connectivity, NetworkBearer bearer, const char *available)
{
        char line[64] = "";
        size_t n = 0;

        for (size_t i = 0; i < connectivity->n_available; i++)
                n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%d", i > 0 ? " " : "",
                        (int)connectivity->available[i]);
        assert_int_equal(connectivity->bearer, bearer);
        assert_string_equal(line, available);
}

static Connectivity read_map(void)
{
        Connectivity connectivity;

        connectivity_read(&map, &connectivity);
        return connectivity;
}

static void test_bearers(void **state)
{
        static const struct {
                uint16_t type;
                const char *device_type;
                NetworkBearer bearer;
        } table[] = {
                {ARPHRD_ETHER, "", BEARER_ETHERNET},
                {ARPHRD_ETHER, "bridge", BEARER_ETHERNET},
                {ARPHRD_ETHER, "vlan", BEARER_ETHERNET},
                {ARPHRD_ETHER, "wlan", BEARER_WLAN},
                {ARPHRD_ETHER, "bluetooth", BEARER_BLUETOOTH},
                {ARPHRD_6LOWPAN, "bluetooth", BEARER_BLUETOOTH},
                {ARPHRD_6LOWPAN, "", BEARER_IEEE_802_15_4},
                {ARPHRD_IEEE802154, "", BEARER_IEEE_802_15_4},
                {ARPHRD_ETHER, "wwan", BEARER_LTE_FDD},
                {ARPHRD_NONE, "wwan", BEARER_LTE_FDD},
                {ARPHRD_RAWIP, "", BEARER_LTE_FDD},
                {ARPHRD_PPP, "ppp", BEARER_LTE_FDD},
                {ARPHRD_NONE, "", BEARER_NONE},
                {ARPHRD_NONE, "wireguard", BEARER_NONE},
                {ARPHRD_TUNNEL, "", BEARER_NONE},
                {ARPHRD_LOOPBACK, "", BEARER_NONE},
                {ARPHRD_CAN, "", BEARER_NONE},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                NetworkLink link = {.type = table[i].type};

                (void)snprintf(link.device_type, sizeof(link.device_type), "%s", table[i].device_type);
                assert_int_equal(connectivity_bearer(&link), table[i].bearer);
        }
}

/* What is mandatory has a value: the server that reads it is on this machine. */
static void test_nothing_but_the_loopback(void **state)
{
        Connectivity connectivity;

        add_loopback();
        connectivity = read_map();
        assert_bearers(&connectivity, BEARER_ETHERNET, "41");
        assert_string_equal(joined(&connectivity.addresses), "127.0.0.1 ::1");
        assert_string_equal(joined(&connectivity.routers), "");
}

static void test_nothing_at_all(void **state)
{
        Connectivity connectivity = read_map();

        assert_bearers(&connectivity, BEARER_ETHERNET, "41");
        assert_int_equal(connectivity.addresses.n, 0);
}

static void test_gateway_with_two_uplinks(void **state)
{
        Connectivity connectivity;

        add_loopback();
        add_device(2, "eth0", "");
        add_device(3, "wwan0", "wwan");
        add(address_message(2, "192.0.2.2"));
        add(address_message(3, "198.51.100.2"));
        add(route_message(3, 700, NULL));
        connectivity = read_map();
        assert_bearers(&connectivity, BEARER_LTE_FDD, "6 41");
        assert_string_equal(joined(&connectivity.addresses), "198.51.100.2 192.0.2.2");
        assert_string_equal(joined(&connectivity.routers), "");
        add(route_message(2, 100, "192.0.2.1"));
        connectivity = read_map();
        assert_bearers(&connectivity, BEARER_ETHERNET, "6 41");
        assert_string_equal(joined(&connectivity.addresses), "192.0.2.2 198.51.100.2");
        assert_string_equal(joined(&connectivity.routers), "192.0.2.1");
}

/* The bearer is what it runs over. */
static void test_tunnel_has_the_default_route(void **state)
{
        Connectivity connectivity;

        add(link_message(9, ARPHRD_NONE, "wg0"));
        add(address_message(9, "10.0.0.2"));
        add(route_message(9, 10, NULL));
        add_device(3, "wlan0", "wlan");
        add(address_message(3, "192.0.2.3"));
        add(route_message(3, 600, "192.0.2.1"));
        connectivity = read_map();
        assert_bearers(&connectivity, BEARER_WLAN, "21");
        assert_string_equal(joined(&connectivity.addresses), "192.0.2.3 10.0.0.2");
}

/* A server on the same link. */
static void test_no_default_route(void **state)
{
        Connectivity connectivity;

        add_device(2, "eth0", "");
        add_device(3, "wlan0", "wlan");
        add(address_message(2, "fe80::2"));
        add(address_message(2, "169.254.7.7"));
        connectivity = read_map();
        assert_bearers(&connectivity, BEARER_ETHERNET, "21 41");
        add(address_message(3, "192.0.2.3"));
        connectivity = read_map();
        assert_bearers(&connectivity, BEARER_WLAN, "21 41");
}

static void test_order_of_addresses(void **state)
{
        static const char *const of_wlan[] = {"fe80::3", "2001:db8::3", "192.0.2.33", "192.0.2.3"};
        static const char *const of_ethernet[] = {"169.254.1.1", "fe80::2", "2001:db8:2::2", "198.51.100.2"};
        Connectivity connectivity;

        add_loopback();
        add_device(2, "eth0", "");
        add_device(3, "wlan0", "wlan");
        for (size_t i = 0; i < ELEMENTSOF(of_ethernet); i++)
                add(address_message(2, of_ethernet[i]));
        for (size_t i = 0; i < ELEMENTSOF(of_wlan); i++)
                add(address_message(3, of_wlan[i]));
        add(route_message(3, 0, "192.0.2.1"));
        connectivity = read_map();
        assert_string_equal(joined(&connectivity.addresses),
                "192.0.2.3 192.0.2.33 2001:db8::3 198.51.100.2 2001:db8:2::2 fe80::3 169.254.1.1 fe80::2");
}

static void test_order_of_routers(void **state)
{
        Connectivity connectivity;

        add_device(2, "eth0", "");
        add_device(3, "eth1", "");
        add(route_message(2, 1024, "fe80::1"));
        add(route_message(2, 100, "2001:db8::1"));
        add(route_message(3, 200, "198.51.100.1"));
        add(route_message(2, 100, "192.0.2.1"));
        add(route_message(3, 1024, "fe80::1"));
        add(route_message(3, 50, NULL));
        connectivity = read_map();
        assert_string_equal(joined(&connectivity.routers), "192.0.2.1 2001:db8::1 198.51.100.1 fe80::1");
}

static void test_many_addresses(void **state)
{
        Connectivity connectivity;
        char text[32];

        add_device(2, "eth0", "");
        add_device(3, "eth1", "");
        for (unsigned i = 1; i <= 100; i++) {
                (void)snprintf(text, sizeof(text), "10.0.0.%u", i);
                add(address_message(2, text));
                add(route_message(2, i, text));
        }
        add(address_message(3, "192.0.2.3"));
        add(route_message(3, 0, "192.0.2.1"));
        connectivity = read_map();
        assert_int_equal(connectivity.addresses.n, LIMIT_LINK_TEXTS);
        assert_string_equal(connectivity.addresses.items[0], "10.0.0.1");
        assert_int_equal(connectivity.routers.n, LIMIT_LINK_TEXTS);
        map.routes[0] = map.routes[1];
        map.routes[0].link = 3;
        map.routes[0].metric = 0;
        connectivity = read_map();
        assert_string_equal(connectivity.addresses.items[0], "192.0.2.3");
}

/* -- Which Resources have changed -- */

static void note(void *userdata, uint16_t resource)
{
        unsigned *changed = userdata;

        *changed |= 1U << resource;
}

static unsigned compare(const Connectivity *a, const Connectivity *b)
{
        unsigned changed = 0;

        connectivity_compare(a, b, note, &changed);
        return changed;
}

static void test_changes(void **state)
{
        Connectivity before, now;

        add_loopback();
        before = read_map();
        assert_int_equal(compare(&before, &before), 0);

        add_device(2, "eth0", "");
        now = read_map();
        assert_int_equal(compare(&before, &now), 0); /* Ethernet it was */
        before = now;

        add(address_message(2, "192.0.2.2"));
        now = read_map();
        assert_int_equal(compare(&before, &now), 1 << CONNECTIVITY_ADDRESSES);
        before = now;

        add(route_message(2, 100, "192.0.2.1"));
        now = read_map();
        assert_int_equal(compare(&before, &now), 1 << CONNECTIVITY_ROUTERS);
        before = now;

        add_device(3, "wlan0", "wlan");
        now = read_map();
        assert_int_equal(compare(&before, &now), 1 << CONNECTIVITY_AVAILABLE_BEARERS);
        before = now;

        add(route_message(3, 50, NULL));
        now = read_map();
        assert_int_equal(compare(&before, &now), 1 << CONNECTIVITY_BEARER);
        map.n_links = 2;
        map.n_addresses--;
        map.n_routes = 0;
        before = read_map();
        assert_int_equal(
                compare(&before, &now), 1 << CONNECTIVITY_BEARER | 1 << CONNECTIVITY_AVAILABLE_BEARERS |
                                                1 << CONNECTIVITY_ADDRESSES | 1 << CONNECTIVITY_ROUTERS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup(function, setup)
                T(test_bearers),
                T(test_nothing_but_the_loopback),
                T(test_nothing_at_all),
                T(test_gateway_with_two_uplinks),
                T(test_tunnel_has_the_default_route),
                T(test_no_default_route),
                T(test_order_of_addresses),
                T(test_order_of_routers),
                T(test_many_addresses),
                T(test_changes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
