/* SPDX-License-Identifier: Apache-2.0 */
/* Table of the payload formats. */
#include "codec/cbor_value.h"
#include "codec/codec.h"
#include "codec/lwm2m_cbor.h"
#include "codec/opaque.h"
#include "codec/senml_cbor.h"
#include "codec/senml_json.h"
#include "codec/text.h"
#include "codec/tlv.h"

typedef struct Codec {
        ContentFormat format;
        int (*decode)(
                const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list);
        int (*encode)(const Path *base, const RecordList *records, ByteWriter *writer);
} Codec;

static const Codec codecs[] = {
        {FORMAT_TEXT, text_decode, text_encode},
        {FORMAT_OPAQUE, opaque_decode, opaque_encode},
        {FORMAT_CBOR, cbor_decode, cbor_encode},
        {FORMAT_SENML_JSON, senml_json_decode, senml_json_encode},
        {FORMAT_SENML_CBOR, senml_cbor_decode, senml_cbor_encode},
        {FORMAT_TLV, tlv_decode, tlv_encode},
        {FORMAT_TLV_OLD, tlv_decode, tlv_encode},
        {FORMAT_LWM2M_CBOR, lwm2m_cbor_decode, lwm2m_cbor_encode},
};

static const Codec *find_codec(int format)
{
        for (size_t i = 0; i < ELEMENTSOF(codecs); i++)
                if ((int)codecs[i].format == format)
                        return &codecs[i];
        return NULL;
}

bool codec_can_decode(int format)
{
        const Codec *codec = find_codec(format);

        return codec && codec->decode;
}

bool codec_can_encode(int format)
{
        const Codec *codec = find_codec(format);

        return codec && codec->encode;
}

static int compare_paths(const void *a, const void *b)
{
        return path_compare(*(const Path *const *)a, *(const Path *const *)b);
}

/* No path twice, and none beside what it contains: a payload that says two things of one place says nothing.
 */
static int check_unique(const RecordList *list)
{
        const Path **paths;
        int r = 0;

        if (list->n < 2)
                return 0;
        paths = malloc(list->n * sizeof(*paths));
        if (!paths)
                return -ENOMEM;

        for (size_t i = 0; i < list->n; i++)
                paths[i] = &list->items[i].path;
        qsort(paths, list->n, sizeof(*paths), compare_paths);
        for (size_t i = 1; i < list->n && r == 0; i++)
                if (path_has_prefix(paths[i], paths[i - 1]))
                        r = CODEC_E_SYNTAX;
        free(paths);
        return r;
}

int codec_decode(int format, const Schema *schema, const Path *base, const uint8_t *data, size_t size,
        RecordList *ret)
{
        _cleanup_(record_list_done) RecordList list = {.maximum = ret->maximum};
        const Codec *codec = find_codec(format);
        int r;

        if (!codec || !codec->decode)
                return CODEC_E_FORMAT;
        /* A list with a maximum of its own is the state file's, whose size storage bounds. */
        if (size > LIMIT_PAYLOAD_SIZE && ret->maximum == 0)
                return CODEC_E_LIMIT;
        r = codec->decode(schema, base, data, size, &list);
        if (r != 0)
                return r;
        r = check_unique(&list);
        if (r != 0)
                return r;

        record_list_done(ret);
        *ret = list;
        list = (RecordList){0};
        return 0;
}

int codec_encode(int format, const Path *base, const RecordList *records, ByteWriter *writer)
{
        const Codec *codec = find_codec(format);

        return codec && codec->encode ? codec->encode(base, records, writer) : CODEC_E_FORMAT;
}
