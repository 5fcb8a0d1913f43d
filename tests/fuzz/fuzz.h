/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share. An input's first byte chooses the path that the rest is written to. */
#pragma once

#include "util/macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* assert() that stays in every build. */
#define require(condition)        \
        do {                      \
                if (!(condition)) \
                        abort();  \
        } while (0)

/* Decodes; what is accepted must be encoded, and decoded again to the same records. */
void fuzz_codec(int format, const uint8_t *data, size_t size);

/* Decodes a patch, from the root; what it removes is the instance of a multiple-instance Resource. */
void fuzz_patch(int format, const uint8_t *data, size_t size);
