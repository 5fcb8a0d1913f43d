/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal as a screen: control functions of ECMA-48, and xterm's private modes. */
#include "ctl/screen.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "ctl/format.h"

/* Alternate page, cursor, wrap around at the right margin (DECAWM). */
#define TAKE      "\x1b[?1049h\x1b[?25l\x1b[?7l"
#define GIVE_BACK "\x1b[?7h\x1b[?25h\x1b[?1049l"
#define HOME      "\x1b[H"
#define REST      "\x1b[K" /* of the line */
#define BELOW     "\x1b[J"

static bool taken;
static struct termios before;
static bool quiet; /* the input is a terminal, and before was its state */

ScreenSize screen_size(void)
{
        struct winsize size;

        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
                return (ScreenSize){24, 80};
        return (ScreenSize){size.ws_row, size.ws_col};
}

void screen_begin(void)
{
        if (taken)
                return;
        taken = true;
        quiet = tcgetattr(STDIN_FILENO, &before) == 0;
        if (quiet) {
                struct termios attributes = before;

                attributes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
                (void)tcsetattr(STDIN_FILENO, TCSANOW, &attributes);
        }
        (void)fputs(TAKE, stdout);
        (void)fflush(stdout);
}

void screen_end(void)
{
        if (!taken)
                return;
        taken = false;
        (void)fputs(GIVE_BACK, stdout);
        (void)fflush(stdout);
        if (quiet)
                (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

static void draw_line(const char *line, const char *end, unsigned columns)
{
        unsigned used = 0, width;

        while (line < end) {
                size_t size = format_character(line, &width);

                /* What follows may end a colour. */
                if (width == 0 || used + width <= columns)
                        (void)fwrite(line, 1, size, stdout);
                used += width;
                line += size;
        }
        if (used < columns)
                (void)fputs(REST, stdout);
}

void screen_draw(const char *text)
{
        ScreenSize size = screen_size();
        unsigned row = 0;

        (void)fputs(HOME, stdout);
        for (; row < size.rows && text[0]; row++) {
                const char *end = text + strcspn(text, "\n");

                if (row > 0)
                        (void)fputs("\r\n", stdout);
                draw_line(text, end, size.columns);
                text = end[0] ? end + 1 : end;
        }
        if (row < size.rows)
                (void)fputs(row > 0 ? "\r\n" BELOW : BELOW, stdout);
        (void)fflush(stdout);
}
