/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of other services: what their publishers do. */
#include "model/published.h"

#include "lwm2m/message.h"
#include "model/published_change.h"
#include "model/published_objects.h"
#include "model/published_source.h"
#include "model/published_options.h"
#include "model/published_values.h"

/* The store tells a source of the end of a call while it is that of an Object: of this one it always is. */
#define NO_OBJECT ID_INVALID

int published_new(Store *store, const PublishedDefinitions *definitions, void *userdata, Published **ret)
{
        Published *published = calloc(1, sizeof(*published));

        if (!published)
                return -ENOMEM;
        published->store = store;
        published->definitions = definitions;
        published->definitions_userdata = userdata;
        if (store_set_source(store, NO_OBJECT, &published_source, published) < 0) {
                free(published);
                return -ENOMEM;
        }
        *ret = published;
        return 0;
}

void published_set_asker(Published *published, const PublishedAsker *asker, void *userdata)
{
        published->asker = asker;
        published->asker_userdata = userdata;
}

void published_set_feed(Published *published, const PublishedFeed *feed, void *userdata)
{
        published->feed = feed;
        published->feed_userdata = userdata;
}

int published_define(Published *published, uint16_t object, const ObjectDef **ret, char *text)
{
        return published_find_definition(published, object, ret, text);
}

int published_definition(Published *published, const Path *path, const ObjectDef **ret, char *text)
{
        return published_find_in_use(published, path, ret, text);
}

/* -- Objects -- */

int published_add_object(
        Published *published, uint64_t owner, uint16_t object, const char *handler, char *text)
{
        _cleanup_(freep) char *copy = NULL;
        PublishedObject *found = NULL;
        int r;

        r = published_copy_handler(handler, &copy, text);
        if (r == 0)
                r = published_use_object(published, owner, object, &found, text);
        if (r != 0)
                return r;
        if (found->publisher)
                return published_refuse_existing(
                        published, &PATH_OBJECT(object), found->publisher->id, owner, text);

        r = published_table_set_publisher(&published->table, found, owner, TAKE_PTR(copy));
        if (r < 0) {
                published_end_object(published, found);
                return r;
        }
        store_objects_changed(published->store);
        return 0;
}

/* -- Object Instances -- */

static bool is_free(const Published *published, const PublishedObject *object, uint16_t instance)
{
        return !published_object_instance(object, instance) &&
               !published_questions_promise(
                       &published->questions, &PATH_INSTANCE(object->def->id, instance));
}

static int choose_instance(const Published *published, uint64_t owner, const PublishedObject *object,
        uint16_t *instance, char *text)
{
        const uint16_t object_id = object->def->id;
        const PublishedInstance *existing;
        uint16_t id = *instance;

        if (id == ID_INVALID)
                for (id = 0; object->def->multiple && !is_free(published, object, id);)
                        id++;
        if (!object->def->multiple && id != 0)
                return published_refuse(text, PUBLISHED_E_INVALID_VALUE,
                        "/%u/%u: the Object has one Object Instance alone, 0", object_id, id);
        existing = published_object_instance(object, id);
        if (existing)
                return published_refuse_existing(
                        published, &PATH_INSTANCE(object_id, id), existing->owner->id, owner, text);
        if (!is_free(published, object, id))
                return published_refuse(
                        text, PUBLISHED_E_EXISTS, "/%u/%u is what a server is creating", object_id, id);
        *instance = id;
        return 0;
}

static int make_values(const Published *published, uint64_t owner, const ObjectDef *def, uint16_t instance,
        RecordList *values, Dataset **ret, char *text)
{
        const Path path = PATH_INSTANCE(def->id, instance);
        _cleanup_(dataset_freep) Dataset *dataset = dataset_new();
        int r;

        if (!dataset)
                return -ENOMEM;
        r = dataset_set(dataset, &path, &(Value){.type = VALUE_NONE});
        if (r == 0)
                r = published_put_all(def, dataset, instance, values, text);
        if (r == 0)
                r = published_check_complete(published, owner, def, dataset, &path, text);
        if (r == 0)
                *ret = TAKE_PTR(dataset);
        return r;
}

static int add_instance(Published *published, uint64_t owner, PublishedObject *object, uint16_t *instance,
        RecordList *values, PublishedCopy *options, char *text)
{
        _cleanup_(dataset_freep) Dataset *dataset = NULL;
        PublishedInstance *added;
        const char *limit = NULL;
        int r;

        r = choose_instance(published, owner, object, instance, text);
        if (r == 0)
                r = make_values(published, owner, object->def, *instance, values, &dataset, text);
        if (r != 0)
                return r;
        r = published_table_add_instance(
                &published->table, object, *instance, owner, &dataset, &added, &limit);
        if (r > 0)
                return published_refuse(text, r, "/%u/%u: %s", object->def->id, *instance, limit);
        if (r == 0) {
                added->options = *options;
                *options = (PublishedCopy){.handler = NULL};
        }
        return r;
}

int published_add(Published *published, uint64_t owner, uint16_t object, uint16_t instance,
        RecordList *values, const PublishedOptions *options, uint16_t *ret_instance, char *text)
{
        _cleanup_(published_copy_done) PublishedCopy copy = {.handler = NULL};
        PublishedObject *found;
        int r;

        r = published_copy_options(options, &copy, text);
        if (r == 0)
                r = published_use_object(published, owner, object, &found, text);
        if (r != 0)
                return r;

        r = add_instance(published, owner, found, &instance, values, &copy, text);
        if (r != 0) {
                published_end_object(published, found);
                return r;
        }
        store_changed(published->store, &PATH_INSTANCE(object, instance));
        store_objects_changed(published->store);
        if (ret_instance)
                *ret_instance = instance;
        return 0;
}

/* -- What goes -- */

static void withdraw_instance(Published *published, PublishedObject *object, PublishedInstance *instance)
{
        const Path path = PATH_INSTANCE(object->def->id, instance->id);
        const bool created = instance->created;

        published_table_remove_instance(&published->table, object, instance);
        store_changed(published->store, &path);
        if (created)
                store_withdrawn(published->store, &path);
}

/* All of an owner's; returns whether there was something. */
static bool withdraw_object(Published *published, PublishedObject *object, uint64_t owner)
{
        bool found = object->publisher && object->publisher->id == owner;

        if (found)
                published_table_clear_publisher(&published->table, object);
        for (size_t i = object->n; i-- > 0;)
                if (object->instances[i]->owner->id == owner) {
                        withdraw_instance(published, object, object->instances[i]);
                        found = true;
                }
        published_end_object(published, object);
        return found;
}

static int refuse_foreign(char *text, const Path *path)
{
        return published_refuse(text, PUBLISHED_E_NOT_PUBLISHER, "%s is not the caller's", PATH_TEXT(path));
}

int published_withdraw(Published *published, uint64_t owner, uint16_t object, uint16_t instance, char *text)
{
        PublishedObject *found = published_table_object(&published->table, object);
        PublishedInstance *one = found ? published_object_instance(found, instance) : NULL;

        if (instance == ID_INVALID) {
                if (!found || !withdraw_object(published, found, owner))
                        return refuse_foreign(text, &PATH_OBJECT(object));
        } else {
                if (!one || one->owner->id != owner)
                        return refuse_foreign(text, &PATH_INSTANCE(object, instance));
                withdraw_instance(published, found, one);
                published_end_object(published, found);
        }
        store_objects_changed(published->store);
        published_tell_room(published);
        return 0;
}

static void forget_questions(Published *published, uint64_t owner)
{
        PublishedPending *pending;

        while ((pending = published_questions_of(&published->questions, owner)))
                published_end_question(published, pending, CODE_UNAVAILABLE, "the publisher is gone");
}

bool published_owner_gone(Published *published, uint64_t owner)
{
        bool changed = false;

        forget_questions(published, owner);
        for (size_t i = published->table.n; i-- > 0;)
                changed |= withdraw_object(published, published->table.objects[i], owner);
        if (!changed)
                return false;
        store_objects_changed(published->store);
        published_tell_room(published);
        return true;
}

void published_end(const Published *published)
{
        for (size_t i = 0; i < published->table.n; i++) {
                const PublishedObject *object = published->table.objects[i];

                for (size_t j = 0; j < object->n; j++)
                        if (object->instances[j]->created)
                                store_withdrawn(published->store,
                                        &PATH_INSTANCE(object->def->id, object->instances[j]->id));
        }
}

/* -- Values -- */

static int set(
        Published *published, PublishedChange *change, uint64_t owner, const Record *record, char *text)
{
        char buffer[PUBLISHED_WHO_SIZE];
        PublishedPart *part;
        uint64_t whose;
        int r;

        r = published_change_part(change, &record->path, &part);
        if (r == -ENOENT)
                return published_refuse(
                        text, PUBLISHED_E_NOT_PUBLISHER, PUBLISHED_NOWHERE, PATH_TEXT(&record->path));
        if (r < 0)
                return r;
        whose = part->instance->owner->id;
        if (whose != owner && whose != PUBLISHED_CONFIGURATION)
                return published_refuse(text, PUBLISHED_E_NOT_PUBLISHER, "%s has been published by %s",
                        PATH_TEXT(&part->path), published_describe(published, whose, buffer));
        if (record->path.length >= 3 && published_is_fed(published, whose, &record->path))
                return published_refuse(
                        text, PUBLISHED_E_INVALID_VALUE, "%s is read from a file", PATH_TEXT(&record->path));
        return published_put(part->def, part->values, record, text);
}

static int commit(const Published *published, PublishedChange *change, char *text)
{
        const char *excess = published_change_commit(change, published->store);

        return excess ? published_refuse(
                                text, PUBLISHED_E_LIMIT, "%s: %s", PATH_TEXT(&change->items[0].path), excess)
                      : 0;
}

int published_set(Published *published, uint64_t owner, const RecordList *values, char *text)
{
        _cleanup_(published_change_done) PublishedChange change = {.table = &published->table};
        int r = 0;

        for (size_t i = 0; i < values->n && r == 0; i++)
                r = set(published, &change, owner, &values->items[i], text);
        return r == 0 ? commit(published, &change, text) : r;
}

int published_feed(Published *published, const Path *resource, const Value *value)
{
        _cleanup_(published_change_done) PublishedChange change = {.table = &published->table};
        PublishedPart *part;
        int r;

        assert(resource->length >= 3);
        r = published_change_part(&change, resource, &part);
        if (r == -ENOENT || (r == 0 && part->instance->owner->id != PUBLISHED_CONFIGURATION))
                return PUBLISHED_E_NOT_PUBLISHER;
        if (r == 0 && value) /* borrowed: published_put() copies it */
                r = published_put(part->def, part->values, &(Record){*resource, *value, false}, NULL);
        else if (r == 0)
                (void)dataset_remove(part->values, resource);
        return r == 0 ? commit(published, &change, NULL) : r;
}

/* -- Answers -- */

void published_reply(Published *published, uint64_t call, int code, const char *text, RecordList *values)
{
        PublishedPending *pending = published_questions_find(&published->questions, call);

        if (!pending || pending->agreed)
                return;
        if (code == 0) {
                pending->agreed = true;
                if (values) {
                        pending->values = *values;
                        *values = (RecordList){.n = 0};
                }
        } else
                published_questions_remove(&published->questions, call);
        store_answer(published->store, call, code, text);
}

/* -- End -- */

Published *published_free(Published *published)
{
        if (!published)
                return NULL;

        published_questions_done(&published->questions);
        while (published->table.n > 0) {
                PublishedObject *object = published->table.objects[published->table.n - 1];

                published_table_clear_object(&published->table, object);
                published_end_object(published, object);
        }
        published_forget_spare(published);
        (void)store_set_source(published->store, NO_OBJECT, NULL, NULL);
        free(published);
        return NULL;
}
