/* SPDX-License-Identifier: Apache-2.0 */
/* What is around the value of a package. */
#include "codec/package_frame.h"

#include "lwm2m/body_sink.h"

int package_frame_add(PackageFrame *frame, const void *data, size_t size)
{
        if (size > sizeof(frame->data) - frame->size)
                return CODE_BAD_REQUEST;
        memcpy(frame->data + frame->size, data, size);
        frame->size += size;
        return 0;
}

int package_frame_write_value(PackageFrame *frame, const uint8_t *data, size_t size)
{
        int r;

        if (size == 0)
                return 0;
        frame->value_size += size;
        r = frame->write(frame->userdata, data, size);
        if (r != BODY_WAIT)
                return r;
        frame->waits = true;
        return 0;
}
