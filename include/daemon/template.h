/* SPDX-License-Identifier: Apache-2.0 */
/* Texts with {file:/path} in them, and what a file says there; {{ is a brace. */
#pragma once

#include "util/macro.h"

typedef enum TemplatePart {
        TEMPLATE_END,
        TEMPLATE_TEXT, /* as it stands */
        TEMPLATE_FILE, /* the path of a file */
        TEMPLATE_OPEN, /* a brace that nothing closes */
        TEMPLATE_UNKNOWN,
} TemplatePart;

/* The next part of a text, of which *p stands before it, and behind it afterwards. *ret is borrowed from the
 * text; of TEMPLATE_TEXT and TEMPLATE_FILE not empty. */
TemplatePart template_next(const char **p, const char **ret, size_t *ret_size);

/* Of the content of a file the bytes without the newline at the end, or the NUL that one of the device tree
 * has there, instead of it or behind it. */
size_t template_content_size(const uint8_t *data, size_t size);
