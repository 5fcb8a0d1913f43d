/* SPDX-License-Identifier: Apache-2.0 */
/* The names in the state directory. */
#include "daemon/state_directory.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/kept_configuration.h"
#include "daemon/state_lock.h"
#include "util/file.h"
#include "util/log.h"
#include "util/message_ids.h"

#define SLOW_WRITE_USEC (100 * USEC_PER_MSEC) /* design.md section 7 */

#define log_recovered(...) log_full(LOG_WARNING, 0, recovered_fields, __VA_ARGS__)

static const LogField recovered_fields[] = {{"MESSAGE_ID", MESSAGE_ID_STORAGE_RECOVERED}, {NULL, NULL}};

int state_directory_make(const char *directory)
{
        return mkdir(directory, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

int state_directory_read(const char *directory, const char *name, StateFile *ret)
{
        _cleanup_(freep) char *path = NULL;
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        if (asprintf(&path, "%s/%s", directory, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = file_read(path, STATE_FILE_MAX, &data, &size);
        if (r < 0)
                return r;
        r = state_file_decode(data, size, ret);
        secret_free_bytes(data, size);
        return r;
}

static void put_aside(const char *directory, const char *name, const char *what, const char *aside)
{
        int r;

        r = file_rename(directory, name, aside);
        if (r < 0)
                log_warning_errno(r, "%s/%s %s and cannot be renamed, ignoring: %m", directory, name, what);
        else
                log_recovered("%s/%s %s; it is kept as %s.", directory, name, what, aside);
}

int state_directory_take(const char *directory, const char *name, StateFile *ret)
{
        char aside[NAME_MAX + 1];
        int r;

        r = state_directory_read(directory, name, ret);
        if (r == 0 || r == -ENOENT || r == -ENOMEM)
                return r;
        if (r == STATE_FILE_E_NEWER) {
                (void)snprintf(aside, sizeof(aside), "%s.format-%u", name, ret->version);
                put_aside(directory, name, "was written by a newer version of lwm2m-clientd", aside);
                return r;
        }
        if (r < 0)
                log_warning_errno(r, "%s/%s cannot be read: %m", directory, name);
        (void)snprintf(aside, sizeof(aside), "%s.broken", name);
        put_aside(directory, name, "is damaged", aside);
        return STATE_FILE_E_DAMAGED;
}

/* An older daemon has gone its own way since. */
static bool is_outdated(const StateFile *aside, const StateFile *file)
{
        return file->epoch > aside->epoch || file->last_bootstrap > aside->last_bootstrap;
}

static void take_back(const char *directory, const char *aside, const char *name)
{
        StateFile kept = {0}, file = {0};
        bool outdated;
        int r;

        if (state_directory_read(directory, aside, &kept) != 0)
                return;
        outdated = state_directory_read(directory, name, &file) == 0 && is_outdated(&kept, &file);
        state_file_done(&kept);
        state_file_done(&file);
        r = outdated ? file_remove(directory, aside) : file_rename(directory, aside, name);
        if (r < 0)
                log_warning_errno(
                        r, "%s/%s can neither be taken back nor removed, ignoring: %m", directory, aside);
        else if (outdated)
                log_recovered("%s/%s is older than %s, it is removed.", directory, aside, name);
        else
                log_recovered("%s/%s, which an older version of lwm2m-clientd could not read, is taken back "
                              "as %s.",
                        directory, aside, name);
}

void state_directory_take_back(const char *directory, const char *name)
{
        char aside[NAME_MAX + 1];

        for (unsigned version = 1; version <= STATE_FILE_VERSION; version++) {
                (void)snprintf(aside, sizeof(aside), "%s.format-%u", name, version);
                take_back(directory, aside, name);
        }
}

bool state_directory_is_usable(const char *directory)
{
        static const char *const names[] = {STATE_CURRENT, STATE_LAST_GOOD};

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                StateFile file = {0};
                int r;

                state_directory_take_back(directory, names[i]);
                r = state_directory_read(directory, names[i], &file);
                state_file_done(&file);
                if (r == 0)
                        return true;
        }
        return false;
}

int state_directory_write(const char *directory, const char *name, const StateFile *file)
{
        uint64_t begin = clock_boottime(&clock_system);
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        r = state_file_encode(file, &data, &size);
        if (r < 0)
                return r;
        r = file_write_atomic(directory, name, data, size);
        secret_free_bytes(data, size);
        begin = clock_boottime(&clock_system) - begin;
        if (begin > SLOW_WRITE_USEC)
                log_warning("Writing %s/%s took %llu ms, in which nothing else was done. Check the disk.",
                        directory, name, (unsigned long long)(begin / USEC_PER_MSEC));
        return r;
}

static bool stays(const char *name)
{
        static const char *const names[] = {".", "..", STATE_CURRENT, KEPT_CONFIGURATION, STATE_LOCK};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(name, names[i]) == 0)
                        return true;
        return false;
}

void state_directory_clear(const char *directory)
{
        DIR *stream = opendir(directory);
        struct dirent *entry;

        if (!stream) {
                log_warning_errno(errno, "%s cannot be cleared: %m", directory);
                return;
        }
        while ((entry = readdir(stream))) {
                int r;

                if (stays(entry->d_name))
                        continue;
                r = file_remove(directory, entry->d_name);
                if (r < 0)
                        log_warning_errno(r, "%s/%s cannot be removed: %m", directory, entry->d_name);
        }
        (void)closedir(stream);
}
