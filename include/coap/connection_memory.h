/* SPDX-License-Identifier: Apache-2.0 */
/* What the last attempt at an account leaves for the next one: where to start, and by which way the last one
 * went. */
#pragma once

#include "coap/network_path.h"

/* The caller keeps it over attempts, zeroed at first. */
typedef struct ConnectionMemory {
        ResolvedAddress last_silent; /* the next attempt starts behind it; size 0: none */
        struct {
                ResolvedAddress address;
                NetworkPath path;
        } tried[LIMIT_ADDRESSES]; /* by the last attempt */
        size_t n_tried;
        uint16_t port;    /* of our end in the last attempt, network byte order; 0: there was none */
        uint64_t network; /* network_digest() when it began, or when the memory was renewed */
} ConnectionMemory;

/* Of another account, or as an attempt begins: nothing is tried yet, last_silent stays. */
void connection_memory_renew(ConnectionMemory *memory);

/* An address is tried now; the one that was noted last: once more, in its own place. */
void connection_memory_note(ConnectionMemory *memory, const ResolvedAddress *address);

/* A socket at the port of the last attempt: while it is open, a new one gets another port. A server may
 * still know that port and what came from it, and answer out of its memory (RFC 7252, 4.5). family: AF_INET
 * or AF_INET6. The caller closes it; -1: there was no attempt, or its port is taken anyway. */
int connection_memory_hold_port(const ConnectionMemory *memory, int family);

/* The network is another one than for the last attempt: the way to one of the addresses that it has tried,
 * or, where it has got to none, anything that may lead to a name server or an address. */
bool connection_memory_differs(const ConnectionMemory *memory);

/* The same of the address that was noted last alone. False: none was. */
bool connection_memory_way_differs(const ConnectionMemory *memory);
