/* SPDX-License-Identifier: Apache-2.0 */
/* A writer of JSON. */
#include "ctl/json.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

#include "util/utf8.h"

static void json_line_break(JsonWriter *writer)
{
        if (writer->mode == JSON_PRETTY)
                (void)fprintf(writer->file, "\n%*s", (int)(8 * writer->depth), "");
}

/* What stands before a key or a value. */
static void json_next(JsonWriter *writer)
{
        if (writer->after_key) {
                writer->after_key = false;
                return;
        }
        if (writer->depth == 0)
                return;
        if (writer->filled[writer->depth - 1])
                (void)fputc(',', writer->file);
        writer->filled[writer->depth - 1] = true;
        json_line_break(writer);
}

void json_begin(JsonWriter *writer, char bracket)
{
        assert(writer->depth < JSON_DEPTH_MAX);

        json_next(writer);
        (void)fputc(bracket, writer->file);
        writer->filled[writer->depth++] = false;
}

void json_end(JsonWriter *writer, char bracket)
{
        assert(writer->depth > 0);

        writer->depth--;
        if (writer->filled[writer->depth])
                json_line_break(writer);
        (void)fputc(bracket == '{' ? '}' : ']', writer->file);
        if (writer->depth == 0)
                (void)fputc('\n', writer->file);
}

static void json_character(FILE *file, const char *text, size_t size)
{
        unsigned char c = (unsigned char)text[0];

        if (size == 0)
                (void)fputs("\\ufffd", file);
        else if (c == '"' || c == '\\')
                (void)fprintf(file, "\\%c", c);
        else if (c == '\n')
                (void)fputs("\\n", file);
        else if (c == '\t')
                (void)fputs("\\t", file);
        else if (utf8_is_control(text))
                (void)fprintf(file, "\\u%04x", (unsigned)(unsigned char)text[size - 1]);
        else if (utf8_is_layout(text))
                (void)fprintf(file, "\\u20%02x", (text[1] & 3U) << 6 | (text[2] & 0x3fU));
        else
                (void)fwrite(text, 1, size, file);
}

static void json_quoted(FILE *file, const char *text)
{
        size_t left = strlen(text);

        (void)fputc('"', file);
        while (left > 0) {
                size_t size = utf8_character(text, left);

                json_character(file, text, size);
                text += MAX_OF(size, (size_t)1);
                left -= MAX_OF(size, (size_t)1);
        }
        (void)fputc('"', file);
}

void json_key(JsonWriter *writer, const char *key)
{
        json_next(writer);
        json_quoted(writer->file, key);
        (void)fputs(writer->mode == JSON_PRETTY ? ": " : ":", writer->file);
        writer->after_key = true;
}

void json_string(JsonWriter *writer, const char *text)
{
        json_next(writer);
        json_quoted(writer->file, text);
}

void json_unsigned(JsonWriter *writer, uint64_t value)
{
        json_next(writer);
        (void)fprintf(writer->file, "%" PRIu64, value);
}

void json_signed(JsonWriter *writer, int64_t value)
{
        json_next(writer);
        (void)fprintf(writer->file, "%" PRId64, value);
}

void json_boolean(JsonWriter *writer, bool value)
{
        json_next(writer);
        (void)fputs(value ? "true" : "false", writer->file);
}

void json_real(JsonWriter *writer, double value)
{
        char text[32]; /* -1.2345678901234567e-308 */
        int digits = 0;

        json_next(writer);
        if (!isfinite(value)) {
                (void)fputs("null", writer->file);
                return;
        }
        do
                (void)snprintf(text, sizeof(text), "%.*g", ++digits, value);
        while (digits < DBL_DECIMAL_DIG && strtod(text, NULL) != value);
        (void)fputs(text, writer->file);
}

void json_member_string(JsonWriter *writer, const char *key, const char *text)
{
        json_key(writer, key);
        json_string(writer, text);
}

void json_member_unsigned(JsonWriter *writer, const char *key, uint64_t value)
{
        json_key(writer, key);
        json_unsigned(writer, value);
}

void json_member_boolean(JsonWriter *writer, const char *key, bool value)
{
        json_key(writer, key);
        json_boolean(writer, value);
}
