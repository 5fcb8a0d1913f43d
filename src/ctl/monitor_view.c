/* SPDX-License-Identifier: Apache-2.0 */
/* What lwm2mctl monitor shows on a terminal. */
#include "ctl/monitor_view.h"

#include <inttypes.h>

#include "ctl/firmware.h"
#include "ctl/history.h"
#include "ctl/status_fields.h"

#define BAR_WIDTH      60U
#define OPERATIONS_MIN 3 /* rows for less are not worth a table: its title, its head, one operation */

/* A page that is being written. */
typedef struct Page {
        FILE *file;
        char *text;
        size_t size;
        unsigned rows, columns;
} Page;

/* How many more lines there is room for. */
static unsigned rows_left(Page *page)
{
        unsigned used = 0;

        (void)fflush(page->file);
        for (size_t i = 0; i < page->size; i++)
                used += page->text[i] == '\n';
        return page->rows > used ? page->rows - used : 0;
}

static void write_clock(Page *page, uint64_t usec)
{
        char clock[FORMAT_TIME_SIZE];

        format_clock(usec, clock);
        (void)fputs(clock, page->file);
}

static void write_title(Page *page, const char *title)
{
        (void)fprintf(page->file, "\n%s%s%s", colour_begin(COLOUR_HEAD), title, colour_end(COLOUR_HEAD));
}

static void write_head(Page *page, const char *endpoint, Moment now)
{
        (void)fprintf(page->file, "%slwm2m-client%s  ", colour_begin(COLOUR_HEAD), colour_end(COLOUR_HEAD));
        write_clock(page, now.realtime);
        (void)fputs("  ", page->file);
        format_text(page->file, endpoint);
        (void)fputs("\n\n", page->file);
}

/* A sentence is shown whole. */
static int write_status(Page *page, const MonitorView *view, const ManagerProperties *properties, Moment now)
{
        _cleanup_(freep) char *text = NULL;
        ServersSummary servers = {};
        size_t size;
        FILE *file;
        int r = 0;

        if (view->objects)
                r = servers_sum_up(view->objects, &servers);
        if (r < 0)
                return r;
        file = open_memstream(&text, &size);
        if (!file)
                return -ENOMEM;
        if (view->problem)
                format_field_coloured(file, STATUS_KEY_WIDTH, "No answer", COLOUR_BAD, "%s", view->problem);
        status_fields_write(file, properties, &servers, now);
        if (fclose(file) != 0)
                return -ENOMEM;
        format_wrapped(page->file, text, page->columns, STATUS_KEY_WIDTH + 2);
        return 0;
}

static int write_servers(Page *page, sd_bus_message *objects)
{
        _cleanup_(table_done) Table table = {};
        int r;

        r = servers_to_table(objects, &table);
        if (r < 0 || table_is_empty(&table))
                return r;
        (void)fputc('\n', page->file);
        table_print(&table, page->file);
        return 0;
}

static int write_firmware(Page *page, sd_bus_message *message, Moment now)
{
        FirmwareProperties firmware;
        int percent, r;

        r = sd_bus_message_rewind(message, true);
        if (r >= 0)
                r = firmware_read(message, &firmware);
        if (r < 0 || !firmware_has_news(&firmware))
                return r;
        write_title(page, "FIRMWARE\n");
        (void)fputs(colour_begin(firmware_colour(&firmware)), page->file);
        firmware_write(page->file, &firmware, now);
        (void)fprintf(page->file, "%s\n", colour_end(firmware_colour(&firmware)));
        percent = firmware_percent(&firmware);
        if (percent >= 0) {
                firmware_write_bar(page->file, percent, MIN_OF(page->columns, BAR_WIDTH));
                (void)fprintf(page->file, " %d %%\n", percent);
        }
        return 0;
}

static void write_counters(Page *page, const Counters *counters)
{
        if (counters->n == 0)
                return;
        write_title(page, "COUNTERS\n");
        if (!counters_write(counters, page->columns, page->file))
                (void)fputs("All are 0", page->file);
        (void)fputc('\n', page->file);
}

/* Of the last attempt of the last series the last ones. */
static int write_operations(Page *page, sd_bus_message *message)
{
        _cleanup_(history_done) History history = {};
        _cleanup_(table_done) Table table = {};
        unsigned rows = rows_left(page);
        const HistorySeries *series;
        size_t n;
        int r;

        r = sd_bus_message_rewind(message, true);
        if (r >= 0)
                r = history_read(message, &history);
        if (r < 0 || history.n == 0 || rows < OPERATIONS_MIN + 1)
                return r;
        series = &history.series[0];
        write_title(page, "LAST BOOTSTRAP");
        (void)fputs("  ", page->file);
        write_clock(page, series->start);
        (void)fprintf(page->file, ", %s, attempt %" PRIu32 ": %s%s%s\n", series->trigger, series->attempts,
                colour_begin(colour_of_result(series->result)), series->result,
                colour_end(colour_of_result(series->result)));
        n = MIN_OF(series->operations.n, (size_t)rows - OPERATIONS_MIN);
        if (n == 0)
                return 0;
        r = history_operations_to_table(series, series->operations.n - n, &table);
        if (r >= 0)
                table_print(&table, page->file);
        return r;
}

static int write_page(Page *page, const MonitorView *view, Moment now)
{
        ManagerProperties properties;
        int r;

        if (!view->manager) {
                write_head(page, "", now);
                (void)fprintf(page->file, "%s\n", view->problem ?: "");
                return 0;
        }
        r = sd_bus_message_rewind(view->manager, true);
        if (r >= 0)
                r = properties_read_manager(view->manager, &properties);
        if (r < 0)
                return r;
        write_head(page, properties.endpoint_name, now);
        r = write_status(page, view, &properties, now);
        if (r >= 0 && view->objects)
                r = write_servers(page, view->objects);
        if (r >= 0 && view->firmware)
                r = write_firmware(page, view->firmware, now);
        write_counters(page, &properties.counters);
        return r < 0 || !view->history ? r : write_operations(page, view->history);
}

int monitor_view_text(const MonitorView *view, Moment now, unsigned rows, unsigned columns, char **ret)
{
        Page page = {.rows = rows, .columns = columns};
        int r;

        page.file = open_memstream(&page.text, &page.size);
        if (!page.file)
                return -ENOMEM;
        r = write_page(&page, view, now);
        if (fclose(page.file) != 0 && r >= 0)
                r = -ENOMEM;
        if (r >= 0)
                *ret = page.text;
        else
                free(page.text);
        return r;
}
