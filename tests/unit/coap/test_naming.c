/* SPDX-License-Identifier: Apache-2.0 */
/* A name that fails or hangs is asked for again; whichever query is answered first counts, once. */
#include <netdb.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "coap/naming.h"
#include "util/clock.h"

#define QUERIES_MAX 32 /* of all tests: each has its own, so that a thread of one meets none of another */

static sem_t begun;                /* raised by each query */
static sem_t release[QUERIES_MAX]; /* lets the n-th one return */
static int results[QUERIES_MAX];   /* what it returns */
static _Atomic unsigned queries;
static unsigned first; /* of this test */

/* Stands in for the library's: each query of a name waits to be released. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret)
{
        static _Thread_local struct sockaddr_in address;
        static _Thread_local struct addrinfo list;
        unsigned n;

        if (hints->ai_flags & AI_NUMERICHOST)
                return EAI_NONAME;
        n = queries++;
        assert_true(n < QUERIES_MAX);
        (void)sem_post(&begun);
        (void)sem_wait(&release[n]);
        if (results[n] != 0)
                return results[n];
        address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)(1000 + n))};
        list = (struct addrinfo){
                .ai_family = AF_INET, .ai_addr = (struct sockaddr *)&address, .ai_addrlen = sizeof(address)};
        *ret = &list;
        return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
}

typedef struct Bench {
        sd_event *event;
        Resolver *resolver;
        Naming naming;
        unsigned failed, resolved;
        int error;
        unsigned by; /* which query it was */
} Bench;

static void on_named(void *userdata, int error, const ResolvedAddress *addresses, size_t n)
{
        Bench *bench = userdata;

        bench->error = error;
        if (error != 0) {
                bench->failed++;
                return;
        }
        assert_int_equal(n, 1);
        bench->resolved++;
        bench->by = ntohs(((const struct sockaddr_in *)&addresses[0].address)->sin_port) - 1000U - first;
}

static int setup(void **state)
{
        Bench *bench = calloc(1, sizeof(*bench));

        assert_non_null(bench);
        assert_return_code(sd_event_new(&bench->event), 0);
        assert_return_code(resolver_new(bench->event, &bench->resolver), 0);
        first = queries;
        assert_return_code(naming_start(&bench->naming, bench->resolver, "n.test", 1, on_named, bench), 0);
        *state = bench;
        return 0;
}

static int teardown(void **state)
{
        Bench *bench = *state;

        for (size_t i = first; i < queries; i++)
                (void)sem_post(&release[i]);
        naming_stop(&bench->naming);
        (void)resolver_free(bench->resolver);
        sd_event_unref(bench->event);
        free(bench);
        return 0;
}

static void let_go(unsigned n)
{
        (void)sem_post(&release[first + n]);
}

/* Lets the n-th query return and waits for what is told of it. */
static void let_return(Bench *bench, unsigned n, int result)
{
        uint64_t end = clock_boottime(&clock_system) + 5 * USEC_PER_SEC;
        unsigned told = bench->failed + bench->resolved;

        results[first + n] = result;
        let_go(n);
        while (bench->failed + bench->resolved == told) {
                assert_true(clock_boottime(&clock_system) < end);
                assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
        }
}

static void ask_again(Bench *bench)
{
        assert_return_code(naming_again(&bench->naming), 0);
        (void)sem_wait(&begun);
}

static void test_a_failed_name_is_asked_for_again(void **state)
{
        Bench *bench = *state;

        (void)sem_wait(&begun);
        let_return(bench, 0, EAI_AGAIN);
        assert_int_equal(bench->error, EAI_AGAIN);
        ask_again(bench);
        let_return(bench, 1, EAI_NONAME);
        ask_again(bench);
        let_return(bench, 2, 0);
        assert_int_equal(bench->failed, 2);
        assert_int_equal(bench->by, 2);
}

/* The first query may hang with a name server that is gone. */
static void test_a_later_query_overtakes_one_that_hangs(void **state)
{
        Bench *bench = *state;

        (void)sem_wait(&begun);
        ask_again(bench);
        ask_again(bench);
        let_return(bench, 2, 0);
        assert_int_equal(bench->by, 2);
        let_go(0);
        let_go(1);
        assert_return_code(sd_event_run(bench->event, 50 * USEC_PER_MSEC), 0);
        assert_int_equal(bench->resolved, 1);
}

/* It may also be the only one with the time to reach its third name server. */
static void test_the_oldest_query_goes_on(void **state)
{
        Bench *bench = *state;

        (void)sem_wait(&begun);
        ask_again(bench);
        ask_again(bench);
        let_return(bench, 0, 0);
        assert_int_equal(bench->by, 0);
        assert_int_equal(bench->resolved, 1);
}

static void test_nothing_comes_after_the_end(void **state)
{
        Bench *bench = *state;

        (void)sem_wait(&begun);
        ask_again(bench);
        naming_stop(&bench->naming);
        let_go(0);
        let_go(1);
        assert_return_code(sd_event_run(bench->event, 50 * USEC_PER_MSEC), 0);
        assert_int_equal(bench->failed + bench->resolved, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
                T(test_a_failed_name_is_asked_for_again),
                T(test_a_later_query_overtakes_one_that_hangs),
                T(test_the_oldest_query_goes_on),
                T(test_nothing_comes_after_the_end),
        };

        (void)sem_init(&begun, 0, 0);
        for (size_t i = 0; i < QUERIES_MAX; i++)
                (void)sem_init(&release[i], 0, 0);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
