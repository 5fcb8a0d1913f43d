/* SPDX-License-Identifier: Apache-2.0 */
/* One part of a text: borrowed, not terminated. */
#pragma once

#include "util/macro.h"

typedef struct Span {
        const char *data;
        size_t size;
} Span;

/* Into buffer, which has room for size + 1 bytes, terminated. */
void span_copy(Span span, char *buffer);

/* Splits at the first character out of stop: the part before is returned, *rest begins with the character.
 */
Span span_until(Span *rest, const char *stop);

/* Whether it is this word, in any case of ASCII letters. */
bool span_is(Span span, const char *word);
