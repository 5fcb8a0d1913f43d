/* SPDX-License-Identifier: Apache-2.0 */
/* The feed: when a file is looked at, what it says, and who waits for it. */
#include "daemon/static_files.h"

#include <stdio.h>

#include "daemon/file_value.h"
#include "model/object.h"
#include "util/log.h"
#include "util/message_ids.h"

/* Calls that wait for a file, over all files; one more is answered by what is known. A Read of all Object
 * Instances of an Object waits for one file in each of them, in each call that there can be. */
#define WAITING_MAX (LIMIT_LATE_REQUESTS * LIMIT_INSTANCES)

typedef struct StaticFile {
        StaticFiles *files;
        Path path; /* the Resource's */
        const ConfigFileValue *config;
        FileReading *reading; /* under way */
        bool overdue;         /* that reading has been given up, but its thread has not come back */
        /* CLOCK_BOOTTIME usec: the beginnings of that reading and of the last that has ended, and the end of
         * that; 0: there was none. By its beginning a look ages, so that the looks of an observation, an
         * interval apart, are not all a little too early. */
        uint64_t began_at, looked_from, looked_at;
        char told[FILE_READER_TEXT_SIZE]; /* why there is no value, as the log says; "": there is one */
} StaticFile;

typedef struct Waiting {
        uint64_t call;
        const StaticFile *file;
} Waiting;

struct StaticFiles {
        const Clock *clock;
        Store *store;
        Published *published;
        FileReader *reader;
        Lwm2mVersion version;
        StaticFile **items; /* ascending by path; owned */
        size_t n;
        Waiting *waiting; /* in no order; owned */
        size_t n_waiting, capacity;
        void (*room)(void *userdata); /* or NULL */
        void *room_userdata;
};

/* -- Who waits -- */

static bool waits(const StaticFiles *files, uint64_t call, const StaticFile *file)
{
        for (size_t i = 0; i < files->n_waiting; i++)
                if (files->waiting[i].call == call && (!file || files->waiting[i].file == file))
                        return true;
        return false;
}

static bool has_room(StaticFiles *files)
{
        size_t capacity = MAX_OF(2 * files->capacity, (size_t)16);
        Waiting *waiting;

        if (files->n_waiting < files->capacity)
                return true;
        if (files->n_waiting >= WAITING_MAX)
                return false;
        waiting = reallocarray(files->waiting, capacity, sizeof(*waiting));
        if (!waiting)
                return false;
        files->waiting = waiting;
        files->capacity = capacity;
        return true;
}

/* False: there is no room for one more. */
static bool wait_for(const StaticFile *file, uint64_t call)
{
        StaticFiles *files = file->files;

        if (waits(files, call, file))
                return true;
        if (!has_room(files))
                return false;
        files->waiting[files->n_waiting++] = (Waiting){call, file};
        return true;
}

/* A call is run again, and may answer later again, once it waits for no file any more. */
static void answer_waiting(StaticFile *file)
{
        StaticFiles *files = file->files;

        for (size_t i = 0; i < files->n_waiting;) {
                const Waiting waiting = files->waiting[i];

                if (waiting.file != file) {
                        i++;
                        continue;
                }
                files->waiting[i] = files->waiting[--files->n_waiting];
                if (!waits(files, waiting.call, NULL))
                        store_answer(files->store, waiting.call, 0, NULL);
        }
}

/* -- What a file says -- */

static void tell(StaticFile *file, const char *problem)
{
        if (problem && strcmp(file->told, problem) != 0)
                log_full(LOG_WARNING, 0,
                        &(LogAbout){.message_id = MESSAGE_ID_VALUE_LOST, .path = PATH_TEXT(&file->path)},
                        "%s has no value: %s %s.", PATH_TEXT(&file->path), file->config->path, problem);
        else if (!problem && file->told[0])
                log_full(LOG_INFO, 0,
                        &(LogAbout){.message_id = MESSAGE_ID_VALUE_BACK, .path = PATH_TEXT(&file->path)},
                        "%s has a value again, from %s.", PATH_TEXT(&file->path), file->config->path);
        (void)snprintf(file->told, sizeof(file->told), "%s", problem ?: "");
}

/* NULL: the value is in force. */
static const char *feed(const StaticFile *file, const FileFinding *finding)
{
        const StaticFiles *files = file->files;
        const ConfigFileValue *config = file->config;
        const ObjectDef *object;
        const ResourceDef *resource;
        PublishedText text;
        const char *problem = NULL;
        Value value;
        int r;

        if (published_define(files->published, file->path.id[0], &object, text) != 0)
                return "is the value of a Resource that is not defined any more";
        resource = object_served(object, file->path.id[2], files->version);
        if (!resource)
                return "is the value of a Resource that is not defined any more";
        r = file_value_parse(resource, files->version, config->scale, config->offset, finding->data,
                finding->size, &value, &problem);
        if (r == 0) {
                r = published_feed(files->published, &file->path, &value);
                value_done(&value);
        }
        if (r == 0 || problem)
                return problem;
        return r == PUBLISHED_E_LIMIT ? "is more than there is room for" : "cannot be taken";
}

static void take(StaticFile *file, const FileFinding *finding)
{
        char text[FILE_READER_TEXT_SIZE];
        const char *problem = finding->error < 0 ? file_reader_describe(finding, text) : feed(file, finding);

        file->overdue = finding->overdue;
        file->looked_from = file->began_at;
        file->looked_at = clock_boottime(file->files->clock);
        if (problem)
                (void)published_feed(file->files->published, &file->path, NULL);
        tell(file, problem);
        answer_waiting(file);
}

static void on_finding(void *userdata, const FileFinding *finding)
{
        StaticFile *file = userdata;

        if (!finding->overdue)
                file->reading = NULL;
        take(file, finding);
}

static void begin(StaticFile *file)
{
        int r;

        file->began_at = clock_boottime(file->files->clock);
        r = file_reader_read(file->files->reader, file->config->path, on_finding, file, &file->reading);
        if (r < 0)
                take(file, &(FileFinding){.error = r});
}

/* -- The feed -- */

/* The first file at or behind path. */
static size_t first_file(const StaticFiles *files, const Path *path)
{
        size_t low = 0, high = files->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (path_compare(&files->items[middle]->path, path) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool is_below(const StaticFiles *files, size_t i, const Path *path)
{
        return i < files->n && path_has_prefix(&files->items[i]->path, path);
}

/* Of a Resource or Resource Instance; or NULL. */
static StaticFile *find_file(const StaticFiles *files, const Path *path)
{
        const Path resource = PATH_RESOURCE(path->id[0], path->id[1], path->id[2]);
        size_t i = first_file(files, &resource);

        return path->length >= 3 && is_below(files, i, &resource) ? files->items[i] : NULL;
}

/* Whether it is worth waiting for. */
static bool look_at(StaticFile *file, const SourceCall *call)
{
        uint64_t now = clock_boottime(file->files->clock);

        if (file->looked_at > 0 && (now < file->looked_from + file->config->interval ||
                                           (call->id != 0 && file->looked_at > call->begun)))
                return false;
        if (!file->reading)
                begin(file);
        return file->reading && !file->overdue;
}

static int refresh(void *userdata, SourceCall *call, const Path *path)
{
        StaticFiles *files = userdata;
        Path prefix = *path; /* a file's Resource has no Resource Instances */
        bool later = false;

        prefix.length = MIN_OF(prefix.length, 3);
        for (size_t i = first_file(files, &prefix); is_below(files, i, &prefix); i++)
                if (look_at(files->items[i], call) && call->id != 0 && wait_for(files->items[i], call->id))
                        later = true;
        return later ? SOURCE_LATER : 0;
}

static uint64_t interval(void *userdata, const Path *path)
{
        const StaticFile *file = find_file(userdata, path);

        return file ? file->config->interval : 0;
}

static bool feeds(void *userdata, const Path *resource)
{
        return find_file(userdata, resource);
}

static void room(void *userdata)
{
        const StaticFiles *files = userdata;

        if (files->room)
                files->room(files->room_userdata);
}

static const PublishedFeed static_files_feed = {
        .refresh = refresh,
        .interval = interval,
        .feeds = feeds,
        .room = room,
};

/* -- The configuration -- */

static StaticFile *file_free(StaticFile *file)
{
        file_reader_cancel(file->reading);
        answer_waiting(file);
        free(file);
        return NULL;
}

static int add(StaticFiles *files, const ConfigObject *object, const ConfigFileValue *config)
{
        StaticFile *file = calloc(1, sizeof(*file));

        if (!file)
                return -ENOMEM;
        file->files = files;
        file->config = config;
        file->path = PATH_RESOURCE(object->object, object->instance, config->resource);
        files->items[files->n++] = file;
        return 0;
}

/* All of the configuration, in its order, as if none of them were there yet. */
static int add_all(StaticFiles *files, const Config *config)
{
        size_t n = 0;
        int r = 0;

        for (size_t i = 0; i < config->n_objects; i++)
                n += config->objects[i].n_files;
        files->n = 0;
        files->items = calloc(MAX_OF(n, (size_t)1), sizeof(*files->items));
        if (!files->items)
                return -ENOMEM;
        for (size_t i = 0; i < config->n_objects; i++)
                for (size_t j = 0; j < config->objects[i].n_files && r == 0; j++)
                        r = add(files, &config->objects[i], &config->objects[i].files[j]);
        return r;
}

static bool is_same(const ConfigFileValue *a, const ConfigFileValue *b)
{
        return strcmp(a->path, b->path) == 0 && a->scale == b->scale && a->offset == b->offset &&
               a->interval == b->interval;
}

/* One that was there before takes the place of what is there for it now, or goes. */
static void settle(StaticFiles *files, StaticFile *before)
{
        size_t at = first_file(files, &before->path);
        StaticFile *now = find_file(files, &before->path);

        if (now && is_same(before->config, now->config)) {
                before->config = now->config;
                files->items[at] = before;
                free(now);
                return;
        }
        if (!now)
                (void)published_feed(files->published, &before->path, NULL);
        (void)file_free(before);
}

int static_files_set(StaticFiles *files, const Config *config)
{
        StaticFile **before = files->items;
        size_t n_before = files->n;
        int r;

        r = add_all(files, config);
        files->version = config->version;
        for (size_t i = 0; i < n_before; i++)
                settle(files, before[i]);
        free(before);
        return r;
}

void static_files_begin(StaticFiles *files, const Path *instance)
{
        for (size_t i = first_file(files, instance); is_below(files, i, instance); i++)
                if (files->items[i]->looked_at == 0 && !files->items[i]->reading)
                        begin(files->items[i]);
}

void static_files_set_room(StaticFiles *files, void (*callback)(void *userdata), void *userdata)
{
        files->room = callback;
        files->room_userdata = userdata;
}

int static_files_new(
        FileReader *reader, const Clock *clock, Store *store, Published *published, StaticFiles **ret)
{
        _cleanup_(static_files_freep) StaticFiles *files = calloc(1, sizeof(*files));

        if (!files)
                return -ENOMEM;
        files->reader = reader;
        files->clock = clock;
        files->store = store;
        files->published = published;
        published_set_feed(published, &static_files_feed, files);
        *ret = TAKE_PTR(files);
        return 0;
}

StaticFiles *static_files_free(StaticFiles *files)
{
        if (!files)
                return NULL;
        published_set_feed(files->published, NULL, NULL);
        files->n_waiting = 0;
        for (size_t i = 0; i < files->n; i++)
                (void)file_free(files->items[i]);
        free(files->items);
        free(files->waiting);
        free(files);
        return NULL;
}
