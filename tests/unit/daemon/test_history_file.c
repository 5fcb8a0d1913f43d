/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/history_file: the format byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "daemon/history_file.h"
#include "util/crypto.h"

#define NOW (1700000000 * USEC_PER_SEC)

/* Of the header, as the format has it. */
#define VERSION_AT 8
#define HEADER     (8 + 2 + 8 + HISTORY_FILE_BOOT + 8 + 8 + 1)

static void operate(History *history, const char *path, uint64_t now)
{
        Request request = {.method = METHOD_PUT, .path = {.items = {(char *)path}, .n = 1}};

        history_operation(history, &request, &(Response){.code = CODE_CHANGED}, now, now + 100);
}

/* Finished, failed, aborted, and one that is on. */
static void fill(History *history)
{
        Failure failure;

        for (size_t i = 0; i < 4; i++) {
                history_begin(history, (BootstrapTrigger)i, "coap://bs.example.org", NOW + i);
                history_attempt(history, true);
                for (size_t j = 0; j < 3 * i; j++)
                        operate(history, "0", NOW + j);
                failure_set(&failure, FAILURE_SERVER_SILENT, "Nothing came: ä.");
                history_failed(history, &failure);
                if (i < 3)
                        history_end(history, (HistoryResult)(HISTORY_FINISHED + i), "Somebody wanted it.",
                                NOW + 10 + i);
        }
        history->series[3]->this_boot = false;
}

static void assert_same(const History *a, const History *b)
{
        assert_int_equal(a->n, b->n);
        for (size_t i = 0; i < a->n; i++) {
                const HistorySeries *x = a->series[i], *y = b->series[i];

                assert_true(x->start == y->start && x->end == y->end && x->this_boot == y->this_boot);
                assert_int_equal(x->trigger, y->trigger);
                assert_string_equal(history_result(x), history_result(y));
                assert_int_equal(x->attempts, y->attempts);
                assert_string_equal(x->server, y->server);
                assert_string_equal(x->sentence ?: "", y->sentence ?: "");
                assert_int_equal(x->operation_count, y->operation_count);
                assert_int_equal(x->n_operations, y->n_operations);
                for (size_t j = 0; j < x->n_operations; j++)
                        assert_memory_equal(&x->operations[j], &y->operations[j], sizeof(HistoryOperation));
        }
}

static void round_trip(const HistoryFile *file)
{
        HistoryFile again = {.version = 0};
        uint8_t *data = NULL;
        size_t size = 0;

        assert_int_equal(history_file_encode(file, &data, &size), 0);
        assert_int_equal(history_file_decode(data, size, &again), 0);
        assert_int_equal(again.version, HISTORY_FILE_VERSION);
        assert_true(again.epoch == file->epoch && again.offset == file->offset &&
                    again.written == file->written);
        assert_memory_equal(again.boot, file->boot, HISTORY_FILE_BOOT);
        assert_same(&file->history, &again.history);
        history_done(&again.history);
        free(data);
}

static void test_round_trip(void **state)
{
        HistoryFile file = {.epoch = 7, .boot = {1, 2, 3}, .offset = -5, .written = NOW};

        round_trip(&file);
        fill(&file.history);
        round_trip(&file);
        history_done(&file.history);
}

/* The longest of everything. */
static void test_largest(void **state)
{
        char uri[LIMIT_URI_SIZE + 10], sentence[FAILURE_SENTENCE_SIZE + 10], path[HISTORY_PATH_SIZE + 10];
        HistoryFile file = {.offset = INT64_MIN, .epoch = UINT64_MAX, .written = UINT64_MAX};

        memset(uri, 'u', sizeof(uri));
        memset(sentence, 's', sizeof(sentence));
        memset(path, 'p', sizeof(path));
        uri[sizeof(uri) - 1] = sentence[sizeof(sentence) - 1] = path[sizeof(path) - 1] = '\0';
        for (size_t i = 0; i < HISTORY_SERIES_MAX; i++) {
                history_begin(&file.history, TRIGGER_REGISTRATION_FAILED, uri, UINT64_MAX);
                history_attempt(&file.history, true);
                for (size_t j = 0; j < 2 * HISTORY_OPERATIONS_MAX; j++)
                        operate(&file.history, path, NOW);
                history_end(&file.history, HISTORY_ABORTED, sentence, UINT64_MAX);
        }
        round_trip(&file);
        history_done(&file.history);
}

/* Whatever byte is wrong or missing: it is seen, and nothing is left behind. */
static void test_damage(void **state)
{
        HistoryFile file = {.epoch = 7}, again = {.version = 0};
        uint8_t *data = NULL;
        size_t size = 0;

        fill(&file.history);
        assert_int_equal(history_file_encode(&file, &data, &size), 0);
        for (size_t i = 0; i < size; i++) {
                int wanted =
                        i == VERSION_AT || i == VERSION_AT + 1 ? STATE_FILE_E_NEWER : STATE_FILE_E_DAMAGED;

                data[i] ^= 0x40;
                assert_int_equal(history_file_decode(data, size, &again), wanted);
                data[i] ^= 0x40;
                assert_int_equal(history_file_decode(data, i, &again), STATE_FILE_E_DAMAGED);
        }
        data[VERSION_AT + 1] = 2;
        assert_int_equal(history_file_decode(data, size, &again), STATE_FILE_E_NEWER);
        assert_int_equal(again.version, 2);
        data[VERSION_AT + 1] = 0;
        assert_int_equal(history_file_decode(data, size, &again), STATE_FILE_E_DAMAGED);
        free(data);
        history_done(&file.history);
}

static void seal(uint8_t *data, size_t size)
{
        assert_int_equal(crypto_sha256(data, size - SHA256_SIZE, data + size - SHA256_SIZE), 0);
}

/* What no daemon of ours writes, with the right digest. */
static void test_nonsense(void **state)
{
        static const struct {
                size_t at;
                uint8_t value;
                const char *what;
        } cases[] = {
                {HEADER - 1, HISTORY_SERIES_MAX + 1, "too many series"},
                {HEADER - 1, 0, "more bytes than series"},
                {HEADER + 15, 1, "an end of the one that is on"},
                {HEADER + 18, 'x', "another trigger"},
                {HEADER + 17, 200, "a long word"},
                {HEADER + 25, 0xff, "no text"},
        };
        HistoryFile file = {.epoch = 7}, again = {.version = 0};
        uint8_t *data = NULL;
        size_t size = 0;

        fill(&file.history);
        assert_int_equal(history_file_encode(&file, &data, &size), 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                uint8_t before = data[cases[i].at];

                data[cases[i].at] = cases[i].value;
                seal(data, size);
                if (history_file_decode(data, size, &again) != STATE_FILE_E_DAMAGED)
                        fail_msg("%s", cases[i].what);
                data[cases[i].at] = before;
        }
        seal(data, size);
        assert_int_equal(history_file_decode(data, size, &again), 0);
        history_done(&again.history);
        free(data);
        history_done(&file.history);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_largest),
                cmocka_unit_test(test_damage),
                cmocka_unit_test(test_nonsense),
        };

        return cmocka_run_group_tests_name("daemon/history_file", tests, NULL, NULL);
}
