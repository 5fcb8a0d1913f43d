/* SPDX-License-Identifier: Apache-2.0 */
/* SenML JSON, Content-Format 110 (RFC 8428, 5; Core TS 7.4.5). Parameters and results as codec_decode(),
 * codec_encode(). */
#pragma once

#include "codec/error.h"
#include "lwm2m/record.h"
#include "util/bytes.h"

/* Base of any length, the root too. A name said twice in an object is refused (CODEC_E_SYNTAX), and so is a
 * NUL in a string; an opaque value is Base64 of either alphabet. What the records mean: codec/senml.h. */
int senml_json_decode(
        const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list);

/* SenML-ETCH JSON, Content-Format 320, of a Write-Composite: base is the root (else CODEC_E_FORMAT). A
 * VALUE_NONE at length 4 is a Resource Instance to remove. */
int senml_json_decode_patch(
        const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list);

/* The paths of a composite request, in this format and in 320; in the payload's order, any of them twice.
 * 0, a CodecError, or -ENOMEM. */
int senml_json_decode_paths(const uint8_t *data, size_t size, PathList *paths);

/* CODEC_E_FORMAT also for a float that is no number: JSON cannot say that. */
int senml_json_encode(const Path *base, const RecordList *records, ByteWriter *writer);
