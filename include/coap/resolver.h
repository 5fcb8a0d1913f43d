/* SPDX-License-Identifier: Apache-2.0 */
/* Name resolution off the event loop: getaddrinfo in worker threads (design.md section 3, rule 9). */
#pragma once

#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "lwm2m/limits.h"
#include "util/macro.h"

/* At once: two for each account, so that a name that hangs keeps neither another one waiting nor its own
 * next query; those included whose query was cancelled while they hung. */
#define RESOLVER_THREADS_MAX (2 * (LIMIT_SERVER_ACCOUNTS + 1))

typedef struct Resolver Resolver;
typedef struct ResolverQuery ResolverQuery;

typedef struct ResolvedAddress {
        struct sockaddr_storage address;
        socklen_t size;
} ResolvedAddress;

/* error: 0, or getaddrinfo's EAI_*; addresses in its order, at most LIMIT_ADDRESSES. Called from the loop,
 * once. */
typedef void (*ResolverCallback)(void *userdata, int error, const ResolvedAddress *addresses, size_t n);

/* 0 or negative errno; no thread yet. Freeing never waits for one: a late result is dropped. */
int resolver_new(sd_event *event, Resolver **ret);
Resolver *resolver_free(Resolver *resolver);
DEFINE_CLEANUP(Resolver *, resolver_free)

/* Resolves host (name or literal, without brackets; scope as "%eth0") and port for UDP. The query is valid
 * until the callback has run or it is cancelled. 0 or negative errno. */
int resolver_query(Resolver *resolver, const char *host, uint16_t port, ResolverCallback callback,
        void *userdata, ResolverQuery **ret);
void resolver_cancel(ResolverQuery *query); /* NULL is fine */
