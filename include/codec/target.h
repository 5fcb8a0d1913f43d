/* SPDX-License-Identifier: Apache-2.0 */
/* Where a decoded value goes: what the decoders of all formats ask the schema, and how they add records. */
#pragma once

#include "codec/error.h"
#include "lwm2m/record.h"

/* Looks up the Resource or Resource Instance at path (length 3 or 4). *ret_type is VALUE_NONE when the
 * schema does not know the Resource. 0; CODEC_E_TYPE: an executable, or one value for a multiple-instance
 * Resource; CODEC_E_PATH: an instance of a single-instance Resource. */
int target_lookup(const Schema *schema, const Path *path, ValueType *ret_type);

/* Whether path lies at or below base, where a new instance stands for any instance of the Object. */
bool target_is_within(const Path *path, const Path *base);

/* As record_list_add() and record_list_add_unknown(); the instances of an unknown Resource are one record
 * together. 0, CODEC_E_LIMIT, or -ENOMEM. */
int target_add(RecordList *list, const Path *path, Value *value);
int target_add_unknown(RecordList *list, const Path *path);

/* value_make_bytes() for bytes from a peer. 0, CODEC_E_LIMIT past LIMIT_VALUE_SIZE, CODEC_E_TYPE (no UTF-8,
 * NUL inside), or -ENOMEM. */
int target_make_bytes(ValueType type, const void *data, size_t size, Value *ret);

/* value_convert() for values from a peer, but numbers may lose digits on their way to a VALUE_FLOAT.
 * 0 or CODEC_E_TYPE. */
int target_convert(Value *value, ValueType type);

/* For formats of one value. target_lookup(), but CODEC_E_FORMAT where base cannot have a single value: not
 * of length 3 or 4, or a multiple-instance Resource. */
int target_lookup_single(const Schema *schema, const Path *base, ValueType *ret_type);

/* The value of the only record, which must be base's; else NULL. */
const Value *target_single_value(const Path *base, const RecordList *records);
