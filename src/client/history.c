/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the last series of bootstrap attempts. */
#include "client/history.h"

#include "lwm2m/limits.h"
#include "util/clock.h"
#include "util/utf8.h"

static const char *const bootstrap_trigger_table[] = {
        [TRIGGER_NO_ACCOUNT] = "no-account",
        [TRIGGER_REGISTRATION_FAILED] = "registration-failed",
        [TRIGGER_SERVER_REQUEST] = "server-request",
        [TRIGGER_METHOD] = "method",
        [TRIGGER_RESTART] = "restart",
};
static_assert(ELEMENTSOF(bootstrap_trigger_table) == _BOOTSTRAP_TRIGGER_MAX, "one word each");

DEFINE_STRING_TABLE(bootstrap_trigger, BootstrapTrigger);

static HistorySeries *series_free(HistorySeries *series)
{
        if (!series)
                return NULL;
        free(series->server);
        free(series->sentence);
        free(series->operations);
        free(series);
        return NULL;
}
DEFINE_CLEANUP(HistorySeries *, series_free)

/* Printable, whoever has said it, and of at most maximum bytes. NULL: out of memory. */
static char *copy_text(const char *text, size_t maximum)
{
        size_t size = strlen(text);
        char *copy = strndup(text, size > maximum ? utf8_cut(text, maximum) : size);

        if (copy)
                utf8_make_printable(copy, strlen(copy));
        return copy;
}

void history_done(History *history)
{
        for (size_t i = 0; i < history->n; i++)
                (void)series_free(history->series[i]);
        *history = (History){.n = 0};
}

static HistorySeries *running(const History *history)
{
        return history->n > 0 && history->series[0]->result == HISTORY_RUNNING ? history->series[0] : NULL;
}

const HistorySeries *history_running(const History *history)
{
        return running(history);
}

static void drop(History *history, size_t place)
{
        (void)series_free(history->series[place]);
        history->n--;
        memmove(history->series + place, history->series + place + 1,
                (history->n - place) * sizeof(*history->series));
}

void history_begin(History *history, BootstrapTrigger trigger, const char *server, uint64_t now)
{
        _cleanup_(series_freep) HistorySeries *series = calloc(1, sizeof(*series));

        assert(!running(history));
        if (series)
                series->server = copy_text(server, LIMIT_URI_SIZE);
        if (!series || !series->server)
                return;
        series->trigger = trigger;
        series->start = now;
        series->this_boot = true;
        if (history->n == HISTORY_SERIES_MAX)
                drop(history, HISTORY_SERIES_MAX - 1);
        memmove(history->series + 1, history->series, history->n * sizeof(*history->series));
        history->series[0] = TAKE_PTR(series);
        history->n++;
        history->changes++;
}

void history_attempt(History *history, bool counted)
{
        HistorySeries *series = running(history);

        if (!series)
                return;
        series->attempts += counted;
        series->n_operations = series->operation_count = 0;
        series->asked = 0;
}

/* -- Operations -- */

/* How an attempt began stays, and what came last; of what lies between the oldest one goes. */
static void make_room(HistorySeries *series)
{
        size_t place = series->asked == 2 ? 2 : 1;

        if (series->n_operations < HISTORY_OPERATIONS_MAX)
                return;
        series->n_operations--;
        memmove(series->operations + place, series->operations + place + 1,
                (series->n_operations - place) * sizeof(*series->operations));
        if (series->asked > place + 1)
                series->asked--;
}

/* Twice as many places when there is none left, so that a bootstrap of seven operations keeps eight. NULL:
 * out of memory. */
static HistoryOperation *add(HistorySeries *series, const Request *request, uint64_t start)
{
        char text[REQUEST_TEXT_SIZE];
        HistoryOperation *operation;
        const char *path;
        size_t n;

        series->operation_count++;
        make_room(series);
        n = series->n_operations;
        if (n == 0 || (n >= 8 && (n & (n - 1)) == 0)) {
                operation = reallocarray(series->operations, n == 0 ? 8 : 2 * n, sizeof(*operation));
                if (!operation)
                        return NULL;
                series->operations = operation;
        }
        operation = &series->operations[series->n_operations++];
        *operation = (HistoryOperation){
                .start = start,
                .method = (uint8_t)request->method,
                .payload = (uint32_t)request->payload_size,
        };
        path = strchr(request_describe(request, text), '/');
        memcpy(operation->path, path, utf8_cut(path, MIN_OF(strlen(path), sizeof(operation->path) - 1)));
        return operation;
}

static void answer(HistoryOperation *operation, const Response *response, uint64_t now)
{
        operation->duration = now - operation->start;
        if (!response)
                return;
        operation->code = response->code;
        if (operation->method == METHOD_GET && CODE_CLASS(response->code) == 2)
                operation->payload = (uint32_t)response->payload_size;
}

void history_answered(History *history, const Response *response, uint64_t now)
{
        HistorySeries *series = running(history);

        if (!series || series->asked == 0)
                return;
        answer(&series->operations[series->asked - 1], response, now);
        series->asked = 0;
}

void history_ask(History *history, const Request *request, uint64_t now)
{
        HistorySeries *series = running(history);

        history_answered(history, NULL, now);
        if (series && add(series, request, now))
                series->asked = series->n_operations;
}

void history_operation(
        History *history, const Request *request, const Response *response, uint64_t start, uint64_t now)
{
        HistorySeries *series = running(history);
        HistoryOperation *operation = series ? add(series, request, start) : NULL;

        if (operation)
                answer(operation, response, now);
}

void history_prolong(History *history, uint64_t now)
{
        HistorySeries *series = running(history);
        HistoryOperation *last;

        if (!series || series->n_operations == 0)
                return;
        last = &series->operations[series->n_operations - 1];
        last->duration = now - last->start;
}

/* -- Ends -- */

static void set_sentence(HistorySeries *series, const char *sentence)
{
        free(series->sentence);
        series->sentence = sentence[0] ? copy_text(sentence, FAILURE_SENTENCE_SIZE - 1) : NULL;
}

void history_failed(History *history, const Failure *failure)
{
        HistorySeries *series = running(history);

        if (!series)
                return;
        series->failure = failure->name;
        set_sentence(series, failure->sentence);
}

void history_end(History *history, HistoryResult result, const char *why, uint64_t now)
{
        HistorySeries *series = running(history);

        if (!series)
                return;
        history->changes++;
        history_answered(history, NULL, now);
        if (series->attempts == 0) {
                drop(history, 0);
                return;
        }
        if (result == HISTORY_FAILED && series->failure == FAILURE_NONE)
                result = HISTORY_ABORTED; /* before it had a verdict: a Reload allows less attempts by now */
        series->result = result;
        series->end = now;
        if (result == HISTORY_FINISHED)
                set_sentence(series, "");
        else if (result == HISTORY_ABORTED)
                set_sentence(series, why ?: "");
}

static void shift(uint64_t *stamp, int64_t by)
{
        *stamp = clock_shift(*stamp, by);
}

void history_shift(History *history, int64_t by)
{
        for (size_t i = 0; i < history->n; i++) {
                HistorySeries *series = history->series[i];

                if (!series->this_boot)
                        continue;
                shift(&series->start, by);
                shift(&series->end, by);
                for (size_t j = 0; j < series->n_operations; j++)
                        shift(&series->operations[j].start, by);
        }
}

void history_forget_boot(History *history)
{
        for (size_t i = 0; i < history->n; i++)
                history->series[i]->this_boot = false;
}

bool history_set_result(HistorySeries *series, const char *word)
{
        int failure = failure_name_from_string(word);

        series->failure = failure > FAILURE_NONE ? (FailureName)failure : FAILURE_NONE;
        series->result = strcmp(word, "running") == 0    ? HISTORY_RUNNING
                         : strcmp(word, "finished") == 0 ? HISTORY_FINISHED
                         : strcmp(word, "aborted") == 0  ? HISTORY_ABORTED
                                                         : HISTORY_FAILED;
        return series->result != HISTORY_FAILED || series->failure != FAILURE_NONE;
}

const char *history_result(const HistorySeries *series)
{
        switch (series->result) {
        case HISTORY_RUNNING:
                return "running";
        case HISTORY_FINISHED:
                return "finished";
        case HISTORY_FAILED:
                return failure_name_to_string(series->failure);
        case HISTORY_ABORTED:
        case _HISTORY_RESULT_MAX:
                break;
        }
        return "aborted";
}
