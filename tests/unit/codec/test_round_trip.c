/* SPDX-License-Identifier: Apache-2.0 */
/* codec: what one format writes the others read. Random records go through every pair of formats. The seed
 * and the number of records lists are CODEC_SEED and CODEC_COUNT of the environment; the seed is printed. */
#include <inttypes.h>
#include <math.h>

#include "support.h"

#define DEFAULT_SEED  UINT64_C(0x2545f4914f6cdd1d)
#define DEFAULT_COUNT 1500
#define OBJECT        100 /* support.h: one Resource of each type, and its multiple-instance twin */
#define INSTANCES_MAX 4
#define IDS_MAX       300 /* Object Instance and Resource Instance IDs: of 8 and of 16 bits */
#define WRITER_MAX    (16 * LIMIT_PAYLOAD_SIZE)

/* Formats of several values, then those of one. */
static const int packs[] = {FORMAT_TLV, FORMAT_SENML_JSON, FORMAT_SENML_CBOR, FORMAT_LWM2M_CBOR};
static const int singles[] = {FORMAT_TLV, FORMAT_SENML_JSON, FORMAT_SENML_CBOR, FORMAT_LWM2M_CBOR,
        FORMAT_TEXT, FORMAT_CBOR, FORMAT_OPAQUE};

static uint64_t seed, state_of_random;

/* xorshift64* */
static uint64_t next(void)
{
        state_of_random ^= state_of_random >> 12;
        state_of_random ^= state_of_random << 25;
        state_of_random ^= state_of_random >> 27;
        return state_of_random * UINT64_C(0x2545f4914f6cdd1d);
}

static uint64_t below(uint64_t n)
{
        return next() % n;
}

/* A number of any length in bits, so that each width of each format occurs. */
static uint64_t bits(void)
{
        return next() >> below(64);
}

static int64_t random_integer(void)
{
        static const int64_t edges[] = {0, 1, -1, 23, 24, 127, 128, -128, -129, 255, 256, 32767, 32768,
                -32768, -32769, INT32_MAX, INT32_MIN, INT64_C(1) << 53, (INT64_C(1) << 53) + 1, INT64_MAX,
                INT64_MIN};

        return below(2) == 0 ? edges[below(ELEMENTSOF(edges))] : (int64_t)(below(2) == 0 ? bits() : ~bits());
}

static double random_float(void)
{
        static const double edges[] = {0.0, -0.0, 0.1, -1.5, 1e300, 5e-324, 0x1p53, 0x1p53 + 2, 0x1p64, 1e-7,
                16777217.0, 3.4028234663852886e38, 3.4028235677973366e38, 1.7976931348623157e308};
        uint64_t random;
        double real;

        if (below(3) == 0)
                return edges[below(ELEMENTSOF(edges))];
        if (below(3) == 0)
                return (double)(float)random_integer() / 8;
        do {
                random = next();
                memcpy(&real, &random, sizeof(real));
        } while (!isfinite(real)); /* which neither JSON nor text can say */
        return real;
}

static size_t random_size(void)
{
        static const size_t edges[] = {0, 7, 8, 23, 24, 255, 256, 4096, LIMIT_VALUE_SIZE};

        return below(40) == 0 ? edges[below(ELEMENTSOF(edges))] : below(20);
}

static Value random_text(ValueType type)
{
        static const char *const pieces[] = {"a", "/", "\"", "\\", "\n", "\x01", "\x7f", "\xc3\xa4",
                "\xe2\x82\xac", "\xf0\x9f\x98\x80", "{[,]}", "\\u0000", "=", " ", "1"};
        size_t size = random_size();
        ByteWriter writer = BYTE_WRITER(LIMIT_VALUE_SIZE);
        Value value;

        while (writer.size < size) {
                const char *piece = pieces[below(ELEMENTSOF(pieces))];

                byte_writer_add_string(&writer, writer.size + strlen(piece) <= size ? piece : "b");
        }
        assert_int_equal(value_make_bytes(type, writer.data, writer.size, &value), 0);
        byte_writer_done(&writer);
        return value;
}

static Value random_opaque(void)
{
        size_t size = random_size();
        uint8_t *data = malloc(size + 1);
        Value value;

        assert_non_null(data);
        for (size_t i = 0; i < size; i++)
                data[i] = (uint8_t)next();
        assert_int_equal(value_make_bytes(VALUE_OPAQUE, data, size, &value), 0);
        free(data);
        return value;
}

static Value random_value(ValueType type)
{
        Value value = {.type = type};

        switch (type) {
        case VALUE_STRING:
        case VALUE_CORELNK:
                return random_text(type);
        case VALUE_OPAQUE:
                return random_opaque();
        case VALUE_INTEGER:
        case VALUE_TIME:
                value.integer = random_integer();
                break;
        case VALUE_UNSIGNED:
                value.unsigned_integer = below(8) == 0 ? UINT64_MAX - below(2) : bits();
                break;
        case VALUE_FLOAT:
                value.real = random_float();
                break;
        case VALUE_BOOLEAN:
                value.boolean = below(2) == 0;
                break;
        case VALUE_OBJLNK:
                value.link.object = (uint16_t)(below(4) == 0 ? UINT16_MAX : bits());
                value.link.instance = (uint16_t)(below(4) == 0 ? UINT16_MAX : bits());
                break;
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                break;
        }
        return value;
}

static void add(RecordList *list, const Path *path, Value value)
{
        assert_int_equal(record_list_add(list, path, &value), 0);
}

/* IDs that grow, the first below IDS_MAX. */
static uint16_t next_id(int *id)
{
        *id += 1 + (int)(below(4) == 0 ? below(IDS_MAX) : below(2));
        return (uint16_t)*id;
}

static void add_multiple(RecordList *list, const Path *resource, ValueType type)
{
        size_t n = below(4);
        int id = -1;

        if (n == 0)
                add(list, resource, (Value){0});
        for (size_t i = 0; i < n; i++) {
                Path path = path_append(resource, next_id(&id));

                add(list, &path, random_value(type));
        }
}

static void add_instance(RecordList *list, const Path *instance)
{
        size_t before = list->n;

        for (uint16_t id = 0; id < 200; id++) {
                Path path = path_append(instance, id);
                ValueType type = (ValueType)(id % 100);

                if (type == VALUE_NONE || type >= _VALUE_TYPE_MAX || below(3) != 0)
                        continue;
                if (id < 100)
                        add(list, &path, random_value(type));
                else
                        add_multiple(list, &path, type);
        }
        if (list->n == before)
                add(list, instance, (Value){0});
}

/* A pack for a Read of *ret_base: an Object, an Object Instance or a multiple-instance Resource. */
static void make_pack(RecordList *list, Path *ret_base)
{
        const Path object = PATH_OBJECT(OBJECT);
        size_t n = below(INSTANCES_MAX);
        int id = -1;

        *ret_base = object;
        if (below(2) == 0) {
                for (size_t i = 0; i < n; i++) {
                        Path path = path_append(&object, next_id(&id));

                        add_instance(list, &path);
                }
                return;
        }
        *ret_base = path_append(&object, next_id(&id));
        if (below(2) == 0) {
                add_instance(list, ret_base);
                return;
        }
        id = 101 + (int)below(_VALUE_TYPE_MAX - 1);
        *ret_base = path_append(ret_base, (uint16_t)id);
        add_multiple(list, ret_base, (ValueType)(id - 100));
}

/* One value, of a Resource or a Resource Instance. */
static void make_single(RecordList *list, Path *ret_base)
{
        ValueType type = (ValueType)(1 + below(_VALUE_TYPE_MAX - 1));

        *ret_base = PATH_RESOURCE(OBJECT, (uint16_t)below(IDS_MAX), (uint16_t)type);
        if (below(2) == 0) {
                ret_base->id[2] = (uint16_t)(100 + type);
                *ret_base = path_append(ret_base, (uint16_t)below(IDS_MAX));
        }
        add(list, ret_base, random_value(type));
}

static size_t count_values(const RecordList *list)
{
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                n += list->items[i].value.type != VALUE_NONE;
        return n;
}

static void pass(int format, const Path *base, const RecordList *list, RecordList *ret)
{
        ByteWriter writer = BYTE_WRITER(WRITER_MAX);
        RecordList maximum = {.maximum = SIZE_MAX}; /* more than a payload may have, as the state file */
        int r;

        *ret = maximum;
        r = codec_encode(format, base, list, &writer);
        if (r == 0)
                r = codec_decode(format, &test_schema, base, writer.data, writer.size, ret);
        if (r != 0)
                fail_msg("seed %" PRIu64 ": %s in format %d: %d", seed, PATH_TEXT(base), format, r);
        byte_writer_done(&writer);
}

static bool same_value(const Value *a, const Value *b)
{
        return value_equal(a, b) && (a->type != VALUE_FLOAT || signbit(a->real) == signbit(b->real));
}

static void compare(const RecordList *list, const RecordList *got, int from, int to, const Path *base)
{
        bool without_containers = from == FORMAT_LWM2M_CBOR || to == FORMAT_LWM2M_CBOR;
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++) {
                const Record *record = &list->items[i];

                if (without_containers && record->value.type == VALUE_NONE)
                        continue;
                if (n == got->n || !path_equal(&got->items[n].path, &record->path) ||
                        !same_value(&got->items[n].value, &record->value))
                        fail_msg("seed %" PRIu64 ": %s of %s from format %d to %d", seed,
                                PATH_TEXT(&record->path), PATH_TEXT(base), from, to);
                n++;
        }
        assert_int_equal(got->n, n);
}

static void cross(const int *formats, size_t n, const Path *base, const RecordList *list)
{
        for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < n; j++) {
                        RecordList first, second;

                        pass(formats[i], base, list, &first);
                        pass(formats[j], base, &first, &second);
                        compare(list, &second, formats[i], formats[j], base);
                        record_list_done(&first);
                        record_list_done(&second);
                }
}

static void test_packs(void **state)
{
        const char *count = getenv("CODEC_COUNT");
        size_t n = count ? strtoull(count, NULL, 0) : DEFAULT_COUNT;

        for (size_t i = 0; i < n; i++) {
                RecordList list = {0};
                Path base;

                make_pack(&list, &base);
                /* LwM2M CBOR, the last one, leaves out what has no value: from nothing TLV would make an
                 * empty Object Instance. */
                cross(packs, ELEMENTSOF(packs) - (count_values(&list) == 0), &base, &list);
                record_list_done(&list);
        }
}

static void test_single_values(void **state)
{
        const char *count = getenv("CODEC_COUNT");
        size_t n = count ? strtoull(count, NULL, 0) : DEFAULT_COUNT;

        for (size_t i = 0; i < n; i++) {
                RecordList list = {0};
                Path base;

                make_single(&list, &base);
                cross(singles, ELEMENTSOF(singles) - (list.items[0].value.type != VALUE_OPAQUE), &base,
                        &list);
                record_list_done(&list);
        }
}

/* As many records as a payload may have, and several values of the largest size. */
static void test_limits(void **state)
{
        const Path base = PATH_OBJECT(OBJECT);
        RecordList list = {0};

        for (size_t i = 0; i < LIMIT_RECORDS; i++) {
                Path path = PATH_RESOURCE_INSTANCE(OBJECT, (uint16_t)(i / 256), 102, (uint16_t)(i % 256));

                add(&list, &path, random_value(VALUE_INTEGER));
        }
        cross(packs, ELEMENTSOF(packs), &base, &list);
        record_list_done(&list);

        for (uint16_t i = 0; i < 8; i++) {
                Path path = PATH_RESOURCE(OBJECT, i, VALUE_OPAQUE);
                Value value = {0};
                uint8_t *data = calloc(1, LIMIT_VALUE_SIZE);

                assert_int_equal(value_make_bytes(VALUE_OPAQUE, data, LIMIT_VALUE_SIZE, &value), 0);
                add(&list, &path, value);
                free(data);
        }
        cross(packs, ELEMENTSOF(packs), &base, &list);
        record_list_done(&list);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_packs),
                cmocka_unit_test(test_single_values),
                cmocka_unit_test(test_limits),
        };
        const char *text = getenv("CODEC_SEED");

        seed = text ? strtoull(text, NULL, 0) : DEFAULT_SEED;
        state_of_random = seed ?: DEFAULT_SEED;
        print_message("CODEC_SEED=%" PRIu64 "\n", seed);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
