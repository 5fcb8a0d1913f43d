/* SPDX-License-Identifier: Apache-2.0 */
/* Strict parsers: the whole text or -EINVAL, out of range -ERANGE; no leading blank, plus sign or rest; no
 * locale. */
#pragma once

#include "util/encoding.h"
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

/* Bytes, or a number and KiB / MiB / GiB. */
int parse_size(const char *text, uint64_t *ret);

/* The candidate nearest to word by edit distance, if at most 3 edits and fewer than word has letters away,
 * else NULL. For "did you mean". */
const char *parse_suggest(const char *word, const char *const *candidates, size_t n);
