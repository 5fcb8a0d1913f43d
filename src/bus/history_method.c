/* SPDX-License-Identifier: Apache-2.0 */
/* GetHistory(). */
#include "bus/history_method.h"

#include <stdio.h>

/* An entry of a{sv}; the signature is that of one basic value. */
#define append_entry(message, key, signature, value) \
        sd_bus_message_append(message, "{sv}", key, signature, value)

static int append_operation(sd_bus_message *message, const HistoryOperation *operation)
{
        char code[sizeof("7.31")] = "";

        if (operation->code != CODE_NONE)
                (void)snprintf(code, sizeof(code), "%u.%02u", CODE_ARGS(operation->code));
        return sd_bus_message_append(message, "(sssutt)", method_to_string((Method)operation->method),
                operation->path, code, operation->payload, operation->start, operation->duration);
}

static int append_operations(sd_bus_message *message, const HistorySeries *series)
{
        int r;

        r = sd_bus_message_open_container(message, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(message, "s", "Operations");
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'v', "a(sssutt)");
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'a', "(sssutt)");
        for (size_t i = 0; r >= 0 && i < series->n_operations; i++)
                r = append_operation(message, &series->operations[i]);
        for (size_t i = 0; r >= 0 && i < 3; i++)
                r = sd_bus_message_close_container(message);
        return r;
}

static int append_series(sd_bus_message *message, const HistorySeries *series)
{
        int r;

        r = sd_bus_message_open_container(message, 'a', "{sv}");
        if (r >= 0)
                r = append_entry(message, "Start", "t", series->start);
        if (r >= 0)
                r = append_entry(message, "End", "t", series->end);
        if (r >= 0)
                r = append_entry(message, "Trigger", "s", bootstrap_trigger_to_string(series->trigger));
        if (r >= 0)
                r = append_entry(message, "Attempts", "u", series->attempts);
        if (r >= 0)
                r = append_entry(message, "Server", "s", series->server);
        if (r >= 0)
                r = append_entry(message, "Result", "s", history_result(series));
        if (r >= 0)
                r = append_entry(message, "Sentence", "s", series->sentence ?: "");
        if (r >= 0)
                r = append_operations(message, series);
        if (r >= 0)
                r = append_entry(message, "OperationCount", "u", series->operation_count);
        return r < 0 ? r : sd_bus_message_close_container(message);
}

int history_method(sd_bus_message *message, const History *history)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        int r;

        r = sd_bus_message_new_method_return(message, &answer);
        if (r >= 0)
                r = sd_bus_message_open_container(answer, 'a', "a{sv}");
        for (size_t i = 0; r >= 0 && i < history->n; i++)
                r = append_series(answer, history->series[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(answer);
        return r < 0 ? r : sd_bus_send(NULL, answer, NULL);
}
