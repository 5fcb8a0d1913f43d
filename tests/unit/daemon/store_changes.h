/* SPDX-License-Identifier: Apache-2.0 */
/* A store with one source of the daemon: what a server reads of it, and which changes it tells. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "model/store.h"

static char told_changes[256]; /* since the last call of changes() */

static inline void note_change(void *userdata, const Path *path)
{
        size_t n = strlen(told_changes);

        (void)snprintf(
                told_changes + n, sizeof(told_changes) - n, "%s%s", n > 0 ? " " : "", PATH_TEXT(path));
}

static inline Store *store_with_listener(void)
{
        static const StoreListener listener = {.changed = note_change};
        Store *store;

        assert_int_equal(store_new(&store), 0);
        store_set_listener(store, &listener, NULL);
        told_changes[0] = '\0';
        return store;
}

/* Paths with blanks between them. */
static inline const char *changes(void)
{
        static char text[sizeof(told_changes)];

        memcpy(text, told_changes, sizeof(text));
        told_changes[0] = '\0';
        return text;
}

/* "0=41 1/0=41": what is at or below path, without the Object Instance. */
static inline const char *read_source(Store *store, const Path *path)
{
        _cleanup_(record_list_done) RecordList list = {.n = 0};
        const SourceRef ref = store_source(store, path->id[0]);
        SourceCall call = {.requester = 1};
        static char text[1024];
        size_t n = 0;

        assert_int_equal(ref.source->read(ref.userdata, &call, path, &list), 0);
        text[0] = '\0';
        for (size_t i = 0; i < list.n; i++) {
                const Record *record = &list.items[i];

                n += (size_t)snprintf(
                        text + n, sizeof(text) - n, "%s%u", n > 0 ? " " : "", record->path.id[2]);
                if (record->path.length == 4)
                        n += (size_t)snprintf(text + n, sizeof(text) - n, "/%u", record->path.id[3]);
                if (record->value.type == VALUE_STRING)
                        n += (size_t)snprintf(
                                text + n, sizeof(text) - n, "=%s", (const char *)record->value.bytes.data);
                else
                        n += (size_t)snprintf(
                                text + n, sizeof(text) - n, "=%lld", (long long)record->value.integer);
        }
        return text;
}
