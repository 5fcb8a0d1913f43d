/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal as a screen that is drawn anew, and left as it was found. */
#pragma once

#include "util/macro.h"

typedef struct ScreenSize {
        unsigned rows, columns;
} ScreenSize;

/* Of the standard output now; 24 x 80 where it does not say. */
ScreenSize screen_size(void);

/* Takes the terminal: another page, no cursor, no echo of what is typed. */
void screen_begin(void);

/* Gives it back; nothing where it has not been taken. */
void screen_end(void);

/* Shows these lines from the top on; what does not fit is cut. Escape sequences have no width, each other
 * character one column. */
void screen_draw(const char *text);
