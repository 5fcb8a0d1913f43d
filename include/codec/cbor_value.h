/* SPDX-License-Identifier: Apache-2.0 */
/* One value as one CBOR data item, and Content-Format 60 (Core TS 7.4.4 and Appendix C). */
#pragma once

#include "codec/error.h"
#include "lwm2m/record.h"
#include "util/bytes.h"

/* Reads one item as a value of that type. A VALUE_TIME is a number, tag 1 with a number or tag 0 with a text
 * (RFC 8949, 3.4). 0, CODEC_E_SYNTAX, CODEC_E_TYPE, CODEC_E_LIMIT, or -ENOMEM. */
int cbor_value_read(ByteReader *reader, ValueType type, Value *ret);

/* Reads one number: a VALUE_FLOAT, else a VALUE_INTEGER, or a VALUE_UNSIGNED where it is too large for that.
 * 0, CODEC_E_SYNTAX or CODEC_E_TYPE. */
int cbor_value_read_number(ByteReader *reader, Value *ret);

/* Appends a value; VALUE_NONE is null. */
void cbor_value_write(ByteWriter *writer, const Value *value);

/* Content-Format 60: base of length 3 or 4. Parameters and results as codec_decode(), codec_encode(). A
 * VALUE_TIME is written with tag 1. */
int cbor_decode(const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list);
int cbor_encode(const Path *base, const RecordList *records, ByteWriter *writer);
