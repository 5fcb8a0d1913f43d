/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the configuration's Object Instances that files hold. A file is read when somebody wants its
 * value and the last look at it is older than its interval, and once at first: so nothing is done where
 * nobody asks. */
#pragma once

#include "daemon/config.h"
#include "daemon/file_reader.h"
#include "model/published.h"

typedef struct StaticFiles StaticFiles;

/* Becomes the feed of published, which has to outlive it. All borrowed. 0 or negative errno. */
int static_files_new(
        FileReader *reader, const Clock *clock, Store *store, Published *published, StaticFiles **ret);
StaticFiles *static_files_free(StaticFiles *files);
DEFINE_CLEANUP(StaticFiles *, static_files_free)

/* callback: as PublishedFeed.room. */
void static_files_set_room(StaticFiles *files, void (*callback)(void *userdata), void *userdata);

/* The files are those of the configuration from now on, which is borrowed until the next call. One that
 * stays as it was keeps its value; so does one that has changed, until it has been read anew. The value of
 * one that is gone goes. 0, or -ENOMEM: some are missing then. */
int static_files_set(StaticFiles *files, const Config *config);

/* Begins to read those that have not been read of an Object Instance that has been published. */
void static_files_begin(StaticFiles *files, const Path *instance);
