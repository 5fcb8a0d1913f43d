/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as they come -> lines. */
#include "script/lines.h"
#include "util/utf8.h"

void lines_end(Lines *lines, LinesHandler handler, void *userdata)
{
        size_t size = utf8_cut(lines->line, lines->size);

        lines->size = 0;
        if (size == 0)
                return;
        utf8_make_printable(lines->line, size);
        lines->line[size] = '\0';
        handler(userdata, lines->line);
}

void lines_feed(Lines *lines, const char *data, size_t size, LinesHandler handler, void *userdata)
{
        for (size_t i = 0; i < size; i++)
                if (data[i] == '\n' || data[i] == '\r')
                        lines_end(lines, handler, userdata);
                else if (lines->size < LINE_SIZE_MAX)
                        lines->line[lines->size++] = data[i];
}
