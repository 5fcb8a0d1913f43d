/* SPDX-License-Identifier: Apache-2.0 */
/* Characters of ASCII, whatever the locale. */
#pragma once

#include "util/macro.h"

static inline bool ascii_is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static inline bool ascii_is_alphanumeric(char c)
{
        return ascii_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* White space, as C has it. */
static inline bool ascii_is_space(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The value of a hexadecimal digit, or -1. */
static inline int ascii_hex_digit(char c)
{
        if (ascii_is_digit(c))
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}
