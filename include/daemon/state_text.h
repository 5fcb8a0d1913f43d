/* SPDX-License-Identifier: Apache-2.0 */
/* Texts in files of the state directory: their size, and their bytes. Words are written as such, so that no
 * number has to keep its meaning. */
#pragma once

#include "util/bytes.h"

#define STATE_WORD_SIZE 65 /* with its NUL: the longest name of LastError, and room */

/* n: bytes of the size, 1 or 2; text: as many as fit into it, NULL is "". */
void state_text_add(ByteWriter *writer, size_t n, const char *text);

/* The inverse: lends printable text of at most maximum bytes. False: there is none. */
bool state_text_read(ByteReader *reader, size_t n, size_t maximum, const uint8_t **ret, size_t *ret_size);

/* The same as a string of at most size - 1 bytes. any: not only printable text, but without NUL. */
bool state_text_copy(ByteReader *reader, size_t n, bool any, char *ret, size_t size);

/* Of a size of one byte. */
bool state_word_read(ByteReader *reader, char ret[STATE_WORD_SIZE]);
