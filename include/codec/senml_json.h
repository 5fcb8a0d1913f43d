/* SPDX-License-Identifier: Apache-2.0 */
/* SenML JSON, Content-Formats 110 and 320 (RFC 8428, 5; Core TS 7.4.5). */
#pragma once

#include "codec/senml.h"

/* A name said twice in an object is refused (CODEC_E_SYNTAX), and so is a NUL in a string; an opaque value
 * is Base64 of either alphabet. Encoding: CODEC_E_FORMAT also for a float that is no number, which JSON
 * cannot say. */
extern const SenmlSpelling senml_json;
