/* SPDX-License-Identifier: Apache-2.0 */
/* Published Object Instances as a source. What has a handler is asked first; once its publisher has agreed
 * the operation comes again, with granted, and is done. */
#include "model/published_source.h"

#include "lwm2m/message.h"
#include "model/published_create.h"
#include "model/published_state.h"
#include "model/published_write.h"

/* Without an Access Control Object Instance or an ACL (design.md 10.8). */
#define RIGHTS_DEFAULT (ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE)

static bool has_feed(const Published *published, const PublishedInstance *instance)
{
        return instance && instance->owner->id == PUBLISHED_CONFIGURATION && published->feed;
}

/* -- What there is -- */

static size_t source_instances(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        const Published *published = userdata;
        const PublishedObject *found = published_table_object(&published->table, object);
        const size_t n = found ? found->n : 0;

        for (size_t i = 0; i < n; i++)
                ret[i] = found->instances[i]->id;
        return n;
}

static int source_read(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        const Published *published = userdata;
        const PublishedInstance *instance = published_table_instance(&published->table, path);
        int r = 0;

        if (has_feed(published, instance))
                r = published->feed->refresh(published->feed_userdata, call, path);
        return r == 0 && instance ? dataset_list(instance->values, path, list) : r;
}

static uint64_t source_interval(void *userdata, const Path *path)
{
        const Published *published = userdata;

        return has_feed(published, published_table_instance(&published->table, path))
                       ? published->feed->interval(published->feed_userdata, path)
                       : 0;
}

/* Others' Object Instances are not the publisher's to give away. */
static bool can_remove(const PublishedObject *object, const PublishedInstance *instance)
{
        return object->handler && instance->owner == object->publisher;
}

static bool source_supports(void *userdata, unsigned operation, const Path *path)
{
        const Published *published = userdata;
        const PublishedObject *object = published_table_object(&published->table, path->id[0]);
        const PublishedInstance *instance;

        if (operation == OPERATION_CREATE)
                return object && object->handler;
        instance = object ? published_object_instance(object, path->id[1]) : NULL;
        if (!instance)
                return false;
        if (operation == OPERATION_EXECUTE)
                return instance->options.handler;
        if (operation == OPERATION_DELETE && path->length == 2)
                return can_remove(object, instance);
        return path->length == 2 || !published_is_fed(published, instance->owner->id, path);
}

/* The first entry of that Short Server ID, or NULL. */
static const PublishedRights *find_rights(const PublishedCopy *options, uint16_t short_server_id)
{
        for (size_t i = 0; i < options->n_acl; i++)
                if (options->acl[i].short_server_id == short_server_id)
                        return &options->acl[i];

        return NULL;
}

static unsigned source_rights(void *userdata, const Path *path, uint16_t short_server_id)
{
        const Published *published = userdata;
        const PublishedInstance *instance;
        const PublishedRights *entry;

        /* Whoever may create is the publisher's to say: it is asked, and told who wants to. */
        if (path->id[1] == ID_INVALID)
                return source_supports(userdata, OPERATION_CREATE, path) ? ACCESS_CREATE : ACCESS_NONE;
        instance = published_table_instance(&published->table, path);
        if (!instance)
                return ACCESS_NONE;
        /* Nothing was controlled when a server created it, or it would be in /2. */
        if (!instance->options.acl)
                return instance->created ? ACCESS_ALL : RIGHTS_DEFAULT;

        entry = find_rights(&instance->options, short_server_id) ?: find_rights(&instance->options, 0);
        return entry ? entry->rights : ACCESS_NONE;
}

static bool source_is_created(void *userdata, const Path *path)
{
        const Published *published = userdata;
        const PublishedInstance *instance = published_table_instance(&published->table, path);

        return instance && instance->created;
}

/* -- Execute -- */

static int source_execute(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        Published *published = userdata;
        const PublishedInstance *instance = published_table_instance(&published->table, path);
        PublishedPending *pending;

        /* By then it has been done. */
        if (call->granted)
                return published_check_agreed(published, call, instance->owner->id, &pending);
        return published_ask(published, call,
                &(PublishedQuestion){
                        .operation = OPERATION_EXECUTE,
                        .owner = instance->owner->id,
                        .handler = instance->options.handler,
                        .path = *path,
                        .arguments = arguments,
                        .arguments_size = size,
                },
                &PATH_ROOT);
}

/* A Resource without one of its Resource Instances is another value of it. */
static int source_remove(void *userdata, SourceCall *call, const Path *path)
{
        const RecordList none = {.n = 0};

        if (path->length == 2)
                return published_delete(userdata, call, path);
        return published_write(userdata, call,
                &(SourceWrite){.path = *path, .cleared = path, .n_cleared = 1, .values = &none});
}

/* -- Calls -- */

static void source_ended(void *userdata, uint64_t call)
{
        Published *published = userdata;

        published_questions_remove(&published->questions, call);
}

static bool source_is_reserved(void *userdata, const Path *instance)
{
        const Published *published = userdata;

        return published_questions_promise(&published->questions, instance);
}

const Source published_source = {
        .instances = source_instances,
        .read = source_read,
        .interval = source_interval,
        .supports = source_supports,
        .write = published_write,
        .execute = source_execute,
        .create = published_create,
        .remove = source_remove,
        .ended = source_ended,
        .is_reserved = source_is_reserved,
        .rights = source_rights,
        .is_created = source_is_created,
};
