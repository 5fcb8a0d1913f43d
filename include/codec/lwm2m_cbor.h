/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M CBOR, Content-Format 11544: maps in maps, a key is an ID or an array of IDs, and the keys from
 * outside to inside are the path, from the Object on (Core TS 1.2, 7.4.6). Parameters and results as
 * codec_decode(), codec_encode(). */
#pragma once

#include "codec/error.h"
#include "lwm2m/record.h"
#include "util/bytes.h"

/* Base of any length, the root too. Definite and indefinite lengths. A map without entries is refused, but
 * for the whole payload, which then says nothing. */
int lwm2m_cbor_decode(
        const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list);

/* The base is the outermost key, below it each key is one ID. What has no value (an Object Instance, a
 * multiple-instance Resource) is left out, since no map is empty. */
int lwm2m_cbor_encode(const Path *base, const RecordList *records, ByteWriter *writer);
