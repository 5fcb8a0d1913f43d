/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text: hexadecimal, Base64. Strict like util/parse.h. */
#pragma once

#include "util/macro.h"

/* Hexadecimal text of size characters, white space ignored when skip_space. *ret is owned by the caller and
 * must be wiped where it is secret. -EINVAL: odd count or a foreign character; *reterr_offset names it
 * (NULL where nobody asks). A NUL follows. */
int parse_hex(const char *text, size_t size, bool skip_space, uint8_t **ret, size_t *ret_size,
        size_t *reterr_offset);

/* Base64 of RFC 4648, padded; url selects section 5's alphabet and makes padding optional. *ret is owned by
 * the caller and must be wiped where it is secret; a NUL follows. 0, -EINVAL or -ENOMEM. */
int parse_base64(const char *text, size_t size, bool url, uint8_t **ret, size_t *ret_size);

/* The inverse of parse_base64: padded, standard alphabet; unpadded, section 5's alphabet. NULL when out of
 * memory; freed by the caller. */
char *format_base64(const uint8_t *data, size_t size);
char *format_base64url(const uint8_t *data, size_t size);
