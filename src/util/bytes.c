/* SPDX-License-Identifier: Apache-2.0 */
/* Cursor over bytes and growing buffer. */
#include <stdarg.h>
#include <stdio.h>

#include "util/bytes.h"
#include "util/secret.h"

#define CAPACITY_FIRST 64 /* bytes of a writer's first allocation */

bool byte_reader_take(ByteReader *reader, size_t size, const uint8_t **ret)
{
        if (size > byte_reader_left(reader))
                return false;

        *ret = reader->data ? reader->data + reader->position : NULL;
        reader->position += size;
        return true;
}

bool byte_reader_u8(ByteReader *reader, uint8_t *ret)
{
        const uint8_t *p;

        if (!byte_reader_take(reader, 1, &p))
                return false;

        *ret = *p;
        return true;
}

bool byte_reader_uint(ByteReader *reader, size_t n, uint64_t *ret)
{
        const uint8_t *p;
        uint64_t value = 0;

        assert(n >= 1 && n <= sizeof(value));
        if (!byte_reader_take(reader, n, &p))
                return false;

        for (size_t i = 0; i < n; i++)
                value = value << 8 | p[i];
        *ret = value;
        return true;
}

static bool byte_writer_reserve(ByteWriter *writer, size_t size)
{
        size_t capacity;
        uint8_t *data;

        if (writer->error < 0)
                return false;
        if (size > writer->maximum - writer->size) {
                writer->error = -EMSGSIZE;
                return false;
        }
        if (size <= writer->capacity - writer->size)
                return true;

        capacity = MAX_OF(writer->capacity, (size_t)CAPACITY_FIRST);
        while (capacity < writer->size + size)
                capacity *= 2;
        capacity = MIN_OF(capacity, writer->maximum);

        /* Not realloc(): it would leave a copy of what may be a key behind. */
        data = malloc(capacity);
        if (!data) {
                writer->error = -ENOMEM;
                return false;
        }
        if (writer->size > 0)
                memcpy(data, writer->data, writer->size);
        secret_free_bytes(writer->data, writer->capacity);
        writer->data = data;
        writer->capacity = capacity;
        return true;
}

void byte_writer_add(ByteWriter *writer, const void *data, size_t size)
{
        if (!byte_writer_reserve(writer, size) || size == 0)
                return;

        memcpy(writer->data + writer->size, data, size);
        writer->size += size;
}

void byte_writer_add_u8(ByteWriter *writer, uint8_t value)
{
        byte_writer_add(writer, &value, 1);
}

void byte_writer_add_uint(ByteWriter *writer, size_t n, uint64_t value)
{
        uint8_t bytes[sizeof(value)];

        assert(n >= 1 && n <= sizeof(bytes));
        for (size_t i = 0; i < n; i++)
                bytes[i] = (uint8_t)(value >> 8 * (n - 1 - i));
        byte_writer_add(writer, bytes, n);
}

void byte_writer_add_string(ByteWriter *writer, const char *text)
{
        byte_writer_add(writer, text, strlen(text));
}

void byte_writer_printf(ByteWriter *writer, const char *format, ...)
{
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(NULL, 0, format, ap);
        va_end(ap);
        if (n < 0) {
                writer->error = writer->error < 0 ? writer->error : -EMSGSIZE;
                return;
        }

        /* vsnprintf() writes a NUL that does not count against the maximum. */
        _cleanup_(freep) char *text = malloc((size_t)n + 1);
        if (!text) {
                writer->error = writer->error < 0 ? writer->error : -ENOMEM;
                return;
        }
        va_start(ap, format);
        (void)vsnprintf(text, (size_t)n + 1, format, ap);
        va_end(ap);
        byte_writer_add(writer, text, (size_t)n);
        explicit_bzero(text, (size_t)n);
}

int byte_writer_take(ByteWriter *writer, uint8_t **ret_data, size_t *ret_size)
{
        if (writer->error < 0)
                return writer->error;

        *ret_size = writer->size;
        *ret_data = TAKE_PTR(writer->data);
        writer->size = writer->capacity = 0;
        return 0;
}

void byte_writer_done(ByteWriter *writer)
{
        secret_free_bytes(writer->data, writer->capacity);
        *writer = BYTE_WRITER(writer->maximum);
}
