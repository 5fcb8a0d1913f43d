/* SPDX-License-Identifier: Apache-2.0 */
/* SenML CBOR: an array of maps, one for each value. */
#include "codec/cbor.h"
#include "codec/cbor_value.h"
#include "codec/senml.h"
#include "codec/senml_cbor.h"

#define LABEL_MAX  64                /* bytes of a label that is a text; ours have at most 4 */
#define SKIP_DEPTH (LIMIT_DEPTH - 2) /* below the array and the map of the record */

static int read_text(const SenmlValue *value, ByteWriter *writer)
{
        ByteReader reader = value->cbor;
        CborItem item;
        int r;

        r = cbor_read_item(&reader, &item);
        if (r != 0)
                return r;
        return item.type == CBOR_TEXT ? cbor_read_string(&reader, &item, writer) : CODEC_E_SYNTAX;
}

static int read_number(const SenmlValue *value, Value *ret)
{
        ByteReader reader = value->cbor;

        return cbor_value_read_number(&reader, ret);
}

static int read_value(const SenmlValue *value, ValueType type, Value *ret)
{
        ByteReader reader = value->cbor;

        return cbor_value_read(&reader, type, ret);
}

static bool is_null(const SenmlValue *value)
{
        ByteReader reader = value->cbor;
        CborItem item;

        return cbor_read_item(&reader, &item) == 0 && item.type == CBOR_NULL;
}

static void begin(ByteWriter *writer, size_t n)
{
        cbor_write_array(writer, n);
}

static void write_string(ByteWriter *writer, const char *text)
{
        cbor_write_text(writer, text, strlen(text));
}

static void write_time(ByteWriter *writer, SenmlLabel label, const Value *time)
{
        if (time->type == VALUE_NONE)
                return;
        cbor_write_integer(writer, label);
        cbor_value_write(writer, time);
}

static void write_value(ByteWriter *writer, const SenmlEntry *entry)
{
        if (entry->label == SENML_VLO)
                write_string(writer, senml_label_name(entry->label));
        else
                cbor_write_integer(writer, entry->label);
        cbor_value_write(writer, entry->value);
}

static int write_entry(ByteWriter *writer, const SenmlEntry *entry)
{
        bool has_value = entry->label != SENML_OTHER;

        cbor_write_map(writer, (size_t)(entry->base_name != NULL) + (entry->name != NULL) + has_value +
                                       (entry->base_time.type != VALUE_NONE) +
                                       (entry->time.type != VALUE_NONE));
        if (entry->base_name) {
                cbor_write_integer(writer, SENML_BN);
                write_string(writer, entry->base_name);
        }
        write_time(writer, SENML_BT, &entry->base_time);
        if (entry->name) {
                cbor_write_integer(writer, SENML_N);
                write_string(writer, entry->name);
        }
        if (has_value)
                write_value(writer, entry);
        write_time(writer, SENML_T, &entry->time);
        return 0;
}

/* An array of definite length has no end to write. */
static void end(ByteWriter *writer)
{
}

static int read_label(ByteReader *reader, SenmlLabel *ret)
{
        _cleanup_(byte_writer_done) ByteWriter text = BYTE_WRITER(LABEL_MAX);
        CborItem item;
        int r;

        r = cbor_read_item(reader, &item);
        if (r != 0)
                return r;
        if (item.type == CBOR_UNSIGNED && item.number <= SENML_VD) {
                *ret = (SenmlLabel)item.number;
                return 0;
        }
        if (item.type == CBOR_NEGATIVE && item.number <= SENML_BVER - SENML_BS) {
                *ret = (SenmlLabel)(SENML_BVER - (int)item.number);
                return 0;
        }
        /* "there is no intention to define any additional integer map keys": RFC 8428, 6 */
        if (item.type != CBOR_TEXT)
                return CODEC_E_SYNTAX;

        r = cbor_read_string(reader, &item, &text);
        return r != 0 ? r : senml_label_from_name(text.data, text.size, ret);
}

static int read_record(SenmlPack *pack, ByteReader *reader)
{
        SenmlRecord record = SENML_RECORD;
        CborIterator iterator;
        CborItem map;
        int r;

        r = cbor_read_item(reader, &map);
        if (r != 0)
                return r;
        if (map.type != CBOR_MAP)
                return CODEC_E_SYNTAX;

        iterator = CBOR_ITERATOR(&map);
        while (cbor_iterator_next(&iterator, reader)) {
                SenmlValue value = {0};
                SenmlLabel label;

                r = read_label(reader, &label);
                if (r != 0)
                        return r;
                value.cbor = *reader;
                r = cbor_skip(reader, SKIP_DEPTH);
                if (r == 0)
                        r = senml_add_field(pack, &record, label, &value);
                if (r != 0)
                        return r;
        }
        return senml_add_record(pack, &record);
}

static int read_pack(SenmlPack *pack, const uint8_t *data, size_t size)
{
        ByteReader reader = BYTE_READER(data, size);
        CborIterator iterator;
        CborItem array;
        int r;

        r = cbor_read_item(&reader, &array);
        if (r != 0)
                return r;
        if (array.type != CBOR_ARRAY)
                return CODEC_E_SYNTAX;

        iterator = CBOR_ITERATOR(&array);
        while (cbor_iterator_next(&iterator, &reader)) {
                r = read_record(pack, &reader);
                if (r != 0)
                        return r;
        }
        return byte_reader_left(&reader) > 0 ? CODEC_E_SYNTAX : 0;
}

const SenmlSpelling senml_cbor = {
        .read_pack = read_pack,
        .read_text = read_text,
        .read_number = read_number,
        .read_value = read_value,
        .is_null = is_null,
        .begin = begin,
        .write = write_entry,
        .end = end,
};
