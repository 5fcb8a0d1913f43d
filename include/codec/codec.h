/* SPDX-License-Identifier: Apache-2.0 */
/* Table of the payload formats: Content-Format -> decoder and encoder (Core TS 7.4). Pure, no store, no log.
 */
#pragma once

#include "codec/error.h"
#include "lwm2m/content_format.h"
#include "lwm2m/record.h"
#include "util/bytes.h"

/* True when payloads of this format can be decoded / encoded at all. */
bool codec_can_decode(int format);
bool codec_can_encode(int format);

/* Decodes a payload that a request wrote to base (length 1..3: Object, Object Instance, Resource; or 4).
 * The list holds full paths at or below base in the payload's order; values have the schema's type; a
 * Resource that the schema does not know becomes one record with unknown set. A TLV payload for /O/I may or
 * may not carry the Object Instance wrapper; one for /O may hold several instances, empty ones too. ret: the
 * caller's, empty, its maximum counts; untouched on failure. 0, a CodecError, or -ENOMEM. Depth, records and
 * value sizes are bounded by lwm2m/limits.h. */
int codec_decode(int format, const Schema *schema, const Path *base, const uint8_t *data, size_t size,
        RecordList *ret);

/* Encodes records at or below base (sorted by path) as the answer to a Read of base. Text, opaque and CBOR
 * carry exactly one value. Appends to writer. 0, CODEC_E_FORMAT, or -ENOMEM / -EMSGSIZE. */
int codec_encode(int format, const Path *base, const RecordList *records, ByteWriter *writer);
