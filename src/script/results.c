/* SPDX-License-Identifier: Apache-2.0 */
/* What became of each id: a file with a line for each, "VERB ID RESULT REBOOT TEXT". */
#include <stdio.h>

#include "script/results.h"
#include "util/file.h"
#include "util/log.h"
#include "util/message_ids.h"
#include "util/parse.h"
#include "util/utf8.h"

#define FILE_NAME     "results"
#define FILE_SIZE_MAX (RESULTS_MAX * (sizeof(Result) + sizeof("install  255 1 \n")))

bool result_id_is_valid(const char *id)
{
        size_t size = strnlen(id, RESULT_ID_MAX + 1);

        if (size == 0 || size > RESULT_ID_MAX)
                return false;
        for (size_t i = 0; i < size; i++)
                if (id[i] <= ' ' || id[i] > '~')
                        return false;
        return true;
}

/* The next word of a line, whose rest goes on behind the one blank. */
static const char *take_word(char **rest)
{
        return strsep(rest, " ") ?: "";
}

static int parse_line(char *line, Result *ret)
{
        Result result = {0};
        uint64_t number, reboot;
        const char *id;
        int verb;

        verb = verb_from_string(take_word(&line));
        id = take_word(&line);
        if (verb < 0 || !result_id_is_valid(id) || parse_u64(take_word(&line), UINT8_MAX, &number) < 0 ||
                parse_u64(take_word(&line), true, &reboot) < 0 || !line || strlen(line) > RESULT_TEXT_MAX ||
                !utf8_is_printable(line, strlen(line)))
                return -EINVAL;
        result.verb = (Verb)verb;
        result.result = (uint8_t)number;
        result.reboot = reboot;
        (void)strcpy(result.id, id);
        (void)strcpy(result.text, line);
        *ret = result;
        return 0;
}

/* The place of what is known, or the one behind all. */
static size_t place_of(const Results *results, Verb verb, const char *id)
{
        size_t i = 0;

        while (i < results->n &&
                (results->results[i].verb != verb || strcmp(results->results[i].id, id) != 0))
                i++;
        return i;
}

static void put(Results *results, const Result *result)
{
        size_t place = place_of(results, result->verb, result->id);

        if (place == RESULTS_MAX) {
                memmove(results->results, results->results + 1, --results->n * sizeof(Result));
                place = results->n;
        }
        results->results[place] = *result;
        results->n = MAX_OF(results->n, place + 1);
}

int results_load(Results *results, const char *directory)
{
        _cleanup_(freep) uint8_t *text = NULL;
        _cleanup_(freep) char *path = NULL;
        char *rest, *line;
        Result result;
        size_t size;
        int r;

        if (asprintf(&path, "%s/" FILE_NAME, directory) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = file_read(path, FILE_SIZE_MAX, &text, &size);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        rest = (char *)text;
        while ((line = strsep(&rest, "\n")))
                if (line[0] != '\0' && parse_line(line, &result) == 0)
                        put(results, &result);
                else if (line[0] != '\0')
                        log_event(LOG_WARNING, MESSAGE_ID_FIRMWARE_SCRIPT_FAILED,
                                "A line of %s is damaged: what became of one installation is not known any "
                                "more.",
                                path);
        return 0;
}

const Result *results_find(const Results *results, Verb verb, const char *id)
{
        size_t place = place_of(results, verb, id);

        return place < results->n ? &results->results[place] : NULL;
}

int results_keep(Results *results, const char *directory, const Result *result)
{
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *stream;
        int r;

        put(results, result);
        stream = open_memstream(&text, &size);
        if (!stream)
                return -ENOMEM;
        for (size_t i = 0; i < results->n; i++) {
                const Result *each = &results->results[i];

                (void)fprintf(stream, "%s %s %u %u %s\n", verb_to_string(each->verb), each->id, each->result,
                        each->reboot, each->text);
        }
        r = fclose(stream) == EOF ? -ENOMEM : 0;
        return r < 0 ? r : file_write_atomic(directory, FILE_NAME, text, size);
}
