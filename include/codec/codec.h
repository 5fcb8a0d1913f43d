/* SPDX-License-Identifier: Apache-2.0 */
/* Table of the payload formats: Content-Format -> decoder and encoder (Core TS 7.4). Pure, no store, no log.
 */
#pragma once

#include "codec/error.h"
#include "lwm2m/content_format.h"
#include "lwm2m/record.h"
#include "util/bytes.h"

/* What a payload belongs to. */
typedef enum CodecOperation {
        CODEC_READ,            /* answer to Read and Bootstrap-Read; what Observe notifies */
        CODEC_WRITE,           /* Write and Bootstrap-Write */
        CODEC_CREATE,          /* relative to an Object */
        CODEC_BOOTSTRAP_PACK,  /* this and those that follow are relative to the root */
        CODEC_COMPOSITE_PATHS, /* request of Read-Composite and Observe-Composite */
        CODEC_COMPOSITE_READ,  /* their answer, and what Observe-Composite notifies */
        CODEC_COMPOSITE_WRITE, /* Write-Composite */
        CODEC_SEND,
        _CODEC_OPERATION_MAX,
} CodecOperation;

/* Whether this format may carry that (Core TS 7.4, Transport TS 6.4): text, opaque and CBOR one value, TLV
 * what lies at one path, SenML-ETCH a composite request. path: what is read or written, as schema knows it;
 * NULL: any. Whoever decodes or encodes all the same gets CODEC_E_FORMAT where base tells that this is
 * false; a Bootstrap-Pack, whose base is that of a Write-Composite, has to be asked for. */
bool codec_can_carry(CodecOperation operation, int format, const Schema *schema, const Path *path);

/* Decodes a payload that a request wrote to base (length 1..3: Object, Object Instance, Resource; or 4; the
 * root for packs of several Objects; PATH_NEW_INSTANCE(object) for a Create, where the list holds full paths
 * in any instance, in the new one where the payload leaves its ID to the client: TLV without the Object
 * Instance wrapper, 65535 in LwM2M CBOR). In SenML-ETCH a VALUE_NONE at length 4 is a Resource Instance to
 * remove. The list holds full paths at or below base in the payload's order; values have the schema's type;
 * a Resource that the schema does not know becomes one record with unknown set. A TLV payload for /O/I may
 * or may not carry the Object Instance wrapper; one for /O may hold several instances, empty ones too. ret:
 * the caller's, empty, its maximum counts; untouched on failure. 0, a CodecError, or -ENOMEM. Depth, records
 * and value sizes are bounded by lwm2m/limits.h. */
int codec_decode(int format, const Schema *schema, const Path *base, const uint8_t *data, size_t size,
        RecordList *ret);

/* Decodes the payload of a Read-Composite or Observe-Composite: a SenML pack of names without values, each
 * of them the root or a path of length 1..4, whether or not anything is there. *ret is sorted, nothing in it
 * lies at or below something else in it: a Read of one after the other says everything once, in the order
 * that codec_encode() wants; two requests are about the same exactly when their lists are equal. At most
 * LIMIT_COMPOSITE_PATHS names. 0 (*ret has at least one path), a CodecError (CODEC_E_SYNTAX also for a pack
 * without a path and for a record with a value, time or unit), or -ENOMEM; then *ret is untouched. */
int codec_decode_paths(int format, const uint8_t *data, size_t size, PathList *ret);

/* Encodes records at or below base (sorted by path) as the answer to a Read of base; the root's is
 * that to a composite one. Text, opaque and CBOR carry exactly one value; SenML also says, by a name alone,
 * what is empty. Appends to writer. 0, CODEC_E_FORMAT, or -ENOMEM / -EMSGSIZE. */
int codec_encode(int format, const Path *base, const RecordList *records, ByteWriter *writer);

/* Encodes what was at or below base at n moments, each of them sorted by path, as SenML with base time and
 * times (RFC 8428, 4.5): a notification that was stored, or the root's for a Send. A time of 0 is not
 * written, nor a record without a value, which is none for a peer (RFC 8428, 4.2). CODEC_E_FORMAT for other
 * formats, which have no times; else as above. */
int codec_encode_history(
        int format, const Path *base, const RecordMoment *moments, size_t n, ByteWriter *writer);
