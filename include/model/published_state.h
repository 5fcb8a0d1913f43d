/* SPDX-License-Identifier: Apache-2.0 */
/* What is published, and how its publishers are asked: what the files of model/published share. */
#pragma once

#include "model/published_questions.h"
#include "model/published_table.h"
#include "model/store.h"

struct Published {
        Store *store;
        const PublishedDefinitions *definitions;
        void *definitions_userdata;
        const ObjectDef *spare; /* defined, of an Object that is not published; or NULL */
        PublishedTable table;
        PublishedQuestions questions;
        const PublishedAsker *asker; /* or NULL */
        void *asker_userdata;
        const PublishedFeed *feed; /* or NULL */
        void *feed_userdata;
};

/* Whether nobody but the feed sets the Resource at or above path, of the owner's. */
bool published_is_fed(const Published *published, uint64_t owner, const Path *path);

/* Whether the values of an Object Instance have what each has that can be read and is not fed. 0, or
 * PUBLISHED_E_INVALID_VALUE and text. */
int published_check_complete(const Published *published, uint64_t owner, const ObjectDef *def,
        const Dataset *values, const Path *instance, char *text);

/* 4.00: there is no room for what is at path; limit: which one, or NULL, one of a Dataset. */
int published_refuse_room(SourceCall *call, const Path *path, const char *limit);

/* EXISTS, of an Object or Object Instance: whose it is, as the caller needs to know. */
int published_refuse_existing(
        const Published *published, const Path *path, uint64_t owner, uint64_t caller, char *text);

/* Who an owner is, for a sentence; in buffer, or static. */
const char *published_describe(const Published *published, uint64_t owner, char buffer[PUBLISHED_WHO_SIZE]);

/* Asks a publisher; call and requester of the question are filled in. created: the Object Instance of a
 * Create, else the root. SOURCE_LATER, or why not, as a Source. */
int published_ask(Published *published, SourceCall *call, PublishedQuestion *question, const Path *created);

/* Something published is gone: the feed's room(). */
void published_tell_room(const Published *published);

/* Nothing is kept of a question any more; who waits for its answer gets this code and why. */
void published_end_question(Published *published, PublishedPending *pending, int code, const char *text);

/* Whether what was asked under that call has been accepted, by the owner that it still has: 0, or 5.03. */
int published_check_agreed(Published *published, SourceCall *call, uint64_t owner, PublishedPending **ret);
