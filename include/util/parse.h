/* SPDX-License-Identifier: Apache-2.0 */
/* Strict parsers: the whole text or -EINVAL, out of range -ERANGE; no leading blank, plus sign or rest; no locale. */
#pragma once

#include "util/macro.h"

int parse_u64(const char *text, uint64_t maximum, uint64_t *ret);
int parse_i64(const char *text, int64_t *ret);

/* Decimal fraction as text/plain of LwM2M and YAML know it: "-12", "3.25", "1e-3". */
int parse_double(const char *text, double *ret);

/* "true" / "false" only (YAML 1.2 core schema, lower case). */
int parse_boolean(const char *text, bool *ret);

/* A number of seconds with up to six decimals ("30", "0.5"), or a number and one unit of ms s min h d
 * ("500ms", "1.5h"); interface.md section 2. Microseconds. */
int parse_duration(const char *text, uint64_t *ret_usec);

/* Bytes, or a number and KiB / MiB. */
int parse_size(const char *text, uint64_t *ret);

/* Hexadecimal text of size characters, white space ignored when skip_space. *ret is owned by the caller and
 * must be wiped where it is secret. -EINVAL: odd count or a foreign character; *reterr_offset names it. */
int parse_hex(const char *text, size_t size, bool skip_space, uint8_t **ret, size_t *ret_size, size_t *reterr_offset);

/* Base64 of RFC 4648, padded; url selects section 5's alphabet and makes padding optional. */
int parse_base64(const char *text, size_t size, bool url, uint8_t **ret, size_t *ret_size);

/* The inverse of parse_base64, padded, standard alphabet. NULL when out of memory; freed by the caller. */
char *format_base64(const uint8_t *data, size_t size);

/* True for valid UTF-8 (RFC 3629) without NUL. */
bool utf8_is_valid(const void *text, size_t size);

/* The candidate nearest to word by edit distance, if at most 3 edits away, else NULL. For "did you mean". */
const char *parse_suggest(const char *word, const char *const *candidates, size_t n);
