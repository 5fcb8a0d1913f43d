/* SPDX-License-Identifier: Apache-2.0 */
/* What Connectivity Monitoring says of the machine's network. */
#include "daemon/connectivity.h"

#include <arpa/inet.h>
#include <linux/if_arp.h>

/* -- Bearers -- */

NetworkBearer connectivity_bearer(const NetworkLink *link)
{
        if (strcmp(link->device_type, "wlan") == 0)
                return BEARER_WLAN;
        if (strcmp(link->device_type, "wwan") == 0)
                return BEARER_LTE_FDD;
        if (strcmp(link->device_type, "bluetooth") == 0)
                return BEARER_BLUETOOTH;
        switch (link->type) {
        case ARPHRD_ETHER:
                return BEARER_ETHERNET;
        case ARPHRD_IEEE802154:
        case ARPHRD_6LOWPAN:
                return BEARER_IEEE_802_15_4;
        case ARPHRD_RAWIP: /* a modem's */
        case ARPHRD_PPP:
                return BEARER_LTE_FDD;
        default:
                return BEARER_NONE;
        }
}

static bool is_link_local(const NetworkAddress *address)
{
        const uint8_t *bytes = address->bytes;

        return address->family == AF_INET ? bytes[0] == 169 && bytes[1] == 254
                                          : bytes[0] == 0xfe && bytes[1] >> 6 == 2;
}

static bool has_address(const NetworkMap *map, const NetworkLink *link)
{
        for (size_t i = 0; i < map->n_addresses; i++)
                if (map->addresses[i].link == link->index && !is_link_local(&map->addresses[i]))
                        return true;
        return false;
}

static bool is_better(const NetworkRoute *a, const NetworkRoute *b)
{
        if (a->metric != b->metric)
                return a->metric < b->metric;
        return a->family == AF_INET && b->family != AF_INET;
}

static const NetworkLink *link_of_route(const NetworkMap *map)
{
        const NetworkRoute *best = NULL;
        const NetworkLink *found = NULL;

        for (size_t i = 0; i < map->n_routes; i++) {
                const NetworkLink *link = network_map_link(map, map->routes[i].link);

                if (connectivity_bearer(link) == BEARER_NONE || (best && !is_better(&map->routes[i], best)))
                        continue;
                best = &map->routes[i];
                found = link;
        }
        return found;
}

/* NULL: only the loopback and tunnels. */
static const NetworkLink *link_in_use(const NetworkMap *map)
{
        const NetworkLink *found = link_of_route(map), *first = NULL;

        for (size_t i = 0; i < map->n_links && !found; i++) {
                const NetworkLink *link = &map->links[i];

                if (connectivity_bearer(link) == BEARER_NONE)
                        continue;
                first = first ?: link;
                if (has_address(map, link))
                        found = link;
        }
        return found ?: first;
}

/* Ascending, each once. */
static void add_bearer(Connectivity *connectivity, NetworkBearer bearer)
{
        size_t at = 0;

        while (at < connectivity->n_available && connectivity->available[at] < bearer)
                at++;
        if ((at < connectivity->n_available && connectivity->available[at] == bearer) ||
                connectivity->n_available == LIMIT_BEARERS)
                return;
        memmove(connectivity->available + at + 1, connectivity->available + at,
                (connectivity->n_available - at) * sizeof(connectivity->available[0]));
        connectivity->available[at] = bearer;
        connectivity->n_available++;
}

static void read_bearers(const NetworkMap *map, const NetworkLink *used, Connectivity *connectivity)
{
        connectivity->bearer = used ? connectivity_bearer(used) : BEARER_ETHERNET;
        add_bearer(connectivity, connectivity->bearer);
        for (size_t i = 0; i < map->n_links; i++)
                if (connectivity_bearer(&map->links[i]) != BEARER_NONE)
                        add_bearer(connectivity, connectivity_bearer(&map->links[i]));
}

/* -- Addresses and routers -- */

/* Each once. */
static void add_text(ConnectivityTexts *texts, int family, const uint8_t *bytes)
{
        char text[INET6_ADDRSTRLEN] = "";

        if (texts->n == LIMIT_LINK_TEXTS || !inet_ntop(family, bytes, text, sizeof(text)))
                return;
        for (size_t i = 0; i < texts->n; i++)
                if (strcmp(texts->items[i], text) == 0)
                        return;
        memcpy(texts->items[texts->n++], text, strlen(text));
}

/* Of those that are equal here, the lower link and address come first: the kernel's order says nothing. */
static unsigned rank(const NetworkAddress *address, const NetworkLink *used)
{
        return (is_link_local(address) ? 4 : 0) + (used && address->link == used->index ? 0 : 2) +
               (address->family == AF_INET ? 0 : 1);
}

static bool comes_before(const NetworkAddress *a, const NetworkAddress *b, const NetworkLink *used)
{
        if (rank(a, used) != rank(b, used))
                return rank(a, used) < rank(b, used);
        return a->link != b->link ? a->link < b->link : memcmp(a->bytes, b->bytes, sizeof(a->bytes)) < 0;
}

/* The next one behind last (NULL: the first) in that order. */
static const NetworkAddress *next_address(
        const NetworkMap *map, const NetworkLink *used, bool loopback, const NetworkAddress *last)
{
        const NetworkAddress *found = NULL;

        for (size_t i = 0; i < map->n_addresses; i++) {
                const NetworkAddress *address = &map->addresses[i];

                if (network_map_link(map, address->link)->loopback == loopback &&
                        (!last || comes_before(last, address, used)) &&
                        (!found || comes_before(address, found, used)))
                        found = address;
        }
        return found;
}

static void read_addresses(
        const NetworkMap *map, const NetworkLink *used, bool loopback, ConnectivityTexts *texts)
{
        const NetworkAddress *address = NULL;

        while (texts->n < LIMIT_LINK_TEXTS && (address = next_address(map, used, loopback, address)))
                add_text(texts, address->family, address->bytes);
}

static void read_routers(const NetworkMap *map, ConnectivityTexts *texts)
{
        bool taken[LIMIT_ROUTES] = {false};

        for (size_t n = 0; n < map->n_routes; n++) {
                size_t best = map->n_routes;

                for (size_t i = 0; i < map->n_routes; i++)
                        if (!taken[i] &&
                                (best == map->n_routes || is_better(&map->routes[i], &map->routes[best])))
                                best = i;
                taken[best] = true;
                if (map->routes[best].router_family != AF_UNSPEC)
                        add_text(texts, map->routes[best].router_family, map->routes[best].router);
        }
}

void connectivity_read(const NetworkMap *map, Connectivity *ret)
{
        const NetworkLink *used = link_in_use(map);

        memset(ret, 0, sizeof(*ret));
        read_bearers(map, used, ret);
        read_addresses(map, used, false, &ret->addresses);
        if (ret->addresses.n == 0)
                read_addresses(map, used, true, &ret->addresses);
        read_routers(map, &ret->routers);
}

void connectivity_compare(const Connectivity *a, const Connectivity *b,
        void (*changed)(void *userdata, uint16_t resource), void *userdata)
{
        if (a->bearer != b->bearer)
                changed(userdata, CONNECTIVITY_BEARER);
        if (memcmp(a->available, b->available, sizeof(a->available)) != 0)
                changed(userdata, CONNECTIVITY_AVAILABLE_BEARERS);
        if (memcmp(&a->addresses, &b->addresses, sizeof(a->addresses)) != 0)
                changed(userdata, CONNECTIVITY_ADDRESSES);
        if (memcmp(&a->routers, &b->routers, sizeof(a->routers)) != 0)
                changed(userdata, CONNECTIVITY_ROUTERS);
}
