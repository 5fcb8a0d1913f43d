/* SPDX-License-Identifier: Apache-2.0 */
/* The series of bootstrap attempts as they come over the bus. */
#include "ctl/history.h"

#include <inttypes.h>

#include "ctl/properties.h"

static int add_operation(HistoryOperations *operations, const HistoryOperation *operation)
{
        HistoryOperation *grown =
                reallocarray(operations->operations, operations->n + 1, sizeof(*operations->operations));

        if (!grown)
                return -ENOMEM;
        operations->operations = grown;
        operations->operations[operations->n++] = *operation;
        return 0;
}

static int read_operations(sd_bus_message *message, void *place)
{
        HistoryOperations *operations = place;
        HistoryOperation each;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "(sssutt)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(message, "(sssutt)", &each.method, &each.path, &each.code,
                        &each.size, &each.start, &each.duration)) > 0) {
                r = add_operation(operations, &each);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

static const PropertyField fields[] = {
        {"Start", "t", offsetof(HistorySeries, start)},
        {"End", "t", offsetof(HistorySeries, end)},
        {"Trigger", "s", offsetof(HistorySeries, trigger)},
        {"Attempts", "u", offsetof(HistorySeries, attempts)},
        {"Server", "s", offsetof(HistorySeries, server)},
        {"Result", "s", offsetof(HistorySeries, result)},
        {"Sentence", "s", offsetof(HistorySeries, sentence)},
        {"OperationCount", "u", offsetof(HistorySeries, operation_count)},
        {"Operations", "a(sssutt)", offsetof(HistorySeries, operations), read_operations},
};

int history_read(sd_bus_message *message, History *ret)
{
        void *series = NULL;
        int r;

        r = properties_read_array(
                message, fields, ELEMENTSOF(fields), sizeof(HistorySeries), &series, &ret->n);
        ret->series = series;
        return r;
}

void history_done(History *history)
{
        for (size_t i = 0; i < history->n; i++)
                free(history->series[i].operations.operations);
        free(history->series);
        *history = (History){};
}

static int operation_to_table(const HistoryOperation *operation, Table *table)
{
        char clock[FORMAT_TIME_SIZE], start[sizeof(clock) + sizeof(".123")];
        char took[FORMAT_TIME_SIZE], size[24];
        const char *const cells[] = {start, operation->method, operation->path,
                operation->code[0] ? operation->code : "-", size, took};
        int r;

        format_clock(operation->start, clock);
        (void)snprintf(start, sizeof(start), "%s.%03u", clock,
                (unsigned)(operation->start % USEC_PER_SEC / USEC_PER_MSEC));
        format_duration(operation->duration, took);
        (void)snprintf(size, sizeof(size), "%" PRIu32, operation->size);
        r = table_add_row(table, cells);
        if (r >= 0)
                table_colour(table, 3, colour_of_code(operation->code));
        return r;
}

int history_operations_to_table(const HistorySeries *series, size_t first, Table *table)
{
        static const char *const head[] = {"START", "METHOD", "PATH", "CODE", "BYTES", "TOOK", NULL};
        int r;

        r = table_begin(table, head);
        for (size_t i = first; i < series->operations.n && r >= 0; i++)
                r = operation_to_table(&series->operations.operations[i], table);
        return r;
}
