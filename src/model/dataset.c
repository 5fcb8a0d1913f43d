/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand beside what among sorted records, and how much of it. A container (VALUE_NONE) stands there
 * only while nothing lies below it. */
#include "model/dataset.h"
#include "model/sorted_records.h"

struct Dataset {
        SortedRecords records;
};

Dataset *dataset_new(void)
{
        return calloc(1, sizeof(Dataset));
}

Dataset *dataset_free(Dataset *dataset)
{
        if (!dataset)
                return NULL;

        sorted_records_done(&dataset->records);
        free(dataset);
        return NULL;
}

int dataset_copy(const Dataset *dataset, Dataset **ret)
{
        _cleanup_(dataset_freep) Dataset *copy = dataset_new();
        int r;

        if (!copy)
                return -ENOMEM;

        r = sorted_records_copy(&dataset->records, &copy->records);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(copy);
        return 0;
}

static Path prefix_of(const Path *path, uint8_t length)
{
        Path prefix = *path;

        prefix.length = length;
        for (uint8_t i = length; i < PATH_LENGTH_MAX; i++)
                prefix.id[i] = 0;
        return prefix;
}

static size_t size_at(const Dataset *dataset, const Path *path)
{
        const Record *record = sorted_records_get(&dataset->records, path);

        return record ? value_size(&record->value) : 0;
}

/* What setting path puts out of place: the value itself and the other form of the same Resource. */
static size_t replaced_size(const Dataset *dataset, const Path *path)
{
        const Path resource = prefix_of(path, 3);
        size_t n;

        return path->length < 4 ? dataset_size(dataset, path, &n)
                                : size_at(dataset, path) + size_at(dataset, &resource);
}

/* A container that stands for none of them stands alone. */
static size_t count_resource_instances(const Dataset *dataset, const Path *path)
{
        const Path resource = prefix_of(path, 3);
        size_t first, end;

        end = sorted_records_find(&dataset->records, &resource, &first);
        return first < end && dataset->records.items[first].path.length == 4 ? end - first : 0;
}

static bool is_over_limit(const Dataset *dataset, const Path *path, const Value *value)
{
        Path instance = prefix_of(path, 2);
        uint16_t ids[LIMIT_INSTANCES];

        if (!dataset_has(dataset, &instance) &&
                dataset_instances(dataset, path->id[0], ids) >= LIMIT_INSTANCES)
                return true;
        if (path->length == 4 && !dataset_has(dataset, path) &&
                count_resource_instances(dataset, path) >= LIMIT_RESOURCE_INSTANCES)
                return true;
        if (value_type_has_bytes(value->type) && value->bytes.size > LIMIT_VALUE_SIZE)
                return true;
        if (dataset->records.size - replaced_size(dataset, path) + value_size(value) > LIMIT_STORE_SIZE)
                return true;

        return dataset->records.n >= LIMIT_STORE_VALUES && !dataset_has(dataset, path);
}

int dataset_set(Dataset *dataset, const Path *path, const Value *value)
{
        Value copy = {.type = VALUE_NONE};
        size_t first, end;
        int r;

        assert(path->length >= (value->type == VALUE_NONE ? 2 : 3));
        assert(path->length < 4 || value->type != VALUE_NONE);

        if (value->type == VALUE_NONE && dataset_has(dataset, path))
                return 0;
        if (is_over_limit(dataset, path, value))
                return DATASET_E_LIMIT;
        r = sorted_records_reserve(&dataset->records);
        if (r < 0)
                return r;
        r = value_copy(value, &copy);
        if (r < 0)
                return r;

        /* Containers above have content now, and a Resource is either single or an array. */
        for (uint8_t length = 2; length <= path->length; length++) {
                Path above = prefix_of(path, length);

                end = sorted_records_find(&dataset->records, &above, &first);
                if (first < end && path_equal(&dataset->records.items[first].path, &above))
                        sorted_records_drop(&dataset->records, first, first + 1);
        }
        if (path->length == 3) {
                end = sorted_records_find(&dataset->records, path, &first);
                sorted_records_drop(&dataset->records, first, end);
        }

        sorted_records_insert(&dataset->records, path, &copy);
        return 0;
}

int dataset_set_integer(Dataset *dataset, const Path *path, ValueType type, int64_t number)
{
        Value value = {.type = type};

        if (type == VALUE_UNSIGNED)
                value.unsigned_integer = (uint64_t)number;
        else
                value.integer = number;
        return dataset_set(dataset, path, &value);
}

int dataset_set_boolean(Dataset *dataset, const Path *path, bool boolean)
{
        return dataset_set(dataset, path, &VALUE_BOOL(boolean));
}

int dataset_set_bytes(Dataset *dataset, const Path *path, ValueType type, const void *data, size_t size)
{
        _cleanup_(value_done) Value value = {.type = VALUE_NONE};
        int r;

        r = value_make_bytes(type, data, size, &value);
        if (r < 0)
                return r;
        return dataset_set(dataset, path, &value);
}

bool dataset_remove(Dataset *dataset, const Path *path)
{
        size_t first, end = sorted_records_find(&dataset->records, path, &first);

        if (first == end)
                return false;

        sorted_records_drop(&dataset->records, first, end);

        /* Removing the last content leaves an empty container; its record fits where the dropped one was. */
        for (uint8_t length = path->length; length-- > 2;) {
                Path above = prefix_of(path, length);
                Value none = {.type = VALUE_NONE};

                if (dataset_has(dataset, &above))
                        break;
                sorted_records_insert(&dataset->records, &above, &none);
        }

        return true;
}

bool dataset_has(const Dataset *dataset, const Path *path)
{
        size_t first;

        return sorted_records_find(&dataset->records, path, &first) > first;
}

const Value *dataset_get(const Dataset *dataset, const Path *path)
{
        const Record *record = sorted_records_get(&dataset->records, path);

        return record && record->value.type != VALUE_NONE ? &record->value : NULL;
}

static const Value *get_resource(
        const Dataset *dataset, uint16_t object, uint16_t instance, uint16_t resource)
{
        return dataset_get(dataset, &PATH_RESOURCE(object, instance, resource));
}

int64_t dataset_get_integer(
        const Dataset *dataset, uint16_t object, uint16_t instance, uint16_t resource, int64_t absent)
{
        const Value *value = get_resource(dataset, object, instance, resource);

        if (value && (value->type == VALUE_INTEGER || value->type == VALUE_TIME))
                return value->integer;
        if (value && value->type == VALUE_UNSIGNED)
                return (int64_t)MIN_OF(value->unsigned_integer, (uint64_t)INT64_MAX);
        return absent;
}

bool dataset_get_boolean(
        const Dataset *dataset, uint16_t object, uint16_t instance, uint16_t resource, bool absent)
{
        const Value *value = get_resource(dataset, object, instance, resource);

        return value && value->type == VALUE_BOOLEAN ? value->boolean : absent;
}

const char *dataset_get_string(
        const Dataset *dataset, uint16_t object, uint16_t instance, uint16_t resource, const char *absent)
{
        const Value *value = get_resource(dataset, object, instance, resource);

        return value && value->type == VALUE_STRING ? (const char *)value->bytes.data : absent;
}

size_t dataset_instances(const Dataset *dataset, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        size_t first, end = sorted_records_find(&dataset->records, &PATH_OBJECT(object), &first), n = 0;

        for (size_t i = first; i < end && n < LIMIT_INSTANCES; i++)
                if (n == 0 || ret[n - 1] != dataset->records.items[i].path.id[1])
                        ret[n++] = dataset->records.items[i].path.id[1];

        return n;
}

size_t dataset_size(const Dataset *dataset, const Path *prefix, size_t *ret_n)
{
        size_t first, end = sorted_records_find(&dataset->records, prefix, &first), size = 0;

        for (size_t i = first; i < end; i++)
                size += value_size(&dataset->records.items[i].value);
        *ret_n = end - first;
        return size;
}

Instances dataset_list_instances(const Dataset *dataset, uint16_t object)
{
        Instances list;

        list.n = dataset_instances(dataset, object, list.ids);
        return list;
}

uint16_t dataset_free_instance(const Dataset *dataset, uint16_t object)
{
        uint16_t ids[LIMIT_INSTANCES];
        size_t n = dataset_instances(dataset, object, ids);
        uint16_t id = 0;

        if (n >= LIMIT_INSTANCES)
                return ID_INVALID;
        while (id < n && ids[id] == id)
                id++;
        return id;
}

int dataset_list(const Dataset *dataset, const Path *prefix, RecordList *list)
{
        size_t first, end = sorted_records_find(&dataset->records, prefix, &first);
        int r;

        for (size_t i = first; i < end; i++) {
                _cleanup_(value_done) Value value = {.type = VALUE_NONE};

                r = value_copy(&dataset->records.items[i].value, &value);
                if (r < 0)
                        return r;
                r = record_list_add(list, &dataset->records.items[i].path, &value);
                if (r < 0)
                        return r;
        }

        return 0;
}

int dataset_apply(Dataset *dataset, const RecordList *list)
{
        int r;

        for (size_t i = 0; i < list->n; i++) {
                if (list->items[i].unknown)
                        continue;
                r = dataset_set(dataset, &list->items[i].path, &list->items[i].value);
                if (r != 0)
                        return r;
        }

        return 0;
}

bool dataset_equal(const Dataset *a, const Dataset *b)
{
        if (a->records.n != b->records.n)
                return false;
        for (size_t i = 0; i < a->records.n; i++)
                if (!path_equal(&a->records.items[i].path, &b->records.items[i].path) ||
                        !value_equal(&a->records.items[i].value, &b->records.items[i].value))
                        return false;

        return true;
}

void dataset_compare(const Dataset *a, const Dataset *b, void (*differs)(void *userdata, const Path *path),
        void *userdata)
{
        size_t i = 0, j = 0;

        while (i < a->records.n || j < b->records.n) {
                const int order = i == a->records.n   ? 1
                                  : j == b->records.n ? -1
                                                      : path_compare(&a->records.items[i].path,
                                                                &b->records.items[j].path);
                const Path *path = order <= 0 ? &a->records.items[i].path : &b->records.items[j].path;

                if (order != 0 || !value_equal(&a->records.items[i].value, &b->records.items[j].value))
                        differs(userdata, path);
                i += order <= 0;
                j += order >= 0;
        }
}

void dataset_swap(Dataset *a, Dataset *b)
{
        Dataset old = *a;

        *a = *b;
        *b = old;
}
