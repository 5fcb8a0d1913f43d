/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl history: what became of the bootstrap attempts, and each operation of one. */
#include "ctl/verb_history.h"

#include <inttypes.h>

#include "bus/names.h"
#include "ctl/history.h"
#include "util/clock.h"
#include "util/parse.h"

#define KEY_WIDTH  8   /* "Attempts" */
#define NUMBER_MAX 999 /* more than a daemon keeps */

bool series_accepts(const char *word)
{
        uint64_t number;

        return parse_u64(word, NUMBER_MAX, &number) >= 0 && number > 0;
}

/* -- JSON -- */

static void operation_to_json(const HistoryOperation *operation, JsonWriter *writer)
{
        json_begin(writer, '{');
        json_member_string(writer, "Method", operation->method);
        json_member_string(writer, "Path", operation->path);
        json_member_string(writer, "Code", operation->code);
        json_member_unsigned(writer, "Size", operation->size);
        json_member_unsigned(writer, "Start", operation->start);
        json_member_unsigned(writer, "Duration", operation->duration);
        json_end(writer, '{');
}

static void series_to_json(const HistorySeries *series, JsonWriter *writer)
{
        json_begin(writer, '{');
        json_member_unsigned(writer, "Start", series->start);
        json_member_unsigned(writer, "End", series->end);
        json_member_string(writer, "Trigger", series->trigger);
        json_member_unsigned(writer, "Attempts", series->attempts);
        json_member_string(writer, "Server", series->server);
        json_member_string(writer, "Result", series->result);
        json_member_string(writer, "Sentence", series->sentence);
        json_member_unsigned(writer, "OperationCount", series->operation_count);
        json_key(writer, "Operations");
        json_begin(writer, '[');
        for (size_t i = 0; i < series->operations.n; i++)
                operation_to_json(&series->operations.operations[i], writer);
        json_end(writer, '[');
        json_end(writer, '{');
}

/* -- text -- */

/* How long it has taken, or is on. */
static void format_took(const HistorySeries *series, char ret[FORMAT_TIME_SIZE])
{
        uint64_t end = series->end > 0 ? series->end : clock_realtime(&clock_system);

        format_duration(end > series->start ? end - series->start : 0, ret);
}

static int series_to_table(const HistorySeries *series, size_t number, Table *table)
{
        char id[24], start[FORMAT_TIME_SIZE], took[FORMAT_TIME_SIZE], attempts[24];
        const char *const cells[] = {
                id, start, took, series->trigger, attempts, series->result, series->server};
        int r;

        (void)snprintf(id, sizeof(id), "%zu", number);
        (void)snprintf(attempts, sizeof(attempts), "%" PRIu32, series->attempts);
        format_time((Moment){.realtime = series->start}, moment_now(), start);
        format_took(series, took);
        r = table_add_row(table, cells);
        if (r >= 0)
                table_colour(table, 5, colour_of_result(series->result));
        return r;
}

static int show_all(const History *history)
{
        static const char *const head[] = {
                "NUMBER", "START", "TOOK", "TRIGGER", "ATTEMPTS", "RESULT", "SERVER", NULL};
        _cleanup_(table_done) Table table = {};
        int r;

        if (history->n == 0) {
                (void)fprintf(stderr, "There was no bootstrap yet.\n");
                return 0;
        }
        r = table_begin(&table, head);
        for (size_t i = 0; i < history->n && r >= 0; i++)
                r = series_to_table(&history->series[i], i + 1, &table);
        if (r >= 0)
                table_print(&table, stdout);
        return r;
}

static int show_operations(const HistorySeries *series)
{
        _cleanup_(table_done) Table table = {};
        int r;

        if (series->operations.n == 0)
                return 0;
        r = history_operations_to_table(series, 0, &table);
        if (r < 0)
                return r;
        (void)fputc('\n', stdout);
        table_print(&table, stdout);
        if (series->operation_count > series->operations.n)
                (void)printf("Behind the first one %zu are left out.\n",
                        series->operation_count - series->operations.n);
        return 0;
}

static int show_one(const HistorySeries *series)
{
        char start[FORMAT_TIME_SIZE], took[FORMAT_TIME_SIZE];

        format_time((Moment){.realtime = series->start}, moment_now(), start);
        format_took(series, took);
        format_field(stdout, KEY_WIDTH, "Start", "%s", start);
        format_field(stdout, KEY_WIDTH, "Took", "%s%s", took, series->end > 0 ? "" : ", and is still on");
        format_field(stdout, KEY_WIDTH, "Trigger", "%s", series->trigger);
        format_field(stdout, KEY_WIDTH, "Attempts", "%" PRIu32, series->attempts);
        format_field(stdout, KEY_WIDTH, "Server", "%s", series->server);
        format_field_coloured(
                stdout, KEY_WIDTH, "Result", colour_of_result(series->result), "%s", series->result);
        if (series->sentence[0])
                format_field(stdout, KEY_WIDTH, "Reason", "%s", series->sentence);
        return show_operations(series);
}

/* -- the verb -- */

static int show(const Ctl *ctl, const History *history, size_t number)
{
        JsonWriter writer = JSON_WRITER(stdout, ctl->json);

        if (ctl->json == JSON_OFF)
                return number > 0 ? show_one(&history->series[number - 1]) : show_all(history);
        if (number > 0) {
                series_to_json(&history->series[number - 1], &writer);
                return 0;
        }
        json_begin(&writer, '[');
        for (size_t i = 0; i < history->n; i++)
                series_to_json(&history->series[i], &writer);
        json_end(&writer, '[');
        return 0;
}

int verb_history(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(history_done) History history = {};
        uint64_t number = 0;
        int r;

        if (ctl->n_words > 0)
                (void)parse_u64(ctl->words[0], NUMBER_MAX, &number);
        r = ctl_call(ctl, BUS_PATH, BUS_MANAGER_INTERFACE, "GetHistory", &reply, NULL);
        if (r != CTL_DONE)
                return r;
        r = history_read(reply, &history);
        if (r < 0)
                return ctl_broken(r, "read the reply");
        if (number > history.n) {
                (void)fprintf(stderr, "There is no series %" PRIu64 ": the daemon knows of %zu.\n", number,
                        history.n);
                return CTL_FAILED;
        }
        r = show(ctl, &history, (size_t)number);
        return r < 0 ? ctl_broken(r, "show the history") : CTL_DONE;
}
