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

int senml_cbor_encode(const Path *base, const RecordList *records, ByteWriter *writer);
