/* SPDX-License-Identifier: Apache-2.0 */
/* A package in each format. */
#include "codec/package_stream.h"

#include "codec/codec.h"
#include "codec/package_base64.h"
#include "lwm2m/body_sink.h"
#include "lwm2m/ids.h"

#define TLV_ID_16 0x20 /* the identifier has 16 bits: Core TS 7.4.3 */
#define TLV_KIND  0xc0

void package_stream_init(PackageStream *stream, int format,
        int (*write)(void *userdata, const uint8_t *data, size_t size), void *userdata)
{
        *stream = (PackageStream){.format = format, .frame = {.write = write, .userdata = userdata}};
        if (format == FORMAT_SENML_CBOR)
                stream->cbor.kind = PACKAGE_CBOR_SENML;
        else if (format == FORMAT_LWM2M_CBOR)
                stream->cbor.kind = PACKAGE_CBOR_LWM2M;
        else if (format == FORMAT_TEXT)
                stream->text.alphabet = BASE64_STANDARD;
}

/* In the frame it has no bytes. */
static int begin_tlv(PackageTlv *tlv, PackageFrame *frame)
{
        size_t id_size = tlv->head[0] & TLV_ID_16 ? 2 : 1, length_size = tlv->head[0] >> 3 & 3;
        const uint8_t first = tlv->head[0] & (TLV_KIND | TLV_ID_16);
        int r;

        tlv->begun = true;
        tlv->left = length_size > 0 ? 0 : tlv->head[0] & 7;
        for (size_t i = 1 + id_size; i < tlv->n_head; i++)
                tlv->left = tlv->left << 8 | tlv->head[i];
        r = package_frame_add(frame, &first, 1);
        return r != 0 ? r : package_frame_add(frame, tlv->head + 1, id_size);
}

static int feed_tlv(PackageTlv *tlv, PackageFrame *frame, const uint8_t *data, size_t size)
{
        int r = 0;

        for (; size > 0 && r == 0 && !tlv->begun; data++, size--) {
                tlv->head[tlv->n_head++] = *data;
                if (tlv->n_head == 2U + (tlv->head[0] & TLV_ID_16 ? 1 : 0) + (tlv->head[0] >> 3 & 3))
                        r = begin_tlv(tlv, frame);
        }
        if (r != 0 || size == 0)
                return r;
        if (size > tlv->left)
                return CODE_BAD_REQUEST;
        tlv->left -= size;
        return package_frame_write_value(frame, data, size);
}

static int feed_text(Base64Reader *text, PackageFrame *frame, const uint8_t *data, size_t size)
{
        PackageBatch batch = {.frame = frame};
        int r = 0;

        for (size_t i = 0; i < size && r == 0; i++)
                r = package_batch_add(&batch, text, (char)data[i]);
        return r != 0 ? r : package_batch_flush(&batch);
}

static int feed(PackageStream *stream, const uint8_t *data, size_t size)
{
        switch (stream->format) {
        case FORMAT_OPAQUE:
                return package_frame_write_value(&stream->frame, data, size);
        case FORMAT_TEXT:
                return feed_text(&stream->text, &stream->frame, data, size);
        case FORMAT_TLV:
        case FORMAT_TLV_OLD:
                return feed_tlv(&stream->tlv, &stream->frame, data, size);
        case FORMAT_CBOR:
        case FORMAT_SENML_CBOR:
        case FORMAT_LWM2M_CBOR:
                return package_cbor_feed(&stream->cbor, &stream->frame, data, size);
        case FORMAT_SENML_JSON:
                return package_json_feed(&stream->json, &stream->frame, data, size);
        default:
                return CODE_BAD_REQUEST;
        }
}

/* Whether all of the value that has begun has come. */
static bool is_whole(const PackageStream *stream)
{
        switch (stream->format) {
        case FORMAT_TEXT:
                return base64_end(&stream->text) == 0;
        case FORMAT_TLV:
        case FORMAT_TLV_OLD:
                return stream->tlv.begun && stream->tlv.left == 0;
        case FORMAT_CBOR:
        case FORMAT_SENML_CBOR:
        case FORMAT_LWM2M_CBOR:
                return stream->cbor.complete;
        case FORMAT_SENML_JSON:
                return !stream->json.in_string;
        default:
                return true;
        }
}

static int conclude(PackageStream *stream, int r)
{
        bool waits = stream->frame.waits;

        stream->frame.waits = false;
        return r == 0 && waits ? BODY_WAIT : r;
}

int package_stream_feed(PackageStream *stream, const uint8_t *data, size_t size)
{
        return conclude(stream, feed(stream, data, size));
}

static bool lookup(
        const Schema *schema, uint16_t object, uint16_t resource, ValueType *ret_type, bool *ret_multiple)
{
        *ret_type = VALUE_OPAQUE;
        *ret_multiple = false;
        return object == OBJECT_FIRMWARE && resource == FIRMWARE_PACKAGE;
}

/* A value that no scanner has found is still in the frame. */
static int end(PackageStream *stream)
{
        static const Schema schema = {.lookup = lookup};
        _cleanup_(record_list_done) RecordList records = {0};
        const Path package = PATH_RESOURCE(OBJECT_FIRMWARE, 0, FIRMWARE_PACKAGE);
        PackageFrame *frame = &stream->frame;
        const Value *value;
        int r;

        if (!is_whole(stream))
                return CODE_BAD_REQUEST;
        r = codec_decode(stream->format, &schema, &package, frame->data, frame->size, &records);
        if (r != 0)
                return r < 0 ? r : CODE_BAD_REQUEST;
        if (records.n != 1 || records.items[0].value.type != VALUE_OPAQUE)
                return CODE_BAD_REQUEST;
        value = &records.items[0].value;
        return package_frame_write_value(frame, value->bytes.data, value->bytes.size);
}

int package_stream_end(PackageStream *stream)
{
        return conclude(stream, end(stream));
}

uint64_t package_stream_size(const PackageStream *stream)
{
        return stream->frame.value_size;
}
