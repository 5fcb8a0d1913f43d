/* SPDX-License-Identifier: Apache-2.0 */
/* The folders with definitions of Objects. */
#include "daemon/object_directories.h"

#include "daemon/definition_file.h"
#include "util/log.h"
#include "util/message_ids.h"

typedef struct Entry {
        uint16_t object;
        unsigned n_users;
        ObjectDefinition *definition;
} Entry;

struct ObjectDirectories {
        char *paths[OBJECT_DIRECTORIES_MAX];
        size_t n;
        Entry *entries; /* in use, in no order */
        size_t n_entries;
        uint8_t told[UINT16_MAX / 8 + 1]; /* a bit of each Object: that its definition is wrong */
};

int object_directories_new(ObjectDirectories **ret)
{
        *ret = calloc(1, sizeof(**ret));
        return *ret ? 0 : -ENOMEM;
}

int object_directories_add(ObjectDirectories *directories, const char *path)
{
        char *copy;

        if (directories->n == OBJECT_DIRECTORIES_MAX)
                return -E2BIG;
        copy = strdup(path);
        if (!copy)
                return -ENOMEM;
        directories->paths[directories->n++] = copy;
        return 0;
}

size_t object_directories_count(const ObjectDirectories *directories)
{
        return directories->n;
}

ObjectDirectories *object_directories_free(ObjectDirectories *directories)
{
        if (!directories)
                return NULL;
        for (size_t i = 0; i < directories->n; i++)
                free(directories->paths[i]);
        for (size_t i = 0; i < directories->n_entries; i++)
                (void)object_definition_free(directories->entries[i].definition);
        free(directories->entries);
        free(directories);
        return NULL;
}

static Entry *find(const ObjectDirectories *directories, uint16_t object)
{
        for (size_t i = 0; i < directories->n_entries; i++)
                if (directories->entries[i].object == object)
                        return &directories->entries[i];
        return NULL;
}

/* The file that counts is the first that is there. */
static int look(const ObjectDirectories *directories, uint16_t object, ObjectDefinition **ret,
        char **ret_file, ConfigProblems *ret_problems)
{
        for (size_t i = 0; i < directories->n; i++) {
                _cleanup_(config_problems_done) ConfigProblems problems = {0};
                _cleanup_(freep) char *file = NULL;
                int r;

                if (asprintf(&file, "%s/%u.yaml", directories->paths[i], object) < 0) {
                        file = NULL;
                        return -ENOMEM;
                }
                r = definition_file_read(file, object, ret, &problems);
                if (r == -ENOENT)
                        continue;
                if (r == DEFINITION_E_INVALID) {
                        *ret_file = TAKE_PTR(file);
                        *ret_problems = problems;
                        problems = (ConfigProblems){0};
                        return OBJECT_DIRECTORIES_E_INVALID;
                }
                return r;
        }
        return OBJECT_DIRECTORIES_E_NONE;
}

static int add_entry(ObjectDirectories *directories, uint16_t object, ObjectDefinition *definition)
{
        Entry *entries = reallocarray(
                directories->entries, directories->n_entries + 1, sizeof(*directories->entries));

        if (!entries)
                return -ENOMEM;
        directories->entries = entries;
        entries[directories->n_entries++] = (Entry){.object = object, .definition = definition};
        return 0;
}

static uint8_t told_bit(uint16_t object)
{
        return (uint8_t)(1U << object % 8);
}

int object_directories_take(ObjectDirectories *directories, uint16_t object, const ObjectDef **ret,
        char **ret_file, ConfigProblems *ret_problems)
{
        Entry *entry = find(directories, object);

        if (!entry) {
                _cleanup_(object_definition_freep) ObjectDefinition *definition = NULL;
                int r;

                r = look(directories, object, &definition, ret_file, ret_problems);
                if (r == 0)
                        r = add_entry(directories, object, definition);
                if (r != 0)
                        return r;
                definition = NULL;
                entry = find(directories, object);
                directories->told[object / 8] &= (uint8_t)~told_bit(object);
        }
        entry->n_users++;
        *ret = object_definition_get(entry->definition);
        return 0;
}

bool object_directories_is_news(ObjectDirectories *directories, uint16_t object)
{
        const bool is_news = !(directories->told[object / 8] & told_bit(object));

        directories->told[object / 8] |= told_bit(object);
        return is_news;
}

void object_directories_forget(ObjectDirectories *directories, uint16_t object)
{
        Entry *entry = find(directories, object);

        assert(entry);
        if (--entry->n_users > 0)
                return;
        (void)object_definition_free(entry->definition);
        *entry = directories->entries[--directories->n_entries];
}

/* What is wrong, or not there any more, is another definition, too: the next user finds none. */
static bool is_older(const ObjectDirectories *directories, const Entry *entry)
{
        _cleanup_(object_definition_freep) ObjectDefinition *definition = NULL;
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *file = NULL;
        int r;

        r = look(directories, entry->object, &definition, &file, &problems);
        return r != -ENOMEM && (r != 0 || !object_definition_equal(definition, entry->definition));
}

size_t object_directories_tell_older(const ObjectDirectories *directories)
{
        size_t n = 0;

        for (size_t i = 0; i < directories->n_entries; i++) {
                const Entry *entry = &directories->entries[i];

                if (!is_older(directories, entry))
                        continue;
                n++;
                log_full(LOG_WARNING, 0,
                        &(LogAbout){
                                .message_id = MESSAGE_ID_DEFINITION_OLDER,
                                .path = PATH_TEXT(&PATH_OBJECT(entry->object)),
                        },
                        "The definition of Object %u, %u.yaml, has changed: the older one stays in force as "
                        "long as something of the Object is published. Restart what publishes it; "
                        "lwm2m-client itself where that is the configuration.",
                        entry->object, entry->object);
        }
        return n;
}
