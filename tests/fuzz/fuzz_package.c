/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: a firmware package in pieces. What comes out, and whether it is taken, is what the decoder of
 * the format says of the whole. */
#include "codec/codec.h"
#include "codec/package_stream.h"
#include "fuzz.h"
#include "lwm2m/body_sink.h"
#include "lwm2m/ids.h"

static const int formats[] = {FORMAT_TEXT, FORMAT_OPAQUE, FORMAT_CBOR, FORMAT_SENML_JSON, FORMAT_SENML_CBOR,
        FORMAT_TLV, FORMAT_LWM2M_CBOR};

static bool lookup(
        const Schema *schema, uint16_t object, uint16_t resource, ValueType *ret_type, bool *ret_multiple)
{
        *ret_type = VALUE_OPAQUE;
        *ret_multiple = false;
        return object == OBJECT_FIRMWARE && resource == FIRMWARE_PACKAGE;
}

/* Says to wait now and then, which changes nothing. */
static int write_piece(void *userdata, const uint8_t *data, size_t size)
{
        byte_writer_add(userdata, data, size);
        return size % 2 == 0 ? BODY_WAIT : 0;
}

/* True where it is taken; piece: bytes of one. */
static bool stream(int format, const uint8_t *data, size_t size, size_t piece, ByteWriter *ret)
{
        PackageStream stream;
        int r = 0;

        package_stream_init(&stream, format, write_piece, ret);
        for (size_t at = 0; at < size && (r == 0 || r == BODY_WAIT); at += piece)
                r = package_stream_feed(&stream, data + at, MIN_OF(piece, size - at));
        if (r == 0 || r == BODY_WAIT)
                r = package_stream_end(&stream);
        require(r == 0 || r == BODY_WAIT || r == CODE_BAD_REQUEST);
        require(package_stream_size(&stream) == ret->size);
        return r != CODE_BAD_REQUEST;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const Schema schema = {.lookup = lookup};
        const Path package = PATH_RESOURCE(OBJECT_FIRMWARE, 0, FIRMWARE_PACKAGE);
        size_t pieces[] = {1, 1, SIZE_MAX / 2};
        RecordList list = {0};
        bool good;
        int format;

        /* A frame that is too large is refused, whatever else it says. */
        if (size < 2 || size > PACKAGE_FRAME_MAX)
                return 0;
        format = formats[data[0] % ELEMENTSOF(formats)];
        pieces[1] += data[1];
        good = codec_decode(format, &schema, &package, data + 2, size - 2, &list) == 0 && list.n == 1 &&
               list.items[0].value.type == VALUE_OPAQUE;
        for (size_t i = 0; i < ELEMENTSOF(pieces); i++) {
                ByteWriter writer = BYTE_WRITER(LIMIT_PAYLOAD_SIZE);

                require(stream(format, data + 2, size - 2, pieces[i], &writer) == good);
                require(!good ||
                        (writer.size == list.items[0].value.bytes.size &&
                                (writer.size == 0 || memcmp(writer.data, list.items[0].value.bytes.data,
                                                             writer.size) == 0)));
                byte_writer_done(&writer);
        }
        record_list_done(&list);
        return 0;
}
