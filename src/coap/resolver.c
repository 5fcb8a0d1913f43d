/* SPDX-License-Identifier: Apache-2.0 */
/* Name resolution off the event loop. */
#include <netdb.h>
#include <stdio.h>

#include "coap/resolver.h"
#include "util/workers.h"

#define WORKER_STACK_SIZE (256 * 1024) /* bytes; glibc itself takes below 64 KiB, NSS modules more */
#define HOST_SIZE         NI_MAXHOST   /* bytes with the NUL: getaddrinfo(3) */

struct ResolverQuery {
        Job job;
        char host[HOST_SIZE];
        char port[sizeof("65535")];
        ResolverCallback callback;
        void *userdata;
        int error;
        ResolvedAddress addresses[LIMIT_ADDRESSES];
        size_t n;
};

struct Resolver {
        Workers *workers;
        sd_event_source *source;
        bool calling; /* callbacks run, which may free the resolver: the memory stays */
        bool freed;
};

static void query_resolve(ResolverQuery *query, int flags)
{
        struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV | flags},
                        *list = NULL;

        query->n = 0;
        query->error = getaddrinfo(query->host, query->port, &hints, &list);
        if (query->error != 0)
                return;
        for (struct addrinfo *i = list; i && query->n < LIMIT_ADDRESSES; i = i->ai_next)
                if (i->ai_family == AF_INET || i->ai_family == AF_INET6) {
                        memcpy(&query->addresses[query->n].address, i->ai_addr, i->ai_addrlen);
                        query->addresses[query->n++].size = i->ai_addrlen;
                }
        freeaddrinfo(list);
        if (query->n == 0)
                query->error = EAI_NONAME;
}

static void query_run(Job *job)
{
        query_resolve((ResolverQuery *)job, 0);
}

static int on_done(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Resolver *resolver = userdata;
        ResolverQuery *query;

        resolver->calling = true;
        while (!resolver->freed && (query = (ResolverQuery *)workers_take(resolver->workers))) {
                query->callback(query->userdata, query->error, query->addresses, query->n);
                free(query);
        }
        resolver->calling = false;
        if (resolver->freed)
                free(resolver);
        return 0;
}

int resolver_new(sd_event *event, Resolver **ret)
{
        _cleanup_(resolver_freep) Resolver *resolver = calloc(1, sizeof(*resolver));
        int r;

        if (!resolver)
                return -ENOMEM;
        r = workers_new(RESOLVER_THREADS_MAX, WORKER_STACK_SIZE, &resolver->workers);
        if (r < 0)
                return r;
        r = sd_event_add_io(
                event, &resolver->source, workers_fd(resolver->workers), EPOLLIN, on_done, resolver);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(resolver->source, "resolver");
        *ret = TAKE_PTR(resolver);
        return 0;
}

Resolver *resolver_free(Resolver *resolver)
{
        if (!resolver)
                return NULL;
        resolver->source = sd_event_source_disable_unref(resolver->source);
        resolver->workers = workers_free(resolver->workers);
        resolver->freed = true;
        if (!resolver->calling)
                free(resolver);
        return NULL;
}

int resolver_query(Resolver *resolver, const char *host, uint16_t port, ResolverCallback callback,
        void *userdata, ResolverQuery **ret)
{
        ResolverQuery *query;
        int r;

        if (strlen(host) >= HOST_SIZE)
                return -EINVAL;
        query = calloc(1, sizeof(*query));
        if (!query)
                return -ENOMEM;
        query->job.run = query_run;
        query->callback = callback;
        query->userdata = userdata;
        (void)snprintf(query->host, sizeof(query->host), "%s", host);
        (void)snprintf(query->port, sizeof(query->port), "%u", port);

        /* A literal asks nobody: it must not wait behind a name that hangs. */
        query_resolve(query, AI_NUMERICHOST);
        if (query->error != EAI_NONAME || strchr(host, ':'))
                workers_add_done(resolver->workers, &query->job);
        else {
                r = workers_add(resolver->workers, &query->job);
                if (r < 0) {
                        free(query);
                        return r;
                }
        }
        *ret = query;
        return 0;
}

void resolver_cancel(ResolverQuery *query)
{
        workers_cancel((Job *)query);
}
