/* SPDX-License-Identifier: Apache-2.0 */
/* OMA TLV: type byte, identifier, length, value (Core TS 7.4.3). */
#include <float.h>
#include <math.h>

#include "codec/target.h"
#include "codec/tlv.h"
#include "lwm2m/ids.h"

/* Bits 7 and 6 of the type byte */
typedef enum TlvKind {
        TLV_INSTANCE = 0x00,
        TLV_RESOURCE_INSTANCE = 0x40,
        TLV_MULTIPLE = 0x80,
        TLV_RESOURCE = 0xc0,
} TlvKind;

#define TLV_KIND_MASK    0xc0
#define TLV_ID_16        0x20 /* the identifier has 16 bits, else 8 */
#define TLV_LENGTH_SHIFT 3 /* bits 4 and 3: bytes of the length field; 0: the length stands in bits 2..0 */
#define TLV_LENGTH_MASK  0x03
#define TLV_LENGTH_SHORT 0x07

typedef struct Tlv {
        TlvKind kind;
        uint16_t id;
        ByteReader value;
} Tlv;

static int read_tlv(ByteReader *reader, Tlv *ret)
{
        uint64_t id, length;
        const uint8_t *value;
        size_t length_size;
        uint8_t type;

        if (!byte_reader_u8(reader, &type) || !byte_reader_uint(reader, type & TLV_ID_16 ? 2 : 1, &id))
                return CODEC_E_SYNTAX;
        length = type & TLV_LENGTH_SHORT;
        length_size = type >> TLV_LENGTH_SHIFT & TLV_LENGTH_MASK;
        if (length_size > 0 && !byte_reader_uint(reader, length_size, &length))
                return CODEC_E_SYNTAX;
        if (!byte_reader_take(reader, length, &value))
                return CODEC_E_SYNTAX;
        if (id >= ID_INVALID)
                return CODEC_E_PATH;

        *ret = (Tlv){(TlvKind)(type & TLV_KIND_MASK), (uint16_t)id, BYTE_READER(value, length)};
        return 0;
}

static int64_t sign_extend(uint64_t number, size_t size)
{
        unsigned shift = (unsigned)(8 * (sizeof(number) - size));

        return (int64_t)(number << shift) >> shift;
}

static int read_float(uint64_t number, size_t size, Value *ret)
{
        *ret = (Value){.type = VALUE_FLOAT};
        if (size == 4) {
                uint32_t bits = (uint32_t)number;
                float single;

                memcpy(&single, &bits, sizeof(single));
                ret->real = (double)single;
        } else if (size == 8)
                memcpy(&ret->real, &number, sizeof(number));
        else
                return CODEC_E_TYPE;
        return 0;
}

/* Types whose value is a number of 1, 2, 4 or 8 bytes. */
static int read_number(ValueType type, const ByteReader *bytes, Value *ret)
{
        ByteReader reader = *bytes;
        uint64_t number;

        if (reader.size != 1 && reader.size != 2 && reader.size != 4 && reader.size != 8)
                return CODEC_E_TYPE;
        (void)byte_reader_uint(&reader, reader.size, &number);

        if (type == VALUE_FLOAT)
                return read_float(number, reader.size, ret);
        if (type == VALUE_BOOLEAN) {
                if (reader.size != 1 || number > 1)
                        return CODEC_E_TYPE;
                *ret = VALUE_BOOL(number == 1);
        } else if (type == VALUE_OBJLNK) {
                if (reader.size != 4)
                        return CODEC_E_TYPE;
                *ret = (Value){.type = type, .link = {(uint16_t)(number >> 16), (uint16_t)number}};
        } else if (type == VALUE_UNSIGNED)
                *ret = (Value){.type = type, .unsigned_integer = number};
        else
                *ret = (Value){.type = type, .integer = sign_extend(number, reader.size)};
        return 0;
}

static int decode_value(const Schema *schema, const Path *path, const ByteReader *bytes, RecordList *list)
{
        _cleanup_(value_done) Value value = {0};
        ValueType type;
        int r;

        r = target_lookup(schema, path, &type);
        if (r != 0)
                return r;
        if (type == VALUE_NONE)
                return target_add_unknown(list, path);

        if (value_type_has_bytes(type))
                r = target_make_bytes(type, bytes->data, bytes->size, &value);
        else
                r = read_number(type, bytes, &value);
        return r != 0 ? r : target_add(list, path, &value);
}

/* The content of a Multiple Resource: Resource Instances. An empty one becomes a record without value. */
static int decode_multiple(const Schema *schema, const Path *path, ByteReader *reader, RecordList *list)
{
        ValueType type;
        bool multiple;
        int r;

        if (!schema->lookup(schema, path->id[0], path->id[2], &type, &multiple))
                return target_add_unknown(list, path);
        if (!multiple)
                return CODEC_E_TYPE;
        if (byte_reader_left(reader) == 0)
                return target_add(list, path, &(Value){0});

        while (byte_reader_left(reader) > 0) {
                Path child;
                Tlv tlv;

                r = read_tlv(reader, &tlv);
                if (r != 0)
                        return r;
                if (tlv.kind != TLV_RESOURCE_INSTANCE)
                        return CODEC_E_SYNTAX;
                child = path_append(path, tlv.id);
                r = decode_value(schema, &child, &tlv.value, list);
                if (r != 0)
                        return r;
        }
        return 0;
}

static int decode_resource(const Schema *schema, const Path *instance, Tlv *tlv, RecordList *list)
{
        Path path = path_append(instance, tlv->id);

        switch (tlv->kind) {
        case TLV_RESOURCE:
                return decode_value(schema, &path, &tlv->value, list);
        case TLV_MULTIPLE:
                return decode_multiple(schema, &path, &tlv->value, list);
        case TLV_INSTANCE:
        case TLV_RESOURCE_INSTANCE:
                return CODEC_E_SYNTAX;
        }
        return CODEC_E_SYNTAX;
}

/* The content of an Object Instance: Resources. An empty one becomes a record without value. */
static int decode_instance(const Schema *schema, const Path *path, ByteReader *reader, RecordList *list)
{
        Tlv tlv;
        int r;

        if (byte_reader_left(reader) == 0)
                return target_add(list, path, &(Value){0});

        while (byte_reader_left(reader) > 0) {
                r = read_tlv(reader, &tlv);
                if (r == 0)
                        r = decode_resource(schema, path, &tlv, list);
                if (r != 0)
                        return r;
        }
        return 0;
}

/* Object Instances that must lie at or below base, /O or /O/I. */
static int decode_object(const Schema *schema, const Path *base, ByteReader *reader, RecordList *list)
{
        while (byte_reader_left(reader) > 0) {
                Path path;
                Tlv tlv;
                int r;

                r = read_tlv(reader, &tlv);
                if (r != 0)
                        return r;
                path = path_append(&PATH_OBJECT(base->id[0]), tlv.id);
                if (tlv.kind != TLV_INSTANCE || !target_is_within(&path, base))
                        return CODEC_E_PATH;
                r = decode_instance(schema, &path, &tlv.value, list);
                if (r != 0)
                        return r;
        }
        return 0;
}

/* One Resource for a base /O/I/R, alone or as a sequence of its Resource Instances; one Resource Instance
 * for a base /O/I/R/RI, with or without the Multiple Resource around it. */
static int decode_below_resource(
        const Schema *schema, const Path *base, ByteReader *reader, RecordList *list)
{
        const Path instance = PATH_INSTANCE(base->id[0], base->id[1]);
        const Path resource = path_append(&instance, base->id[2]);
        ByteReader whole = *reader;
        Tlv tlv;
        int r;

        r = read_tlv(reader, &tlv);
        if (r != 0)
                return r;
        if (tlv.kind == TLV_RESOURCE_INSTANCE)
                r = decode_multiple(schema, &resource, &whole, list);
        else if (tlv.id != base->id[2])
                r = CODEC_E_PATH;
        else if (byte_reader_left(reader) > 0)
                r = CODEC_E_SYNTAX;
        else
                r = decode_resource(schema, &instance, &tlv, list);
        if (r != 0)
                return r;

        for (size_t i = 0; i < list->n; i++)
                if (!list->items[i].unknown && !path_has_prefix(&list->items[i].path, base))
                        return CODEC_E_PATH;
        return 0;
}

int tlv_decode(const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list)
{
        ByteReader reader = BYTE_READER(data, size);

        if (base->length == 0)
                return CODEC_E_FORMAT;
        if (base->length >= 3)
                return decode_below_resource(schema, base, &reader, list);
        if (base->length == 1 || (size > 0 && (data[0] & TLV_KIND_MASK) == TLV_INSTANCE))
                return decode_object(schema, base, &reader, list);
        return decode_instance(schema, base, &reader, list);
}

static void write_tlv(ByteWriter *writer, TlvKind kind, uint16_t id, const uint8_t *value, size_t size)
{
        size_t id_size = id > UINT8_MAX ? 2 : 1;
        size_t length_size = size <= TLV_LENGTH_SHORT ? 0 : size <= 0xff ? 1 : size <= 0xffff ? 2 : 3;
        uint8_t type = (uint8_t)kind;

        if (size > 0xffffff) {
                writer->error = -EMSGSIZE;
                return;
        }
        type |= id_size == 2 ? TLV_ID_16 : 0;
        type |= (uint8_t)(length_size > 0 ? length_size << TLV_LENGTH_SHIFT : size);
        byte_writer_add_u8(writer, type);
        byte_writer_add_uint(writer, id_size, id);
        if (length_size > 0)
                byte_writer_add_uint(writer, length_size, size);
        byte_writer_add(writer, value, size);
}

static size_t width_unsigned(uint64_t number)
{
        return number <= UINT8_MAX ? 1 : number <= UINT16_MAX ? 2 : number <= UINT32_MAX ? 4 : 8;
}

static size_t width_integer(int64_t number)
{
        if (number >= INT8_MIN && number <= INT8_MAX)
                return 1;
        if (number >= INT16_MIN && number <= INT16_MAX)
                return 2;
        return number >= INT32_MIN && number <= INT32_MAX ? 4 : 8;
}

static void write_float(ByteWriter *writer, double real)
{
        uint64_t bits;

        if (!isfinite(real) || (fabs(real) <= FLT_MAX && (double)(float)real == real)) {
                float single = (float)real;
                uint32_t single_bits;

                memcpy(&single_bits, &single, sizeof(single_bits));
                byte_writer_add_uint(writer, 4, single_bits);
                return;
        }
        memcpy(&bits, &real, sizeof(bits));
        byte_writer_add_uint(writer, 8, bits);
}

static void write_value(ByteWriter *writer, TlvKind kind, uint16_t id, const Value *value)
{
        _cleanup_(byte_writer_done) ByteWriter number = BYTE_WRITER(sizeof(uint64_t));

        switch (value->type) {
        case VALUE_STRING:
        case VALUE_OPAQUE:
        case VALUE_CORELNK:
                write_tlv(writer, kind, id, value->bytes.data, value->bytes.size);
                return;
        case VALUE_INTEGER:
        case VALUE_TIME:
                byte_writer_add_uint(&number, width_integer(value->integer), (uint64_t)value->integer);
                break;
        case VALUE_UNSIGNED:
                byte_writer_add_uint(
                        &number, width_unsigned(value->unsigned_integer), value->unsigned_integer);
                break;
        case VALUE_FLOAT:
                write_float(&number, value->real);
                break;
        case VALUE_BOOLEAN:
                byte_writer_add_u8(&number, value->boolean);
                break;
        case VALUE_OBJLNK:
                byte_writer_add_uint(&number, 2, value->link.object);
                byte_writer_add_uint(&number, 2, value->link.instance);
                break;
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                break;
        }
        if (number.error < 0)
                writer->error = number.error;
        write_tlv(writer, kind, id, number.data, number.size);
}

/* The records from begin to end lie at or below one parent of this length. */
static void write_records(ByteWriter *writer, uint8_t parent_length, const Record *begin, const Record *end);

/* The records of one Object Instance or Resource with the TLV around them. */
static void write_child(ByteWriter *writer, uint8_t length, const Record *begin, const Record *end)
{
        _cleanup_(byte_writer_done) ByteWriter content = BYTE_WRITER(writer->maximum);
        uint16_t id = begin->path.id[length - 1];

        if (length == 4 || (length == 3 && begin->path.length == 3 && begin->value.type != VALUE_NONE)) {
                write_value(writer, length == 4 ? TLV_RESOURCE_INSTANCE : TLV_RESOURCE, id, &begin->value);
                return;
        }
        write_records(&content, length, begin, end);
        if (content.error < 0)
                writer->error = content.error;
        else
                write_tlv(writer, length == 2 ? TLV_INSTANCE : TLV_MULTIPLE, id, content.data, content.size);
}

static void write_records(ByteWriter *writer, uint8_t parent_length, const Record *begin, const Record *end)
{
        const Record *next;

        for (; begin < end; begin = next) {
                next = begin + 1;
                if (begin->unknown || begin->path.length <= parent_length)
                        continue;
                while (next < end && next->path.length > parent_length &&
                        next->path.id[parent_length] == begin->path.id[parent_length])
                        next++;
                write_child(writer, (uint8_t)(parent_length + 1), begin, next);
        }
}

int tlv_encode(const Path *base, const RecordList *records, ByteWriter *writer)
{
        uint8_t parent_length;

        if (base->length == 0)
                return CODEC_E_FORMAT;
        /* A Read of a Resource or a Resource Instance answers with its own TLV. */
        parent_length = (uint8_t)(base->length <= 2 ? base->length : base->length - 1);
        if (records->n > 0)
                write_records(writer, parent_length, records->items, records->items + records->n);
        return writer->error;
}
