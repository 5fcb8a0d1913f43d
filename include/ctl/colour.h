/* SPDX-License-Identifier: Apache-2.0 */
/* Colours on a terminal; none in a pipe, with NO_COLOR (https://no-color.org), or on a dumb terminal. */
#pragma once

#include "util/macro.h"

typedef enum Colour {
        COLOUR_NONE,
        COLOUR_GOOD, /* as it should be */
        COLOUR_WAIT, /* on its way there */
        COLOUR_BAD,
        COLOUR_HEAD, /* of a table */
        _COLOUR_MAX,
} Colour;

/* Whether the standard output is a terminal that can move its cursor. Asked once. */
bool output_is_terminal(void);

/* What to write to the standard output before a text, and behind it: "" where there are no colours. */
const char *colour_begin(Colour colour);
const char *colour_end(Colour colour);

/* Of a Status, of the State of a server, of the code of an answer ("2.04", "" or "-": none). */
Colour colour_of_status(const char *status);
Colour colour_of_state(const char *state);
Colour colour_of_code(const char *code);

/* Of the result of a series of bootstrap attempts. */
Colour colour_of_result(const char *result);

/* Of what became of a firmware update, its ResultName, or "running". */
Colour colour_of_update(const char *result);
