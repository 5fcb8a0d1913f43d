/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications that an LwM2M Server has not had yet. */
#include "client/notification_store.h"

static void remove_at(NotificationStore *store, size_t at)
{
        store->size -= store->items[at].size;
        record_list_done(&store->items[at].records);
        store->n--;
        memmove(store->items + at, store->items + at + 1, (store->n - at) * sizeof(*store->items));
}

static size_t count(const NotificationStore *store, uint64_t observation, size_t *ret_oldest)
{
        size_t n = 0;

        for (size_t i = store->n; i > 0; i--)
                if (store->items[i - 1].observation == observation) {
                        *ret_oldest = i - 1;
                        n++;
                }
        return n;
}

static size_t size_of(const RecordList *records)
{
        size_t size = sizeof(StoredNotification);

        for (size_t i = 0; i < records->n; i++)
                size += sizeof(records->items[i]) + value_size(&records->items[i].value);
        return size;
}

uint64_t notification_store_add(
        NotificationStore *store, uint64_t observation, size_t maximum, int64_t time, RecordList *records)
{
        const size_t size = size_of(records);
        StoredNotification *items;
        size_t oldest = 0;

        if (size > LIMIT_STORED_SIZE || maximum == 0)
                return 0;
        items = reallocarray(
                store->items, MIN_OF(store->n + 1, (size_t)LIMIT_STORED_RECORDS), sizeof(*items));
        if (!items)
                return 0;
        store->items = items;

        if (count(store, observation, &oldest) >= maximum)
                remove_at(store, oldest);
        while (store->n >= LIMIT_STORED_RECORDS || store->size + size > LIMIT_STORED_SIZE)
                remove_at(store, 0);

        items[store->n++] = (StoredNotification){++store->last_id, observation, time, *records, size};
        store->size += size;
        *records = (RecordList){.n = 0};
        return store->last_id;
}

const StoredNotification *notification_store_first(const NotificationStore *store)
{
        return store->n > 0 ? store->items : NULL;
}

size_t notification_store_collect(const NotificationStore *store, uint64_t observation, size_t maximum,
        RecordMoment *ret, uint64_t *ret_last)
{
        size_t n = 0;

        for (size_t i = 0; i < store->n && n < maximum; i++)
                if (store->items[i].observation == observation) {
                        ret[n++] = (RecordMoment){store->items[i].time, &store->items[i].records};
                        *ret_last = store->items[i].id;
                }
        return n;
}

void notification_store_remove(NotificationStore *store, uint64_t observation, uint64_t last)
{
        for (size_t i = store->n; i > 0; i--)
                if (store->items[i - 1].observation == observation && store->items[i - 1].id <= last)
                        remove_at(store, i - 1);
}

void notification_store_forget(NotificationStore *store, uint64_t observation)
{
        notification_store_remove(store, observation, UINT64_MAX);
}

void notification_store_done(NotificationStore *store)
{
        while (store->n > 0)
                remove_at(store, store->n - 1);
        free(store->items);
        store->items = NULL;
}
