/* SPDX-License-Identifier: Apache-2.0 */
/* A value in Base64 that comes character by character: its bytes are handed on in batches. */
#pragma once

#include "codec/package_frame.h"
#include "util/encoding.h"

#define PACKAGE_BATCH_MAX 512 /* bytes that are handed on at once */

/* Bytes on their way to the frame's write(). Begins as zeros but for the frame. */
typedef struct PackageBatch {
        PackageFrame *frame;
        size_t n;
        uint8_t bytes[PACKAGE_BATCH_MAX];
} PackageBatch;

/* The next character, and at the end of a piece what it has brought. As package_frame_write_value(). */
int package_batch_add(PackageBatch *batch, Base64Reader *reader, char c);
int package_batch_flush(PackageBatch *batch);
