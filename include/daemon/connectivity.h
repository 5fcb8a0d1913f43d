/* SPDX-License-Identifier: Apache-2.0 */
/* What Connectivity Monitoring (/4) says of the machine's network: links, addresses and default routes as a
 * server is told of them. */
#pragma once

#include <netinet/in.h>

#include "daemon/network_map.h"
#include "lwm2m/ids.h"

typedef struct ConnectivityTexts {
        char items[LIMIT_LINK_TEXTS][INET6_ADDRSTRLEN];
        size_t n;
} ConnectivityTexts;

/* Two are equal where their bytes are. */
typedef struct Connectivity {
        NetworkBearer bearer;                   /* /4/0/0 */
        NetworkBearer available[LIMIT_BEARERS]; /* /4/0/1, ascending, bearer among them */
        size_t n_available;
        ConnectivityTexts addresses; /* /4/0/4 */
        ConnectivityTexts routers;   /* /4/0/5 */
} Connectivity;

/* The link in use is that of the best default route (lowest metric, IPv4 before IPv6), without one the first
 * that has more than link-local addresses; a tunnel is passed over, as what it runs over is the bearer.
 * Where there is none but the loopback: Ethernet, and the loopback's addresses. Addresses: link-local ones
 * last, those of the link in use first, IPv4 before IPv6. Routers: those of default routes, the best first.
 */
void connectivity_read(const NetworkMap *map, Connectivity *ret);

/* By ARPHRD_... and DEVTYPE. The kernel knows no more of a modem than that it is one; LTE is what most are.
 */
NetworkBearer connectivity_bearer(const NetworkLink *link);

/* Calls changed for each Resource of /4/0 whose value differs. */
void connectivity_compare(const Connectivity *a, const Connectivity *b,
        void (*changed)(void *userdata, uint16_t resource), void *userdata);
