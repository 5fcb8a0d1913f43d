/* SPDX-License-Identifier: Apache-2.0 */
/* Names off the loop: a getaddrinfo() that hangs, results that come too late, literals that ask nobody. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "coap/resolver.h"
#include "util/clock.h"

static sem_t hanging;  /* raised when a worker has begun to hang */
static sem_t release;  /* each ends one of them */
static sem_t released; /* raised when one has ended */
static pthread_t main_thread;

/* Stands in for the library's: "hang" does, "n.test" has ten addresses, the rest is unknown; literals are
 * the real one's. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret)
{
        static _Thread_local struct sockaddr_in addresses[10];
        static _Thread_local struct addrinfo list[10];
        struct in_addr literal = {0};
        size_t n = strcmp(host, "n.test") == 0 ? 10 : 1;

        if (hints->ai_flags & AI_NUMERICHOST) {
                if (inet_pton(AF_INET, host, &literal) != 1)
                        return EAI_NONAME;
        } else {
                assert_false(pthread_equal(pthread_self(), main_thread));
                if (strcmp(host, "hang") == 0) {
                        (void)sem_post(&hanging);
                        (void)sem_wait(&release);
                        (void)sem_post(&released);
                        return EAI_AGAIN;
                }
                if (n == 1)
                        return EAI_NONAME;
        }
        for (size_t i = 0; i < n; i++) {
                addresses[i] = (struct sockaddr_in){.sin_family = AF_INET,
                        .sin_addr.s_addr = n == 1 ? literal.s_addr : htonl(0x7f000001 + (uint32_t)i),
                        .sin_port = htons((uint16_t)atoi(port))};
                list[i] = (struct addrinfo){.ai_family = AF_INET,
                        .ai_addr = (struct sockaddr *)&addresses[i],
                        .ai_addrlen = sizeof(addresses[i]),
                        .ai_next = i + 1 < n ? &list[i + 1] : NULL};
        }
        *ret = list;
        return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
}

typedef struct Bench {
        sd_event *event;
        Resolver *resolver;
        unsigned called;
        int error;
        size_t n;
        struct sockaddr_in first;
        bool free_resolver;
} Bench;

static void on_result(void *userdata, int error, const ResolvedAddress *addresses, size_t n)
{
        Bench *bench = userdata;

        bench->called++;
        bench->error = error;
        bench->n = n;
        if (n > 0)
                memcpy(&bench->first, &addresses[0].address, sizeof(bench->first));
        if (bench->free_resolver)
                bench->resolver = resolver_free(bench->resolver);
}

static int setup(void **state)
{
        Bench *bench = calloc(1, sizeof(*bench));

        main_thread = pthread_self();
        assert_non_null(bench);
        assert_return_code(sd_event_new(&bench->event), 0);
        assert_return_code(resolver_new(bench->event, &bench->resolver), 0);
        *state = bench;
        return 0;
}

static int teardown(void **state)
{
        Bench *bench = *state;

        (void)resolver_free(bench->resolver);
        sd_event_unref(bench->event);
        free(bench);
        return 0;
}

static ResolverQuery *query(Bench *bench, const char *host)
{
        ResolverQuery *result;

        assert_return_code(resolver_query(bench->resolver, host, 5683, on_result, bench, &result), 0);
        return result;
}

/* Waited for: else a thread of the next test could be the one to go. */
static void release_hanging(size_t n)
{
        for (size_t i = 0; i < n; i++)
                (void)sem_post(&release);
        for (size_t i = 0; i < n; i++)
                (void)sem_wait(&released);
}

static void run(Bench *bench, unsigned called)
{
        uint64_t end = clock_boottime(&clock_system) + 5 * USEC_PER_SEC;

        while (bench->called < called) {
                assert_true(clock_boottime(&clock_system) < end);
                assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
        }
}

static void test_name(void **state)
{
        Bench *bench = *state;

        (void)query(bench, "n.test");
        assert_int_equal(bench->called, 0);
        run(bench, 1);
        assert_int_equal(bench->error, 0);
        assert_int_equal(bench->n, LIMIT_ADDRESSES);
        assert_int_equal(ntohs(bench->first.sin_port), 5683);
        (void)query(bench, "nobody");
        run(bench, 2);
        assert_int_equal(bench->error, EAI_NONAME);
}

/* Literals and other names pass a name that hangs. */
static void test_hanging_name(void **state)
{
        Bench *bench = *state;
        ResolverQuery *hang = query(bench, "hang");

        (void)sem_wait(&hanging);
        (void)query(bench, "127.0.0.2");
        run(bench, 1);
        assert_int_equal(ntohl(bench->first.sin_addr.s_addr), 0x7f000002);
        (void)query(bench, "n.test");
        run(bench, 2);
        assert_int_equal(bench->n, LIMIT_ADDRESSES);
        resolver_cancel(hang);
        release_hanging(1);
}

/* The number of threads is bounded; one that comes back after all goes on with what waits. */
static void test_many_hanging_names(void **state)
{
        Bench *bench = *state;

        for (size_t i = 0; i < RESOLVER_THREADS_MAX; i++) {
                ResolverQuery *hang = query(bench, "hang");

                (void)sem_wait(&hanging);
                resolver_cancel(hang);
        }
        (void)query(bench, "n.test");
        assert_return_code(sd_event_run(bench->event, 50 * USEC_PER_MSEC), 0);
        assert_int_equal(bench->called, 0);
        release_hanging(1);
        run(bench, 1);
        release_hanging(RESOLVER_THREADS_MAX - 1);
}

static void test_cancelled_queries(void **state)
{
        Bench *bench = *state;
        ResolverQuery *hang = query(bench, "hang"), *waiting, *literal;

        (void)sem_wait(&hanging);
        waiting = query(bench, "n.test");
        literal = query(bench, "127.0.0.1");
        resolver_cancel(waiting);
        resolver_cancel(literal);
        resolver_cancel(hang);
        resolver_cancel(NULL);
        release_hanging(1);
        assert_return_code(sd_event_run(bench->event, 50 * USEC_PER_MSEC), 0);
        assert_int_equal(bench->called, 0);
}

/* Freeing waits for nobody. */
static void test_freed_while_a_name_hangs(void **state)
{
        Bench *bench = *state;
        ResolverQuery *hang = query(bench, "hang");

        (void)sem_wait(&hanging);
        resolver_cancel(hang);
        bench->resolver = resolver_free(bench->resolver);
        release_hanging(1);
}

/* Its late result belongs to nobody: the sanitizer sees whether it is freed. */
static void test_freed_while_a_query_runs(void **state)
{
        Bench *bench = *state;

        (void)query(bench, "hang");
        (void)sem_wait(&hanging);
        bench->resolver = resolver_free(bench->resolver);
        release_hanging(1);
        assert_int_equal(bench->called, 0);
}

static void test_freed_in_a_callback(void **state)
{
        Bench *bench = *state;

        bench->free_resolver = true;
        (void)query(bench, "127.0.0.1");
        (void)query(bench, "127.0.0.2");
        run(bench, 1);
        assert_null(bench->resolver);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
                T(test_name),
                T(test_hanging_name),
                T(test_many_hanging_names),
                T(test_cancelled_queries),
                T(test_freed_while_a_name_hangs),
                T(test_freed_while_a_query_runs),
                T(test_freed_in_a_callback),
        };

        (void)sem_init(&hanging, 0, 0);
        (void)sem_init(&release, 0, 0);
        (void)sem_init(&released, 0, 0);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
