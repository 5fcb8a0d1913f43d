/* SPDX-License-Identifier: Apache-2.0 */
/* The shared body of the codecs' fuzz targets. */
#include "codec/codec.h"
#include "fuzz.h"

/* The last digit of a Resource is its type, the one before says whether it has instances; 100 on are
 * unknown. */
static bool lookup(
        const Schema *schema, uint16_t object, uint16_t resource, ValueType *ret_type, bool *ret_multiple)
{
        if (resource >= 100 || resource % 10 >= _VALUE_TYPE_MAX)
                return false;
        *ret_type = (ValueType)(resource % 10);
        *ret_multiple = resource / 10 % 2 == 1;
        return true;
}

static const Schema schema = {.lookup = lookup};

#define CREATE 0xff /* instead of a base */

static const Path bases[] = {
        {{0}, 0},
        {{3}, 1},
        {{3, 0}, 2},
        {{3, 0, 1}, 3},
        {{3, 0, 2}, 3},
        {{3, 0, 3}, 3},
        {{3, 0, 4}, 3},
        {{3, 0, 5}, 3},
        {{3, 0, 6}, 3},
        {{3, 0, 7}, 3},
        {{3, 0, 8}, 3},
        {{3, 0, 9}, 3},
        {{3, 0, 12}, 3},
        {{3, 0, 12, 0}, 4},
        {{3, 0, 100}, 3},
};

static int compare_records(const void *a, const void *b)
{
        return path_compare(&((const Record *)a)->path, &((const Record *)b)->path);
}

/* Sorts, and drops what no encoder writes. */
static void prepare(RecordList *list)
{
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                if (!list->items[i].unknown)
                        list->items[n++] = list->items[i];
        list->n = n;
        if (n > 1)
                qsort(list->items, n, sizeof(*list->items), compare_records);
}

static void require_same(
        int format, const Path *base, const RecordList *list, const uint8_t *data, size_t size)
{
        RecordList again = {0};

        require(codec_decode(format, &schema, base, data, size, &again) == 0);
        prepare(&again);
        require(again.n == list->n);
        for (size_t i = 0; i < list->n; i++) {
                require(path_equal(&again.items[i].path, &list->items[i].path));
                require(value_equal(&again.items[i].value, &list->items[i].value));
        }
        record_list_done(&again);
}

static void round_trip(int format, const Path *base, const RecordList *list)
{
        ByteWriter writer = BYTE_WRITER(4 * LIMIT_PAYLOAD_SIZE);

        require(codec_encode(format, base, list, &writer) == 0);
        require_same(format, base, list, writer.data, writer.size);
        byte_writer_done(&writer);
}

static bool has_empty(const RecordList *list)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].value.type == VALUE_NONE)
                        return true;
        return false;
}

/* The records as of two moments, which a Write passes over. */
static void round_trip_with_times(int format, const Path *base, const RecordList *list, uint8_t seed)
{
        ByteWriter writer = BYTE_WRITER(4 * LIMIT_PAYLOAD_SIZE);
        const size_t half = list->n / 2;
        const RecordList first = {.items = list->items, .n = half},
                         second = {.items = list->items + half, .n = list->n - half};
        const RecordMoment moments[] = {
                {(int64_t)seed * 1000003 - 100000000, &first},
                {seed % 3 == 0 ? 0 : INT64_C(1700000000000000) + seed, &second},
        };

        require(codec_encode_history(format, base, moments, ELEMENTSOF(moments), &writer) == 0);
        if (!has_empty(list)) /* which no peer is told */
                require_same(format, base, list, writer.data, writer.size);
        byte_writer_done(&writer);
}

/* A Create, which the client encodes never. */
static void fuzz_create(int format, const uint8_t *data, size_t size)
{
        RecordList list = {0};
        int r;

        r = codec_decode(format, &schema, &PATH_NEW_INSTANCE(3), data, size, &list);
        require(r >= 0 && r <= CODEC_E_LIMIT);
        require(r == 0 || list.n == 0);
        for (size_t i = 0; i < list.n; i++)
                require(list.items[i].path.id[0] == 3 && list.items[i].path.length >= 2);
        record_list_done(&list);
}

void fuzz_codec(int format, const uint8_t *data, size_t size)
{
        RecordList list = {0};
        const Path *base;
        int r;

        if (size == 0)
                return;
        if (data[0] == CREATE) {
                fuzz_create(format, data + 1, size - 1);
                return;
        }
        base = &bases[data[0] % ELEMENTSOF(bases)];
        r = codec_decode(format, &schema, base, data + 1, size - 1, &list);
        require(r >= 0 && r <= CODEC_E_LIMIT);
        require(r == 0 || list.n == 0);
        for (size_t i = 0; i < list.n; i++)
                require(path_has_prefix(&list.items[i].path, base) || list.items[i].unknown);

        prepare(&list);
        if (list.n > 0)
                round_trip(format, base, &list);
        if (list.n > 0 && (format == FORMAT_SENML_JSON || format == FORMAT_SENML_CBOR))
                round_trip_with_times(format, base, &list, data[size - 1]);
        record_list_done(&list);
}

void fuzz_patch(int format, const uint8_t *data, size_t size)
{
        RecordList list = {0};
        ValueType type;
        bool multiple;
        int r;

        r = codec_decode(format, &schema, &PATH_ROOT, data, size, &list);
        require(r >= 0 && r <= CODEC_E_LIMIT && r != CODEC_E_FORMAT);
        require(r == 0 || list.n == 0);
        for (size_t i = 0; i < list.n; i++) {
                const Record *record = &list.items[i];

                require(record->path.length >= 3);
                require(lookup(&schema, record->path.id[0], record->path.id[2], &type, &multiple) !=
                        record->unknown);
                if (record->unknown)
                        continue;
                require(multiple == (record->path.length == 4));
                require(record->value.type == type || (multiple && record->value.type == VALUE_NONE));
        }
        record_list_done(&list);
}
