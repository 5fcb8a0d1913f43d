/* SPDX-License-Identifier: Apache-2.0 */
/* Object Instances that a server creates and deletes. */
#include "model/published_create.h"

#include "lwm2m/message.h"
#include "model/published_state.h"
#include "model/published_values.h"

/* The publisher's mistakes are not the server's. */
static int refuse_added(SourceCall *call, const char *text)
{
        return source_refuse(call, CODE_INTERNAL_ERROR, "the publisher's values: %s", text);
}

/* What a server has written has been checked. added: NULL, it is not asked for yet. */
static int make_values(const Published *published, const PublishedObject *object, SourceCall *call,
        const Path *path, const RecordList *written, RecordList *added, Dataset **ret)
{
        _cleanup_(dataset_freep) Dataset *values = dataset_new();
        PublishedText text;
        int r;

        if (!values)
                return -ENOMEM;
        r = dataset_set(values, path, &(Value){.type = VALUE_NONE});
        if (r == 0)
                r = dataset_apply(values, written);
        if (r > 0)
                return published_refuse_room(call, path, NULL);
        if (r == 0 && added) {
                r = published_put_all(object->def, values, path->id[1], added, text);
                if (r == 0)
                        r = published_check_complete(
                                published, object->publisher->id, object->def, values, path, text);
                if (r > 0)
                        return refuse_added(call, text);
        }
        if (r == 0)
                *ret = TAKE_PTR(values);
        return r;
}

static int make_instance(Published *published, PublishedObject *object, SourceCall *call, const Path *path,
        Dataset **values, PublishedInstance **ret)
{
        _cleanup_(freep) char *handler = strdup(object->handler);
        const char *limit = NULL;
        int r;

        if (!handler)
                return -ENOMEM;
        r = published_table_add_instance(
                &published->table, object, path->id[1], object->publisher->id, values, ret, &limit);
        /* There was room for what the server has written. */
        if (r > 0)
                return call->granted ? refuse_added(call, limit) : published_refuse_room(call, path, limit);
        if (r == 0) {
                (*ret)->options.handler = TAKE_PTR(handler);
                (*ret)->created = true;
        }
        return r;
}

/* It is made, and goes again where the publisher has not been asked yet: so there is room for it. */
int published_create(void *userdata, SourceCall *call, const Path *path, const RecordList *written)
{
        Published *published = userdata;
        PublishedObject *object = published_table_object(&published->table, path->id[0]);
        _cleanup_(dataset_freep) Dataset *values = NULL;
        PublishedPending *pending = NULL;
        PublishedInstance *instance;
        int r = 0;

        if (call->granted)
                r = published_check_agreed(published, call, object->publisher->id, &pending);
        if (r == 0)
                r = make_values(
                        published, object, call, path, written, pending ? &pending->values : NULL, &values);
        if (r == 0)
                r = make_instance(published, object, call, path, &values, &instance);
        if (r != 0)
                return r;
        if (pending) {
                store_changed(published->store, path);
                return 0;
        }

        published_table_remove_instance(&published->table, object, instance);
        return published_ask(published, call,
                &(PublishedQuestion){
                        .operation = OPERATION_CREATE,
                        .owner = object->publisher->id,
                        .handler = object->handler,
                        .path = *path,
                        .values = written,
                },
                path);
}

int published_delete(void *userdata, SourceCall *call, const Path *path)
{
        Published *published = userdata;
        PublishedObject *object = published_table_object(&published->table, path->id[0]);
        PublishedInstance *instance = published_object_instance(object, path->id[1]);
        PublishedPending *pending;
        int r;

        if (!call->granted)
                return published_ask(published, call,
                        &(PublishedQuestion){
                                .operation = OPERATION_DELETE,
                                .owner = object->publisher->id,
                                .handler = object->handler,
                                .path = *path,
                        },
                        &PATH_ROOT);

        r = published_check_agreed(published, call, object->publisher->id, &pending);
        if (r == 0) {
                published_table_remove_instance(&published->table, object, instance);
                store_changed(published->store, path);
                published_tell_room(published);
        }
        return r;
}
