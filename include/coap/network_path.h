/* SPDX-License-Identifier: Apache-2.0 */
/* Which way datagrams leave this machine, as the kernel sees it at this moment. Nothing is sent, and nothing
 * is waited for: the kernel answers in the call. */
#pragma once

#include "coap/resolver.h"

#define NETWORK_ADDRESS_SIZE 16 /* bytes of an IPv6 address; an IPv4 one has 4, and zeros behind */

/* All zero: there is no way. */
typedef struct NetworkPath {
        uint8_t source[NETWORK_ADDRESS_SIZE];  /* the address that the peer sees, but for a NAT */
        uint8_t gateway[NETWORK_ADDRESS_SIZE]; /* zeros: on the link, or not known */
        uint32_t interface;                    /* its index; 0: not known */
        uint32_t link_ups;                     /* how often that link has come up */
} NetworkPath;

/* The way to an address. */
NetworkPath network_path_to(const ResolvedAddress *address);
bool network_path_equal(const NetworkPath *a, const NetworkPath *b);

/* Whether a session from own (sockaddr_in or sockaddr_in6, its port aside) to address can go on: own is one
 * of this machine's addresses, and what is sent does not leave by another link than that of own, when nobody
 * would send it from own any more. True where that cannot be told, and where there is no way at the moment.
 */
bool network_path_is_usable(const struct sockaddr *own, const ResolvedAddress *address);

/* A number for the addresses of this machine (without those of the loopback and link-local ones) and its
 * default routes: where nothing is known of a peer, another number is another network. */
uint64_t network_digest(void);
