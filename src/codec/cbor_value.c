/* SPDX-License-Identifier: Apache-2.0 */
/* One value as one CBOR data item. */
#include <stdio.h>
#include <time.h>

#include "codec/cbor.h"
#include "codec/cbor_value.h"
#include "codec/target.h"

#define TAG_TIME_TEXT   0  /* RFC 8949, 3.4.1 */
#define TAG_TIME_NUMBER 1  /* RFC 8949, 3.4.2 */
#define TIME_TEXT_MAX   64 /* bytes; RFC 3339 needs 25 and the decimals of the seconds */

static int number_from_item(const CborItem *item, Value *ret)
{
        if (item->type == CBOR_FLOAT)
                *ret = (Value){.type = VALUE_FLOAT, .real = item->real};
        else if (item->type == CBOR_UNSIGNED && item->number > INT64_MAX)
                *ret = (Value){.type = VALUE_UNSIGNED, .unsigned_integer = item->number};
        else if (item->type == CBOR_UNSIGNED)
                *ret = VALUE_INT((int64_t)item->number);
        else if (item->type == CBOR_NEGATIVE && item->number <= INT64_MAX)
                *ret = VALUE_INT(-1 - (int64_t)item->number);
        else
                return CODEC_E_TYPE;
        return 0;
}

int cbor_value_read_number(ByteReader *reader, Value *ret)
{
        CborItem item;
        int r;

        r = cbor_read_item(reader, &item);
        return r != 0 ? r : number_from_item(&item, ret);
}

/* Reads n digits at *text and moves behind them. */
static bool take_digits(const char **text, size_t n, int *ret)
{
        int value = 0;

        for (; n > 0; n--, (*text)++) {
                if (**text < '0' || **text > '9')
                        return false;
                value = value * 10 + (**text - '0');
        }
        *ret = value;
        return true;
}

static bool take(const char **text, char expected)
{
        if (**text != expected)
                return false;
        (*text)++;
        return true;
}

/* "Z", "+02:00" -> seconds east of Greenwich */
static bool take_offset(const char **text, int *ret)
{
        int sign, hours, minutes;

        if (take(text, 'Z') || take(text, 'z')) {
                *ret = 0;
                return true;
        }
        sign = take(text, '-') ? -1 : take(text, '+') ? 1 : 0;
        if (sign == 0 || !take_digits(text, 2, &hours) || !take(text, ':') ||
                !take_digits(text, 2, &minutes) || hours > 23 || minutes > 59)
                return false;
        *ret = sign * (hours * 3600 + minutes * 60);
        return true;
}

/* RFC 3339, 5.6; decimals of seconds must be zero, since a Time has none. */
static int parse_time(const char *text, Value *ret)
{
        struct tm tm = {0}, normal;
        int offset = 0, day;
        time_t seconds;

        if (!take_digits(&text, 4, &tm.tm_year) || !take(&text, '-') || !take_digits(&text, 2, &tm.tm_mon) ||
                !take(&text, '-') || !take_digits(&text, 2, &tm.tm_mday) ||
                !(take(&text, 'T') || take(&text, 't')) || !take_digits(&text, 2, &tm.tm_hour) ||
                !take(&text, ':') || !take_digits(&text, 2, &tm.tm_min) || !take(&text, ':') ||
                !take_digits(&text, 2, &tm.tm_sec))
                return CODEC_E_TYPE;
        if (take(&text, '.')) {
                if (!take(&text, '0'))
                        return CODEC_E_TYPE;
                while (take(&text, '0'))
                        ;
        }
        if (!take_offset(&text, &offset) || *text != '\0' || tm.tm_hour > 23 || tm.tm_min > 59 ||
                tm.tm_sec > 60)
                return CODEC_E_TYPE;

        tm.tm_year -= 1900;
        tm.tm_mon -= 1;
        day = tm.tm_mday;
        normal = tm;
        normal.tm_hour = normal.tm_min = normal.tm_sec = 0;
        (void)timegm(&normal);
        if (normal.tm_mday != day || normal.tm_mon != tm.tm_mon)
                return CODEC_E_TYPE; /* no such day */
        seconds = timegm(&tm) - offset;
        *ret = (Value){.type = VALUE_TIME, .integer = seconds};
        return 0;
}

static int read_time_text(ByteReader *reader, Value *ret)
{
        _cleanup_(byte_writer_done) ByteWriter text = BYTE_WRITER(TIME_TEXT_MAX);
        CborItem item;
        int r;

        r = cbor_read_item(reader, &item);
        if (r != 0)
                return r;
        if (item.type != CBOR_TEXT)
                return CODEC_E_TYPE;
        r = cbor_read_string(reader, &item, &text);
        if (r != 0)
                return r == CODEC_E_LIMIT ? CODEC_E_TYPE : r;
        text.maximum++;
        byte_writer_add_u8(&text, '\0');
        return text.error < 0 ? text.error : parse_time((const char *)text.data, ret);
}

static int read_bytes(ByteReader *reader, const CborItem *item, ValueType type, Value *ret)
{
        _cleanup_(byte_writer_done) ByteWriter bytes = BYTE_WRITER(LIMIT_VALUE_SIZE);
        int r;

        r = cbor_read_string(reader, item, &bytes);
        return r != 0 ? r : target_make_bytes(type, bytes.data, bytes.size, ret);
}

int cbor_value_read(ByteReader *reader, ValueType type, Value *ret)
{
        _cleanup_(value_done) Value value = {0};
        CborItem item;
        int r;

        r = cbor_read_item(reader, &item);
        if (r == 0 && item.type == CBOR_TAG && type == VALUE_TIME) {
                if (item.number == TAG_TIME_TEXT)
                        return read_time_text(reader, ret);
                if (item.number != TAG_TIME_NUMBER)
                        return CODEC_E_TYPE;
                r = cbor_read_item(reader, &item);
        }
        if (r != 0)
                return r;
        if (item.type == CBOR_BREAK)
                return CODEC_E_SYNTAX;

        if (item.type == CBOR_BOOLEAN)
                value = VALUE_BOOL(item.boolean);
        else if (item.type == CBOR_BYTES || item.type == CBOR_TEXT)
                r = read_bytes(reader, &item, item.type == CBOR_BYTES ? VALUE_OPAQUE : VALUE_STRING, &value);
        else
                r = number_from_item(&item, &value);
        if (r == 0)
                r = target_convert(&value, type);
        if (r != 0)
                return r;

        *ret = value;
        value = (Value){0};
        return 0;
}

void cbor_value_write(ByteWriter *writer, const Value *value)
{
        char link[sizeof("65535:65535")];

        switch (value->type) {
        case VALUE_STRING:
        case VALUE_CORELNK:
                cbor_write_text(writer, value->bytes.data, value->bytes.size);
                return;
        case VALUE_OPAQUE:
                cbor_write_bytes(writer, value->bytes.data, value->bytes.size);
                return;
        case VALUE_INTEGER:
        case VALUE_TIME:
                cbor_write_integer(writer, value->integer);
                return;
        case VALUE_UNSIGNED:
                cbor_write_unsigned(writer, value->unsigned_integer);
                return;
        case VALUE_FLOAT:
                cbor_write_float(writer, value->real);
                return;
        case VALUE_BOOLEAN:
                cbor_write_boolean(writer, value->boolean);
                return;
        case VALUE_OBJLNK:
                (void)snprintf(link, sizeof(link), "%u:%u", (unsigned)value->link.object,
                        (unsigned)value->link.instance);
                cbor_write_text(writer, link, strlen(link));
                return;
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                cbor_write_null(writer);
                return;
        }
}

int cbor_decode(const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list)
{
        _cleanup_(value_done) Value value = {0};
        ByteReader reader = BYTE_READER(data, size);
        ValueType type;
        int r;

        r = target_lookup_single(schema, base, &type);
        if (r != 0)
                return r;
        r = type == VALUE_NONE ? cbor_skip(&reader, LIMIT_DEPTH) : cbor_value_read(&reader, type, &value);
        if (r != 0)
                return r;
        if (byte_reader_left(&reader) > 0)
                return CODEC_E_SYNTAX;
        return type == VALUE_NONE ? target_add_unknown(list, base) : target_add(list, base, &value);
}

int cbor_encode(const Path *base, const RecordList *records, ByteWriter *writer)
{
        const Value *value = target_single_value(base, records);

        if (!value)
                return CODEC_E_FORMAT;
        /* Some servers take nothing else for a Time, and all who know CBOR may meet it (RFC 8949, 3.4.2). */
        if (value->type == VALUE_TIME)
                cbor_write_tag(writer, TAG_TIME_NUMBER);
        cbor_value_write(writer, value);
        return writer->error;
}
