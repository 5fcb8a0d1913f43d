/* SPDX-License-Identifier: Apache-2.0 */
/* SenML JSON: an array of objects, one for each value. */
#include <jansson.h>

#include "codec/json_number.h"
#include "codec/senml.h"
#include "codec/senml_json.h"
#include "codec/target.h"
#include "util/encoding.h"
#include "util/secret.h"

#define ITEMS_MAX 64 /* numbers, and arrays and objects, of one record; ours need 8 and 1 */
#define HEADER_SIZE                                                                           \
        16 /* bytes before each block of jansson's, which hold its size: malloc()'s alignment \
            */

/* One record on its way to jansson, which has no integers of 64 bits without a sign and no exact numbers:
 * the text that it gets has the number's place in numbers instead of the number. */
typedef struct Cut {
        ByteWriter text;
        Value numbers[ITEMS_MAX];
        size_t n_numbers, n_containers;
} Cut;

static void cut_done(Cut *cut)
{
        byte_writer_done(&cut->text);
}

/* jansson takes some of its own failures for mistakes of the text. */
static _Thread_local bool allocation_failed;

/* What a peer sends may be a key. */
static void *allocate(size_t size)
{
        uint8_t *block;

        block = size <= SIZE_MAX - HEADER_SIZE ? malloc(size + HEADER_SIZE) : NULL;
        if (!block) {
                allocation_failed = true;
                return NULL;
        }
        memcpy(block, &size, sizeof(size));
        return block + HEADER_SIZE;
}

static void release(void *data)
{
        uint8_t *block;
        size_t size;

        if (!data)
                return;
        block = (uint8_t *)data - HEADER_SIZE;
        memcpy(&size, block, sizeof(size));
        secret_free_bytes(block, size + HEADER_SIZE);
}

static int cut_string(ByteReader *reader, Cut *cut)
{
        size_t begin = reader->position++;

        while (byte_reader_left(reader) > 0) {
                uint8_t c = reader->data[reader->position++];

                if (c == '\\' && byte_reader_left(reader) > 0) {
                        reader->position++;
                } else if (c == '"') {
                        byte_writer_add(&cut->text, reader->data + begin, reader->position - begin);
                        return cut->text.error;
                }
        }
        return CODEC_E_SYNTAX;
}

static int cut_number(ByteReader *reader, Cut *cut)
{
        int r;

        if (cut->n_numbers == ITEMS_MAX)
                return CODEC_E_LIMIT;
        r = json_number_read(reader, &cut->numbers[cut->n_numbers]);
        if (r != 0)
                return r;
        byte_writer_printf(&cut->text, "%zu", cut->n_numbers++);
        return cut->text.error;
}

/* Takes the object that the reader stands before, up to its last brace, so that jansson gets no more depth
 * and no more items than we allow. */
static int cut_object(ByteReader *reader, Cut *cut)
{
        unsigned depth = 0;
        int r;

        if (byte_reader_left(reader) == 0 || reader->data[reader->position] != '{')
                return CODEC_E_SYNTAX;
        do {
                uint8_t c;

                if (byte_reader_left(reader) == 0)
                        return CODEC_E_SYNTAX;
                c = reader->data[reader->position];

                if (c == '"') {
                        r = cut_string(reader, cut);
                } else if (c == '-' || (c >= '0' && c <= '9')) {
                        r = cut_number(reader, cut);
                } else {
                        bool opens = c == '{' || c == '[';

                        /* The pack's array is around it. */
                        if (opens && (++depth >= LIMIT_DEPTH || ++cut->n_containers > ITEMS_MAX))
                                return CODEC_E_LIMIT;
                        depth -= c == '}' || c == ']';
                        reader->position++;
                        byte_writer_add_u8(&cut->text, c);
                        r = cut->text.error;
                }
                if (r != 0)
                        return r;
        } while (depth > 0);
        return 0;
}

static int parse(const Cut *cut, json_t **ret)
{
        json_set_alloc_funcs(allocate, release);
        allocation_failed = false;
        *ret = json_loadb((const char *)cut->text.data, cut->text.size, JSON_REJECT_DUPLICATES, NULL);
        if (*ret)
                return 0;
        return allocation_failed ? -ENOMEM : CODEC_E_SYNTAX;
}

static int read_text(const SenmlValue *value, ByteWriter *writer)
{
        if (!json_is_string((const json_t *)value->json))
                return CODEC_E_SYNTAX;
        byte_writer_add(writer, json_string_value(value->json), json_string_length(value->json));
        return writer->error == -EMSGSIZE ? CODEC_E_LIMIT : writer->error;
}

static int read_number(const SenmlValue *value, Value *ret)
{
        if (!value->number || value->number->type == VALUE_NONE)
                return CODEC_E_TYPE;
        *ret = *value->number;
        return 0;
}

static int read_opaque(const char *text, size_t size, Value *ret)
{
        bool is_standard = memchr(text, '+', size) || memchr(text, '/', size);
        uint8_t *data;
        size_t data_size;
        int r;

        r = parse_base64(text, size, !is_standard, &data, &data_size);
        if (r < 0)
                return r == -EINVAL ? CODEC_E_TYPE : r;
        r = target_make_bytes(VALUE_OPAQUE, data, data_size, ret);
        secret_free_bytes(data, data_size);
        return r;
}

/* A string's values: a text as it is, a link in it, or bytes as Base64. */
static int read_string(const json_t *item, ValueType type, Value *ret)
{
        const char *text = json_string_value(item);
        size_t size = json_string_length(item);
        int r;

        if (type == VALUE_OPAQUE)
                return read_opaque(text, size, ret);
        r = target_make_bytes(VALUE_STRING, text, size, ret);
        if (r != 0)
                return r;
        r = target_convert(ret, type);
        if (r != 0)
                value_done(ret);
        return r;
}

static int read_value(const SenmlValue *value, ValueType type, Value *ret)
{
        const json_t *item = value->json;
        int r;

        if (json_is_string(item))
                return read_string(item, type, ret);
        if (json_is_boolean(item) && type == VALUE_BOOLEAN) {
                *ret = VALUE_BOOL(json_is_true(item));
                return 0;
        }
        r = read_number(value, ret);
        /* A whole number that is read as a double has no whole number's type: its digits are lost. */
        if (r == 0 && type != VALUE_FLOAT && ret->type == VALUE_FLOAT && ret->real != 0)
                r = CODEC_E_TYPE;
        return r != 0 ? r : target_convert(ret, type);
}

static bool is_null(const SenmlValue *value)
{
        return json_is_null((const json_t *)value->json);
}

static void begin(ByteWriter *writer, size_t n)
{
        byte_writer_add_u8(writer, '[');
}

static void end(ByteWriter *writer)
{
        byte_writer_add_u8(writer, ']');
}

/* RFC 8259, 7: what must be escaped, and nothing else. */
static void write_string(ByteWriter *writer, const char *text, size_t size)
{
        size_t begun = 0;

        byte_writer_add_u8(writer, '"');
        for (size_t i = 0; i < size; i++) {
                uint8_t c = (uint8_t)text[i];

                if (c >= ' ' && c != '"' && c != '\\')
                        continue;
                byte_writer_add(writer, text + begun, i - begun);
                begun = i + 1;
                if (c < ' ')
                        byte_writer_printf(writer, "\\u%04x", (unsigned)c);
                else
                        byte_writer_printf(writer, "\\%c", c);
        }
        byte_writer_add(writer, text + begun, size - begun);
        byte_writer_add_u8(writer, '"');
}

static void write_opaque(ByteWriter *writer, const Value *value)
{
        char *text = format_base64url(value->bytes.data, value->bytes.size);

        if (!text) {
                writer->error = -ENOMEM;
                return;
        }
        write_string(writer, text, strlen(text));
        secret_free_bytes(text, strlen(text));
}

static int write_value(ByteWriter *writer, const Value *value)
{
        switch (value->type) {
        case VALUE_STRING:
        case VALUE_CORELNK:
                write_string(writer, (const char *)value->bytes.data, value->bytes.size);
                break;
        case VALUE_OPAQUE:
                write_opaque(writer, value);
                break;
        case VALUE_BOOLEAN:
                byte_writer_add_string(writer, value->boolean ? "true" : "false");
                break;
        case VALUE_OBJLNK:
                byte_writer_printf(
                        writer, "\"%u:%u\"", (unsigned)value->link.object, (unsigned)value->link.instance);
                break;
        case VALUE_INTEGER:
        case VALUE_UNSIGNED:
        case VALUE_FLOAT:
        case VALUE_TIME:
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                return json_number_write(writer, value);
        }
        return writer->error;
}

static void write_label(ByteWriter *writer, const char **separator, SenmlLabel label)
{
        byte_writer_printf(writer, "%s\"%s\":", *separator, senml_label_name(label));
        *separator = ",";
}

static void write_time(ByteWriter *writer, const char **separator, SenmlLabel label, const Value *time)
{
        if (time->type == VALUE_NONE)
                return;
        write_label(writer, separator, label);
        (void)json_number_write(writer, time);
}

static int write_entry(ByteWriter *writer, const SenmlEntry *entry)
{
        const char *separator = entry->base_name ? "{" : ",{"; /* the first record has the base name */
        int r = 0;

        if (entry->base_name) {
                write_label(writer, &separator, SENML_BN);
                write_string(writer, entry->base_name, strlen(entry->base_name));
        }
        write_time(writer, &separator, SENML_BT, &entry->base_time);
        if (entry->name) {
                write_label(writer, &separator, SENML_N);
                write_string(writer, entry->name, strlen(entry->name));
        }
        if (entry->label != SENML_OTHER) {
                write_label(writer, &separator, entry->label);
                r = write_value(writer, entry->value);
        }
        write_time(writer, &separator, SENML_T, &entry->time);
        byte_writer_add_u8(writer, '}');
        return r;
}

static int read_record(SenmlPack *pack, ByteReader *reader)
{
        _cleanup_(cut_done) Cut cut = {.text = BYTE_WRITER(2 * byte_reader_left(reader))};
        SenmlRecord record = SENML_RECORD;
        json_auto_t *object = NULL;
        const char *key;
        json_t *item;
        int r;

        r = cut_object(reader, &cut);
        if (r == 0)
                r = parse(&cut, &object);
        if (r != 0)
                return r;

        json_object_foreach(object, key, item)
        {
                SenmlValue value = {.json = item};
                SenmlLabel label;

                if (json_is_integer(item)) {
                        assert((size_t)json_integer_value(item) < cut.n_numbers);
                        value.number = &cut.numbers[json_integer_value(item)];
                }
                r = senml_label_from_name(key, strlen(key), &label);
                if (r == 0)
                        r = senml_add_field(pack, &record, label, &value);
                if (r != 0)
                        return r;
        }
        return senml_add_record(pack, &record);
}

static void skip_space(ByteReader *reader)
{
        while (byte_reader_left(reader) > 0 && memchr(" \t\r\n", reader->data[reader->position], 4))
                reader->position++;
}

/* True when this character comes next, white space before and behind it aside. */
static bool take(ByteReader *reader, char expected)
{
        skip_space(reader);
        if (byte_reader_left(reader) == 0 || reader->data[reader->position] != (uint8_t)expected)
                return false;
        reader->position++;
        skip_space(reader);
        return true;
}

static int read_pack(SenmlPack *pack, const uint8_t *data, size_t size)
{
        ByteReader reader = BYTE_READER(data, size);
        int r;

        /* jansson passes over a NUL as if it were not there. */
        if (size > 0 && memchr(data, '\0', size))
                return CODEC_E_SYNTAX;
        if (!take(&reader, '['))
                return CODEC_E_SYNTAX;
        if (!take(&reader, ']')) {
                do {
                        r = read_record(pack, &reader);
                        if (r != 0)
                                return r;
                } while (take(&reader, ','));
                if (!take(&reader, ']'))
                        return CODEC_E_SYNTAX;
        }
        return byte_reader_left(&reader) > 0 ? CODEC_E_SYNTAX : 0;
}

const SenmlSpelling senml_json = {
        .read_pack = read_pack,
        .read_text = read_text,
        .read_number = read_number,
        .read_value = read_value,
        .is_null = is_null,
        .begin = begin,
        .write = write_entry,
        .end = end,
};
