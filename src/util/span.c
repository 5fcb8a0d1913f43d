/* SPDX-License-Identifier: Apache-2.0 */
/* One part of a text. */
#include <strings.h>

#include "util/span.h"

void span_copy(Span span, char *buffer)
{
        memcpy(buffer, span.data, span.size);
        buffer[span.size] = 0;
}

Span span_until(Span *rest, const char *stop)
{
        Span part = {.data = rest->data};

        while (part.size < rest->size && !strchr(stop, rest->data[part.size]))
                part.size++;
        rest->data += part.size;
        rest->size -= part.size;
        return part;
}

bool span_is(Span span, const char *word)
{
        return span.size == strlen(word) && strncasecmp(span.data, word, span.size) == 0;
}
