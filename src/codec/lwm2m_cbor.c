/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M CBOR: maps in maps. */
#include "codec/cbor.h"
#include "codec/cbor_value.h"
#include "codec/lwm2m_cbor.h"
#include "codec/target.h"
#include "lwm2m/ids.h"

typedef struct Decoder {
        const Schema *schema;
        const Path *base;
        RecordList *list;
        size_t n; /* values read, those of unknown Resources too */
} Decoder;

/* True of 65535 where it leaves the ID of an Object Instance to the client. */
static bool is_open(const Decoder *decoder, const Path *path, uint64_t id)
{
        return id == ID_INVALID && path->length == 1 &&
               path_equal(decoder->base, &PATH_NEW_INSTANCE(path->id[0]));
}

static int append_id(const Decoder *decoder, const CborItem *item, Path *path)
{
        if (item->type != CBOR_UNSIGNED)
                return CODEC_E_SYNTAX;
        if (path->length == PATH_LENGTH_MAX ||
                (item->number >= ID_INVALID && !is_open(decoder, path, item->number)))
                return CODEC_E_PATH;
        *path = path_append(path, (uint16_t)item->number);
        return 0;
}

/* Appends a key to the path: one ID, or an array of at least one. */
static int read_key(const Decoder *decoder, ByteReader *reader, Path *path)
{
        CborIterator iterator;
        CborItem item, id;
        bool empty = true;
        int r;

        r = cbor_read_item(reader, &item);
        if (r != 0)
                return r;
        if (item.type != CBOR_ARRAY)
                return append_id(decoder, &item, path);

        iterator = CBOR_ITERATOR(&item);
        while (cbor_iterator_next(&iterator, reader)) {
                r = cbor_read_item(reader, &id);
                if (r == 0)
                        r = append_id(decoder, &id, path);
                if (r != 0)
                        return r;
                empty = false;
        }
        return empty ? CODEC_E_SYNTAX : 0;
}

static int read_value(Decoder *decoder, const Path *path, ByteReader *reader)
{
        _cleanup_(value_done) Value value = {0};
        ValueType type;
        int r;

        if (decoder->n++ >= record_list_maximum(decoder->list))
                return CODEC_E_LIMIT;
        if (path->length < 3 || !target_is_within(path, decoder->base))
                return CODEC_E_PATH;
        r = target_lookup(decoder->schema, path, &type);
        if (r != 0)
                return r;
        if (type == VALUE_NONE) {
                r = cbor_skip(reader, LIMIT_DEPTH - PATH_LENGTH_MAX);
                return r != 0 ? r : target_add_unknown(decoder->list, path);
        }
        r = cbor_value_read(reader, type, &value);
        return r != 0 ? r : target_add(decoder->list, path, &value);
}

/* The entries of the map below path. Each level makes the path longer, which bounds the depth. */
static int read_map(Decoder *decoder, const Path *path, const CborItem *map, ByteReader *reader)
{
        CborIterator iterator = CBOR_ITERATOR(map);
        bool empty = true;
        int r;

        while (cbor_iterator_next(&iterator, reader)) {
                Path child = *path;
                ByteReader value;
                CborItem item;

                r = read_key(decoder, reader, &child);
                if (r != 0)
                        return r;
                value = *reader;
                r = cbor_read_item(reader, &item);
                if (r != 0)
                        return r;
                if (item.type == CBOR_MAP && child.length < PATH_LENGTH_MAX) {
                        r = read_map(decoder, &child, &item, reader);
                } else {
                        *reader = value;
                        r = read_value(decoder, &child, reader);
                }
                if (r != 0)
                        return r;
                empty = false;
        }
        return empty && path->length > 0 ? CODEC_E_SYNTAX : 0;
}

int lwm2m_cbor_decode(
        const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list)
{
        Decoder decoder = {.schema = schema, .base = base, .list = list};
        ByteReader reader = BYTE_READER(data, size);
        CborItem map;
        int r;

        r = cbor_read_item(&reader, &map);
        if (r != 0)
                return r;
        if (map.type != CBOR_MAP)
                return CODEC_E_SYNTAX;
        r = read_map(&decoder, &PATH_ROOT, &map, &reader);
        if (r != 0)
                return r;
        return byte_reader_left(&reader) > 0 ? CODEC_E_SYNTAX : 0;
}

/* The next record with a value from record on, or end. */
static const Record *find_value(const Record *record, const Record *end)
{
        while (record < end && (record->unknown || record->value.type == VALUE_NONE))
                record++;
        return record;
}

/* The first record with a value that is not where begin is, down to this length of the path; or end. */
static const Record *find_next(const Record *begin, const Record *end, size_t length)
{
        const Record *record = find_value(begin + 1, end);

        while (record < end && record->path.length >= length &&
                record->path.id[length - 1] == begin->path.id[length - 1])
                record = find_value(record + 1, end);
        return record;
}

/* The records from begin to end lie below one path of this length; begin is the first with a value. */
static void write_map(ByteWriter *writer, size_t length, const Record *begin, const Record *end)
{
        const Record *next;
        size_t n = 0;

        for (const Record *record = begin; record < end; record = find_next(record, end, length + 1))
                n++;
        cbor_write_map(writer, n);
        for (; begin < end; begin = next) {
                next = find_next(begin, end, length + 1);
                cbor_write_unsigned(writer, begin->path.id[length]);
                if (begin->path.length == length + 1)
                        cbor_value_write(writer, &begin->value);
                else
                        write_map(writer, length + 1, begin, next);
        }
}

static void write_base(ByteWriter *writer, const Path *base)
{
        cbor_write_map(writer, 1);
        if (base->length > 1)
                cbor_write_array(writer, base->length);
        for (size_t i = 0; i < base->length; i++)
                cbor_write_unsigned(writer, base->id[i]);
}

int lwm2m_cbor_encode(const Path *base, const RecordList *records, ByteWriter *writer)
{
        const Record *begin = NULL, *end = NULL;

        if (records->n > 0) {
                end = records->items + records->n;
                begin = find_value(records->items, end);
        }
        if (begin == end) {
                cbor_write_map(writer, 0);
                return writer->error;
        }
        if (base->length > 0)
                write_base(writer, base);
        if (begin->path.length == base->length)
                cbor_value_write(writer, &begin->value);
        else
                write_map(writer, base->length, begin, end);
        return writer->error;
}
