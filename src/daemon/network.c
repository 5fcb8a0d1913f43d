/* SPDX-License-Identifier: Apache-2.0 */
/* Tells when a link, an address or a route of this machine comes, goes or changes, and what there is. It is
 * looked at as a whole after a change, not followed: IPv4 routes go with their link or address without a
 * word of the kernel, and where its news were lost nothing is missed. */
#include "daemon/network.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/timer.h"
#include "daemon/network_device.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/message_ids.h"

/* Bytes of a datagram: the largest that the kernel makes for a dump. A longer one tells of a link. */
#define DATAGRAM_SIZE 32768

/* In one turn of the loop: whoever adds routes without end keeps nobody else from his turn. */
#define DATAGRAMS_MAX 64

typedef enum News {
        NEWS_NONE,
        NEWS_OTHER, /* a route that no map has */
        NEWS_OF_MAP,
} News;

struct Network {
        int fd;
        uint32_t port; /* the socket's address */
        void (*changed)(void *userdata);
        void *userdata;
        sd_event_source *source;

        void (*mapped)(void *userdata, const NetworkMap *map); /* NULL: nobody wants maps */
        void *mapped_userdata;
        sd_event_source *timer; /* of the look under way the end of the patience, else the next look */

        NetworkMap *map;   /* of the look under way, else NULL */
        size_t step;       /* its dump under way, of dumps[] */
        uint32_t sequence; /* of that dump's request */
        bool due;          /* another look, of which the timer tells once this one has ended */
        unsigned failures; /* of looks, in a row since the last change */
};

/* -- A look -- */

/* In this order: network_map_add(). */
static const uint16_t dumps[] = {RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE};

typedef struct DumpRequest {
        struct nlmsghdr header;
        union {
                struct ifinfomsg link;
                struct ifaddrmsg address;
                struct rtmsg route;
        };
} DumpRequest;

static void set_timer(Network *network, uint64_t usec)
{
        timer_set(network->timer, clock_boottime(&clock_system) + usec);
}

/* The families in one dump. 0 or negative errno. */
static int request_dump(Network *network)
{
        DumpRequest request = {
                .header = {.nlmsg_len = sizeof(request),
                        .nlmsg_type = dumps[network->step],
                        .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                        .nlmsg_seq = ++network->sequence},
        };

        if (send(network->fd, &request, sizeof(request), 0) < 0)
                return -errno;
        set_timer(network, NETWORK_PATIENCE_USEC);
        return 0;
}

static void look_soon(Network *network)
{
        network->failures = 0;
        if (!network->mapped || network->due)
                return;
        network->due = true;
        if (!network->map)
                set_timer(network, NETWORK_LOOK_USEC);
}

static void look_over(Network *network)
{
        free(TAKE_PTR(network->map));
        if (network->due)
                set_timer(network, NETWORK_LOOK_USEC);
        else
                timer_set(network->timer, 0);
}

/* Want of memory is no change of the network, of which the kernel would tell once it is over. */
static void look_failed(Network *network, int error)
{
        if (network->mapped && network->failures < NETWORK_LOOKS_AGAIN_MAX) {
                network->failures++;
                network->due = true;
        } else if (network->mapped && !network->due)
                log_event_errno(LOG_WARNING, error, MESSAGE_ID_NETWORK_UNKNOWN,
                        "The kernel does not tell the links, addresses and routes of this machine (%m): %s",
                        "what servers read of them stays old until the network changes.");
        look_over(network);
}

static void look(Network *network)
{
        int r = -ENOMEM;

        network->due = false;
        network->step = 0;
        network->map = calloc(1, sizeof(*network->map));
        if (network->map)
                r = request_dump(network);
        if (r < 0)
                look_failed(network, r);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        Network *network = userdata;

        if (network->map)
                look_failed(network, -ETIMEDOUT);
        else
                look(network);
        return 0;
}

static void dump_done(Network *network)
{
        int r;

        network->step++;
        if (network->step == ELEMENTSOF(dumps)) {
                network->failures = 0;
                if (network->mapped)
                        network->mapped(network->mapped_userdata, network->map);
                look_over(network);
                return;
        }
        r = request_dump(network);
        if (r < 0)
                look_failed(network, r);
}

/* Of NLMSG_DONE and NLMSG_ERROR, which begin alike: 0 or negative errno. */
static int result_of(const struct nlmsghdr *header)
{
        int result = 0;

        if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(result)))
                memcpy(&result, NLMSG_DATA(header), sizeof(result));
        return MIN_OF(result, 0);
}

static void take_dump(Network *network, const struct nlmsghdr *header)
{
        NetworkLink *link;
        int r;

        if (!network->map || header->nlmsg_seq != network->sequence)
                return;
        if (header->nlmsg_flags & NLM_F_DUMP_INTR)
                look_soon(network);
        switch (header->nlmsg_type) {
        case NLMSG_DONE:
        case NLMSG_ERROR:
                r = result_of(header);
                if (header->nlmsg_type == NLMSG_DONE && r == 0)
                        dump_done(network);
                else
                        look_failed(network, r);
                break;
        default:
                link = network_map_add(network->map, header);
                if (link)
                        network_device_find(link);
        }
}

/* -- News -- */

static bool is_default_route(const struct nlmsghdr *header)
{
        const struct rtmsg *route = NLMSG_DATA(header);

        return header->nlmsg_len >= NLMSG_LENGTH(sizeof(*route)) && route->rtm_dst_len == 0;
}

static News news_of(const struct nlmsghdr *header)
{
        switch (header->nlmsg_type) {
        case RTM_NEWLINK:
        case RTM_DELLINK:
        case RTM_NEWADDR:
        case RTM_DELADDR:
                return NEWS_OF_MAP;
        case RTM_NEWROUTE:
        case RTM_DELROUTE:
                return is_default_route(header) ? NEWS_OF_MAP : NEWS_OTHER;
        default:
                return NEWS_NONE;
        }
}

/* left is signed: behind a last message that is not padded NLMSG_NEXT() takes it below zero. */
static News take_datagram(Network *network, const void *datagram, int left)
{
        News news = NEWS_NONE;

        for (const struct nlmsghdr *header = datagram; NLMSG_OK(header, left);
                header = NLMSG_NEXT(header, left)) {
                if (header->nlmsg_pid == network->port)
                        take_dump(network, header);
                else
                        news = MAX_OF(news, news_of(header));
        }
        return news;
}

/* The next datagram. -1: there is none; else the News, also where some were lost. */
static int receive(Network *network)
{
        _Alignas(struct nlmsghdr) uint8_t datagram[DATAGRAM_SIZE];
        struct sockaddr_nl from = {0};
        socklen_t from_size = sizeof(from);
        ssize_t size;

        size = recvfrom(network->fd, datagram, sizeof(datagram), MSG_DONTWAIT | MSG_TRUNC,
                (struct sockaddr *)&from, &from_size);
        if (size < 0)
                return errno == ENOBUFS ? NEWS_OF_MAP : -1;
        /* Whoever may send to us besides the kernel knows nothing of its news. */
        if (from.nl_pid != 0)
                return NEWS_NONE;
        if ((size_t)size <= sizeof(datagram))
                return take_datagram(network, datagram, (int)size);
        (void)take_datagram(network, datagram, sizeof(datagram));
        return ((const struct nlmsghdr *)datagram)->nlmsg_pid == network->port ? NEWS_NONE : NEWS_OF_MAP;
}

static int on_news(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        Network *network = userdata;
        int r = 0, news = NEWS_NONE;

        for (size_t n = 0; n < DATAGRAMS_MAX && r >= 0; n++) {
                r = receive(network);
                news = MAX_OF(news, r);
        }
        if (news == NEWS_OF_MAP)
                look_soon(network);
        if (news != NEWS_NONE)
                network->changed(network->userdata);
        return 0;
}

static int open_socket(Network *network)
{
        static const struct sockaddr_nl groups = {
                .nl_family = AF_NETLINK,
                .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                             RTMGRP_IPV6_ROUTE,
        };
        struct sockaddr_nl own = {0};
        socklen_t size = sizeof(own);

        network->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
        if (network->fd < 0 || bind(network->fd, (const struct sockaddr *)&groups, sizeof(groups)) < 0 ||
                getsockname(network->fd, (struct sockaddr *)&own, &size) < 0)
                return -errno;
        network->port = own.nl_pid;
        return 0;
}

int network_new(sd_event *event, void (*changed)(void *userdata), void *userdata, Network **ret)
{
        _cleanup_(network_freep) Network *network = calloc(1, sizeof(*network));
        int r;

        if (!network)
                return -ENOMEM;
        network->changed = changed;
        network->userdata = userdata;
        r = open_socket(network);
        if (r >= 0)
                r = sd_event_add_io(event, &network->source, network->fd, EPOLLIN, on_news, network);
        if (r >= 0)
                r = timer_new(event, on_timer, network, "network-look", &network->timer);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(network->source, "network");
        *ret = TAKE_PTR(network);
        return 0;
}

void network_follow(Network *network, void (*mapped)(void *userdata, const NetworkMap *map), void *userdata)
{
        network->mapped = mapped;
        network->mapped_userdata = userdata;
        network->failures = 0;
        if (!mapped) {
                network->due = false;
                if (!network->map)
                        timer_set(network->timer, 0);
        } else if (!network->map)
                look(network);
}

Network *network_free(Network *network)
{
        if (!network)
                return NULL;
        sd_event_source_disable_unref(network->source);
        sd_event_source_disable_unref(network->timer);
        if (network->fd >= 0)
                (void)close(network->fd);
        free(network->map);
        free(network);
        return NULL;
}
