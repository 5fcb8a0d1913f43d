/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR items one by one. */
#include <cbor/encoding.h>
#include <cbor/streaming.h>
#include <float.h>
#include <math.h>

#include "codec/cbor.h"

#define HEAD_MAX   9    /* bytes of an item without content: RFC 8949, 3 */
#define BREAK_BYTE 0xff /* RFC 8949, 3.2.1 */

static void on_number(void *context, CborType type, uint64_t number)
{
        *(CborItem *)context = (CborItem){.type = type, .number = number};
}

static void on_uint8(void *context, uint8_t number)
{
        on_number(context, CBOR_UNSIGNED, number);
}

static void on_uint16(void *context, uint16_t number)
{
        on_number(context, CBOR_UNSIGNED, number);
}

static void on_uint32(void *context, uint32_t number)
{
        on_number(context, CBOR_UNSIGNED, number);
}

static void on_uint64(void *context, uint64_t number)
{
        on_number(context, CBOR_UNSIGNED, number);
}

static void on_negint8(void *context, uint8_t number)
{
        on_number(context, CBOR_NEGATIVE, number);
}

static void on_negint16(void *context, uint16_t number)
{
        on_number(context, CBOR_NEGATIVE, number);
}

static void on_negint32(void *context, uint32_t number)
{
        on_number(context, CBOR_NEGATIVE, number);
}

static void on_negint64(void *context, uint64_t number)
{
        on_number(context, CBOR_NEGATIVE, number);
}

static void on_bytes(void *context, cbor_data data, size_t size)
{
        *(CborItem *)context = (CborItem){.type = CBOR_BYTES, .bytes = {data, size}};
}

static void on_text(void *context, cbor_data data, size_t size)
{
        *(CborItem *)context = (CborItem){.type = CBOR_TEXT, .bytes = {data, size}};
}

static void on_bytes_start(void *context)
{
        *(CborItem *)context = (CborItem){.type = CBOR_BYTES, .indefinite = true};
}

static void on_text_start(void *context)
{
        *(CborItem *)context = (CborItem){.type = CBOR_TEXT, .indefinite = true};
}

static void on_array(void *context, size_t n)
{
        on_number(context, CBOR_ARRAY, n);
}

static void on_map(void *context, size_t n)
{
        on_number(context, CBOR_MAP, n);
}

static void on_array_start(void *context)
{
        *(CborItem *)context = (CborItem){.type = CBOR_ARRAY, .indefinite = true};
}

static void on_map_start(void *context)
{
        *(CborItem *)context = (CborItem){.type = CBOR_MAP, .indefinite = true};
}

static void on_tag(void *context, uint64_t number)
{
        on_number(context, CBOR_TAG, number);
}

static void on_float(void *context, float real)
{
        *(CborItem *)context = (CborItem){.type = CBOR_FLOAT, .real = (double)real};
}

static void on_double(void *context, double real)
{
        *(CborItem *)context = (CborItem){.type = CBOR_FLOAT, .real = real};
}

static void on_boolean(void *context, bool boolean)
{
        *(CborItem *)context = (CborItem){.type = CBOR_BOOLEAN, .boolean = boolean};
}

static void on_null(void *context)
{
        *(CborItem *)context = (CborItem){.type = CBOR_NULL};
}

static void on_undefined(void *context)
{
        *(CborItem *)context = (CborItem){.type = CBOR_UNDEFINED};
}

static void on_break(void *context)
{
        *(CborItem *)context = (CborItem){.type = CBOR_BREAK};
}

static const struct cbor_callbacks callbacks = {
        .uint8 = on_uint8,
        .uint16 = on_uint16,
        .uint32 = on_uint32,
        .uint64 = on_uint64,
        .negint8 = on_negint8,
        .negint16 = on_negint16,
        .negint32 = on_negint32,
        .negint64 = on_negint64,
        .byte_string_start = on_bytes_start,
        .byte_string = on_bytes,
        .string = on_text,
        .string_start = on_text_start,
        .indef_array_start = on_array_start,
        .array_start = on_array,
        .indef_map_start = on_map_start,
        .map_start = on_map,
        .tag = on_tag,
        .float2 = on_float,
        .float4 = on_float,
        .float8 = on_double,
        .undefined = on_undefined,
        .null = on_null,
        .boolean = on_boolean,
        .indef_break = on_break,
};

int cbor_read_item(ByteReader *reader, CborItem *ret)
{
        struct cbor_decoder_result result;
        const uint8_t *ignored;

        if (byte_reader_left(reader) == 0)
                return CODEC_E_SYNTAX;
        result = cbor_stream_decode(
                reader->data + reader->position, byte_reader_left(reader), &callbacks, ret);
        if (result.status != CBOR_DECODER_FINISHED || !byte_reader_take(reader, result.read, &ignored))
                return CODEC_E_SYNTAX;
        return 0;
}

static int append(ByteWriter *writer, const CborItem *chunk)
{
        byte_writer_add(writer, chunk->bytes.data, chunk->bytes.size);
        return writer->error == -EMSGSIZE ? CODEC_E_LIMIT : writer->error;
}

int cbor_read_string(ByteReader *reader, const CborItem *item, ByteWriter *writer)
{
        CborIterator iterator = CBOR_ITERATOR(item);
        CborItem chunk;
        int r;

        assert(item->type == CBOR_BYTES || item->type == CBOR_TEXT);
        if (!item->indefinite)
                return append(writer, item);

        while (cbor_iterator_next(&iterator, reader)) {
                r = cbor_read_item(reader, &chunk);
                if (r != 0)
                        return r;
                /* RFC 8949, 3.2.3: definite chunks of the same type */
                if (chunk.type != item->type || chunk.indefinite)
                        return CODEC_E_SYNTAX;
                r = append(writer, &chunk);
                if (r != 0)
                        return r;
        }
        return 0;
}

bool cbor_iterator_next(CborIterator *iterator, ByteReader *reader)
{
        if (!iterator->indefinite)
                return iterator->left > 0 && iterator->left-- > 0;

        if (byte_reader_left(reader) > 0 && reader->data[reader->position] == BREAK_BYTE) {
                reader->position++;
                return false;
        }
        return true;
}

static int skip_chunks(ByteReader *reader, const CborItem *string)
{
        CborIterator iterator = CBOR_ITERATOR(string);
        CborItem chunk;

        while (cbor_iterator_next(&iterator, reader))
                if (cbor_read_item(reader, &chunk) != 0 || chunk.type != string->type || chunk.indefinite)
                        return CODEC_E_SYNTAX;
        return 0;
}

int cbor_skip(ByteReader *reader, unsigned depth)
{
        CborIterator iterator;
        CborItem item;
        int r;

        do {
                r = cbor_read_item(reader, &item);
                if (r != 0)
                        return r;
        } while (item.type == CBOR_TAG);

        if (item.type == CBOR_BREAK)
                return CODEC_E_SYNTAX;
        if (item.type == CBOR_BYTES || item.type == CBOR_TEXT)
                return item.indefinite ? skip_chunks(reader, &item) : 0;
        if (item.type != CBOR_ARRAY && item.type != CBOR_MAP)
                return 0;
        if (depth == 0)
                return CODEC_E_LIMIT;

        iterator = CBOR_ITERATOR(&item);
        while (cbor_iterator_next(&iterator, reader)) {
                r = cbor_skip(reader, depth - 1);
                if (r == 0 && item.type == CBOR_MAP)
                        r = cbor_skip(reader, depth - 1);
                if (r != 0)
                        return r;
        }
        return 0;
}

void cbor_write_unsigned(ByteWriter *writer, uint64_t number)
{
        uint8_t head[HEAD_MAX];

        byte_writer_add(writer, head, cbor_encode_uint(number, head, sizeof(head)));
}

void cbor_write_integer(ByteWriter *writer, int64_t number)
{
        uint8_t head[HEAD_MAX];

        if (number >= 0)
                cbor_write_unsigned(writer, (uint64_t)number);
        else
                byte_writer_add(writer, head, cbor_encode_negint(~(uint64_t)number, head, sizeof(head)));
}

void cbor_write_float(ByteWriter *writer, double real)
{
        uint8_t head[HEAD_MAX];
        size_t n;

        if (!isfinite(real) || (fabs(real) <= FLT_MAX && (double)(float)real == real))
                n = cbor_encode_single((float)real, head, sizeof(head));
        else
                n = cbor_encode_double(real, head, sizeof(head));
        byte_writer_add(writer, head, n);
}

void cbor_write_boolean(ByteWriter *writer, bool boolean)
{
        uint8_t head[HEAD_MAX];

        byte_writer_add(writer, head, cbor_encode_bool(boolean, head, sizeof(head)));
}

void cbor_write_null(ByteWriter *writer)
{
        uint8_t head[HEAD_MAX];

        byte_writer_add(writer, head, cbor_encode_null(head, sizeof(head)));
}

void cbor_write_bytes(ByteWriter *writer, const void *data, size_t size)
{
        uint8_t head[HEAD_MAX];

        byte_writer_add(writer, head, cbor_encode_bytestring_start(size, head, sizeof(head)));
        byte_writer_add(writer, data, size);
}

void cbor_write_text(ByteWriter *writer, const void *text, size_t size)
{
        uint8_t head[HEAD_MAX];

        byte_writer_add(writer, head, cbor_encode_string_start(size, head, sizeof(head)));
        byte_writer_add(writer, text, size);
}

void cbor_write_tag(ByteWriter *writer, uint64_t number)
{
        uint8_t head[HEAD_MAX];

        byte_writer_add(writer, head, cbor_encode_tag(number, head, sizeof(head)));
}

void cbor_write_array(ByteWriter *writer, size_t n)
{
        uint8_t head[HEAD_MAX];

        byte_writer_add(writer, head, cbor_encode_array_start(n, head, sizeof(head)));
}

void cbor_write_map(ByteWriter *writer, size_t n)
{
        uint8_t head[HEAD_MAX];

        byte_writer_add(writer, head, cbor_encode_map_start(n, head, sizeof(head)));
}
