/* SPDX-License-Identifier: Apache-2.0 */
/* What is published, and how its publishers are asked. */
#include "model/published_state.h"

#include "lwm2m/message.h"
#include "model/account.h"
#include "model/published_values.h"

bool published_is_fed(const Published *published, uint64_t owner, const Path *path)
{
        return owner == PUBLISHED_CONFIGURATION && published->feed &&
               published->feed->feeds(
                       published->feed_userdata, &PATH_RESOURCE(path->id[0], path->id[1], path->id[2]));
}

int published_check_complete(const Published *published, uint64_t owner, const ObjectDef *def,
        const Dataset *values, const Path *instance, char *text)
{
        for (size_t i = 0; i < def->n_resources; i++) {
                const Path resource = path_append(instance, def->resources[i].id);

                if (published_is_needed(&def->resources[i]) && !dataset_has(values, &resource) &&
                        !published_is_fed(published, owner, &resource))
                        return published_refuse(text, PUBLISHED_E_INVALID_VALUE,
                                "%s is mandatory and missing", PATH_TEXT(&resource));
        }
        return 0;
}

int published_refuse_room(SourceCall *call, const Path *path, const char *limit)
{
        return source_refuse(call, CODE_BAD_REQUEST, "%s: %s", PATH_TEXT(path), limit ?: PUBLISHED_NO_ROOM);
}

const char *published_describe(const Published *published, uint64_t owner, char buffer[PUBLISHED_WHO_SIZE])
{
        if (!published->asker || !published->asker->describe)
                return "another program";
        return published->asker->describe(published->asker_userdata, owner, buffer);
}

int published_refuse_existing(
        const Published *published, const Path *path, uint64_t owner, uint64_t caller, char *text)
{
        char buffer[PUBLISHED_WHO_SIZE];

        if (owner == PUBLISHED_CONFIGURATION)
                return published_refuse(text, PUBLISHED_E_EXISTS,
                        "%s stands under objects: in the configuration", PATH_TEXT(path));
        return published_refuse(text, PUBLISHED_E_EXISTS, "%s has been published already, by %s",
                PATH_TEXT(path),
                owner == caller ? "the caller" : published_describe(published, owner, buffer));
}

int published_ask(Published *published, SourceCall *call, PublishedQuestion *question, const Path *created)
{
        int r;

        if (!published->asker)
                return source_refuse(call, CODE_UNAVAILABLE, "the publisher of %s cannot be asked",
                        PATH_TEXT(&question->path));
        if (call->id == 0)
                return SOURCE_LATER;
        if (!published_questions_add(&published->questions, call->id, question->owner, created))
                return source_refuse(call, CODE_UNAVAILABLE, "too many answers are waited for");

        question->call = call->id;
        question->requester = call->requester;
        question->requester_uri = account_server_uri(store_committed(published->store), call->requester);
        r = published->asker->ask(published->asker_userdata, question, call->text);
        if (r == 0)
                return SOURCE_LATER;
        published_questions_remove(&published->questions, call->id);
        return r;
}

void published_tell_room(const Published *published)
{
        if (published->feed && published->feed->room)
                published->feed->room(published->feed_userdata);
}

void published_end_question(Published *published, PublishedPending *pending, int code, const char *text)
{
        const uint64_t call = pending->call;
        const bool agreed = pending->agreed;

        published_questions_remove(&published->questions, call);
        if (!agreed)
                store_answer(published->store, call, code, text);
}

int published_check_agreed(Published *published, SourceCall *call, uint64_t owner, PublishedPending **ret)
{
        PublishedPending *pending = published_questions_find(&published->questions, call->id);

        if (!pending || !pending->agreed || pending->owner != owner)
                return source_refuse(call, CODE_UNAVAILABLE, "the publisher is gone");
        *ret = pending;
        return 0;
}
