/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of a host, asked for until there are some. A query that hangs goes on beside the next one:
 * it may have read another /etc/resolv.conf, and it may yet be the one that is answered. Knows no time. */
#pragma once

#include "coap/resolver.h"

/* From the loop. error: 0, there are addresses, no query is left, and it was the last call; else
 * getaddrinfo's EAI_* of a query that failed. May stop the naming. */
typedef void (*NamingCallback)(void *userdata, int error, const ResolvedAddress *addresses, size_t n);

typedef struct Naming {
        Resolver *resolver;
        NamingCallback callback;
        void *userdata;
        const char *host;
        uint16_t port;
        ResolverQuery *first; /* the oldest that runs, or NULL */
        ResolverQuery *again; /* the last one beside it, or NULL */
} Naming;

/* Asks for the first time. All is borrowed until naming_stop() or the callback. 0 or negative errno (nothing
 * was asked). */
int naming_start(Naming *naming, Resolver *resolver, const char *host, uint16_t port,
        NamingCallback callback, void *userdata);

/* Asks anew, in the place of the last query but for the oldest one. 0 or negative errno (what ran goes on).
 */
int naming_again(Naming *naming);

/* No callback comes any more; fine at any time, also before naming_start() on a zeroed one. */
void naming_stop(Naming *naming);
