/* SPDX-License-Identifier: Apache-2.0 */
/* What publishers are asked. */
#include "model/published_questions.h"

static void pending_done(PublishedPending *pending)
{
        record_list_done(&pending->values);
        *pending = (PublishedPending){.call = 0};
}

void published_questions_done(PublishedQuestions *questions)
{
        for (size_t i = 0; i < ELEMENTSOF(questions->items); i++)
                pending_done(&questions->items[i]);
}

static PublishedPending *find(PublishedQuestions *questions, uint64_t call)
{
        for (size_t i = 0; i < ELEMENTSOF(questions->items); i++)
                if (questions->items[i].call == call)
                        return &questions->items[i];

        return NULL;
}

bool published_questions_add(
        PublishedQuestions *questions, uint64_t call, uint64_t owner, const Path *created)
{
        PublishedPending *pending = find(questions, 0);

        if (!pending)
                return false;
        *pending = (PublishedPending){.call = call, .owner = owner, .created = *created};
        return true;
}

PublishedPending *published_questions_find(PublishedQuestions *questions, uint64_t call)
{
        return call != 0 ? find(questions, call) : NULL;
}

void published_questions_remove(PublishedQuestions *questions, uint64_t call)
{
        PublishedPending *pending = published_questions_find(questions, call);

        if (pending)
                pending_done(pending);
}

PublishedPending *published_questions_of(PublishedQuestions *questions, uint64_t owner)
{
        for (size_t i = 0; i < ELEMENTSOF(questions->items); i++)
                if (questions->items[i].call != 0 && questions->items[i].owner == owner)
                        return &questions->items[i];

        return NULL;
}

bool published_questions_promise(const PublishedQuestions *questions, const Path *instance)
{
        for (size_t i = 0; i < ELEMENTSOF(questions->items); i++)
                if (questions->items[i].call != 0 && questions->items[i].created.length > 0 &&
                        path_equal(&questions->items[i].created, instance))
                        return true;

        return false;
}
