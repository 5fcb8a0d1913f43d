/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as they come -> lines. */
#pragma once

#include "util/macro.h"

#define LINE_SIZE_MAX                                                                        \
        1024 /* bytes of a line, what is behind them is dropped: far more than anybody reads \
              */

/* Of zeroes at first. */
typedef struct Lines {
        char line[LINE_SIZE_MAX + 1];
        size_t size;
} Lines;

/* Of each line: printable UTF-8 (util/utf8.h), not empty. */
typedef void (*LinesHandler)(void *userdata, const char *line);

/* Takes size bytes, in any pieces. A line ends at a newline, or at a carriage return, with which progress is
 * drawn on a terminal. */
void lines_feed(Lines *lines, const char *data, size_t size, LinesHandler handler, void *userdata);

/* Nothing more comes: what has no newline behind it is a line, too. */
void lines_end(Lines *lines, LinesHandler handler, void *userdata);
