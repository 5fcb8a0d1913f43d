/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: SenML-ETCH of a Write-Composite. The first byte chooses the spelling. */
#include "fuzz.h"
#include "lwm2m/content_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size > 0)
                fuzz_patch(data[0] % 2 == 0 ? FORMAT_SENML_ETCH_JSON : FORMAT_SENML_ETCH_CBOR, data + 1,
                        size - 1);
        return 0;
}
