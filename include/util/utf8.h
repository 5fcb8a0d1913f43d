/* SPDX-License-Identifier: Apache-2.0 */
/* The one notion of text: UTF-8 (RFC 3629: no overlong form, no surrogate, at most U+10FFFF) without NUL.
 * Printable: without control characters, which are C0, DEL and C1 (U+0000..U+001F, U+007F..U+009F), without
 * those that lay the line out anew, and without noncharacters (U+FDD0..U+FDEF, and the last two of each
 * plane), for which sd-bus refuses a string. */
#pragma once

#include <stdarg.h>

#include "util/macro.h"

/* Bytes of the character with which size bytes of text begin, 1..4, or 0 when they begin with none. */
size_t utf8_character(const void *text, size_t size);

/* Whether a character that utf8_character() found is a control character. */
bool utf8_is_control(const void *character);

/* Likewise, one that breaks the line or turns the direction of what follows: U+2028, U+2029, and what
 * Unicode (UAX #9, 2) calls explicit directional formatting, U+202A..U+202E and U+2066..U+2069. A mark such
 * as U+200F does no more than a letter of Hebrew does. */
bool utf8_is_layout(const void *character);

/* Likewise, a noncharacter. */
bool utf8_is_noncharacter(const void *character);

bool utf8_is_valid(const void *text, size_t size);
bool utf8_is_printable(const void *text, size_t size);

/* The size of a text that was cut at size bytes, without the beginning of a character at its end. */
size_t utf8_cut(const void *text, size_t size);

/* Each byte of a control character or one of layout becomes a blank, each that belongs to no character or a
 * noncharacter a question mark: what a peer sent can neither forge a second line, nor move a terminal's
 * cursor, nor have it show the words in another order. */
void utf8_make_printable(char *text, size_t size);

/* vsnprintf() of printable text: what does not fit is cut before a character. Returns the length without the
 * NUL, less than size. */
size_t utf8_vprintf(char *buffer, size_t size, const char *format, va_list ap);
