/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: LwM2M CBOR. */
#include "fuzz.h"
#include "lwm2m/content_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        fuzz_codec(FORMAT_LWM2M_CBOR, data, size);
        return 0;
}
