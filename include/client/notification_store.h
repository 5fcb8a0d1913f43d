/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications that an LwM2M Server has not had yet, oldest first: what Notification Storing keeps (/1/x/6;
 * Core TS 6.4.5; design.md 10.5). */
#pragma once

#include "lwm2m/record.h"

typedef struct StoredNotification {
        uint64_t id;          /* ascending, never 0 */
        uint64_t observation; /* whose it is */
        int64_t time;         /* microseconds since 1970; 0: unknown */
        RecordList records;   /* owned */
        size_t size;          /* bytes that they count */
} StoredNotification;

typedef struct NotificationStore {
        StoredNotification *items; /* owned */
        size_t n;
        size_t size; /* of all */
        uint64_t last_id;
} NotificationStore;

/* Appends; the records, sorted by path, are taken over. The oldest give way to more than
 * LIMIT_STORED_RECORDS, or LIMIT_STORED_SIZE in bytes; those of this observation to more than maximum
 * (hqmax). Its id; 0: it is larger than all the room, maximum is 0, or out of memory, and nothing has
 * changed. */
uint64_t notification_store_add(
        NotificationStore *store, uint64_t observation, size_t maximum, int64_t time, RecordList *records);

/* NULL, or the oldest of all. */
const StoredNotification *notification_store_first(const NotificationStore *store);

/* What is kept for an observation, at most maximum, oldest first; the records stay borrowed until the store
 * changes. *ret_last: the id of the last one. Returns how many. */
size_t notification_store_collect(const NotificationStore *store, uint64_t observation, size_t maximum,
        RecordMoment *ret, uint64_t *ret_last);

/* The server has had those of the observation up to this id, where they have not given way already. */
void notification_store_remove(NotificationStore *store, uint64_t observation, uint64_t last);

/* The observation has ended. */
void notification_store_forget(NotificationStore *store, uint64_t observation);

void notification_store_done(NotificationStore *store);
