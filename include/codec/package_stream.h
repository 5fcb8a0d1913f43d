/* SPDX-License-Identifier: Apache-2.0 */
/* Unwraps a firmware package, /5/0/0, whose payload comes in pieces of any size and is as large as it likes:
 * what comes out, and whether it is accepted, is what codec_decode() would say of the whole (Core TS 7.4),
 * without the maxima of value and payload. Pure; the memory is the struct's. */
#pragma once

#include "codec/package_cbor.h"
#include "codec/package_json.h"

#define PACKAGE_TLV_HEAD_MAX 6 /* bytes: Core TS 7.4.3 */

typedef struct PackageTlv {
        uint8_t head[PACKAGE_TLV_HEAD_MAX];
        size_t n_head;
        bool begun;
        uint64_t left; /* bytes of the value still to come */
} PackageTlv;

typedef struct PackageStream {
        int format;
        union {
                PackageTlv tlv;
                PackageCbor cbor;
                PackageJson json;
                Base64Reader text;
        };
        PackageFrame frame;
} PackageStream;

/* format: a ContentFormat that may carry a Write of an Opaque Resource (codec_can_carry()). write: as that
 * of a BodySink; is given the bytes of the package in order. */
void package_stream_init(PackageStream *stream, int format,
        int (*write)(void *userdata, const uint8_t *data, size_t size), void *userdata);

/* Takes the next piece of the payload. 0; BODY_WAIT: likewise, but write() has said to wait meanwhile (it is
 * given the rest of the piece all the same); CODE_BAD_REQUEST: this will be no package (with
 * codec_decode()'s words: of syntax, type, path or limit), or there are more than PACKAGE_FRAME_MAX bytes
 * beside it; what else write() returned. After a Code or errno nothing more may be fed. */
int package_stream_feed(PackageStream *stream, const uint8_t *data, size_t size);

/* The payload ends here. Results as above, CODE_BAD_REQUEST also where it is not whole; -ENOMEM. */
int package_stream_end(PackageStream *stream);

/* Bytes of the package that have been written. */
uint64_t package_stream_size(const PackageStream *stream);
