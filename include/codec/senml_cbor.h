/* SPDX-License-Identifier: Apache-2.0 */
/* SenML CBOR, Content-Format 112 (RFC 8428, 6; Core TS 7.4.5), and the state file. Parameters and results as
 * codec_decode(), codec_encode(). */
#pragma once

#include "codec/error.h"
#include "lwm2m/record.h"
#include "util/bytes.h"

/* Base of any length, the root too. Definite and indefinite lengths, labels as integers or as their JSON
 * names, but no integer as a text. What the records mean: codec/senml.h. */
int senml_cbor_decode(
        const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list);

/* SenML-ETCH CBOR, Content-Format 322, of a Write-Composite: base is the root (else CODEC_E_FORMAT). A
 * VALUE_NONE at length 4 is a Resource Instance to remove. */
int senml_cbor_decode_patch(
        const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list);

/* The paths of a composite request, in this format and in 322; in the payload's order, any of them twice.
 * 0, a CodecError, or -ENOMEM. */
int senml_cbor_decode_paths(const uint8_t *data, size_t size, PathList *paths);

int senml_cbor_encode(const Path *base, const RecordList *records, ByteWriter *writer);
