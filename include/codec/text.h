/* SPDX-License-Identifier: Apache-2.0 */
/* Plain text, Content-Format 0 (Core TS 7.4.1 and Appendix C). Parameters and results as codec_decode(),
 * codec_encode(). */
#pragma once

#include "codec/error.h"
#include "lwm2m/record.h"
#include "util/bytes.h"

int text_decode(const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list);

/* CODEC_E_FORMAT also for a float that is no number: decimal text cannot say that. */
int text_encode(const Path *base, const RecordList *records, ByteWriter *writer);
