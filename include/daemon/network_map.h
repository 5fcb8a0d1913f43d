/* SPDX-License-Identifier: Apache-2.0 */
/* The links of this machine that can be used, their addresses, and the default routes, out of messages of
 * rtnetlink(7). Only bytes: who asks the kernel is daemon/network.h. */
#pragma once

#include <linux/if.h>
#include <linux/rtnetlink.h>

#include "util/macro.h"
#include "lwm2m/limits.h"

#define NETWORK_MAP_ADDRESS_SIZE 16 /* bytes of an IPv6 address; an IPv4 one has 4, and zeros behind */
#define NETWORK_DEVICE_TYPE_SIZE 16 /* "bluetooth" and a NUL have 10 */

/* Up, with a carrier, and no port of a bridge or bond, which has the addresses instead. */
typedef struct NetworkLink {
        uint32_t index;
        uint16_t type; /* ARPHRD_... of linux/if_arp.h */
        bool loopback;
        char name[IFNAMSIZ];
        char device_type[NETWORK_DEVICE_TYPE_SIZE]; /* DEVTYPE of its uevent; "": none, or not asked for */
} NetworkLink;

/* Of such a link, and one that may be used: not a tentative one, and none that is to be used no more. */
typedef struct NetworkAddress {
        uint32_t link; /* its index */
        int family;    /* AF_INET or AF_INET6 */
        uint8_t bytes[NETWORK_MAP_ADDRESS_SIZE];
} NetworkAddress;

/* A next hop of a default route of the main table, by such a link. */
typedef struct NetworkRoute {
        uint32_t link;
        uint32_t metric;   /* the lowest is taken */
        int family;        /* of the packets */
        int router_family; /* AF_UNSPEC: the link leads there without a router, as a modem's */
        uint8_t router[NETWORK_MAP_ADDRESS_SIZE];
} NetworkRoute;

/* In the order of the kernel. */
typedef struct NetworkMap {
        NetworkLink links[LIMIT_LINKS];
        size_t n_links;
        NetworkAddress addresses[LIMIT_LINK_ADDRESSES];
        size_t n_addresses;
        NetworkRoute routes[LIMIT_ROUTES];
        size_t n_routes;
} NetworkMap;

/* Adds what a message of a dump says: RTM_NEWLINK, RTM_NEWADDR or RTM_NEWROUTE; in this order, since only
 * what belongs to a link of the map is kept. Any other one, and one that is cut short, says nothing.
 * NLMSG_OK() holds for the header. The link that was added, or NULL. */
NetworkLink *network_map_add(NetworkMap *map, const struct nlmsghdr *header);

const NetworkLink *network_map_link(const NetworkMap *map, uint32_t index); /* or NULL */
