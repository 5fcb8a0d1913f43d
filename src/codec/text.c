/* SPDX-License-Identifier: Apache-2.0 */
/* Plain text: one value in decimal, UTF-8 or Base64. */
#include <math.h>

#include "codec/target.h"
#include "codec/text.h"
#include "lwm2m/value_text.h"
#include "util/parse.h"
#include "util/secret.h"

static int decode_opaque(const Value *text, Value *ret)
{
        uint8_t *data;
        size_t size;
        int r;

        r = parse_base64((const char *)text->bytes.data, text->bytes.size, false, &data, &size);
        if (r < 0)
                return r == -EINVAL ? CODEC_E_TYPE : r;
        r = target_make_bytes(VALUE_OPAQUE, data, size, ret);
        secret_free_bytes(data, size);
        return r;
}

static int decode_boolean(const char *text, Value *ret)
{
        if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
                return CODEC_E_TYPE;
        *ret = VALUE_BOOL(text[0] == '1');
        return 0;
}

/* Strings become the value itself, everything else is parsed from it. */
static int parse_value(Value *source, ValueType type, Value *ret)
{
        const char *text = (const char *)source->bytes.data;
        int r = 0;

        *ret = (Value){.type = type};
        switch (type) {
        case VALUE_INTEGER:
        case VALUE_TIME:
                r = parse_i64(text, &ret->integer);
                break;
        case VALUE_UNSIGNED:
                r = parse_u64(text, UINT64_MAX, &ret->unsigned_integer);
                break;
        case VALUE_FLOAT:
                r = parse_double(text, &ret->real);
                break;
        case VALUE_BOOLEAN:
                return decode_boolean(text, ret);
        case VALUE_OPAQUE:
                *ret = (Value){0};
                return decode_opaque(source, ret);
        case VALUE_STRING:
        case VALUE_CORELNK:
        case VALUE_OBJLNK:
                *ret = *source;
                *source = (Value){0};
                return target_convert(ret, type);
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                return CODEC_E_TYPE;
        }
        return r == -EINVAL || r == -ERANGE ? CODEC_E_TYPE : r;
}

int text_decode(const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list)
{
        _cleanup_(value_done) Value source = {0}, value = {0};
        ValueType type;
        int r;

        r = target_lookup_single(schema, base, &type);
        if (r != 0)
                return r;
        if (type == VALUE_NONE)
                return target_add_unknown(list, base);

        /* Base64 is a third longer than the value it stands for. */
        if (size > (type == VALUE_OPAQUE ? LIMIT_VALUE_SIZE / 3 * 4 + 4 : LIMIT_VALUE_SIZE))
                return CODEC_E_LIMIT;
        r = value_make_bytes(VALUE_STRING, data, size, &source);
        if (r < 0)
                return r == -EINVAL ? CODEC_E_TYPE : r;
        r = parse_value(&source, type, &value);
        return r != 0 ? r : target_add(list, base, &value);
}

static int write_float(ByteWriter *writer, double real)
{
        char text[VALUE_FLOAT_TEXT_MAX];

        if (!isfinite(real))
                return CODEC_E_FORMAT;
        byte_writer_add_string(writer, value_format_float(real, text));
        return writer->error;
}

static int write_opaque(ByteWriter *writer, const Value *value)
{
        char *text = format_base64(value->bytes.data, value->bytes.size);

        if (!text)
                return -ENOMEM;
        byte_writer_add_string(writer, text);
        secret_free_bytes(text, strlen(text));
        return writer->error;
}

int text_encode(const Path *base, const RecordList *records, ByteWriter *writer)
{
        const Value *value = target_single_value(base, records);

        if (!value)
                return CODEC_E_FORMAT;

        switch (value->type) {
        case VALUE_STRING:
        case VALUE_CORELNK:
                byte_writer_add(writer, value->bytes.data, value->bytes.size);
                break;
        case VALUE_INTEGER:
        case VALUE_TIME:
                byte_writer_printf(writer, "%jd", (intmax_t)value->integer);
                break;
        case VALUE_UNSIGNED:
                byte_writer_printf(writer, "%ju", (uintmax_t)value->unsigned_integer);
                break;
        case VALUE_FLOAT:
                return write_float(writer, value->real);
        case VALUE_BOOLEAN:
                byte_writer_add_string(writer, value->boolean ? "1" : "0");
                break;
        case VALUE_OPAQUE:
                return write_opaque(writer, value);
        case VALUE_OBJLNK:
                byte_writer_printf(
                        writer, "%u:%u", (unsigned)value->link.object, (unsigned)value->link.instance);
                break;
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                return CODEC_E_FORMAT;
        }
        return writer->error;
}
