/* SPDX-License-Identifier: Apache-2.0 */
/* Which way datagrams leave this machine. */
#include "coap/network_path.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include "util/bytes.h"
#include "util/rtnetlink.h"

#define ROUTE_SIZE 1024  /* bytes of the kernel's answer on a route, of which some 150 are used */
#define LINK_SIZE  16384 /* on a link: with all its statistics some 2 KiB */

typedef struct RouteRequest {
        struct nlmsghdr header;
        struct rtmsg route;
        struct rtattr interface_attribute;
        uint32_t interface; /* of a link-local address: each link has its own; 0: any */
        struct rtattr destination_attribute;
        uint8_t destination[NETWORK_ADDRESS_SIZE];
} RouteRequest;

typedef struct LinkRequest {
        struct nlmsghdr header;
        struct ifinfomsg link;
} LinkRequest;

/* IPv4 or IPv6 address in a sockaddr; its size in bytes, 0: neither. */
static size_t address_bytes(const struct sockaddr *address, uint8_t ret[NETWORK_ADDRESS_SIZE])
{
        memset(ret, 0, NETWORK_ADDRESS_SIZE);
        switch (address->sa_family) {
        case AF_INET:
                memcpy(ret, &((const struct sockaddr_in *)address)->sin_addr, sizeof(struct in_addr));
                return sizeof(struct in_addr);
        case AF_INET6:
                memcpy(ret, &((const struct sockaddr_in6 *)address)->sin6_addr, sizeof(struct in6_addr));
                return sizeof(struct in6_addr);
        default:
                return 0;
        }
}

/* One question to rtnetlink(7), which answers before send() returns. The size of the answer, or negative
 * errno. */
static ssize_t ask(const void *request, size_t size, void *answer, size_t answer_size)
{
        _cleanup_(closep) int fd = -1;
        const struct nlmsghdr *header = answer;
        ssize_t n;

        fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
        if (fd < 0 || send(fd, request, size, 0) < 0)
                return -errno;
        n = recv(fd, answer, answer_size, 0);
        if (n < 0)
                return -errno;
        if (!NLMSG_OK(header, (size_t)n) || header->nlmsg_type == NLMSG_ERROR)
                return -ENOENT;
        return n;
}

/* IFLA_CARRIER_UP_COUNT: a cable that was pulled and is back leads somewhere else, though nothing in the
 * routes says so. */
static uint32_t link_ups(uint32_t interface)
{
        LinkRequest request = {
                .header = {.nlmsg_len = sizeof(request),
                        .nlmsg_type = RTM_GETLINK,
                        .nlmsg_flags = NLM_F_REQUEST},
                .link = {.ifi_index = (int)interface},
        };
        _Alignas(struct nlmsghdr) uint8_t answer[LINK_SIZE];
        const struct nlmsghdr *header = (const struct nlmsghdr *)answer;
        ssize_t n = ask(&request, sizeof(request), answer, sizeof(answer));
        RtAttributes attributes;

        if (n < 0 || header->nlmsg_type != RTM_NEWLINK ||
                !rtnetlink_split(header, sizeof(struct ifinfomsg), &attributes))
                return 0;
        return rtnetlink_number(rtnetlink_find(attributes, IFLA_CARRIER_UP_COUNT));
}

static uint32_t scope_of(const ResolvedAddress *address)
{
        return address->address.ss_family == AF_INET6
                       ? ((const struct sockaddr_in6 *)&address->address)->sin6_scope_id
                       : 0;
}

/* Gateway and interface; they stay zero where the kernel does not say. */
static void find_route(const ResolvedAddress *address, NetworkPath *path)
{
        RouteRequest request = {
                .header = {.nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST},
                .route = {.rtm_family = (unsigned char)address->address.ss_family},
                .interface_attribute = {.rta_type = RTA_OIF, .rta_len = RTA_LENGTH(sizeof(uint32_t))},
                .interface = scope_of(address),
                .destination_attribute = {.rta_type = RTA_DST},
        };
        size_t size = address_bytes((const struct sockaddr *)&address->address, request.destination);
        _Alignas(struct nlmsghdr) uint8_t answer[ROUTE_SIZE];
        const struct nlmsghdr *header = (const struct nlmsghdr *)answer;
        const struct rtattr *gateway;
        RtAttributes attributes;

        request.route.rtm_dst_len = (unsigned char)(8 * size);
        request.destination_attribute.rta_len = (unsigned short)RTA_LENGTH(size);
        request.header.nlmsg_len = (uint32_t)(offsetof(RouteRequest, destination) + size);
        if (ask(&request, request.header.nlmsg_len, answer, sizeof(answer)) < 0 ||
                header->nlmsg_type != RTM_NEWROUTE ||
                !rtnetlink_split(header, sizeof(struct rtmsg), &attributes))
                return;
        path->interface = rtnetlink_number(rtnetlink_find(attributes, RTA_OIF));
        gateway = rtnetlink_find(attributes, RTA_GATEWAY);
        if (gateway)
                memcpy(path->gateway, RTA_DATA(gateway),
                        MIN_OF(RTA_PAYLOAD(gateway), sizeof(path->gateway)));
        if (path->interface > 0)
                path->link_ups = link_ups(path->interface);
}

NetworkPath network_path_to(const ResolvedAddress *address)
{
        _cleanup_(closep) int fd = -1;
        struct sockaddr_storage own = {0};
        socklen_t size = sizeof(own);
        NetworkPath path = {0};

        fd = socket(address->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *)&address->address, address->size) < 0 ||
                getsockname(fd, (struct sockaddr *)&own, &size) < 0)
                return path;
        (void)address_bytes((const struct sockaddr *)&own, path.source);
        find_route(address, &path);
        return path;
}

bool network_path_equal(const NetworkPath *a, const NetworkPath *b)
{
        return memcmp(a, b, sizeof(*a)) == 0;
}

/* The index of the interface that has the address; 0: none, -1: not known. */
static int64_t find_interface(const struct sockaddr *address)
{
        uint8_t wanted[NETWORK_ADDRESS_SIZE], own[NETWORK_ADDRESS_SIZE];
        struct ifaddrs *list = NULL;
        int64_t found = 0;

        if (address_bytes(address, wanted) == 0 || getifaddrs(&list) < 0)
                return -1;
        for (const struct ifaddrs *i = list; i && found == 0; i = i->ifa_next)
                if (i->ifa_addr && i->ifa_addr->sa_family == address->sa_family &&
                        address_bytes(i->ifa_addr, own) > 0 && memcmp(own, wanted, sizeof(own)) == 0)
                        found = if_nametoindex(i->ifa_name);
        freeifaddrs(list);
        return found;
}

bool network_path_is_usable(const struct sockaddr *own, const ResolvedAddress *address)
{
        int64_t interface = find_interface(own);
        NetworkPath path = network_path_to(address);
        uint8_t source[NETWORK_ADDRESS_SIZE];

        if (interface <= 0)
                return interface < 0;
        (void)address_bytes(own, source);
        return path.interface == 0 || path.interface == interface ||
               memcmp(path.source, source, sizeof(source)) == 0;
}

/* FNV-1a, 64 bits */
static uint64_t digest_add(uint64_t digest, const void *data, size_t size)
{
        for (const uint8_t *byte = data; size > 0; byte++, size--)
                digest = (digest ^ *byte) * 0x100000001b3ULL;
        return digest;
}

/* Documentation addresses (RFC 5737, RFC 3849): no route but the default one leads there. */
static NetworkPath default_path(int family)
{
        ResolvedAddress address = {.address.ss_family = (sa_family_t)family};
        struct sockaddr_in *ipv4 = (struct sockaddr_in *)&address.address;
        struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address.address;

        if (family == AF_INET) {
                (void)inet_pton(AF_INET, "192.0.2.1", &ipv4->sin_addr);
                ipv4->sin_port = htons(1);
                address.size = sizeof(*ipv4);
        } else {
                (void)inet_pton(AF_INET6, "2001:db8::1", &ipv6->sin6_addr);
                ipv6->sin6_port = htons(1);
                address.size = sizeof(*ipv6);
        }
        return network_path_to(&address);
}

static bool counts(const struct ifaddrs *entry, const uint8_t address[NETWORK_ADDRESS_SIZE])
{
        bool link_local =
                entry->ifa_addr->sa_family == AF_INET6 && address[0] == 0xfe && address[1] >> 6 == 2;

        return !link_local && (entry->ifa_flags & IFF_UP) && !(entry->ifa_flags & IFF_LOOPBACK);
}

uint64_t network_digest(void)
{
        NetworkPath paths[] = {default_path(AF_INET), default_path(AF_INET6)};
        uint64_t digest = digest_add(0xcbf29ce484222325ULL, paths, sizeof(paths)), sum = 0;
        uint8_t address[NETWORK_ADDRESS_SIZE];
        struct ifaddrs *list = NULL;

        if (getifaddrs(&list) < 0)
                return digest;
        /* A sum: their order says nothing. */
        for (const struct ifaddrs *i = list; i; i = i->ifa_next)
                if (i->ifa_addr && address_bytes(i->ifa_addr, address) > 0 && counts(i, address))
                        sum += digest_add(digest_add(digest, address, sizeof(address)), i->ifa_name,
                                strlen(i->ifa_name));
        freeifaddrs(list);
        return digest ^ sum;
}
