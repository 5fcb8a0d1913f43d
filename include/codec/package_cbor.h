/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the package in CBOR, SenML CBOR and LwM2M CBOR that come in pieces of any size. */
#pragma once

#include "codec/package_frame.h"

#define PACKAGE_CBOR_LEVELS_MAX (LIMIT_DEPTH + 1) /* arrays and maps, and an indefinite string in them */
#define PACKAGE_CBOR_HEAD_MAX   9                 /* bytes: RFC 8949, 3 */

typedef enum PackageCborKind {
        PACKAGE_CBOR_SINGLE, /* the value alone */
        PACKAGE_CBOR_SENML,  /* that of a record's label "vd" */
        PACKAGE_CBOR_LWM2M,  /* that of a map's key */
} PackageCborKind;

/* Something that has begun and not ended. */
typedef struct PackageCborLevel {
        uint8_t major;   /* RFC 8949, 3.1: MAJOR_* of package_cbor.c */
        bool indefinite; /* up to a break */
        bool odd;        /* of a map: the value of a key comes next */
        bool is_value;   /* of a string */
        uint64_t left;   /* items, unless indefinite */
} PackageCborLevel;

/* Begins as zeros but for the kind. */
typedef struct PackageCbor {
        PackageCborKind kind;
        uint8_t head[PACKAGE_CBOR_HEAD_MAX]; /* of an item, as far as it has come */
        size_t n_head;
        uint64_t content; /* bytes of a definite string still to come */
        bool content_is_value;
        bool may_be_label; /* that string is a key of two characters */
        bool label_is_vd;  /* the last key is "vd", SenML's label of an opaque value */
        bool complete;     /* nothing may follow */
        size_t n_levels;
        PackageCborLevel levels[PACKAGE_CBOR_LEVELS_MAX];
} PackageCbor;

/* As package_stream_feed(), but BODY_WAIT is in frame->waits. */
int package_cbor_feed(PackageCbor *cbor, PackageFrame *frame, const uint8_t *data, size_t size);
