/* SPDX-License-Identifier: Apache-2.0 */
/* What people see. */
#include <inttypes.h>
#include <stdarg.h>
#include <time.h>

#include "ctl/format.h"
#include "util/clock.h"
#include "util/utf8.h"

Moment moment_now(void)
{
        return (Moment){clock_realtime(&clock_system), clock_monotonic(&clock_system)};
}

/* Two of a unit at least: "119s" says more than "1min". */
static void format_seconds(uint64_t seconds, char ret[FORMAT_TIME_SIZE])
{
        static const struct {
                const char *name;
                uint64_t seconds, below;
        } units[] = {
                {"s", 1, 120},
                {"min", 60, (uint64_t)120 * 60},
                {"h", 3600, (uint64_t)48 * 3600},
                {"d", 86400, UINT64_MAX},
        };
        size_t i = 0;

        while (seconds >= units[i].below)
                i++;
        (void)snprintf(ret, FORMAT_TIME_SIZE, "%" PRIu64 "%s", seconds / units[i].seconds, units[i].name);
}

void format_duration(uint64_t usec, char ret[FORMAT_TIME_SIZE])
{
        if (usec < USEC_PER_SEC)
                (void)snprintf(ret, FORMAT_TIME_SIZE, "%ums", (unsigned)(usec / USEC_PER_MSEC));
        else if (usec < 10 * USEC_PER_SEC)
                (void)snprintf(ret, FORMAT_TIME_SIZE, "%.1fs", (double)usec / USEC_PER_SEC);
        else
                format_seconds(usec / USEC_PER_SEC, ret);
}

void format_took(uint64_t start, uint64_t end, char ret[FORMAT_TIME_SIZE])
{
        const uint64_t until = end > 0 ? end : clock_realtime(&clock_system);

        format_duration(until > start ? until - start : 0, ret);
}

void format_size(uint64_t bytes, char ret[FORMAT_SIZE_SIZE])
{
        static const char *const units[] = {"KiB", "MiB", "GiB"};
        double size = (double)bytes / 1024;
        size_t i = 0;

        if (bytes < 1024) {
                (void)snprintf(ret, FORMAT_SIZE_SIZE, "%u B", (unsigned)bytes);
                return;
        }
        for (; size >= 1024 && i + 1 < ELEMENTSOF(units); i++)
                size /= 1024;
        (void)snprintf(ret, FORMAT_SIZE_SIZE, "%.1f %s", size, units[i]);
}

void format_distance(Moment moment, Moment now, char ret[FORMAT_TIME_SIZE])
{
        bool counted = moment.monotonic > 0 && now.monotonic > 0;
        uint64_t from = counted ? now.monotonic : now.realtime;
        uint64_t to = counted ? moment.monotonic : moment.realtime;
        uint64_t seconds = (to > from ? to - from : from - to) / USEC_PER_SEC;
        char size[FORMAT_TIME_SIZE];

        format_seconds(seconds, size);
        if (seconds == 0)
                (void)snprintf(ret, FORMAT_TIME_SIZE, "now");
        else
                (void)snprintf(ret, FORMAT_TIME_SIZE, "%s%.40s%s", to > from ? "in " : "", size,
                        to > from ? "" : " ago");
}

void format_time(Moment moment, Moment now, char ret[FORMAT_TIME_SIZE])
{
        time_t seconds = (time_t)(moment.realtime / USEC_PER_SEC);
        char stamp[FORMAT_TIME_SIZE / 2], distance[FORMAT_TIME_SIZE];
        struct tm tm;

        if (moment.realtime == 0 || !localtime_r(&seconds, &tm) ||
                strftime(stamp, sizeof(stamp), "%a %Y-%m-%d %H:%M:%S %Z", &tm) == 0) {
                (void)snprintf(ret, FORMAT_TIME_SIZE, "never");
                return;
        }
        format_distance(moment, now, distance);
        (void)snprintf(ret, FORMAT_TIME_SIZE, "%s (%.40s)", stamp, distance);
}

void format_clock(uint64_t realtime, char ret[FORMAT_TIME_SIZE])
{
        time_t seconds = (time_t)(realtime / USEC_PER_SEC);
        struct tm tm;

        if (!localtime_r(&seconds, &tm) || strftime(ret, FORMAT_TIME_SIZE, "%H:%M:%S", &tm) == 0)
                ret[0] = '\0';
}

void format_text(FILE *file, const char *text)
{
        _cleanup_(freep) char *copy = strdup(text);

        if (!copy)
                return;
        utf8_make_printable(copy, strlen(copy));
        (void)fputs(copy, file);
}

size_t format_character(const char *text, unsigned *ret_width)
{
        size_t size = 1;

        *ret_width = 0;
        if (text[0] == '\x1b')
                return strcspn(text, "m") + 1; /* a text has no other (colour.c) */
        while (((unsigned char)text[size] & 0xc0) == 0x80)
                size++;
        *ret_width = 1;
        return size;
}

/* How much of a line there is room for, up to a blank if there is one. */
static size_t fitting(const char *line, size_t size, unsigned room)
{
        unsigned used = 0, width;
        size_t n = 0, blank = 0;

        while (n < size) {
                size_t character = format_character(line + n, &width);

                if (used + width > room)
                        return line[n] == ' ' || blank == 0 ? MAX_OF(n, (size_t)1) : blank;
                if (line[n] == ' ' && used > 0)
                        blank = n;
                used += width;
                n += character;
        }
        return size;
}

void format_wrapped(FILE *file, const char *lines, unsigned columns, unsigned indent)
{
        const unsigned margin = columns > indent ? indent : 0;

        while (lines[0]) {
                size_t left = strcspn(lines, "\n"), n = fitting(lines, left, columns);

                (void)fwrite(lines, 1, n, file);
                while ((left -= n) > 0) {
                        lines += n;
                        n = strspn(lines, " ");
                        lines += n;
                        left -= n;
                        n = fitting(lines, left, columns - margin);
                        (void)fprintf(file, "\n%*s%.*s", (int)margin, "", (int)n, lines);
                }
                (void)fputc('\n', file);
                lines += n;
                lines += lines[0] == '\n';
        }
}

_printf_(5, 0) static void write_field(
        FILE *file, int width, const char *key, Colour colour, const char *format, va_list ap)
{
        _cleanup_(freep) char *value = NULL;

        if (vasprintf(&value, format, ap) < 0) {
                value = NULL;
                return;
        }
        (void)fprintf(file, "%*s: %s", width, key, colour_begin(colour));
        format_text(file, value);
        (void)fprintf(file, "%s\n", colour_end(colour));
}

void format_field(FILE *file, int width, const char *key, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        write_field(file, width, key, COLOUR_NONE, format, ap);
        va_end(ap);
}

void format_field_coloured(FILE *file, int width, const char *key, Colour colour, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        write_field(file, width, key, colour, format, ap);
        va_end(ap);
}

void format_field_unless_empty(FILE *file, int width, const char *key, const char *text)
{
        if (text[0])
                format_field(file, width, key, "%s", text);
}

static int add_cell(Table *table, const char *text, Colour colour)
{
        TableCell *cells;
        char *copy;

        cells = reallocarray(table->cells, table->n_cells + 1, sizeof(*cells));
        if (!cells)
                return -ENOMEM;
        table->cells = cells;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        table->cells[table->n_cells++] = (TableCell){copy, colour};
        return 0;
}

int table_begin(Table *table, const char *const *head)
{
        int r = 0;

        for (; head[table->n_columns] && r >= 0; table->n_columns++)
                r = add_cell(table, head[table->n_columns], COLOUR_HEAD);
        assert(table->n_columns <= TABLE_COLUMNS_MAX);
        return r;
}

int table_add_row(Table *table, const char *const *cells)
{
        int r = 0;

        for (size_t i = 0; i < table->n_columns && r >= 0; i++)
                r = add_cell(table, cells[i], COLOUR_NONE);
        return r;
}

void table_colour(Table *table, size_t column, Colour colour)
{
        table->cells[table->n_cells - table->n_columns + column].colour = colour;
}

bool table_is_empty(const Table *table)
{
        return table->n_cells <= table->n_columns;
}

/* Characters; every one that the daemon shows is one column wide. */
static size_t text_width(const char *text)
{
        size_t width = 0;

        for (; *text; text++)
                width += ((unsigned char)*text & 0xc0) != 0x80;
        return width;
}

void table_print(const Table *table, FILE *file)
{
        size_t widths[TABLE_COLUMNS_MAX] = {};

        for (size_t i = 0; i < table->n_cells; i++)
                widths[i % table->n_columns] =
                        MAX_OF(widths[i % table->n_columns], text_width(table->cells[i].text));
        for (size_t i = 0; i < table->n_cells; i++) {
                const TableCell *cell = &table->cells[i];
                size_t column = i % table->n_columns;

                (void)fputs(colour_begin(cell->colour), file);
                format_text(file, cell->text);
                (void)fputs(colour_end(cell->colour), file);
                if (column + 1 < table->n_columns)
                        (void)fprintf(file, "%*s", (int)(widths[column] - text_width(cell->text) + 2), "");
                else
                        (void)fputc('\n', file);
        }
}

void table_done(Table *table)
{
        for (size_t i = 0; i < table->n_cells; i++)
                free(table->cells[i].text);
        free(table->cells);
        *table = (Table){};
}
