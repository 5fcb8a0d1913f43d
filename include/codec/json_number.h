/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of JSON (RFC 8259, 6), exactly: a double would lose digits above 2^53. */
#pragma once

#include "codec/error.h"
#include "lwm2m/value.h"
#include "util/bytes.h"

/* Takes the number that the reader stands before, which may have 400 characters. *ret is a VALUE_INTEGER, or
 * a VALUE_UNSIGNED where it is too large for that, if it is whole, however it is written ("1.50e1"); else a
 * VALUE_FLOAT, also for minus zero; VALUE_NONE when no double is so large. 0, CODEC_E_SYNTAX, CODEC_E_LIMIT,
 * or -ENOMEM. */
int json_number_read(ByteReader *reader, Value *ret);

/* Appends a value of a numeric type; a float gets the fewest digits that read back the same. 0,
 * CODEC_E_FORMAT (not a number, infinite), or the writer's error. */
int json_number_write(ByteWriter *writer, const Value *value);
