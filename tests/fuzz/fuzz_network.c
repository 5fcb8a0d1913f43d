/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as messages of rtnetlink(7) and as a uevent: the map keeps to its limits, and what is read out
 * of it is whole. */
#include "daemon/connectivity.h"
#include "daemon/network_device.h"
#include "fuzz.h"

static void check_texts(const ConnectivityTexts *texts)
{
        require(texts->n <= LIMIT_LINK_TEXTS);
        for (size_t i = 0; i < texts->n; i++)
                require(texts->items[i][0] && memchr(texts->items[i], 0, sizeof(texts->items[i])));
}

static void check_connectivity(const NetworkMap *map)
{
        Connectivity connectivity;
        bool among = false;

        connectivity_read(map, &connectivity);
        require(connectivity.bearer != BEARER_NONE && connectivity.n_available >= 1 &&
                connectivity.n_available <= LIMIT_BEARERS);
        for (size_t i = 0; i < connectivity.n_available; i++) {
                among = among || connectivity.available[i] == connectivity.bearer;
                require(i == 0 || connectivity.available[i - 1] < connectivity.available[i]);
        }
        require(among);
        check_texts(&connectivity.addresses);
        check_texts(&connectivity.routers);
}

static void check_map(const NetworkMap *map)
{
        require(map->n_links <= LIMIT_LINKS && map->n_addresses <= LIMIT_LINK_ADDRESSES &&
                map->n_routes <= LIMIT_ROUTES);
        for (size_t i = 0; i < map->n_links; i++)
                require(memchr(map->links[i].name, 0, IFNAMSIZ));
        for (size_t i = 0; i < map->n_addresses; i++)
                require(network_map_link(map, map->addresses[i].link));
        for (size_t i = 0; i < map->n_routes; i++)
                require(network_map_link(map, map->routes[i].link));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(freep) NetworkMap *map = calloc(1, sizeof(*map));
        _cleanup_(freep) uint8_t *datagram = malloc(size);
        _cleanup_(freep) char *text = strndup((const char *)data, size);
        char device_type[NETWORK_DEVICE_TYPE_SIZE];
        int left = (int)size;

        require(map && (datagram || size == 0) && text);
        if (size > 0)
                memcpy(datagram, data, size);
        for (const struct nlmsghdr *header = (const struct nlmsghdr *)datagram; NLMSG_OK(header, left);
                header = NLMSG_NEXT(header, left))
                (void)network_map_add(map, header);
        check_map(map);
        check_connectivity(map);
        network_device_parse(text, 4, device_type);
        require(memchr(device_type, 0, sizeof(device_type)));
        return 0;
}
