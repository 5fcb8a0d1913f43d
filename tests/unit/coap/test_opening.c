/* SPDX-License-Identifier: Apache-2.0 */
/* No wait without an end: an event source that cannot be made fails the connection at once or by its
 * handler, and whatever is waited for later has its source from the beginning. */
#include "peer.h"

static unsigned made, broken; /* sources made so far; the one that fails, 0: none */

static bool is_broken(void)
{
        return ++made == broken;
}

int __real_sd_event_add_time(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
        uint64_t accuracy, sd_event_time_handler_t callback, void *userdata);
int __wrap_sd_event_add_time(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
        uint64_t accuracy, sd_event_time_handler_t callback, void *userdata);
int __wrap_sd_event_add_time(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
        uint64_t accuracy, sd_event_time_handler_t callback, void *userdata)
{
        return is_broken() ? -ENOMEM
                           : __real_sd_event_add_time(event, ret, clock, usec, accuracy, callback, userdata);
}

int __real_sd_event_add_defer(
        sd_event *event, sd_event_source **ret, sd_event_handler_t callback, void *userdata);
int __wrap_sd_event_add_defer(
        sd_event *event, sd_event_source **ret, sd_event_handler_t callback, void *userdata);
int __wrap_sd_event_add_defer(
        sd_event *event, sd_event_source **ret, sd_event_handler_t callback, void *userdata)
{
        return is_broken() ? -ENOMEM : __real_sd_event_add_defer(event, ret, callback, userdata);
}

int __real_sd_event_add_io(sd_event *event, sd_event_source **ret, int fd, uint32_t events,
        sd_event_io_handler_t callback, void *userdata);
int __wrap_sd_event_add_io(sd_event *event, sd_event_source **ret, int fd, uint32_t events,
        sd_event_io_handler_t callback, void *userdata);
int __wrap_sd_event_add_io(sd_event *event, sd_event_source **ret, int fd, uint32_t events,
        sd_event_io_handler_t callback, void *userdata)
{
        return is_broken() ? -ENOMEM : __real_sd_event_add_io(event, ret, fd, events, callback, userdata);
}

static int open_now(Bench *bench)
{
        Request opening = REQUEST_INIT;
        char uri[64];

        opening.method = METHOD_POST;
        (void)snprintf(uri, sizeof(uri), "coap://127.0.0.1:%u", bench->port);
        return connection_open(bench->event, &clock_system, bench->resolver,
                &(ConnectionSettings){.uri = uri,
                        .credential = &(Credential){.mode = SECURITY_MODE_NOSEC},
                        .coap = BENCH_COAP,
                        .peer_kind = "Bootstrap Server"},
                &bench->memory, &opening, &bench_handler, bench, &bench->connection);
}

static void test_source_that_cannot_be_made(void **state)
{
        Bench *bench = *state;
        unsigned n;

        bench->script = bench_accept;
        for (n = 1;; n++) {
                unsigned failed = bench->failed, answered = bench->answered;
                uint64_t end = bench_now() + 10 * USEC_PER_SEC;
                int r;

                bench->n_got = 0;
                made = 0;
                broken = n;
                r = open_now(bench);
                if (r < 0) {
                        assert_int_equal(r, -ENOMEM);
                        assert_null(bench->connection);
                        continue;
                }
                while (bench->failed == failed && bench->answered == answered) {
                        assert_true(bench_now() < end);
                        assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
                }
                if (bench->failed == failed)
                        break;
                assert_int_equal(bench->failure.name, FAILURE_CONNECTION_LOST);
                assert_non_null(strstr(bench->failure.sentence, "Cannot allocate memory"));
        }
        broken = 0;
        assert_int_equal(n, made + 1); /* each was the one that failed */
        assert_true(n > 4);
}

/* Of whatever comes once it is open: an answer, silence, the end. */
static void test_nothing_is_made_later(void **state)
{
        Bench *bench = *state;
        Request request = REQUEST_INIT;

        bench_connect(bench);
        made = 0;
        request.method = METHOD_POST;
        connection_request(bench->connection, &request, bench_answer_received, bench);
        bench_run(bench, &bench->unanswered, 1);
        connection_request(bench->connection, &request, bench_answer_received, bench);
        bench_run_datagrams(bench, bench->n_got + 1);
        bench_answer(bench, bench_last(bench), CODE_CHANGED);
        bench_run(bench, &bench->answers, 1);
        for (unsigned i = 0; i < 17; i++) /* one more than may wait: it fails, from the loop */
                connection_request(bench->connection, &request, bench_answer_received, bench);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(made, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(
                        test_source_that_cannot_be_made, bench_setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_nothing_is_made_later, bench_setup, bench_teardown),
        };
        int r;

        connection_global_init();
        r = cmocka_run_group_tests(tests, NULL, NULL);
        connection_global_done();
        return r;
}
