/* SPDX-License-Identifier: Apache-2.0 */
/* Opaque, Content-Format 42: the bytes of one VALUE_OPAQUE (Core TS 7.4.2). Parameters and results as
 * codec_decode(), codec_encode(). */
#pragma once

#include "codec/error.h"
#include "lwm2m/record.h"
#include "util/bytes.h"

int opaque_decode(
        const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list);

/* CODEC_E_FORMAT for other types. */
int opaque_encode(const Path *base, const RecordList *records, ByteWriter *writer);
