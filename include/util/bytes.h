/* SPDX-License-Identifier: Apache-2.0 */
/* The one bounds check of the program: a cursor over bytes, and a growing buffer born with its maximum. */
#pragma once

#include "util/macro.h"

typedef struct ByteReader {
        const uint8_t *data; /* borrowed */
        size_t size;
        size_t position;
} ByteReader;

#define BYTE_READER(bytes, length) ((ByteReader){.data = (bytes), .size = (length)})

static inline size_t byte_reader_left(const ByteReader *reader)
{
        return reader->size - reader->position;
}

/* Each returns false and moves nothing when fewer bytes are left. Numbers are big-endian, n is 1..8.
 * byte_reader_take lends the next size bytes. */
bool byte_reader_take(ByteReader *reader, size_t size, const uint8_t **ret);
bool byte_reader_u8(ByteReader *reader, uint8_t *ret);
bool byte_reader_uint(ByteReader *reader, size_t n, uint64_t *ret);

/* The error is sticky: write on, check once. 0, -ENOMEM, or -EMSGSIZE past the maximum. */
typedef struct ByteWriter {
        uint8_t *data; /* owned; wiped when freed */
        size_t size;
        size_t capacity;
        size_t maximum;
        int error;
} ByteWriter;

#define BYTE_WRITER(limit) ((ByteWriter){.maximum = (limit)})

void byte_writer_add(ByteWriter *writer, const void *data, size_t size);
void byte_writer_add_u8(ByteWriter *writer, uint8_t value);
void byte_writer_add_uint(ByteWriter *writer, size_t n, uint64_t value);
void byte_writer_add_string(ByteWriter *writer, const char *text);
void byte_writer_printf(ByteWriter *writer, const char *format, ...) _printf_(2, 3);

/* Hands the buffer over (possibly NULL with size 0) and leaves the writer empty. 0 or the sticky error. */
int byte_writer_take(ByteWriter *writer, uint8_t **ret_data, size_t *ret_size);

/* Wipes and frees the buffer. */
void byte_writer_done(ByteWriter *writer);
