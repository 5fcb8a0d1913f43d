/* SPDX-License-Identifier: Apache-2.0 */
/* client/history: series, attempts, operations, and their times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "client/history.h"

#define NOW (1700000000 * USEC_PER_SEC)
#define URI "coap://bs.example.org"

static const Response changed = {.code = CODE_CHANGED};

static History *new_history(void)
{
        History *history = calloc(1, sizeof(*history));

        assert_non_null(history);
        return history;
}

static void free_history(History *history)
{
        history_done(history);
        assert_int_equal(history->n, 0);
        free(history);
}

static Request request_of(Method method, const char *segment)
{
        Request request = REQUEST_INIT;

        request.method = method;
        assert_int_equal(texts_add(&request.path, segment), 0);
        return request;
}

static void ask(History *history, const char *path, uint64_t now)
{
        Request request = request_of(METHOD_POST, path);

        history_ask(history, &request, now);
        request_done(&request);
}

static void operate(History *history, Method method, const char *path, size_t sent, Response response,
        uint64_t start, uint64_t now)
{
        Request request = request_of(method, path);

        request.payload_size = sent; /* nobody looks at the bytes */
        history_operation(history, &request, &response, start, now);
        request.payload_size = 0;
        request_done(&request);
}

/* "POST /bs 2.04 0", with the duration in ms behind it. */
static void assert_operation(const HistorySeries *series, size_t place, const char *wanted)
{
        const HistoryOperation *operation = &series->operations[place];
        char found[128];

        assert_true(place < series->n_operations);
        (void)snprintf(found, sizeof(found), "%s %s %u.%02u %u %llu",
                method_to_string((Method)operation->method), operation->path, CODE_ARGS(operation->code),
                operation->payload, (unsigned long long)(operation->duration / USEC_PER_MSEC));
        assert_string_equal(found, wanted);
}

static void begin(History *history, uint64_t now)
{
        history_begin(history, TRIGGER_NO_ACCOUNT, URI, now);
        history_attempt(history, true);
}

static void test_a_bootstrap(void **state)
{
        History *history = new_history();
        const HistorySeries *series;

        history_begin(history, TRIGGER_SERVER_REQUEST, URI, NOW);
        series = history_running(history);
        assert_non_null(series);
        assert_string_equal(history_result(series), "running");
        history_attempt(history, true);
        ask(history, "bs", NOW + 1000);
        /* The server may begin before its 2.04 arrives. */
        operate(history, METHOD_DELETE, "0", 0, (Response){.code = CODE_DELETED}, NOW + 2000, NOW + 3000);
        history_answered(history, &changed, NOW + 5000);
        operate(history, METHOD_PUT, "1", 70000, changed, NOW + 6000, NOW + 16000);
        operate(history, METHOD_GET, "1", 3, (Response){.code = CODE_CONTENT, .payload_size = 99}, NOW, NOW);
        operate(history, METHOD_GET, "2", 0, (Response){.code = CODE_NOT_FOUND, .payload_size = 7}, NOW,
                NOW);
        operate(history, METHOD_POST, "bs", 0, changed, NOW + 20000, NOW + 20000);
        history_prolong(history, NOW + 45000);
        history_end(history, HISTORY_FINISHED, NULL, NOW + 50000);

        assert_null(history_running(history));
        assert_int_equal(history->n, 1);
        assert_int_equal(series->trigger, TRIGGER_SERVER_REQUEST);
        assert_string_equal(history_result(series), "finished");
        assert_string_equal(series->server, URI);
        assert_null(series->sentence);
        assert_int_equal(series->attempts, 1);
        assert_true(series->start == NOW && series->end == NOW + 50000);
        assert_int_equal(series->n_operations, 6);
        assert_operation(series, 0, "POST /bs 2.04 0 4");
        assert_operation(series, 1, "DELETE /0 2.02 0 1");
        assert_operation(series, 2, "PUT /1 2.04 70000 10");
        assert_operation(series, 3, "GET /1 2.05 99 0");
        assert_operation(series, 4, "GET /2 4.04 0 0");
        assert_operation(series, 5, "POST /bs 2.04 0 25");
        free_history(history);
}

static void test_operations_are_those_of_the_last_attempt(void **state)
{
        History *history = new_history();
        const HistorySeries *series;
        Failure failure;

        begin(history, NOW);
        series = history_running(history);
        ask(history, "bs", NOW);
        ask(history, "bs", NOW + 93 * USEC_PER_SEC); /* at the next address */
        assert_operation(series, 0, "POST /bs 0.00 0 93000");
        history_answered(history, NULL, NOW + 100 * USEC_PER_SEC);
        assert_operation(series, 1, "POST /bs 0.00 0 7000");
        failure_set(&failure, FAILURE_TIMEOUT, "Nobody answers.");
        history_failed(history, &failure);
        assert_string_equal(series->sentence, "Nobody answers.");
        history_attempt(history, true);
        assert_int_equal(series->n_operations, 0);
        history_attempt(history, false); /* the same once more */
        ask(history, "bs", NOW);
        failure_set(&failure, FAILURE_BOOTSTRAP_REJECTED, "It said no.");
        history_failed(history, &failure);
        history_end(history, HISTORY_FAILED, "not this", NOW);
        assert_int_equal(series->attempts, 2);
        assert_string_equal(history_result(series), "BootstrapRejected");
        assert_string_equal(series->sentence, "It said no.");
        assert_int_equal(series->n_operations, 1);
        free_history(history);
}

static void test_a_finished_series_has_no_sentence(void **state)
{
        History *history = new_history();
        Failure failure;

        begin(history, NOW);
        failure_set(&failure, FAILURE_TIMEOUT, "Nobody answers.");
        history_failed(history, &failure);
        history_end(history, HISTORY_FINISHED, NULL, NOW);
        assert_null(history->series[0]->sentence);
        begin(history, NOW);
        history_failed(history, &failure);
        history_end(history, HISTORY_ABORTED, "Somebody wanted it.", NOW);
        assert_string_equal(history_result(history->series[0]), "aborted");
        assert_string_equal(history->series[0]->sentence, "Somebody wanted it.");
        free_history(history);
}

static void test_without_an_attempt_nothing_is_remembered(void **state)
{
        History *history = new_history();

        history_begin(history, TRIGGER_METHOD, URI, NOW);
        assert_non_null(history_running(history)); /* hold-off is seen */
        history_end(history, HISTORY_ABORTED, "Somebody wanted it.", NOW);
        assert_int_equal(history->n, 0);

        /* And what is told without a series is told to nobody. */
        history_attempt(history, true);
        ask(history, "bs", NOW);
        history_answered(history, &changed, NOW);
        operate(history, METHOD_PUT, "0", 1, changed, NOW, NOW);
        history_prolong(history, NOW);
        history_end(history, HISTORY_FINISHED, NULL, NOW);
        assert_int_equal(history->n, 0);
        free_history(history);
}

static void test_twenty_series_newest_first(void **state)
{
        History *history = new_history();

        for (uint64_t i = 1; i <= HISTORY_SERIES_MAX + 5; i++) {
                begin(history, i);
                history_end(history, HISTORY_FINISHED, NULL, i);
        }
        assert_int_equal(history->n, HISTORY_SERIES_MAX);
        for (size_t i = 0; i < HISTORY_SERIES_MAX; i++)
                assert_true(history->series[i]->start == HISTORY_SERIES_MAX + 5 - i);
        free_history(history);
}

/* The first one, how it began, and the last ones, how it ended; answers find their requests. */
static void test_sixty_four_operations(void **state)
{
        for (size_t asked_after = 0; asked_after < 3; asked_after++) {
                History *history = new_history();
                const HistorySeries *series;
                const size_t n = 5 * HISTORY_OPERATIONS_MAX;

                begin(history, NOW);
                series = history_running(history);
                for (size_t i = 0; i < n; i++) {
                        char path[16];

                        if (i == asked_after)
                                ask(history, "bs", NOW);
                        (void)snprintf(path, sizeof(path), "%zu", i);
                        operate(history, METHOD_PUT, path, i, changed, NOW, NOW);
                        assert_true(series->n_operations <= HISTORY_OPERATIONS_MAX);
                }
                history_answered(history, &changed, NOW + 1000);
                assert_int_equal(series->n_operations, HISTORY_OPERATIONS_MAX);
                assert_int_equal(series->operation_count, n + 1);
                if (asked_after == 0)
                        assert_operation(series, 0, "POST /bs 2.04 0 1");
                else {
                        assert_operation(series, 0, "PUT /0 2.04 0 0");
                        assert_operation(series, 1, "POST /bs 2.04 0 1");
                }
                assert_operation(series, HISTORY_OPERATIONS_MAX - 1, "PUT /319 2.04 319 0");
                free_history(history);
        }
}

static void test_paths_are_printable_and_cut(void **state)
{
        History *history = new_history();
        const HistorySeries *series;

        begin(history, NOW);
        series = history_running(history);
        operate(history, METHOD_PUT, "a\nb", 0, changed, NOW, NOW);
        assert_operation(series, 0, "PUT /a b 2.04 0 0");
        operate(history, METHOD_PUT, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa4", 0, changed, NOW, NOW);
        assert_operation(series, 1, "PUT /aaaaaaaaaaaaaaaaaaaaaaaaaaaaa 2.04 0 0");
        free_history(history);
}

static void test_times_move_with_the_clock(void **state)
{
        History *history = new_history();

        begin(history, NOW);
        ask(history, "bs", NOW + 1000);
        history_end(history, HISTORY_ABORTED, "", NOW + 2000);
        begin(history, NOW + 3000);
        history->series[1]->this_boot = false;
        history_shift(history, -1000000);
        assert_true(history->series[1]->start == NOW);
        history->series[1]->this_boot = true;
        history_shift(history, 500000);
        assert_true(history->series[1]->start == NOW + 500000);
        assert_true(history->series[1]->end == NOW + 502000);
        assert_true(history->series[1]->operations[0].start == NOW + 501000);
        assert_true(history->series[1]->operations[0].duration == 1000);
        assert_true(history->series[0]->start == NOW - 497000);
        assert_true(history->series[0]->end == 0); /* still on */
        free_history(history);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_bootstrap),
                cmocka_unit_test(test_operations_are_those_of_the_last_attempt),
                cmocka_unit_test(test_a_finished_series_has_no_sentence),
                cmocka_unit_test(test_without_an_attempt_nothing_is_remembered),
                cmocka_unit_test(test_twenty_series_newest_first),
                cmocka_unit_test(test_sixty_four_operations),
                cmocka_unit_test(test_paths_are_printable_and_cut),
                cmocka_unit_test(test_times_move_with_the_clock),
        };

        return cmocka_run_group_tests_name("client/history", tests, NULL, NULL);
}
