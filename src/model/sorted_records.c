/* SPDX-License-Identifier: Apache-2.0 */
/* Records in one array, sorted by path. */
#include "model/sorted_records.h"

void sorted_records_done(SortedRecords *records)
{
        for (size_t i = 0; i < records->n; i++)
                value_done(&records->items[i].value);
        free(records->items);
        *records = (SortedRecords){.n = 0};
}

int sorted_records_copy(const SortedRecords *records, SortedRecords *ret)
{
        int r;

        ret->items = calloc(records->n + 1, sizeof(*ret->items)); /* one more: never calloc(0) */
        if (!ret->items)
                return -ENOMEM;
        ret->capacity = records->n + 1;

        for (size_t i = 0; i < records->n; i++) {
                r = value_copy(&records->items[i].value, &ret->items[i].value);
                if (r < 0)
                        return r;
                ret->items[i].path = records->items[i].path;
                ret->n++;
        }
        ret->size = records->size;
        return 0;
}

/* Index of the first record at or behind path. */
static size_t lower_bound(const SortedRecords *records, const Path *path)
{
        size_t low = 0, high = records->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (path_compare(&records->items[middle].path, path) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }

        return low;
}

/* What is below prefix stands together: nobody walks through it to find its end. */
size_t sorted_records_find(const SortedRecords *records, const Path *prefix, size_t *ret_first)
{
        size_t low = lower_bound(records, prefix), high = records->n;

        *ret_first = low;
        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (path_has_prefix(&records->items[middle].path, prefix))
                        low = middle + 1;
                else
                        high = middle;
        }

        return low;
}

const Record *sorted_records_get(const SortedRecords *records, const Path *path)
{
        size_t i = lower_bound(records, path);

        return i < records->n && path_equal(&records->items[i].path, path) ? &records->items[i] : NULL;
}

int sorted_records_reserve(SortedRecords *records)
{
        size_t capacity = MAX_OF(records->capacity * 2, (size_t)32);
        Record *items;

        if (records->n < records->capacity)
                return 0;

        items = reallocarray(records->items, capacity, sizeof(*items));
        if (!items)
                return -ENOMEM;
        records->items = items;
        records->capacity = capacity;
        return 0;
}

void sorted_records_insert(SortedRecords *records, const Path *path, Value *value)
{
        size_t i = lower_bound(records, path);

        memmove(records->items + i + 1, records->items + i, (records->n - i) * sizeof(*records->items));
        records->items[i] = (Record){.path = *path, .value = *value};
        records->size += value_size(value);
        records->n++;
        *value = (Value){.type = VALUE_NONE};
}

void sorted_records_drop(SortedRecords *records, size_t first, size_t end)
{
        for (size_t i = first; i < end; i++) {
                records->size -= value_size(&records->items[i].value);
                value_done(&records->items[i].value);
        }
        memmove(records->items + first, records->items + end, (records->n - end) * sizeof(*records->items));
        records->n -= end - first;
}
