/* SPDX-License-Identifier: Apache-2.0 */
/* Texts in files of the state directory. */
#include "daemon/state_text.h"

#include "util/utf8.h"

void state_text_add(ByteWriter *writer, size_t n, const char *text)
{
        const size_t size = text ? strlen(text) : 0;

        byte_writer_add_uint(writer, n, size);
        if (size > 0)
                byte_writer_add(writer, text, size);
}

static bool read_bytes(ByteReader *reader, size_t n, size_t maximum, const uint8_t **ret, size_t *ret_size)
{
        uint64_t size;

        if (!byte_reader_uint(reader, n, &size) || size > maximum ||
                !byte_reader_take(reader, (size_t)size, ret))
                return false;
        *ret_size = (size_t)size;
        return true;
}

bool state_text_read(ByteReader *reader, size_t n, size_t maximum, const uint8_t **ret, size_t *ret_size)
{
        return read_bytes(reader, n, maximum, ret, ret_size) && utf8_is_printable(*ret, *ret_size);
}

bool state_text_copy(ByteReader *reader, size_t n, bool any, char *ret, size_t size)
{
        const uint8_t *bytes;
        size_t length;

        if (!read_bytes(reader, n, size - 1, &bytes, &length) || memchr(bytes, '\0', length) ||
                (!any && !utf8_is_printable(bytes, length)))
                return false;
        memcpy(ret, bytes, length);
        ret[length] = '\0';
        return true;
}

bool state_word_read(ByteReader *reader, char ret[STATE_WORD_SIZE])
{
        return state_text_copy(reader, 1, false, ret, STATE_WORD_SIZE);
}
