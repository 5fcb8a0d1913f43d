/* SPDX-License-Identifier: Apache-2.0 */
/* The value of a package in Base64. */
#include "codec/package_base64.h"

int package_batch_flush(PackageBatch *batch)
{
        size_t n = batch->n;

        batch->n = 0;
        return package_frame_write_value(batch->frame, batch->bytes, n);
}

int package_batch_add(PackageBatch *batch, Base64Reader *reader, char c)
{
        uint8_t byte;
        int r = base64_add(reader, c, &byte);

        if (r <= 0)
                return r < 0 ? CODE_BAD_REQUEST : 0;
        batch->bytes[batch->n++] = byte;
        return batch->n == PACKAGE_BATCH_MAX ? package_batch_flush(batch) : 0;
}
