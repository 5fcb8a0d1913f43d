/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl history: what became of the bootstrap attempts, and each operation of one; of firmware updates.
 */
#include "ctl/verb_history.h"

#include <inttypes.h>

#include "bus/names.h"
#include "ctl/history.h"
#include "ctl/updates.h"
#include "util/parse.h"

#define KEY_WIDTH  8   /* "Attempts" */
#define NUMBER_MAX 999 /* more than a daemon keeps */
#define FIRMWARE   "firmware"

bool history_number_accepts(const char *word)
{
        uint64_t number;

        return parse_u64(word, NUMBER_MAX, &number) >= 0 && number > 0;
}

bool history_accepts(const char *word)
{
        return strcmp(word, FIRMWARE) == 0 || history_number_accepts(word);
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

static int series_to_table(const HistorySeries *series, size_t number, Table *table)
{
        char id[24], start[FORMAT_TIME_SIZE], took[FORMAT_TIME_SIZE], attempts[24];
        const char *const cells[] = {
                id, start, took, series->trigger, attempts, series->result, series->server};
        int r;

        (void)snprintf(id, sizeof(id), "%zu", number);
        (void)snprintf(attempts, sizeof(attempts), "%" PRIu32, series->attempts);
        format_time((Moment){.realtime = series->start}, moment_now(), start);
        format_took(series->start, series->end, took);
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
        format_took(series->start, series->end, took);
        format_field(stdout, KEY_WIDTH, "Start", "%s", start);
        format_field(stdout, KEY_WIDTH, "Took", "%s%s", took, series->end > 0 ? "" : ", and is still on");
        format_field(stdout, KEY_WIDTH, "Trigger", "%s", series->trigger);
        format_field(stdout, KEY_WIDTH, "Attempts", "%" PRIu32, series->attempts);
        format_field(stdout, KEY_WIDTH, "Server", "%s", series->server);
        format_field_coloured(
                stdout, KEY_WIDTH, "Result", colour_of_result(series->result), "%s", series->result);
        format_field_unless_empty(stdout, KEY_WIDTH, "Reason", series->sentence);
        return show_operations(series);
}

/* -- the verb -- */

static int no_such(const char *what, uint64_t number, size_t n)
{
        (void)fprintf(stderr, "There is no %s %" PRIu64 ": the daemon knows of %zu.\n", what, number, n);
        return CTL_FAILED;
}

/* *ret_there: whether the client has a back end for firmware; without one there is nothing to read. */
static int get_updates(const Ctl *ctl, sd_bus_message **ret_reply, Updates *ret, bool *ret_there)
{
        int r;

        r = ctl_call_firmware(ctl, "GetHistory", ret_reply);
        if (r != CTL_DONE)
                return r;
        *ret_there = *ret_reply;
        r = *ret_reply ? updates_read(*ret_reply, ret) : 0;
        return r < 0 ? ctl_broken(r, "read the reply") : CTL_DONE;
}

static int show_updates(const Ctl *ctl, const Updates *updates, size_t number)
{
        JsonWriter writer = JSON_WRITER(stdout, ctl->json);

        if (ctl->json != JSON_OFF && number > 0)
                update_to_json(&updates->updates[number - 1], &writer);
        else if (ctl->json != JSON_OFF)
                updates_to_json(updates, &writer);
        else if (number > 0)
                update_show(&updates->updates[number - 1], stdout);
        else if (updates->n == 0)
                (void)fprintf(stderr, "There was no firmware update yet.\n");
        else
                return updates_show(updates, stdout);
        return 0;
}

static int history_of_firmware(const Ctl *ctl, uint64_t number)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(updates_done) Updates updates = {};
        bool there;
        int r;

        r = get_updates(ctl, &reply, &updates, &there);
        if (r != CTL_DONE)
                return r;
        if (!there)
                return ctl_no_firmware();
        if (number > updates.n)
                return no_such("update", number, updates.n);
        r = show_updates(ctl, &updates, (size_t)number);
        return r < 0 ? ctl_broken(r, "show the history") : CTL_DONE;
}

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

static int history_of_bootstraps(const Ctl *ctl, uint64_t number, bool *ret_shown)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(history_done) History history = {};
        int r;

        r = ctl_call(ctl, BUS_PATH, BUS_MANAGER_INTERFACE, "GetHistory", &reply, NULL);
        if (r != CTL_DONE)
                return r;
        r = history_read(reply, &history);
        if (r < 0)
                return ctl_broken(r, "read the reply");
        if (number > history.n)
                return no_such("series", number, history.n);
        *ret_shown = history.n > 0;
        r = show(ctl, &history, (size_t)number);
        return r < 0 ? ctl_broken(r, "show the history") : CTL_DONE;
}

/* Both tables; scripts get one kind at a time. */
static int history_of_all(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(updates_done) Updates updates = {};
        bool there, shown = false;
        int r;

        r = history_of_bootstraps(ctl, 0, &shown);
        if (r != CTL_DONE || ctl->json != JSON_OFF)
                return r;
        r = get_updates(ctl, &reply, &updates, &there);
        if (r != CTL_DONE)
                return r;
        if (shown && updates.n > 0)
                (void)fputc('\n', stdout);
        r = updates_show(&updates, stdout);
        return r < 0 ? ctl_broken(r, "show the history") : CTL_DONE;
}

int verb_history(const Ctl *ctl)
{
        bool firmware = ctl->n_words > 0 && strcmp(ctl->words[0], FIRMWARE) == 0, shown;
        size_t place = firmware ? 1 : 0;
        uint64_t number = 0;

        if (ctl->n_words > place)
                (void)parse_u64(ctl->words[place], NUMBER_MAX, &number);
        if (firmware)
                return history_of_firmware(ctl, number);
        if (ctl->n_words > 1) {
                (void)fprintf(stderr, "lwm2mctl: one word too many: '%s'\n", ctl->words[1]);
                return CTL_USAGE;
        }
        return number > 0 ? history_of_bootstraps(ctl, number, &shown) : history_of_all(ctl);
}
