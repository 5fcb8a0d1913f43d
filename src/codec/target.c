/* SPDX-License-Identifier: Apache-2.0 */
/* Where a decoded value goes. */
#include "codec/target.h"

int target_lookup(const Schema *schema, const Path *path, ValueType *ret_type)
{
        ValueType type = VALUE_NONE;
        bool multiple = false;

        assert(path->length >= 3);
        if (!schema->lookup(schema, path->id[0], path->id[2], &type, &multiple)) {
                *ret_type = VALUE_NONE;
                return 0;
        }
        if (!multiple && path->length == 4)
                return CODEC_E_PATH;
        if (type == VALUE_NONE || (multiple && path->length == 3))
                return CODEC_E_TYPE;
        *ret_type = type;
        return 0;
}

bool target_is_within(const Path *path, const Path *base)
{
        if (path_equal(base, &PATH_NEW_INSTANCE(base->id[0])))
                return path->length >= 2 && path->id[0] == base->id[0];
        return path_has_prefix(path, base);
}

int target_add(RecordList *list, const Path *path, Value *value)
{
        int r = record_list_add(list, path, value);

        return r == -E2BIG ? CODEC_E_LIMIT : r;
}

int target_add_unknown(RecordList *list, const Path *path)
{
        Path resource = *path;
        int r;

        resource.length = MIN_OF(path->length, 3);
        for (size_t i = 0; path->length == 4 && i < list->n; i++)
                if (list->items[i].unknown && path_equal(&list->items[i].path, &resource))
                        return 0;
        r = record_list_add_unknown(list, &resource);
        return r == -E2BIG ? CODEC_E_LIMIT : r;
}

int target_make_bytes(ValueType type, const void *data, size_t size, Value *ret)
{
        int r;

        if (size > LIMIT_VALUE_SIZE)
                return CODEC_E_LIMIT;
        r = value_make_bytes(type, data, size, ret);
        return r == -EINVAL ? CODEC_E_TYPE : r;
}

int target_convert(Value *value, ValueType type)
{
        if (type == VALUE_FLOAT && (value->type == VALUE_INTEGER || value->type == VALUE_TIME))
                *value = (Value){.type = VALUE_FLOAT, .real = (double)value->integer};
        else if (type == VALUE_FLOAT && value->type == VALUE_UNSIGNED)
                *value = (Value){.type = VALUE_FLOAT, .real = (double)value->unsigned_integer};
        return value_convert(value, type) < 0 ? CODEC_E_TYPE : 0;
}

int target_lookup_single(const Schema *schema, const Path *base, ValueType *ret_type)
{
        ValueType type;
        bool multiple;

        if (base->length < 3)
                return CODEC_E_FORMAT;
        if (base->length == 3 && schema->lookup(schema, base->id[0], base->id[2], &type, &multiple) &&
                multiple)
                return CODEC_E_FORMAT;
        return target_lookup(schema, base, ret_type);
}

const Value *target_single_value(const Path *base, const RecordList *records)
{
        const Record *record = records->items;

        if (records->n != 1 || record->unknown || record->value.type == VALUE_NONE || base->length < 3 ||
                !path_equal(&record->path, base))
                return NULL;
        return &record->value;
}
