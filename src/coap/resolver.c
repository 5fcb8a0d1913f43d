/* SPDX-License-Identifier: Apache-2.0 */
/* Name resolution off the event loop. */
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/queue.h>

#include "coap/resolver.h"
#include "util/thread.h"

#define WORKER_STACK_SIZE (256 * 1024) /* bytes; glibc itself takes below 64 KiB, NSS modules more */
#define HOST_SIZE         NI_MAXHOST   /* bytes with the NUL: getaddrinfo(3) */

typedef struct Shared Shared;

typedef enum QueryState {
        QUERY_QUEUED,
        QUERY_RUNNING,
        QUERY_ABANDONED, /* cancelled while running: its worker frees it */
        QUERY_DONE,
} QueryState;

struct ResolverQuery {
        TAILQ_ENTRY(ResolverQuery) queries;
        Shared *shared;
        QueryState state;
        char host[HOST_SIZE];
        char port[sizeof("65535")];
        ResolverCallback callback;
        void *userdata;
        int error;
        ResolvedAddress addresses[LIMIT_ADDRESSES];
        size_t n;
};

typedef TAILQ_HEAD(, ResolverQuery) QueryList;

/* What the loop and the workers have in common; a worker that hangs keeps it beyond the Resolver. */
struct Shared {
        pthread_mutex_t mutex;
        unsigned n_ref;
        QueryList queued;
        QueryList done;
        unsigned workers;   /* threads that take queries */
        unsigned abandoned; /* threads that hang with a cancelled one */
        int event_fd;       /* -1: the Resolver is gone */
};

struct Resolver {
        Shared *shared;
        sd_event_source *source;
        bool calling; /* callbacks run, which may free the resolver: the memory stays */
        bool freed;
};

static void query_list_free(QueryList *list)
{
        ResolverQuery *query;

        while ((query = TAILQ_FIRST(list))) {
                TAILQ_REMOVE(list, query, queries);
                free(query);
        }
}

static void shared_free(Shared *shared)
{
        query_list_free(&shared->done); /* of workers that ended after the Resolver */
        (void)pthread_mutex_destroy(&shared->mutex);
        free(shared);
}

/* With the mutex held, which is given back. */
static void shared_unref(Shared *shared)
{
        bool last = --shared->n_ref == 0;

        (void)pthread_mutex_unlock(&shared->mutex);
        if (last)
                shared_free(shared);
}

/* Runs without the mutex; the query is the worker's alone meanwhile, its state aside. */
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

static void query_hand_over(ResolverQuery *query)
{
        uint64_t one = 1;

        query->state = QUERY_DONE;
        TAILQ_INSERT_TAIL(&query->shared->done, query, queries);
        (void)!write(query->shared->event_fd, &one, sizeof(one));
}

/* Ends as soon as nothing is left to do: no thread sleeps while the daemon is idle. */
static void *worker(void *userdata)
{
        Shared *shared = userdata;
        ResolverQuery *query;

        (void)pthread_mutex_lock(&shared->mutex);
        while ((query = TAILQ_FIRST(&shared->queued))) {
                TAILQ_REMOVE(&shared->queued, query, queries);
                query->state = QUERY_RUNNING;
                (void)pthread_mutex_unlock(&shared->mutex);
                query_resolve(query, 0);
                (void)pthread_mutex_lock(&shared->mutex);
                if (query->state == QUERY_ABANDONED) {
                        free(query);
                        shared->abandoned--;
                        shared->workers++;
                } else
                        query_hand_over(query);
        }
        shared->workers--;
        shared_unref(shared);
        return NULL;
}

/* With the mutex held. A worker that has a query may hang with it, so each queued one gets its own as long
 * as there may be more. 0 or negative errno. */
static int shared_start_worker(Shared *shared)
{
        int r;

        if (shared->workers + shared->abandoned >= RESOLVER_THREADS_MAX || TAILQ_EMPTY(&shared->queued))
                return 0;
        r = thread_start(worker, shared, WORKER_STACK_SIZE);
        if (r < 0)
                return r;
        shared->workers++;
        shared->n_ref++;
        return 0;
}

static int on_done(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Resolver *resolver = userdata;
        Shared *shared = resolver->shared;
        ResolverQuery *query;
        uint64_t count;

        (void)!read(fd, &count, sizeof(count));
        resolver->calling = true;
        while (!resolver->freed) {
                (void)pthread_mutex_lock(&shared->mutex);
                query = TAILQ_FIRST(&shared->done);
                if (query)
                        TAILQ_REMOVE(&shared->done, query, queries);
                (void)pthread_mutex_unlock(&shared->mutex);
                if (!query)
                        break;
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
        _cleanup_(resolver_freep) Resolver *resolver = NULL;
        Shared *shared;
        int r;

        resolver = calloc(1, sizeof(*resolver));
        if (!resolver)
                return -ENOMEM;
        shared = calloc(1, sizeof(*shared));
        if (!shared)
                return -ENOMEM;
        (void)pthread_mutex_init(&shared->mutex, NULL);
        TAILQ_INIT(&shared->queued);
        TAILQ_INIT(&shared->done);
        shared->n_ref = 1;
        shared->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        resolver->shared = shared;
        if (shared->event_fd < 0)
                return -errno;
        r = sd_event_add_io(event, &resolver->source, shared->event_fd, EPOLLIN, on_done, resolver);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(resolver->source, "resolver");
        *ret = TAKE_PTR(resolver);
        return 0;
}

Resolver *resolver_free(Resolver *resolver)
{
        Shared *shared;

        if (!resolver)
                return NULL;
        shared = resolver->shared;
        sd_event_source_disable_unref(resolver->source);
        if (shared) {
                (void)pthread_mutex_lock(&shared->mutex);
                closep(&shared->event_fd);
                shared->event_fd = -1;
                query_list_free(&shared->queued);
                query_list_free(&shared->done);
                shared_unref(shared);
        }
        resolver->freed = true;
        if (!resolver->calling)
                free(resolver);
        return NULL;
}

int resolver_query(Resolver *resolver, const char *host, uint16_t port, ResolverCallback callback,
        void *userdata, ResolverQuery **ret)
{
        Shared *shared = resolver->shared;
        ResolverQuery *query;
        int r = 0;

        if (strlen(host) >= HOST_SIZE)
                return -EINVAL;
        query = calloc(1, sizeof(*query));
        if (!query)
                return -ENOMEM;
        query->shared = shared;
        query->callback = callback;
        query->userdata = userdata;
        (void)snprintf(query->host, sizeof(query->host), "%s", host);
        (void)snprintf(query->port, sizeof(query->port), "%u", port);

        /* A literal asks nobody: it must not wait behind a name that hangs. */
        query_resolve(query, AI_NUMERICHOST);
        (void)pthread_mutex_lock(&shared->mutex);
        if (query->error != EAI_NONAME || strchr(host, ':'))
                query_hand_over(query);
        else {
                query->state = QUERY_QUEUED;
                TAILQ_INSERT_TAIL(&shared->queued, query, queries);
                r = shared_start_worker(shared);
                if (r < 0) {
                        TAILQ_REMOVE(&shared->queued, query, queries);
                        free(query);
                }
        }
        (void)pthread_mutex_unlock(&shared->mutex);
        if (r < 0)
                return r;
        *ret = query;
        return 0;
}

void resolver_cancel(ResolverQuery *query)
{
        Shared *shared;

        if (!query)
                return;
        shared = query->shared;
        (void)pthread_mutex_lock(&shared->mutex);
        switch (query->state) {
        case QUERY_QUEUED:
                TAILQ_REMOVE(&shared->queued, query, queries);
                free(query);
                break;
        case QUERY_RUNNING:
                query->state = QUERY_ABANDONED;
                shared->workers--;
                shared->abandoned++;
                (void)shared_start_worker(shared);
                break;
        case QUERY_DONE:
                TAILQ_REMOVE(&shared->done, query, queries);
                free(query);
                break;
        case QUERY_ABANDONED:
                break;
        }
        (void)pthread_mutex_unlock(&shared->mutex);
}
