/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads of requests and responses: which format, and which code when it does not fit. */
#pragma once

#include "lwm2m/message.h"
#include "operation/context.h"
#include "util/bytes.h"

#define PAYLOAD_REFUSED 1 /* the response holds the error */

/* Whether values written to path, not the root, cannot come so: the response is 4.00 without Content-Format
 * then, or 4.15 for one that is not supported (for this path). */
bool payload_refuse_format(
        const OperationContext *context, const Path *path, const Request *request, Response *response);

/* Decodes what a request writes to path (PATH_NEW_INSTANCE: Create; the root: Write-Composite, where a
 * VALUE_NONE at length 4 removes a Resource Instance), and checks every value against its Resource: type,
 * multiplicity, range. Resources that do not exist in the version and executables are unknown afterwards, as
 * those the decoder does not know. 0; PAYLOAD_REFUSED: 4.00 without Content-Format, with a payload that does
 * not fit or a SenML pack in which no record has a path and a value, 4.15 for a Content-Format that is not
 * supported (for this path); -ENOMEM. */
int payload_decode(const OperationContext *context, const Path *path, const Request *request,
        RecordList *ret, Response *response);

/* The paths of a Read-Composite or Observe-Composite, as codec_decode_paths() gives them. 0;
 * PAYLOAD_REFUSED: 4.00 without Content-Format or with a payload that is no list of paths, 4.15 for a
 * Content-Format that carries none; -ENOMEM. */
int payload_decode_paths(const Request *request, PathList *ret, Response *response);

/* What an answer is to be encoded in: Accept, without it TLV (LwM2M 1.0) or SenML CBOR. */
int payload_format(const OperationContext *context, const Request *request);

/* Whether values of this format have times. */
bool payload_has_times(int format);

/* As codec_encode(), for a peer: a record of SenML has a value (RFC 8428, 4.2), so that what is empty can
 * only be said in other formats, and where moments have a time it is written. n is 1 without times. */
int payload_encode(int format, const Path *path, const RecordMoment *moments, size_t n, ByteWriter *writer);

/* Answers 2.05 with the records in the format that Accept names, without it TLV (LwM2M 1.0) or SenML
 * CBOR; 4.06 when the wanted format cannot carry them, 5.00 when the answer would be longer than
 * max_body_size. 0 or -ENOMEM. */
int payload_answer(const OperationContext *context, const Path *path, const Request *request,
        const RecordList *records, Response *response);

/* Takes the writer's text as a 2.05 in CoRE Link Format, else as above. 0 or -ENOMEM. */
int payload_answer_links(ByteWriter *writer, Response *response);

/* What of the records is unknown, for a sentence: "/1/0/99", or "/1/0/99 and 3 more". False: nothing, and
 * ret stays as it is. */
#define PAYLOAD_UNKNOWN_SIZE (PATH_TEXT_MAX + sizeof(" and 18446744073709551615 more"))
bool payload_describe_unknown(const RecordList *records, char ret[PAYLOAD_UNKNOWN_SIZE]);
