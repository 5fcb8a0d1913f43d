/* SPDX-License-Identifier: Apache-2.0 */
/* OMA TLV, Content-Formats 11542 and 1542 (Core TS 7.4.3). Parameters and results as codec_decode(),
 * codec_encode(). */
#pragma once

#include "codec/error.h"
#include "lwm2m/record.h"
#include "util/bytes.h"

/* Base of length 1..4. Wrappers that the base makes superfluous are accepted. */
int tlv_decode(const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list);

/* A base /O wraps Object Instances, longer ones do not. CODEC_E_FORMAT for the root. */
int tlv_encode(const Path *base, const RecordList *records, ByteWriter *writer);
