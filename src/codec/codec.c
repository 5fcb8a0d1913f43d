/* SPDX-License-Identifier: Apache-2.0 */
/* Table of the payload formats. */
#include "codec/cbor_value.h"
#include "codec/codec.h"
#include "codec/lwm2m_cbor.h"
#include "codec/opaque.h"
#include "codec/senml_cbor.h"
#include "codec/senml_json.h"
#include "codec/target.h"
#include "codec/text.h"
#include "codec/tlv.h"

#define BIT(operation) (1U << (operation))
#define ONE_VALUE      (BIT(CODEC_READ) | BIT(CODEC_WRITE))
#define AT_ONE_PATH    (BIT(CODEC_READ) | BIT(CODEC_WRITE) | BIT(CODEC_CREATE))
#define AT_THE_ROOT                                                                           \
        (BIT(CODEC_BOOTSTRAP_PACK) | BIT(CODEC_COMPOSITE_READ) | BIT(CODEC_COMPOSITE_WRITE) | \
                BIT(CODEC_SEND))

/* Either its own functions, or SenML in one spelling. */
typedef struct Codec {
        ContentFormat format;
        bool single; /* one value alone */
        unsigned operations;
        int (*decode)(
                const Schema *schema, const Path *base, const uint8_t *data, size_t size, RecordList *list);
        int (*encode)(const Path *base, const RecordList *records, ByteWriter *writer);
        const SenmlSpelling *spelling;
        SenmlKind kind; /* of what is decoded; a SENML_PATCH is never encoded */
} Codec;

static const Codec codecs[] = {
        {FORMAT_TEXT, true, ONE_VALUE, .decode = text_decode, .encode = text_encode},
        {FORMAT_OPAQUE, true, ONE_VALUE, .decode = opaque_decode, .encode = opaque_encode},
        {FORMAT_CBOR, true, ONE_VALUE, .decode = cbor_decode, .encode = cbor_encode},
        {FORMAT_TLV, false, AT_ONE_PATH, .decode = tlv_decode, .encode = tlv_encode},
        {FORMAT_TLV_OLD, false, AT_ONE_PATH, .decode = tlv_decode, .encode = tlv_encode},
        {FORMAT_LWM2M_CBOR, false, AT_ONE_PATH | AT_THE_ROOT, .decode = lwm2m_cbor_decode,
                .encode = lwm2m_cbor_encode},
        {FORMAT_SENML_JSON, false, AT_ONE_PATH | AT_THE_ROOT | BIT(CODEC_COMPOSITE_PATHS),
                .spelling = &senml_json, .kind = SENML_VALUES},
        {FORMAT_SENML_CBOR, false, AT_ONE_PATH | AT_THE_ROOT | BIT(CODEC_COMPOSITE_PATHS),
                .spelling = &senml_cbor, .kind = SENML_VALUES},
        {FORMAT_SENML_ETCH_JSON, false, BIT(CODEC_COMPOSITE_PATHS) | BIT(CODEC_COMPOSITE_WRITE),
                .spelling = &senml_json, .kind = SENML_PATCH},
        {FORMAT_SENML_ETCH_CBOR, false, BIT(CODEC_COMPOSITE_PATHS) | BIT(CODEC_COMPOSITE_WRITE),
                .spelling = &senml_cbor, .kind = SENML_PATCH},
};

static const Codec *find_codec(int format)
{
        for (size_t i = 0; i < ELEMENTSOF(codecs); i++)
                if ((int)codecs[i].format == format)
                        return &codecs[i];
        return NULL;
}

bool codec_can_carry(CodecOperation operation, int format, const Schema *schema, const Path *path)
{
        const Codec *codec = find_codec(format);
        ValueType type;

        if (!codec || !(codec->operations & BIT(operation)))
                return false;
        return !codec->single || !path || target_lookup_single(schema, path, &type) != CODEC_E_FORMAT;
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

        if (!codec)
                return CODEC_E_FORMAT;
        /* A list with a maximum of its own is the state file's, whose size storage bounds. */
        if (size > LIMIT_PAYLOAD_SIZE && ret->maximum == 0)
                return CODEC_E_LIMIT;
        if (codec->spelling)
                r = senml_decode(codec->spelling, codec->kind, schema, base, data, size, &list);
        else
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

int codec_decode_paths(int format, const uint8_t *data, size_t size, PathList *ret)
{
        const Codec *codec = find_codec(format);
        PathList paths = {.n = 0};
        int r;

        if (!codec || !codec->spelling)
                return CODEC_E_FORMAT;
        if (size > LIMIT_PAYLOAD_SIZE)
                return CODEC_E_LIMIT;
        r = senml_decode_paths(codec->spelling, data, size, &paths);
        if (r != 0)
                return r;
        if (paths.n == 0)
                return CODEC_E_SYNTAX;
        path_list_simplify(&paths);
        *ret = paths;
        return 0;
}

static int encode_senml(const Codec *codec, const Path *base, const RecordMoment *moments, size_t n,
        bool names, ByteWriter *writer)
{
        if (!codec || !codec->spelling || codec->kind != SENML_VALUES)
                return CODEC_E_FORMAT;
        return senml_encode(codec->spelling, base, moments, n, names, writer);
}

int codec_encode(int format, const Path *base, const RecordList *records, ByteWriter *writer)
{
        const Codec *codec = find_codec(format);

        if (codec && codec->encode)
                return codec->encode(base, records, writer);
        return encode_senml(codec, base, &(RecordMoment){.records = records}, 1, true, writer);
}

int codec_encode_history(
        int format, const Path *base, const RecordMoment *moments, size_t n, ByteWriter *writer)
{
        return encode_senml(find_codec(format), base, moments, n, false, writer);
}
