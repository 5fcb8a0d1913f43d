/* SPDX-License-Identifier: Apache-2.0 */
/* From one configuration to the next, Object Instance by Object Instance. */
#include "daemon/static_objects.h"

#include "client/timer.h"
#include "daemon/config_object_values.h"
#include "util/log.h"
#include "util/message_ids.h"

struct StaticObjects {
        Published *published;
        StaticFiles *files;
        const Config *config;  /* in force; or NULL */
        bool *there;           /* of the configuration's Object Instances, those that are published; owned */
        sd_event_source *task; /* what is not there is tried again */
        void (*room)(void *userdata); /* or NULL */
        void *room_userdata;
};

#define PATH_OF(item) PATH_INSTANCE((item)->object, (item)->instance)

static int compare(const void *a, const void *b)
{
        const ConfigObject *x = a, *y = b;

        return path_compare(&PATH_OF(x), &PATH_OF(y));
}

/* The same Object Instance of the configuration; or NULL. */
static const ConfigObject *find(const Config *config, const ConfigObject *object)
{
        return config->n_objects == 0 ? NULL
                                      : bsearch(object, config->objects, config->n_objects,
                                                sizeof(*config->objects), compare);
}

static void complain(const ConfigObject *object, int r, const char *text)
{
        log_full(LOG_ERR, 0,
                &(LogAbout){.message_id = MESSAGE_ID_OBJECT_NOT_SERVED, .path = PATH_TEXT(&PATH_OF(object))},
                "%s of the configuration cannot be published: %s.", PATH_TEXT(&PATH_OF(object)),
                r < 0 ? strerrordesc_np(-r) : text);
}

/* -- Constants -- */

static uint16_t resource_at(const RecordList *list, size_t at)
{
        return list->items[at].path.id[2];
}

/* Behind the values of the Resource that is there. */
static size_t end_of_resource(const RecordList *list, size_t at)
{
        size_t end = at + 1;

        while (end < list->n && resource_at(list, end) == resource_at(list, at))
                end++;
        return end;
}

/* The first value of a Resource, or the end. */
static size_t find_resource(const RecordList *list, uint16_t resource)
{
        size_t at = 0;

        while (at < list->n && resource_at(list, at) != resource)
                at++;
        return at;
}

/* Whether both say the same of the Resource that is there in the first one. */
static bool resource_is_same(const RecordList *a, size_t at, const RecordList *b)
{
        size_t n = end_of_resource(a, at) - at, other = find_resource(b, resource_at(a, at));

        if (other == b->n || end_of_resource(b, other) - other != n)
                return false;
        for (size_t i = 0; i < n; i++)
                if (!path_equal(&a->items[at + i].path, &b->items[other + i].path) ||
                        !value_equal(&a->items[at + i].value, &b->items[other + i].value))
                        return false;
        return true;
}

static int append(RecordList *list, const Path *path, const Value *value)
{
        _cleanup_(value_done) Value copy = {0};
        int r = value_copy(value, &copy);

        return r < 0 ? r : record_list_add(list, path, &copy);
}

/* A multiple-instance Resource as a whole: what it had goes first. */
static int append_resource(RecordList *list, const RecordList *values, size_t at)
{
        size_t end = end_of_resource(values, at);
        Path path = values->items[at].path;
        int r = 0;

        if (path.length > 3) {
                path.length = 3;
                r = append(list, &path, &(Value){0});
        }
        for (; at < end && r == 0; at++)
                r = append(list, &values->items[at].path, &values->items[at].value);
        return r;
}

static void set_constants(StaticObjects *objects, const RecordList *before, const ConfigObject *now)
{
        _cleanup_(record_list_done) RecordList changed = {.maximum = LIMIT_STORE_VALUES};
        PublishedText text;
        int r = 0;

        for (size_t i = 0; i < now->values.n && r == 0; i = end_of_resource(&now->values, i))
                if (!resource_is_same(&now->values, i, before))
                        r = append_resource(&changed, &now->values, i);
        if (r == 0 && changed.n > 0)
                r = published_set(objects->published, PUBLISHED_CONFIGURATION, &changed, text);
        if (r != 0)
                complain(now, r, text);
}

/* What is a file's by now stays until that has been read. */
static void remove_constants(StaticObjects *objects, const RecordList *before, const ConfigObject *now)
{
        for (size_t i = 0; i < before->n; i = end_of_resource(before, i)) {
                uint16_t resource = resource_at(before, i);

                if (!config_object_has(now, resource))
                        (void)published_feed(objects->published,
                                &PATH_RESOURCE(now->object, now->instance, resource), NULL);
        }
}

/* -- Object Instances -- */

static int add(StaticObjects *objects, const ConfigObject *object, char *text)
{
        RecordList values = object->values;

        return published_add(objects->published, PUBLISHED_CONFIGURATION, object->object, object->instance,
                &values, NULL, NULL, text);
}

static bool publish(StaticObjects *objects, const ConfigObject *object)
{
        PublishedText text;
        int r;

        r = add(objects, object, text);
        if (r != 0)
                complain(object, r, text);
        return r == 0;
}

static int on_room(sd_event_source *source, void *userdata)
{
        StaticObjects *objects = userdata;
        PublishedText text;

        for (size_t i = 0; objects->config && i < objects->config->n_objects; i++) {
                const ConfigObject *object = &objects->config->objects[i];

                if (objects->there[i] || add(objects, object, text) != 0)
                        continue;
                objects->there[i] = true;
                static_files_begin(objects->files, &PATH_OF(object));
                log_full(LOG_INFO, 0,
                        &(LogAbout){
                                .message_id = MESSAGE_ID_OBJECT_SERVED,
                                .path = PATH_TEXT(&PATH_OF(object)),
                        },
                        "%s of the configuration is published by now.", PATH_TEXT(&PATH_OF(object)));
        }
        if (objects->room)
                objects->room(objects->room_userdata);
        return 0;
}

/* Whoever leaves is still about to. */
static void room(void *userdata)
{
        const StaticObjects *objects = userdata;

        task_set(objects->task, true);
}

static void withdraw_all_but(StaticObjects *objects, const Config *config)
{
        PublishedText text;

        for (size_t i = 0; objects->config && i < objects->config->n_objects; i++) {
                const ConfigObject *object = &objects->config->objects[i];

                if (objects->there[i] && !find(config, object))
                        (void)published_withdraw(objects->published, PUBLISHED_CONFIGURATION, object->object,
                                object->instance, text);
        }
}

/* Whether it is there afterwards. */
static bool set_object(StaticObjects *objects, const ConfigObject *now)
{
        const ConfigObject *before = objects->config ? find(objects->config, now) : NULL;

        if (!before || !objects->there[before - objects->config->objects])
                return publish(objects, now);
        set_constants(objects, &before->values, now);
        remove_constants(objects, &before->values, now);
        return true;
}

void static_objects_set(StaticObjects *objects, const Config *config)
{
        const Config none = {.version = config->version};
        bool *there = calloc(config->n_objects + 1, sizeof(*there));

        if (!there)
                config = &none;
        /* The files first: what is published may lack what one of them holds. */
        if (static_files_set(objects->files, config) < 0 || !there)
                (void)log_oom();
        withdraw_all_but(objects, config);
        for (size_t i = 0; i < config->n_objects; i++) {
                there[i] = set_object(objects, &config->objects[i]);
                if (there[i])
                        static_files_begin(objects->files, &PATH_OF(&config->objects[i]));
        }
        free(objects->there);
        objects->there = there;
        objects->config = there ? config : NULL;
}

void static_objects_set_room(StaticObjects *objects, void (*callback)(void *userdata), void *userdata)
{
        objects->room = callback;
        objects->room_userdata = userdata;
}

int static_objects_new(sd_event *event, FileReader *reader, const Clock *clock, Store *store,
        Published *published, StaticObjects **ret)
{
        _cleanup_(static_objects_freep) StaticObjects *objects = calloc(1, sizeof(*objects));
        int r;

        if (!objects)
                return -ENOMEM;
        objects->published = published;
        r = task_new_in_turn(event, on_room, objects, "static-objects", &objects->task);
        if (r >= 0)
                r = static_files_new(reader, clock, store, published, &objects->files);
        if (r < 0)
                return r;
        static_files_set_room(objects->files, room, objects);
        *ret = TAKE_PTR(objects);
        return 0;
}

StaticObjects *static_objects_free(StaticObjects *objects)
{
        if (!objects)
                return NULL;
        (void)static_files_free(objects->files);
        sd_event_source_disable_unref(objects->task);
        free(objects->there);
        free(objects);
        return NULL;
}
