/* SPDX-License-Identifier: Apache-2.0 */
/* Records -> values of D-Bus. */
#include "bus/value_writer.h"

#include "lwm2m/value_text.h"
#include "util/utf8.h"

typedef struct Writer {
        sd_bus_message *message;
        const RecordList *list;
        size_t next;
        bool lossy; /* text that D-Bus does not carry is changed, not refused */
} Writer;

/* In place. */
static void replace_noncharacters(char *text)
{
        for (size_t n, left = strlen(text); left > 0; text += n, left -= n) {
                n = utf8_character(text, left);
                if (n > 0 && utf8_is_noncharacter(text))
                        memset(text, '?', n);
                n = MAX_OF(n, (size_t)1);
        }
}

static int append_text(Writer *writer, const char *text)
{
        _cleanup_(freep) char *copy = NULL;
        int r;

        r = sd_bus_message_append_basic(writer->message, 's', text);
        if (r != -EINVAL || !writer->lossy)
                return r;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        replace_noncharacters(copy);
        return sd_bus_message_append_basic(writer->message, 's', copy);
}

static int append_text_variant(Writer *writer, const char *text)
{
        int r;

        r = sd_bus_message_open_container(writer->message, 'v', "s");
        if (r >= 0)
                r = append_text(writer, text);
        return r < 0 ? r : sd_bus_message_close_container(writer->message);
}

static int append_opaque(sd_bus_message *message, const Value *value)
{
        int r;

        r = sd_bus_message_open_container(message, 'v', "ay");
        if (r >= 0)
                r = sd_bus_message_append_array(message, 'y', value->bytes.data, value->bytes.size);
        return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_variant(Writer *writer, const Value *value)
{
        sd_bus_message *message = writer->message;

        switch (value->type) {
        case VALUE_STRING:
        case VALUE_CORELNK:
                return append_text_variant(writer, (const char *)value->bytes.data);
        case VALUE_INTEGER:
        case VALUE_TIME:
                return sd_bus_message_append(message, "v", "x", value->integer);
        case VALUE_UNSIGNED:
                return sd_bus_message_append(message, "v", "t", value->unsigned_integer);
        case VALUE_FLOAT:
                return sd_bus_message_append(message, "v", "d", value->real);
        case VALUE_BOOLEAN:
                return sd_bus_message_append(message, "v", "b", value->boolean);
        case VALUE_OPAQUE:
                return append_opaque(message, value);
        case VALUE_OBJLNK:
                return sd_bus_message_append(message, "v", "(qq)", value->link.object, value->link.instance);
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                break;
        }
        return -EINVAL;
}

static const Record *peek(const Writer *writer)
{
        return writer->next < writer->list->n ? &writer->list->items[writer->next] : NULL;
}

static int append_entry(Writer *writer, uint16_t id, const Value *value)
{
        int r;

        r = sd_bus_message_open_container(writer->message, 'e', "qv");
        if (r >= 0)
                r = sd_bus_message_append_basic(writer->message, 'q', &id);
        if (r >= 0)
                r = append_variant(writer, value);
        return r < 0 ? r : sd_bus_message_close_container(writer->message);
}

/* The multiple-instance Resource with which the next record begins, all of it, as a variant. */
static int append_instances(Writer *writer)
{
        Path resource = peek(writer)->path;
        int r;

        resource.length = 3;
        r = sd_bus_message_open_container(writer->message, 'v', "a{qv}");
        if (r >= 0)
                r = sd_bus_message_open_container(writer->message, 'a', "{qv}");
        for (const Record *record; r >= 0 && (record = peek(writer)); writer->next++) {
                if (!path_has_prefix(&record->path, &resource))
                        break;
                if (record->path.length == 4)
                        r = append_entry(writer, record->path.id[3], &record->value);
        }
        if (r >= 0)
                r = sd_bus_message_close_container(writer->message);
        return r < 0 ? r : sd_bus_message_close_container(writer->message);
}

/* The variant of what the next record begins: a value, or a multiple-instance Resource. */
static int append_next(Writer *writer, bool alone)
{
        const Record *record = peek(writer);

        if (!alone && (record->path.length == 4 || record->value.type == VALUE_NONE))
                return append_instances(writer);
        writer->next++;
        return append_variant(writer, &record->value);
}

/* Object Instances without a value. */
static void skip_containers(Writer *writer)
{
        for (const Record *record; (record = peek(writer)) && record->path.length < 3; writer->next++)
                ;
}

int value_writer_append(sd_bus_message *message, const RecordList *list)
{
        Writer writer = {.message = message, .list = list};
        int r;

        r = sd_bus_message_open_container(message, 'a', "{qv}");
        for (skip_containers(&writer); r >= 0 && peek(&writer); skip_containers(&writer)) {
                r = sd_bus_message_open_container(message, 'e', "qv");
                if (r >= 0)
                        r = sd_bus_message_append_basic(message, 'q', &peek(&writer)->path.id[2]);
                if (r >= 0)
                        r = append_next(&writer, false);
                if (r >= 0)
                        r = sd_bus_message_close_container(message);
        }
        return r < 0 ? r : MIN_OF(sd_bus_message_close_container(message), 0);
}

/* A Resource Instance that no path of those asked for holds a whole Resource around. */
static bool is_alone(const PathList *asked, const Path *path)
{
        for (size_t i = 0; asked && i < asked->n; i++)
                if (asked->items[i].length < 4 && path_has_prefix(path, &asked->items[i]))
                        return false;
        return asked && path->length == 4;
}

static int append_path(Writer *writer, const PathList *asked)
{
        Path path = peek(writer)->path;
        bool alone = is_alone(asked, &path);
        int r;

        path.length = alone ? 4 : 3;
        r = sd_bus_message_open_container(writer->message, 'r', "sv");
        if (r >= 0)
                r = sd_bus_message_append_basic(writer->message, 's', PATH_TEXT(&path));
        if (r >= 0)
                r = append_next(writer, alone);
        return r < 0 ? r : sd_bus_message_close_container(writer->message);
}

int value_writer_append_paths(sd_bus_message *message, const RecordList *list, const PathList *asked)
{
        Writer writer = {.message = message, .list = list, .lossy = true};
        int r;

        r = sd_bus_message_open_container(message, 'a', "(sv)");
        for (skip_containers(&writer); r >= 0 && peek(&writer); skip_containers(&writer))
                r = append_path(&writer, asked);
        return r < 0 ? r : MIN_OF(sd_bus_message_close_container(message), 0);
}

static int append_path_text(Writer *writer, const Record *record)
{
        _cleanup_(freep) char *text = NULL;
        int r;

        r = value_format_text(&record->value, &text);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(writer->message, 'r', "ss");
        if (r >= 0)
                r = sd_bus_message_append_basic(writer->message, 's', PATH_TEXT(&record->path));
        if (r >= 0)
                r = append_text(writer, text);
        return r < 0 ? r : sd_bus_message_close_container(writer->message);
}

int value_writer_append_texts(sd_bus_message *message, const RecordList *list)
{
        Writer writer = {.message = message, .list = list, .lossy = true};
        int r;

        r = sd_bus_message_open_container(message, 'a', "(ss)");
        for (size_t i = 0; r >= 0 && i < list->n; i++)
                if (list->items[i].value.type != VALUE_NONE)
                        r = append_path_text(&writer, &list->items[i]);
        return r < 0 ? r : MIN_OF(sd_bus_message_close_container(message), 0);
}
