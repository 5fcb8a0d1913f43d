/* SPDX-License-Identifier: Apache-2.0 */
/* Tells when a link, an address or a route of this machine comes, goes or changes. */
#include "daemon/network.h"

#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes of a datagram: the kernel's NLMSG_GOODSIZE of the largest page. A longer one tells of a link. */
#define DATAGRAM_SIZE 8192

/* In one turn of the loop: whoever adds routes without end keeps nobody else from his turn. */
#define DATAGRAMS_MAX 64

struct Network {
        int fd;
        void (*changed)(void *userdata);
        void *userdata;
        sd_event_source *source;
};

static bool is_change(const struct nlmsghdr *header)
{
        switch (header->nlmsg_type) {
        case RTM_NEWLINK:
        case RTM_DELLINK:
        case RTM_NEWADDR:
        case RTM_DELADDR:
        case RTM_NEWROUTE:
        case RTM_DELROUTE:
                return true;
        default:
                return false;
        }
}

/* left is signed: behind a last message that is not padded NLMSG_NEXT() takes it below zero. */
static bool has_change(const void *datagram, int left)
{
        for (const struct nlmsghdr *header = datagram; NLMSG_OK(header, left);
                header = NLMSG_NEXT(header, left))
                if (is_change(header))
                        return true;
        return false;
}

/* The next datagram. 1: it tells of a change, or one was lost; 0: it does not; -1: there is none. */
static int receive(Network *network)
{
        _Alignas(struct nlmsghdr) uint8_t datagram[DATAGRAM_SIZE];
        struct sockaddr_nl from = {0};
        socklen_t from_size = sizeof(from);
        ssize_t size;

        size = recvfrom(network->fd, datagram, sizeof(datagram), MSG_DONTWAIT | MSG_TRUNC,
                (struct sockaddr *)&from, &from_size);
        if (size < 0)
                return errno == ENOBUFS ? 1 : -1;
        /* Whoever may send to us besides the kernel knows nothing of its news. */
        if (from.nl_pid != 0)
                return 0;
        return (size_t)size > sizeof(datagram) || has_change(datagram, (int)size);
}

static int on_news(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        Network *network = userdata;
        bool changed = false;
        int r = 0;

        for (size_t n = 0; n < DATAGRAMS_MAX && r >= 0; n++) {
                r = receive(network);
                changed = changed || r > 0;
        }
        if (changed)
                network->changed(network->userdata);
        return 0;
}

int network_new(sd_event *event, void (*changed)(void *userdata), void *userdata, Network **ret)
{
        static const struct sockaddr_nl groups = {
                .nl_family = AF_NETLINK,
                .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                             RTMGRP_IPV6_ROUTE,
        };
        _cleanup_(network_freep) Network *network = calloc(1, sizeof(*network));
        int r;

        if (!network)
                return -ENOMEM;
        network->changed = changed;
        network->userdata = userdata;
        network->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
        if (network->fd < 0 || bind(network->fd, (const struct sockaddr *)&groups, sizeof(groups)) < 0)
                return -errno;
        r = sd_event_add_io(event, &network->source, network->fd, EPOLLIN, on_news, network);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(network->source, "network");
        *ret = TAKE_PTR(network);
        return 0;
}

Network *network_free(Network *network)
{
        if (!network)
                return NULL;
        sd_event_source_disable_unref(network->source);
        if (network->fd >= 0)
                (void)close(network->fd);
        free(network);
        return NULL;
}
