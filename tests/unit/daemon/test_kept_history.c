/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/kept_history: what a start finds of the history. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>

#include "daemon/history_file.h"
#include "daemon/kept_history.h"
#include "daemon/state_directory.h"
#include "util/file.h"
#include "util/log.h"

#define EPOCH 5
#define HOUR  (3600 * USEC_PER_SEC)

static char folder[4096];
static StateVault vault;

static bool exists(const char *name)
{
        _cleanup_(freep) char *path = NULL;

        assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
        return access(path, F_OK) == 0;
}

/* One that has ended, and one that is on. */
static void fill(History *history, uint64_t now)
{
        history_begin(history, TRIGGER_NO_ACCOUNT, "coap://bs", now - 2 * HOUR);
        history_attempt(history, true);
        history_end(history, HISTORY_FINISHED, NULL, now - HOUR);
        history_begin(history, TRIGGER_METHOD, "coap://bs", now);
        history_attempt(history, true);
}

/* As a daemon of this boot has written it, or another one. */
static void write_file(bool this_boot, int64_t clock_was_off)
{
        HistoryFile file = {.epoch = EPOCH};
        ClockOffsets offsets = {0};
        uint8_t *data = NULL;
        size_t size = 0;
        sd_id128_t boot;

        clock_offsets_renew(&clock_system, &offsets);
        file.offset = offsets.realtime + clock_was_off;
        file.written = clock_realtime(&clock_system) + (uint64_t)clock_was_off;
        assert_return_code(sd_id128_get_boot(&boot), 0);
        memcpy(file.boot, boot.bytes, sizeof(file.boot));
        file.boot[0] ^= !this_boot;
        fill(&file.history, file.written);
        assert_int_equal(history_file_encode(&file, &data, &size), 0);
        assert_int_equal(state_directory_replace(&vault, STATE_HISTORY, data, size), 0);
        history_done(&file.history);
        free(data);
}

static void write_text(const char *text, size_t size)
{
        assert_int_equal(file_write_atomic(folder, STATE_HISTORY, text, size), 0);
}

static void assert_nothing(uint64_t epoch)
{
        History history;

        kept_history_read(&vault, epoch, &history);
        assert_int_equal(history.n, 0);
        assert_false(exists(STATE_HISTORY));
}

static void test_round_trip(void **state)
{
        History history = {.n = 0}, again;
        uint64_t now = clock_realtime(&clock_system);
        struct stat st;
        _cleanup_(freep) char *path = NULL;

        assert_nothing(EPOCH);
        fill(&history, now);
        assert_int_equal(kept_history_write(&vault, EPOCH, &history), 0);
        assert_true(asprintf(&path, "%s/" STATE_HISTORY, folder) > 0);
        assert_return_code(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);

        kept_history_read(&vault, EPOCH, &again);
        assert_int_equal(again.n, 2);
        assert_true(again.series[1]->start == now - 2 * HOUR && again.series[1]->end == now - HOUR);
        assert_true(again.series[1]->this_boot);
        /* The one that was on: nobody can say when it ended, but not before that was written. */
        assert_string_equal(history_result(again.series[0]), "aborted");
        assert_true(again.series[0]->end >= now && again.series[0]->end <= clock_realtime(&clock_system));
        assert_non_null(strstr(again.series[0]->sentence, "power cut"));
        history_done(&again);
        history_done(&history);
}

/* Set while no daemon ran: times of this boot follow, those of another one are what they were. */
static void test_clock_was_set(void **state)
{
        for (unsigned this_boot = 0; this_boot < 2; this_boot++) {
                uint64_t now = clock_realtime(&clock_system), start;
                History history;

                write_file(this_boot, -(int64_t)HOUR);
                kept_history_read(&vault, EPOCH, &history);
                assert_int_equal(history.n, 2);
                start = history.series[0]->start + (this_boot ? 0 : HOUR);
                assert_true(start + USEC_PER_SEC >= now && start <= now + USEC_PER_SEC);
                assert_int_equal(history.series[0]->this_boot, this_boot);
                assert_true(history.series[0]->end == history.series[0]->start);
                history_done(&history);
        }
}

static void test_reset_that_could_not_remove_it(void **state)
{
        write_file(true, 0);
        assert_nothing(EPOCH + 1);
        assert_false(exists(STATE_HISTORY ".broken"));
}

static void test_what_cannot_be_used_is_put_aside(void **state)
{
        static const struct {
                const char *content;
                size_t size;
                const char *aside;
        } cases[] = {
                {"", 0, STATE_HISTORY ".broken"},
                {"nonsense", 8, STATE_HISTORY ".broken"},
                {"LWM2MHI\n\0\2later", 15, STATE_HISTORY ".format-2"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                write_text(cases[i].content, cases[i].size);
                assert_nothing(EPOCH);
                assert_true(exists(cases[i].aside));
                assert_int_equal(file_remove(folder, cases[i].aside), 0);
        }
}

/* And with a Reset they go. */
static void test_names_are_ours(void **state)
{
        static const char *const names[] = {
                STATE_HISTORY, STATE_HISTORY ".broken", STATE_HISTORY ".format-2", "." STATE_HISTORY ".tmp"};

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                assert_true(state_directory_is_ours(names[i]));
                assert_int_equal(file_write_atomic(folder, names[i], "", 0), 0);
        }
        state_directory_clear(&vault);
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                assert_false(exists(names[i]));
}

static int set_up(void **state)
{
        const char *parent = getenv("TMPDIR") ?: "/tmp";

        log_set_level(LOG_ERR);
        (void)snprintf(folder, sizeof(folder), "%s/kept-history-XXXXXX", parent);
        return mkdtemp(folder) && state_vault_open(folder, &vault) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
        state_directory_clear(&vault);
        state_vault_done(&vault);
        return rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_clock_was_set),
                cmocka_unit_test(test_reset_that_could_not_remove_it),
                cmocka_unit_test(test_what_cannot_be_used_is_put_aside),
                cmocka_unit_test(test_names_are_ours),
        };

        return cmocka_run_group_tests_name("daemon/kept_history", tests, set_up, tear_down);
}
