/* SPDX-License-Identifier: Apache-2.0 */
/* Record = path + value. */
#include "lwm2m/record.h"

#define CAPACITY_FIRST 16 /* records of a list's first allocation */

size_t record_list_maximum(const RecordList *list)
{
        return list->maximum > 0 ? list->maximum : LIMIT_RECORDS;
}

static int record_list_append(RecordList *list, const Record *record)
{
        if (list->n >= record_list_maximum(list))
                return -E2BIG;

        if (list->n >= list->capacity) {
                size_t capacity = MAX_OF(list->capacity * 2, (size_t)CAPACITY_FIRST);
                Record *items;

                /* Records hold pointers to secrets, never secrets: realloc() may leave them behind. */
                items = reallocarray(list->items, capacity, sizeof(*items));
                if (!items)
                        return -ENOMEM;
                list->items = items;
                list->capacity = capacity;
        }

        list->items[list->n++] = *record;
        return 0;
}

int record_list_add(RecordList *list, const Path *path, Value *value)
{
        Record record = {.path = *path, .value = *value};
        int r;

        r = record_list_append(list, &record);
        if (r < 0)
                return r;
        *value = (Value){0};
        return 0;
}

int record_list_add_unknown(RecordList *list, const Path *path)
{
        return record_list_append(list, &(Record){.path = *path, .unknown = true});
}

bool record_list_names(const RecordList *list, const Path *path)
{
        for (size_t i = 0; i < list->n; i++)
                if (path_has_prefix(&list->items[i].path, path))
                        return true;

        return false;
}

void record_list_done(RecordList *list)
{
        if (!list)
                return;
        for (size_t i = 0; i < list->n; i++)
                value_done(&list->items[i].value);
        free(list->items);
        *list = (RecordList){0};
}
