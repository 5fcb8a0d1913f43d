/* SPDX-License-Identifier: Apache-2.0 */
/* SenML whatever its spelling: records, one for each value. */
#include "codec/senml.h"
#include "codec/target.h"

#define BVER_MAX 10 /* SenML version that we understand: RFC 8428, 4.4 */

static bool has_field(const SenmlRecord *record, SenmlLabel label)
{
        return record->seen & UINT32_C(1) << (label - SENML_BS);
}

static int read_name(const SenmlPack *pack, const SenmlValue *value, char name[SENML_NAME_SIZE])
{
        _cleanup_(byte_writer_done) ByteWriter text = BYTE_WRITER(SENML_NAME_SIZE - 1);
        int r;

        r = pack->spelling->read_text(value, &text);
        if (r != 0)
                return r == CODEC_E_LIMIT ? CODEC_E_PATH : r;
        if (text.size > 0 && memchr(text.data, '\0', text.size))
                return CODEC_E_PATH;
        if (text.size > 0)
                memcpy(name, text.data, text.size);
        name[text.size] = '\0';
        return 0;
}

static int read_version(const SenmlPack *pack, const SenmlValue *value)
{
        Value version;
        int r;

        r = pack->spelling->read_number(value, &version);
        if (r != 0)
                return r;
        if (version.type != VALUE_INTEGER || version.integer < 1 || version.integer > BVER_MAX)
                return CODEC_E_SYNTAX;
        return 0;
}

static bool may_stand_beside_paths(SenmlLabel label)
{
        return label == SENML_BN || label == SENML_N || label == SENML_BVER || label == SENML_OTHER;
}

int senml_add_field(SenmlPack *pack, SenmlRecord *record, SenmlLabel label, const SenmlValue *value)
{
        if (label != SENML_OTHER && has_field(record, label))
                return CODEC_E_SYNTAX;
        if (pack->kind == SENML_PATHS && !may_stand_beside_paths(label))
                return CODEC_E_SYNTAX;
        record->seen |= UINT32_C(1) << (label - SENML_BS);

        switch (label) {
        case SENML_BVER:
                return read_version(pack, value);
        case SENML_BN:
                return read_name(pack, value, pack->base_name);
        case SENML_N:
                return read_name(pack, value, record->name);
        case SENML_BV:
                return pack->spelling->read_number(value, &pack->base_value);
        case SENML_BT:
        case SENML_BS:
        case SENML_S:
        case SENML_T:
        case SENML_UT:
                return pack->spelling->read_number(value, &(Value){0});
        case SENML_V:
        case SENML_VS:
        case SENML_VB:
        case SENML_VD:
        case SENML_VLO:
                if (record->value_label != SENML_OTHER)
                        return CODEC_E_SYNTAX;
                record->value_label = label;
                record->value = *value;
                return 0;
        case SENML_BU:
        case SENML_U:
        case SENML_OTHER:
                return 0;
        }
        return CODEC_E_SYNTAX;
}

static SenmlLabel label_of(ValueType type)
{
        switch (type) {
        case VALUE_STRING:
        case VALUE_CORELNK:
                return SENML_VS;
        case VALUE_INTEGER:
        case VALUE_UNSIGNED:
        case VALUE_FLOAT:
        case VALUE_TIME:
                return SENML_V;
        case VALUE_BOOLEAN:
                return SENML_VB;
        case VALUE_OPAQUE:
                return SENML_VD;
        case VALUE_OBJLNK:
                return SENML_VLO;
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                break;
        }
        return SENML_OTHER;
}

/* Leshan writes an Object Link as a string. */
static bool label_fits(SenmlLabel label, ValueType type)
{
        return label == label_of(type) || (label == SENML_VS && type == VALUE_OBJLNK);
}

/* Adds the base value to a number, both as the spelling gives them: RFC 8428, 4.3. */
static int add_base_value(const Value *base_value, Value *value)
{
        __int128 sum = 0;

        if (base_value->type == VALUE_FLOAT || value->type == VALUE_FLOAT) {
                Value base = *base_value;

                (void)target_convert(&base, VALUE_FLOAT);
                (void)target_convert(value, VALUE_FLOAT);
                value->real += base.real;
                return 0;
        }
        sum += base_value->type == VALUE_INTEGER ? (__int128)base_value->integer
                                                 : (__int128)base_value->unsigned_integer;
        sum += value->type == VALUE_INTEGER ? (__int128)value->integer : (__int128)value->unsigned_integer;
        if (sum >= INT64_MIN && sum <= INT64_MAX)
                *value = VALUE_INT((int64_t)sum);
        else if (sum > 0 && sum <= UINT64_MAX)
                *value = (Value){.type = VALUE_UNSIGNED, .unsigned_integer = (uint64_t)sum};
        else
                return CODEC_E_TYPE;
        return 0;
}

static int read_value(const SenmlPack *pack, const SenmlRecord *record, ValueType type, Value *ret)
{
        int r;

        if (!label_fits(record->value_label, type))
                return CODEC_E_TYPE;
        if (record->value_label != SENML_V || pack->base_value.type == VALUE_NONE)
                return pack->spelling->read_value(&record->value, type, ret);

        r = pack->spelling->read_number(&record->value, ret);
        if (r == 0)
                r = add_base_value(&pack->base_value, ret);
        return r != 0 ? r : target_convert(ret, type);
}

/* A name without a value: an Object Instance, or a multiple-instance Resource. Of an unknown Resource it
 * says nothing. */
static int add_container(const SenmlPack *pack, const Path *path)
{
        ValueType type;
        bool multiple;

        if (pack->kind == SENML_PATCH)
                return CODEC_E_SYNTAX;
        if (path->length < 2)
                return CODEC_E_PATH;
        if (path->length > 2) {
                if (!pack->schema->lookup(pack->schema, path->id[0], path->id[2], &type, &multiple))
                        return 0;
                if (path->length == 4 || !multiple)
                        return CODEC_E_SYNTAX;
        }
        return target_add(pack->list, path, &(Value){0});
}

static bool is_removal(const SenmlPack *pack, const SenmlRecord *record)
{
        return pack->kind == SENML_PATCH && record->value_label == SENML_V &&
               pack->spelling->is_null(&record->value);
}

static int add_value(const SenmlPack *pack, const SenmlRecord *record, const Path *path)
{
        _cleanup_(value_done) Value value = {0};
        ValueType type;
        int r;

        if (path->length < 3)
                return CODEC_E_PATH;
        r = target_lookup(pack->schema, path, &type);
        if (r != 0)
                return r;
        if (type == VALUE_NONE)
                return target_add_unknown(pack->list, path);
        if (is_removal(pack, record))
                r = path->length == 4 ? 0 : CODEC_E_TYPE;
        else
                r = read_value(pack, record, type, &value);
        return r != 0 ? r : target_add(pack->list, path, &value);
}

/* Base name and name, put together. */
static int get_path(const SenmlPack *pack, const SenmlRecord *record, Path *ret)
{
        char name[2 * SENML_NAME_SIZE];

        strcpy(stpcpy(name, pack->base_name), record->name);
        return path_parse(name, ret) < 0 ? CODEC_E_PATH : 0;
}

/* A record of base fields alone says something of those that follow. */
static bool is_preface(const SenmlPack *pack, const SenmlRecord *record)
{
        size_t size = strlen(pack->base_name);

        return record->value_label == SENML_OTHER && !has_field(record, SENML_N) &&
               (size == 0 || !has_field(record, SENML_BN) || pack->base_name[size - 1] == '/');
}

int senml_add_record(SenmlPack *pack, const SenmlRecord *record)
{
        Path path;
        int r;

        if (pack->n++ >= (pack->list ? record_list_maximum(pack->list) : LIMIT_RECORDS))
                return CODEC_E_LIMIT;
        if (is_preface(pack, record))
                return 0;
        r = get_path(pack, record, &path);
        if (r != 0)
                return r;

        if (pack->kind == SENML_PATHS)
                return path_list_add(pack->paths, &path) < 0 ? CODEC_E_LIMIT : 0;
        if (!target_is_within(&path, pack->base))
                return CODEC_E_PATH;
        if (record->value_label == SENML_OTHER)
                return has_field(record, SENML_S) ? CODEC_E_SYNTAX : add_container(pack, &path);
        return add_value(pack, record, &path);
}

int senml_decode(const SenmlSpelling *spelling, SenmlKind kind, const Schema *schema, const Path *base,
        const uint8_t *data, size_t size, RecordList *list)
{
        SenmlPack pack = {.spelling = spelling, .kind = kind, .schema = schema, .base = base, .list = list};

        if (kind == SENML_PATCH && base->length > 0)
                return CODEC_E_FORMAT;
        return spelling->read_pack(&pack, data, size);
}

int senml_decode_paths(const SenmlSpelling *spelling, const uint8_t *data, size_t size, PathList *paths)
{
        SenmlPack pack = {.spelling = spelling, .kind = SENML_PATHS, .paths = paths};

        return spelling->read_pack(&pack, data, size);
}

typedef struct SenmlWriter {
        const SenmlSpelling *spelling;
        ByteWriter *writer;
        const Path *base;
        int64_t base_time; /* of the first record */
        bool begun;
        bool names; /* also records without a value */
} SenmlWriter;

/* None for 0, which is what a record without time has. A double is exact up to 2^53 microseconds. */
static Value to_seconds(int64_t time)
{
        const int64_t second = USEC_PER_SEC;

        if (time == 0)
                return (Value){0};
        if (time % second == 0)
                return VALUE_INT(time / second);
        return (Value){.type = VALUE_FLOAT, .real = (double)time / (double)second};
}

static int write_record(SenmlWriter *pack, int64_t time, const Record *record)
{
        const char *base_text = PATH_TEXT(pack->base), *text = PATH_TEXT(&record->path);
        bool is_base = path_equal(&record->path, pack->base), first = !pack->begun;
        size_t skip = pack->base->length == 0 ? 1 : strlen(base_text) + 1;
        char base_name[SENML_NAME_SIZE];
        SenmlEntry entry = {
                .base_name = first ? base_name : NULL,
                .name = is_base ? NULL : text + skip,
                .label = label_of(record->value.type),
                .value = &record->value,
        };

        strcpy(base_name, base_text);
        if (!is_base && pack->base->length > 0)
                strcat(base_name, "/");
        if (first) {
                pack->base_time = time;
                entry.base_time = to_seconds(time);
        }
        entry.time = to_seconds(time - pack->base_time);
        pack->begun = true;
        return pack->spelling->write(pack->writer, &entry);
}

static bool is_written(const SenmlWriter *pack, const Record *record)
{
        return !record->unknown && (pack->names || record->value.type != VALUE_NONE);
}

static int write_moment(SenmlWriter *pack, const RecordMoment *moment)
{
        int r = 0;

        for (size_t i = 0; i < moment->records->n && r == 0; i++)
                if (is_written(pack, &moment->records->items[i]))
                        r = write_record(pack, moment->time, &moment->records->items[i]);
        return r;
}

int senml_encode(const SenmlSpelling *spelling, const Path *base, const RecordMoment *moments, size_t n,
        bool names, ByteWriter *writer)
{
        SenmlWriter pack = {.spelling = spelling, .writer = writer, .base = base, .names = names};
        size_t n_base = 0, n_records = 0;
        int r;

        for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < moments[i].records->n; j++) {
                        const Record *record = &moments[i].records->items[j];

                        if (!is_written(&pack, record))
                                continue;
                        n_records++;
                        n_base += path_equal(&record->path, base);
                }
        if (n_base > 0 && n_base < n_records)
                return CODEC_E_FORMAT;

        spelling->begin(writer, n_records);
        for (size_t i = 0; i < n; i++) {
                r = write_moment(&pack, &moments[i]);
                if (r != 0)
                        return r;
        }
        spelling->end(writer);
        return writer->error;
}
