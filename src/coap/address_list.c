/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which an attempt tries the addresses of a name. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

#include "coap/address_list.h"

static bool address_equal(const ResolvedAddress *a, const ResolvedAddress *b)
{
        const struct sockaddr_in *a4 = (const struct sockaddr_in *)&a->address;
        const struct sockaddr_in *b4 = (const struct sockaddr_in *)&b->address;
        const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)&a->address;
        const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)&b->address;

        if (a->size == 0 || a->size != b->size || a->address.ss_family != b->address.ss_family)
                return false;
        if (a->address.ss_family == AF_INET)
                return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
        return a->address.ss_family == AF_INET6 && a6->sin6_port == b6->sin6_port &&
               a6->sin6_scope_id == b6->sin6_scope_id &&
               memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
}

void address_list_turn(ResolvedAddress *addresses, size_t n, const ResolvedAddress *last_silent)
{
        ResolvedAddress turned[LIMIT_ADDRESSES];

        assert(n <= LIMIT_ADDRESSES);
        for (size_t i = 0; i < n; i++)
                if (address_equal(&addresses[i], last_silent)) {
                        for (size_t k = 0; k < n; k++)
                                turned[k] = addresses[(i + 1 + k) % n];
                        memcpy(addresses, turned, n * sizeof(*addresses));
                        return;
                }
}

void address_format(const ResolvedAddress *address, char buffer[ADDRESS_TEXT_SIZE])
{
        char host[ADDRESS_TEXT_SIZE - sizeof("[]:65535")], port[sizeof("65535")];
        bool ipv6 = address->address.ss_family == AF_INET6;

        buffer[0] = 0;
        if (getnameinfo((const struct sockaddr *)&address->address, address->size, host, sizeof(host), port,
                    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM) == 0)
                (void)snprintf(buffer, ADDRESS_TEXT_SIZE, ipv6 ? "[%s]:%s" : "%s:%s", host, port);
}

int address_check_route(const ResolvedAddress *address)
{
        _cleanup_(closep) int fd = -1;

        fd = socket(address->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (const struct sockaddr *)&address->address, address->size) < 0)
                return -errno;
        return 0;
}

bool address_is_literal(const char *text)
{
        struct in6_addr address;

        return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}
