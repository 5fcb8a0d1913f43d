/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as the kernel makes them for a dump of rtnetlink(7). */
#pragma once

#include <arpa/inet.h>
#include <linux/if_arp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/network_map.h"

typedef struct Message {
        struct nlmsghdr header;
        union {
                struct ifinfomsg link;
                struct ifaddrmsg address;
                struct rtmsg route;
                uint8_t bytes[512];
        };
} Message;

static inline Message message_begin(uint16_t type, size_t fixed)
{
        return (Message){.header = {.nlmsg_len = (uint32_t)NLMSG_LENGTH(fixed), .nlmsg_type = type}};
}

static inline void message_add(Message *message, unsigned type, const void *data, size_t size)
{
        const struct rtattr attribute = {
                .rta_type = (unsigned short)type, .rta_len = (unsigned short)RTA_LENGTH(size)};
        uint8_t *end = (uint8_t *)message + NLMSG_ALIGN(message->header.nlmsg_len);

        assert_in_range(NLMSG_ALIGN(message->header.nlmsg_len) + RTA_SPACE(size), 0, sizeof(*message));
        memcpy(end, &attribute, sizeof(attribute));
        memcpy(end + sizeof(attribute), data, size);
        message->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(message->header.nlmsg_len) + RTA_LENGTH(size));
}

static inline void message_add_number(Message *message, unsigned type, uint32_t number)
{
        message_add(message, type, &number, sizeof(number));
}

static inline int family_of(const char *address)
{
        return strchr(address, ':') ? AF_INET6 : AF_INET;
}

static inline void message_add_address(Message *message, unsigned type, const char *address)
{
        uint8_t bytes[NETWORK_MAP_ADDRESS_SIZE] = {0};

        assert_int_equal(inet_pton(family_of(address), address, bytes), 1);
        message_add(message, type, bytes, family_of(address) == AF_INET ? 4 : 16);
}

/* Up, with a carrier. */
static inline Message link_message(uint32_t index, uint16_t type, const char *name)
{
        Message message = message_begin(RTM_NEWLINK, sizeof(message.link));

        message.link.ifi_index = (int)index;
        message.link.ifi_type = type;
        message.link.ifi_flags =
                IFF_UP | IFF_RUNNING | IFF_LOWER_UP | (type == ARPHRD_LOOPBACK ? IFF_LOOPBACK : 0);
        message_add(&message, IFLA_IFNAME, name, strlen(name) + 1);
        return message;
}

static inline Message address_message(uint32_t link, const char *address)
{
        Message message = message_begin(RTM_NEWADDR, sizeof(message.address));

        message.address.ifa_family = (unsigned char)family_of(address);
        message.address.ifa_index = link;
        message_add_address(&message, IFA_ADDRESS, address);
        return message;
}

/* router: NULL for none, whose family is then IPv4. */
static inline Message route_message(uint32_t link, uint32_t metric, const char *router)
{
        Message message = message_begin(RTM_NEWROUTE, sizeof(message.route));

        message.route.rtm_family = (unsigned char)family_of(router ?: "");
        message.route.rtm_table = RT_TABLE_MAIN;
        message.route.rtm_type = RTN_UNICAST;
        message_add_number(&message, RTA_OIF, link);
        message_add_number(&message, RTA_PRIORITY, metric);
        if (router)
                message_add_address(&message, RTA_GATEWAY, router);
        return message;
}

/* As on a heap of exactly its size, so that the sanitizer sees a read behind it. */
static inline NetworkLink *map_add(NetworkMap *map, const Message *message)
{
        struct nlmsghdr *header = malloc(message->header.nlmsg_len);
        NetworkLink *link;

        assert_non_null(header);
        memcpy(header, message, message->header.nlmsg_len);
        link = network_map_add(map, header);
        free(header);
        return link;
}
