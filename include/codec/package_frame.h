/* SPDX-License-Identifier: Apache-2.0 */
/* What is around the one large value of a payload that comes in pieces. The scanner of its format gives the
 * bytes of the value away as they come, and keeps all else, with an empty string in the value's place: so
 * the decoder of the format judges the frame as it would have judged the whole, and no rule stands twice. */
#pragma once

#include "lwm2m/message.h"

/* Bytes of a frame. Path, labels and brackets need some 50; what else a pack may say is as short. */
#define PACKAGE_FRAME_MAX 4096

typedef struct PackageFrame {
        /* As BodySink.write. */
        int (*write)(void *userdata, const uint8_t *data, size_t size);
        void *userdata;
        uint64_t value_size; /* bytes of the value so far */
        bool waits;          /* write() has returned BODY_WAIT */
        size_t size;
        uint8_t data[PACKAGE_FRAME_MAX];
} PackageFrame;

/* Each is 0 or CODE_BAD_REQUEST, or what write() returned, BODY_WAIT aside. */
int package_frame_add(PackageFrame *frame, const void *data, size_t size);
int package_frame_write_value(PackageFrame *frame, const uint8_t *data, size_t size);
