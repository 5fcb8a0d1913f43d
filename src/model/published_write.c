/* SPDX-License-Identifier: Apache-2.0 */
/* Write of published Resources by a server. */
#include "model/published_write.h"

#include "lwm2m/message.h"
#include "model/published_change.h"
#include "model/published_state.h"
#include "model/published_values.h"

static int find_part(PublishedChange *change, SourceCall *call, const Path *path, PublishedPart **ret)
{
        const int r = published_change_part(change, path, ret);

        return r == -ENOENT ? source_refuse(call, CODE_NOT_FOUND, "%s does not exist", PATH_TEXT(path)) : r;
}

/* A Replace of the Object Instance leaves to the feed what it feeds. */
static int clear(const Published *published, SourceCall *call, const Path *path, PublishedChange *change)
{
        PublishedPart *part;
        int r;

        r = find_part(change, call, path, &part);
        if (r == 0 && !published_is_fed(published, part->instance->owner->id, path))
                (void)dataset_remove(part->values, path);
        return r;
}

static int set(const Published *published, SourceCall *call, const Record *record, PublishedChange *change)
{
        PublishedPart *part;
        int r;

        r = find_part(change, call, &record->path, &part);
        if (r != 0)
                return r;
        if (published_is_fed(published, part->instance->owner->id, &record->path))
                return source_refuse(
                        call, CODE_METHOD_NOT_ALLOWED, "%s is read from a file", PATH_TEXT(&record->path));
        r = dataset_set(part->values, &record->path, &record->value);
        return r > 0 ? published_refuse_room(call, &record->path, NULL) : r;
}

static int prepare(
        const Published *published, SourceCall *call, const SourceWrite *write, PublishedChange *change)
{
        const char *excess;
        int r = 0;

        for (size_t i = 0; i < write->n_cleared && r == 0; i++)
                r = clear(published, call, &write->cleared[i], change);
        for (size_t i = 0; i < write->values->n && r == 0; i++)
                r = set(published, call, &write->values->items[i], change);
        if (r != 0)
                return r;
        excess = published_change_find_excess(change);
        return excess ? published_refuse_room(call, &write->path, excess) : 0;
}

/* Several publishers cannot be had to do something together or not at all. *ret: NULL, nobody is asked. */
static int find_asked(const PublishedChange *change, SourceCall *call, PublishedPart **ret)
{
        *ret = NULL;
        for (size_t i = 0; i < change->n; i++) {
                if (!change->items[i].instance->options.handler)
                        continue;
                if (*ret)
                        return source_refuse(call, CODE_METHOD_NOT_ALLOWED,
                                "%s and %s cannot be written together, all or nothing",
                                PATH_TEXT(&(*ret)->path), PATH_TEXT(&change->items[i].path));
                *ret = &change->items[i];
        }
        return 0;
}

static bool replaces_instance(const SourceWrite *write)
{
        return write->replace && write->path.length == 2;
}

/* What a write names of a part, as it is in the dataset. */
static int list_named(
        const PublishedPart *part, const Dataset *dataset, const SourceWrite *write, RecordList *ret)
{
        return published_list_named(part->def, dataset, &part->path, write->values, write->cleared,
                replaces_instance(write) ? 0 : write->n_cleared, ret);
}

static int ask_write(
        Published *published, SourceCall *call, const SourceWrite *write, const PublishedPart *part)
{
        _cleanup_(record_list_done) RecordList values = {.maximum = LIMIT_STORE_VALUES};
        int r;

        r = list_named(part, part->values, write, &values);
        if (r < 0)
                return r;
        return published_ask(published, call,
                &(PublishedQuestion){
                        .operation = OPERATION_WRITE,
                        .owner = part->instance->owner->id,
                        .handler = part->instance->options.handler,
                        .path = part->path,
                        .values = &values,
                        .replace = replaces_instance(write),
                },
                &PATH_ROOT);
}

/* It is done by now: without memory for that nobody is told. */
static void tell_written(const Published *published, const SourceCall *call, const SourceWrite *write,
        const PublishedPart *part)
{
        _cleanup_(record_list_done) RecordList values = {.maximum = LIMIT_STORE_VALUES};

        if (published->asker && published->asker->written &&
                list_named(part, part->instance->values, write, &values) == 0 && values.n > 0)
                published->asker->written(
                        published->asker_userdata, part->instance->owner->id, &values, call->requester);
}

int published_write(void *userdata, SourceCall *call, const SourceWrite *write)
{
        Published *published = userdata;
        _cleanup_(published_change_done) PublishedChange change = {.table = &published->table};
        PublishedPart *asked = NULL;
        PublishedPending *pending;
        int r;

        r = prepare(published, call, write, &change);
        if (r == 0)
                r = find_asked(&change, call, &asked);
        if (r == 0 && asked)
                r = call->granted
                            ? published_check_agreed(published, call, asked->instance->owner->id, &pending)
                            : ask_write(published, call, write, asked);
        if (r != 0)
                return r;

        (void)published_change_commit(&change, published->store);
        for (size_t i = 0; i < change.n; i++)
                tell_written(published, call, write, &change.items[i]);
        return 0;
}
