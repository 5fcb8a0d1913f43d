/* SPDX-License-Identifier: Apache-2.0 */
/* What publishers are asked, from the question to the end of its call. */
#pragma once

#include "lwm2m/limits.h"
#include "lwm2m/record.h"

typedef struct PublishedPending {
        uint64_t call; /* 0: unused */
        uint64_t owner;
        Path created;      /* the Object Instance that a Create is to make; length 0: it is no Create */
        bool agreed;       /* the publisher has accepted */
        RecordList values; /* what it adds to those of the Create; owned */
} PublishedPending;

typedef struct PublishedQuestions {
        PublishedPending items[LIMIT_LATE_REQUESTS]; /* in no order */
} PublishedQuestions;

void published_questions_done(PublishedQuestions *questions);

/* False: there is no room, or no more than LIMIT_LATE_REQUESTS calls are told of their end. */
bool published_questions_add(
        PublishedQuestions *questions, uint64_t call, uint64_t owner, const Path *created);
PublishedPending *published_questions_find(PublishedQuestions *questions, uint64_t call); /* or NULL */
/* Nothing where it is not there. */
void published_questions_remove(PublishedQuestions *questions, uint64_t call);

/* Any of the owner, or NULL. */
PublishedPending *published_questions_of(PublishedQuestions *questions, uint64_t owner);

/* Whether a Create under way is to make the Object Instance. */
bool published_questions_promise(const PublishedQuestions *questions, const Path *instance);
