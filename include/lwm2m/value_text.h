/* SPDX-License-Identifier: Apache-2.0 */
/* Values as people write them (interface.md section 1): "21.5", "true", "2026-01-31T10:00:00Z",
 * "base64:AQI=", "3:0". What crosses the network is codec's. */
#pragma once

#include "lwm2m/value.h"

#define VALUE_FLOAT_TEXT_MAX 352 /* "-0." and the 340 decimals of DBL_TRUE_MIN with 17 digits */

/* Text of a Resource's type. An Integer, Unsigned and Float in decimal, a Boolean also as 1 or 0, a Time
 * also as a number of seconds since 1970, "base64:" alone for an empty Opaque. *ret is the caller's. 0,
 * -EINVAL (VALUE_NONE, too, and what the type cannot hold), -ENOMEM; *ret is untouched then. */
int value_parse_text(ValueType type, const char *text, Value *ret);

/* The inverse: value_parse_text() gives an equal value, but for a Float that is no number ("nan", "inf",
 * "-inf"), which nobody may write. A Time outside the years 0 to 9999 is its number. *ret is the caller's,
 * to be wiped where it is secret. 0, -EINVAL (VALUE_NONE), -ENOMEM. */
int value_format_text(const Value *value, char **ret);

/* The fewest digits that read back as the same number, without an exponent. real: finite. Returns buffer. */
const char *value_format_float(double real, char buffer[VALUE_FLOAT_TEXT_MAX]);
