/* SPDX-License-Identifier: Apache-2.0 */
/* What people see: aligned fields, a table, times. */
#pragma once

#include <stdio.h>

#include "ctl/colour.h"
#include "util/macro.h"

#define FORMAT_TIME_SIZE 96 /* "Tue 2026-11-24 23:01:02 CET (2min ago)" in any language */

/* A moment as the daemon tells it, in usec of CLOCK_REALTIME and CLOCK_MONOTONIC. realtime 0: none;
 * monotonic 0: not known, it was before this boot. */
typedef struct Moment {
        uint64_t realtime, monotonic;
} Moment;

Moment moment_now(void);

/* Local time and the distance from now: "2min ago", "in 80s". None: "never". The distance is that of
 * CLOCK_MONOTONIC where both have it, which nobody sets. */
void format_time(Moment moment, Moment now, char ret[FORMAT_TIME_SIZE]);

/* The local time of day, "10:01:02", of usec of CLOCK_REALTIME. */
void format_clock(uint64_t realtime, char ret[FORMAT_TIME_SIZE]);

/* A duration in usec: "12ms", "1.2s", "80s", "3min". */
void format_duration(uint64_t usec, char ret[FORMAT_TIME_SIZE]);

/* How long something has taken, or is on (end 0), from usec of CLOCK_REALTIME; "0ms" where that was set back
 * meanwhile. */
void format_took(uint64_t start, uint64_t end, char ret[FORMAT_TIME_SIZE]);

#define FORMAT_SIZE_SIZE 32 /* "17179869184.0 GiB" */

/* Bytes: "512 B", "12.0 MiB". */
void format_size(uint64_t bytes, char ret[FORMAT_SIZE_SIZE]);

/* The distance alone. */
void format_distance(Moment moment, Moment now, char ret[FORMAT_TIME_SIZE]);

/* Writes text made printable (util/utf8.h): a server's text must not move the cursor. */
void format_text(FILE *file, const char *text);

/* The bytes of the next character, or of the escape sequence of a colour, and its columns: 1, or 0. */
size_t format_character(const char *text, unsigned *ret_width);

/* Writes lines broken to so many columns, where there is a blank if there is one; what follows is indented.
 */
void format_wrapped(FILE *file, const char *lines, unsigned columns, unsigned indent);

/* Writes "   Key: value" and a newline, the colon in column width + 1; the value in a colour. */
void format_field(FILE *file, int width, const char *key, const char *format, ...) _printf_(4, 5);
void format_field_coloured(FILE *file, int width, const char *key, Colour colour, const char *format, ...)
        _printf_(5, 6);
/* A text, where there is one. */
void format_field_unless_empty(FILE *file, int width, const char *key, const char *text);

#define TABLE_COLUMNS_MAX 8

typedef struct TableCell {
        char *text; /* owned */
        Colour colour;
} TableCell;

/* Cells row by row, the first row is the head. */
typedef struct Table {
        size_t n_columns;
        TableCell *cells; /* owned */
        size_t n_cells;
} Table;

/* Begins an empty table with its head, ended by NULL; adds a row of as many cells. Strings are copied. 0 or
 * -ENOMEM. */
int table_begin(Table *table, const char *const *head);
int table_add_row(Table *table, const char *const *cells);

/* Of a cell of the last row. */
void table_colour(Table *table, size_t column, Colour colour);

/* Whether there is nothing below the head. */
bool table_is_empty(const Table *table);

/* Every column as wide as its widest cell, but for the last. */
void table_print(const Table *table, FILE *file);
void table_done(Table *table);
