/* SPDX-License-Identifier: Apache-2.0 */
/* The last firmware updates as they come over the bus. */
#include "ctl/updates.h"

#include "ctl/properties.h"

#define KEY_WIDTH 14 /* "Version before" */

static const PropertyField fields[] = {
        {"ID", "s", offsetof(Update, id)},
        {"Start", "t", offsetof(Update, start)},
        {"End", "t", offsetof(Update, end)},
        {"Delivery", "s", offsetof(Update, delivery)},
        {"PackageURI", "s", offsetof(Update, uri)},
        {"PackageName", "s", offsetof(Update, name)},
        {"PackageVersion", "s", offsetof(Update, version)},
        {"Size", "t", offsetof(Update, size)},
        {"UpdateResult", "y", offsetof(Update, result)},
        {"ResultName", "s", offsetof(Update, result_name)},
        {"ResultText", "s", offsetof(Update, text)},
        {"VersionBefore", "s", offsetof(Update, version_before)},
        {"VersionAfter", "s", offsetof(Update, version_after)},
};

int updates_read(sd_bus_message *message, Updates *ret)
{
        void *updates = NULL;
        int r;

        r = properties_read_array(message, fields, ELEMENTSOF(fields), sizeof(Update), &updates, &ret->n);
        ret->updates = updates;
        return r;
}

void updates_done(Updates *updates)
{
        free(updates->updates);
        *updates = (Updates){};
}

/* -- text -- */

static const char *outcome(const Update *update)
{
        return update->end > 0 ? update->result_name : "running";
}

static int update_to_table(const Update *update, size_t number, Table *table)
{
        char id[24], start[FORMAT_TIME_SIZE], took[FORMAT_TIME_SIZE], size[FORMAT_SIZE_SIZE];
        const char *const cells[] = {id, start, took, update->delivery, size, outcome(update),
                update->version[0] ? update->version : "-"};
        int r;

        (void)snprintf(id, sizeof(id), "%zu", number);
        format_time((Moment){.realtime = update->start}, moment_now(), start);
        format_took(update->start, update->end, took);
        format_size(update->size, size);
        r = table_add_row(table, cells);
        if (r >= 0)
                table_colour(table, 5, colour_of_update(outcome(update)));
        return r;
}

int updates_show(const Updates *updates, FILE *file)
{
        static const char *const head[] = {
                "FIRMWARE", "START", "TOOK", "DELIVERY", "SIZE", "RESULT", "VERSION", NULL};
        _cleanup_(table_done) Table table = {};
        int r;

        if (updates->n == 0)
                return 0;
        r = table_begin(&table, head);
        for (size_t i = 0; i < updates->n && r >= 0; i++)
                r = update_to_table(&updates->updates[i], i + 1, &table);
        if (r >= 0)
                table_print(&table, file);
        return r;
}

void update_show(const Update *update, FILE *file)
{
        char start[FORMAT_TIME_SIZE], took[FORMAT_TIME_SIZE], size[FORMAT_SIZE_SIZE];

        format_time((Moment){.realtime = update->start}, moment_now(), start);
        format_took(update->start, update->end, took);
        format_size(update->size, size);
        format_field(file, KEY_WIDTH, "Start", "%s", start);
        format_field(file, KEY_WIDTH, "Took", "%s%s", took, update->end > 0 ? "" : ", and is still on");
        format_field(file, KEY_WIDTH, "Delivery", "%s", update->delivery);
        format_field_unless_empty(file, KEY_WIDTH, "URI", update->uri);
        format_field(file, KEY_WIDTH, "Size", "%s", size);
        format_field_unless_empty(file, KEY_WIDTH, "Name", update->name);
        format_field_unless_empty(file, KEY_WIDTH, "Version", update->version);
        if (update->end > 0)
                format_field_coloured(file, KEY_WIDTH, "Result", colour_of_update(outcome(update)),
                        "%s (%u)", outcome(update), (unsigned)update->result);
        else
                format_field_coloured(
                        file, KEY_WIDTH, "Result", colour_of_update(outcome(update)), "%s", outcome(update));
        format_field_unless_empty(file, KEY_WIDTH, "Reason", update->text);
        format_field_unless_empty(file, KEY_WIDTH, "Version before", update->version_before);
        format_field_unless_empty(file, KEY_WIDTH, "Version after", update->version_after);
        format_field_unless_empty(file, KEY_WIDTH, "ID", update->id);
}

/* -- JSON -- */

void update_to_json(const Update *update, JsonWriter *writer)
{
        json_begin(writer, '{');
        json_member_string(writer, "ID", update->id);
        json_member_unsigned(writer, "Start", update->start);
        json_member_unsigned(writer, "End", update->end);
        json_member_string(writer, "Delivery", update->delivery);
        json_member_string(writer, "PackageURI", update->uri);
        json_member_string(writer, "PackageName", update->name);
        json_member_string(writer, "PackageVersion", update->version);
        json_member_unsigned(writer, "Size", update->size);
        json_member_unsigned(writer, "UpdateResult", update->result);
        json_member_string(writer, "ResultName", update->result_name);
        json_member_string(writer, "ResultText", update->text);
        json_member_string(writer, "VersionBefore", update->version_before);
        json_member_string(writer, "VersionAfter", update->version_after);
        json_end(writer, '{');
}

void updates_to_json(const Updates *updates, JsonWriter *writer)
{
        json_begin(writer, '[');
        for (size_t i = 0; i < updates->n; i++)
                update_to_json(&updates->updates[i], writer);
        json_end(writer, '[');
}
