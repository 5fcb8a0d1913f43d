/* SPDX-License-Identifier: Apache-2.0 */
/* Enum <-> string from one table, so that D-Bus, journal, status line and tool use the same word. */
#pragma once

#include "util/macro.h"

/* Defines `const char *name_to_string(Type)` (NULL out of range) and `int name_from_string(const char *)`
 * (-EINVAL when unknown) over a `static const char *const name_table[]`. */
#define DEFINE_STRING_TABLE(name, Type)                                                       \
        const char *name##_to_string(Type value)                                              \
        {                                                                                     \
                return (size_t)value < ELEMENTSOF(name##_table) ? name##_table[value] : NULL; \
        }                                                                                     \
        int name##_from_string(const char *text)                                              \
        {                                                                                     \
                for (size_t i = 0; text && i < ELEMENTSOF(name##_table); i++)                 \
                        if (name##_table[i] && strcmp(name##_table[i], text) == 0)            \
                                return (int)i;                                                \
                return -EINVAL;                                                               \
        }

#define DECLARE_STRING_TABLE(name, Type)          \
        const char *name##_to_string(Type value); \
        int name##_from_string(const char *text)
