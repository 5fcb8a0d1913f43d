/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: plain text and opaque. */
#include "fuzz.h"
#include "lwm2m/content_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        fuzz_codec(FORMAT_TEXT, data, size);
        fuzz_codec(FORMAT_OPAQUE, data, size);
        return 0;
}
