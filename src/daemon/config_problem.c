/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a configuration file, and where. */
#include <stdarg.h>

#include "daemon/config_problem.h"
#include "util/log.h"
#include "util/message_ids.h"

static int list_add(ConfigProblemList *list, unsigned line, unsigned column, char *sentence)
{
        ConfigProblem *items;

        items = reallocarray(list->items, list->n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        list->items = items;
        list->items[list->n++] = (ConfigProblem){.line = line, .column = column, .sentence = sentence};
        return 0;
}

static void add(ConfigProblems *problems, ConfigProblemList *list, unsigned line, unsigned column,
        const char *format, va_list arguments)
{
        _cleanup_(freep) char *sentence = NULL;

        if (list->n == CONFIG_PROBLEMS_MAX) {
                list->n_dropped++;
                return;
        }
        if (vasprintf(&sentence, format, arguments) < 0) {
                sentence = NULL;
                problems->out_of_memory = true;
                return;
        }
        if (list_add(list, line, column, sentence) < 0) {
                problems->out_of_memory = true;
                return;
        }
        sentence = NULL;
}

void config_error(ConfigProblems *problems, unsigned line, unsigned column, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        add(problems, &problems->errors, line, column, format, arguments);
        va_end(arguments);
}

void config_warning(ConfigProblems *problems, unsigned line, unsigned column, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        add(problems, &problems->warnings, line, column, format, arguments);
        va_end(arguments);
}

void config_deviation(ConfigProblems *problems, unsigned line, unsigned column, const char *format, ...)
{
        size_t n = problems->warnings.n;
        va_list arguments;

        va_start(arguments, format);
        add(problems, &problems->warnings, line, column, format, arguments);
        va_end(arguments);
        if (problems->warnings.n > n)
                problems->warnings.items[n].deviation = true;
}

static const ConfigProblem *first_to_tell(const ConfigProblems *problems)
{
        if (problems->errors.n > 0)
                return &problems->errors.items[0];
        for (size_t i = 0; i < problems->warnings.n; i++)
                if (problems->warnings.items[i].deviation)
                        return &problems->warnings.items[i];
        return NULL;
}

int config_problems_summary(const ConfigProblems *problems, const char *file, char **ret)
{
        const ConfigProblem *problem = first_to_tell(problems);

        if (!problem)
                *ret = strdup("");
        else if (asprintf(ret, "%s:%u:%u: %s", file, problem->line, problem->column, problem->sentence) < 0)
                *ret = NULL;
        return *ret ? 0 : -ENOMEM;
}

static bool is_before(const ConfigProblem *a, const ConfigProblem *b)
{
        return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Insertion sort: stable, which qsort() is not, and the list is short. */
static void list_sort(ConfigProblemList *list)
{
        for (size_t i = 1; i < list->n; i++)
                for (size_t k = i; k > 0 && is_before(&list->items[k], &list->items[k - 1]); k--) {
                        ConfigProblem swap = list->items[k];

                        list->items[k] = list->items[k - 1];
                        list->items[k - 1] = swap;
                }
}

void config_problems_sort(ConfigProblems *problems)
{
        list_sort(&problems->errors);
        list_sort(&problems->warnings);
}

static void list_print(const ConfigProblemList *list, const char *file, const char *prefix, FILE *stream)
{
        for (size_t i = 0; i < list->n; i++)
                fprintf(stream, "%s:%u:%u: %s%s\n", file, list->items[i].line, list->items[i].column, prefix,
                        list->items[i].sentence);
        if (list->n_dropped > 0)
                fprintf(stream, "%s:%u:%u: %sand %zu more\n", file, list->items[list->n - 1].line,
                        list->items[list->n - 1].column, prefix, list->n_dropped);
}

void config_problems_print(const ConfigProblems *problems, const char *file, FILE *stream)
{
        list_print(&problems->errors, file, "", stream);
        list_print(&problems->warnings, file, "warning: ", stream);
}

static void list_log(const ConfigProblemList *list, const char *file, int level, const char *message_id,
        const char *prefix)
{
        for (size_t i = 0; i < list->n; i++) {
                const ConfigProblem *problem = &list->items[i];

                log_full(level, 0,
                        &(LogAbout){
                                .message_id = message_id,
                                .config_file = file,
                                .config_line = problem->line,
                                .config_column = problem->column,
                        },
                        "%s:%u:%u: %s%s", file, problem->line, problem->column, prefix, problem->sentence);
        }
        if (list->n_dropped > 0)
                log_full(level, 0, &(LogAbout){.message_id = message_id, .config_file = file},
                        "%s:%u:%u: %sand %zu more", file, list->items[list->n - 1].line,
                        list->items[list->n - 1].column, prefix, list->n_dropped);
}

void config_problems_log(const ConfigProblems *problems, const char *file)
{
        list_log(&problems->errors, file, LOG_ERR, MESSAGE_ID_CONFIGURATION_INVALID, "");
        list_log(&problems->warnings, file, LOG_WARNING, MESSAGE_ID_CONFIGURATION_DOUBTFUL, "warning: ");
}

static void list_done(ConfigProblemList *list)
{
        for (size_t i = 0; i < list->n; i++)
                free(list->items[i].sentence);
        free(list->items);
        *list = (ConfigProblemList){0};
}

void config_problems_done(ConfigProblems *problems)
{
        list_done(&problems->errors);
        list_done(&problems->warnings);
        problems->out_of_memory = false;
}
