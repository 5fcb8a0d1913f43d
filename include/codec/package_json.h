/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the package in SenML JSON that comes in pieces of any size: what "vd" says, as Base64. */
#pragma once

#include "codec/package_frame.h"
#include "util/encoding.h"

/* Begins as zeros. */
typedef struct PackageJson {
        unsigned depth; /* of arrays and objects */
        bool in_string, is_value, escaped;
        size_t string_begin; /* in the frame */
        bool label_is_vd;    /* the last string, outside of the value, is "vd" */
        bool colon;          /* and a colon has followed */
        unsigned n_digits;   /* of \uXXXX that are still to come */
        unsigned character;  /* what they say so far */
        Base64Reader base64;
} PackageJson;

/* As package_stream_feed(), but BODY_WAIT is in frame->waits. */
int package_json_feed(PackageJson *json, PackageFrame *frame, const uint8_t *data, size_t size);
