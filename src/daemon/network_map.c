/* SPDX-License-Identifier: Apache-2.0 */
/* Links, addresses and default routes out of messages of rtnetlink(7). */
#include "daemon/network_map.h"

#include <sys/socket.h>

#include "util/rtnetlink.h"

static RtAttributes nested(const struct rtattr *attribute)
{
        return attribute ? (RtAttributes){RTA_DATA(attribute), (int)RTA_PAYLOAD(attribute)}
                         : (RtAttributes){.left = 0};
}

/* With the NUL that the kernel sends, or without. */
static void copy_text(const struct rtattr *attribute, char *ret, size_t size)
{
        if (attribute)
                memcpy(ret, RTA_DATA(attribute), MIN_OF(RTA_PAYLOAD(attribute), size - 1));
}

static size_t address_size(int family)
{
        return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static bool copy_address(int family, const struct rtattr *attribute, uint8_t ret[NETWORK_MAP_ADDRESS_SIZE])
{
        size_t size = address_size(family);

        if (!attribute || size == 0 || RTA_PAYLOAD(attribute) != size)
                return false;
        memcpy(ret, RTA_DATA(attribute), size);
        return true;
}

const NetworkLink *network_map_link(const NetworkMap *map, uint32_t index)
{
        for (size_t i = 0; i < map->n_links; i++)
                if (map->links[i].index == index)
                        return &map->links[i];
        return NULL;
}

/* -- Links -- */

/* A link in a VRF has its addresses itself, whoever its master is. */
static bool is_port(RtAttributes attributes)
{
        const struct rtattr *kind;

        if (rtnetlink_number(rtnetlink_find(attributes, IFLA_MASTER)) == 0)
                return false;
        kind = rtnetlink_find(nested(rtnetlink_find(attributes, IFLA_LINKINFO)), IFLA_INFO_SLAVE_KIND);
        return !kind || RTA_PAYLOAD(kind) < 3 || memcmp(RTA_DATA(kind), "vrf", 3) != 0;
}

static NetworkLink *add_link(NetworkMap *map, const struct nlmsghdr *header)
{
        const unsigned usable = IFF_UP | IFF_RUNNING;
        const struct ifinfomsg *info;
        RtAttributes attributes;
        NetworkLink *link;

        info = rtnetlink_split(header, sizeof(*info), &attributes);
        if (!info || (info->ifi_flags & usable) != usable || is_port(attributes) ||
                map->n_links == LIMIT_LINKS || network_map_link(map, (uint32_t)info->ifi_index))
                return NULL;
        link = &map->links[map->n_links++];
        *link = (NetworkLink){.index = (uint32_t)info->ifi_index,
                .type = info->ifi_type,
                .loopback = info->ifi_flags & IFF_LOOPBACK};
        copy_text(rtnetlink_find(attributes, IFLA_IFNAME), link->name, sizeof(link->name));
        return link;
}

/* -- Addresses -- */

static void add_address(NetworkMap *map, const struct nlmsghdr *header)
{
        const unsigned unusable = IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED;
        NetworkAddress address = {.family = AF_UNSPEC};
        const struct ifaddrmsg *info;
        RtAttributes attributes;

        info = rtnetlink_split(header, sizeof(*info), &attributes);
        if (!info || (info->ifa_flags & unusable) || map->n_addresses == LIMIT_LINK_ADDRESSES ||
                !network_map_link(map, info->ifa_index))
                return;
        address.link = info->ifa_index;
        address.family = info->ifa_family;
        /* Of a link between two, IFA_ADDRESS is that of the other end. */
        if (copy_address(address.family, rtnetlink_find(attributes, IFA_LOCAL), address.bytes) ||
                copy_address(address.family, rtnetlink_find(attributes, IFA_ADDRESS), address.bytes))
                map->addresses[map->n_addresses++] = address;
}

/* -- Default routes -- */

/* An IPv4 route may have an IPv6 router, which is then in RTA_VIA (struct rtvia: family, address). */
static void find_router(int family, RtAttributes attributes, NetworkRoute *route)
{
        const struct rtattr *via = rtnetlink_find(attributes, RTA_VIA);
        uint16_t via_family;

        route->router_family = AF_UNSPEC;
        if (copy_address(family, rtnetlink_find(attributes, RTA_GATEWAY), route->router))
                route->router_family = family;
        if (!via || RTA_PAYLOAD(via) < sizeof(via_family))
                return;
        memcpy(&via_family, RTA_DATA(via), sizeof(via_family));
        if (address_size(via_family) == 0 ||
                RTA_PAYLOAD(via) != sizeof(via_family) + address_size(via_family))
                return;
        memcpy(route->router, (const uint8_t *)RTA_DATA(via) + sizeof(via_family), address_size(via_family));
        route->router_family = via_family;
}

/* A hop by a link that is not in the map leads nowhere at the moment. */
static void add_hop(NetworkMap *map, NetworkRoute route, RtAttributes attributes)
{
        if (map->n_routes == LIMIT_ROUTES || !network_map_link(map, route.link))
                return;
        find_router(route.family, attributes, &route);
        map->routes[map->n_routes++] = route;
}

static void add_hops(NetworkMap *map, NetworkRoute route, const struct rtattr *multipath)
{
        const struct rtnexthop *hop = RTA_DATA(multipath);
        size_t left = RTA_PAYLOAD(multipath);

        while (left >= sizeof(*hop) && hop->rtnh_len >= sizeof(*hop) && hop->rtnh_len <= left) {
                size_t taken = RTNH_ALIGN(hop->rtnh_len);

                route.link = (uint32_t)hop->rtnh_ifindex;
                if (!(hop->rtnh_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)))
                        add_hop(map, route,
                                (RtAttributes){RTNH_DATA(hop), (int)(hop->rtnh_len - sizeof(*hop))});
                if (taken >= left)
                        return;
                left -= taken;
                hop = RTNH_NEXT(hop);
        }
}

static void add_route(NetworkMap *map, const struct nlmsghdr *header)
{
        const struct rtattr *table, *multipath;
        NetworkRoute route = {.link = 0};
        const struct rtmsg *info;
        RtAttributes attributes;

        info = rtnetlink_split(header, sizeof(*info), &attributes);
        if (!info || address_size(info->rtm_family) == 0 || info->rtm_dst_len != 0 ||
                info->rtm_type != RTN_UNICAST ||
                (info->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD | RTNH_F_LINKDOWN)))
                return;
        table = rtnetlink_find(attributes, RTA_TABLE);
        if ((table ? rtnetlink_number(table) : info->rtm_table) != RT_TABLE_MAIN)
                return;
        route.family = info->rtm_family;
        route.metric = rtnetlink_number(rtnetlink_find(attributes, RTA_PRIORITY));
        route.link = rtnetlink_number(rtnetlink_find(attributes, RTA_OIF));
        multipath = rtnetlink_find(attributes, RTA_MULTIPATH);
        if (multipath)
                add_hops(map, route, multipath);
        else
                add_hop(map, route, attributes);
}

NetworkLink *network_map_add(NetworkMap *map, const struct nlmsghdr *header)
{
        switch (header->nlmsg_type) {
        case RTM_NEWLINK:
                return add_link(map, header);
        case RTM_NEWADDR:
                add_address(map, header);
                return NULL;
        case RTM_NEWROUTE:
                add_route(map, header);
                return NULL;
        default:
                return NULL;
        }
}
