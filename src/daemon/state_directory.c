/* SPDX-License-Identifier: Apache-2.0 */
/* The names in the state directory. */
#include "daemon/state_directory.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/kept_configuration.h"
#include "daemon/package_disk.h"
#include "daemon/state_lock.h"
#include "daemon/state_seal.h"
#include "util/file.h"
#include "util/log.h"
#include "util/message_ids.h"

#define SLOW_WRITE_USEC    (100 * USEC_PER_MSEC) /* design.md section 7 */
#define STATE_PROBLEM_SIZE 80                    /* bytes; fits the longest of strerrordesc_np() */

#define log_recovered(...) log_event(LOG_WARNING, MESSAGE_ID_STORAGE_RECOVERED, __VA_ARGS__)

int state_directory_make(const char *directory)
{
        return mkdir(directory, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

int state_directory_read(const StateVault *vault, const char *name, StateFile *ret)
{
        uint8_t *data = NULL;
        size_t size = 0;
        bool due = false;
        int r;

        r = state_vault_read(vault, name, STATE_FILE_MAX, &data, &size, &due);
        if (r != 0)
                return r;
        r = state_file_decode(data, size, ret);
        secret_free_bytes(data, size);
        if (r == 0)
                ret->renew = due;
        return r;
}

static void explain_missing_key(const StateVault *vault, Failure *ret)
{
        failure_set(ret, FAILURE_CREDENTIAL_UNUSABLE,
                "state_encryption names %s %s, which %s. Nothing is read or written in %s until that "
                "key is there.",
                state_key_noun(vault->key.source), vault->key.name, state_vault_reason(&vault->key),
                vault->directory);
}

void state_directory_explain(const StateVault *vault, const char *name, Failure *ret)
{
        _cleanup_(state_key_done) StateKey key = {0};

        if (state_vault_key_of(vault, name, &key) < 0 || !key.name)
                failure_set(ret, FAILURE_CREDENTIAL_UNUSABLE,
                        "%s/%s is encrypted with a key that is not "
                        "here.",
                        vault->directory, name);
        else
                failure_set(ret, FAILURE_CREDENTIAL_UNUSABLE,
                        "%s/%s is encrypted with the key of %s %s, which %s%s. Give that key back; "
                        "\"lwm2mctl reset\" begins anew without the stored accounts.",
                        vault->directory, name, state_key_noun(key.source), key.name,
                        state_vault_reason(&key),
                        vault->key.source != STATE_KEY_NONE && !state_key_same_source(&vault->key, &key)
                                ? ", and that of state_encryption is another one"
                                : "");
}

bool state_directory_is_locked(const StateVault *vault, Failure *ret)
{
        static const char *const names[] = {STATE_CURRENT, STATE_LAST_GOOD};

        if (vault->key.source != STATE_KEY_NONE && vault->key.bytes.size == 0) {
                explain_missing_key(vault, ret);
                return true;
        }
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                StateFile file = {0};
                int r;

                r = state_directory_read(vault, names[i], &file);
                state_file_done(&file);
                if (r == STATE_FILE_E_LOCKED)
                        state_directory_explain(vault, names[i], ret);
                if (r == STATE_FILE_E_LOCKED || r == 0)
                        return r != 0;
        }
        return false;
}

static void rename_aside(const char *directory, const char *name, const char *what, const char *aside)
{
        int r;

        r = file_rename(directory, name, aside);
        if (r < 0)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_STORAGE_FAILED,
                        "%s/%s %s and cannot be renamed, ignoring: %m", directory, name, what);
        else
                log_recovered("%s/%s %s; it is kept as %s.", directory, name, what, aside);
}

void state_directory_put_aside(const StateVault *vault, const char *name, int why, unsigned version)
{
        char aside[NAME_MAX + 1], what[STATE_PROBLEM_SIZE] = "is damaged";

        if (why == STATE_FILE_E_NEWER) {
                (void)snprintf(aside, sizeof(aside), "%s.format-%u", name, version);
                rename_aside(
                        vault->directory, name, "was written by a newer version of lwm2m-clientd", aside);
                return;
        }
        if (why < 0 && why != -EFBIG) /* one that is too large is none of ours */
                (void)snprintf(what, sizeof(what), "cannot be read (%s)", strerrordesc_np(-why));
        (void)snprintf(aside, sizeof(aside), "%s.broken", name);
        rename_aside(vault->directory, name,
                why == STATE_FILE_E_LOCKED ? "is encrypted with a key that is not at hand" : what, aside);
}

int state_directory_take(const StateVault *vault, const char *name, StateFile *ret)
{
        int r;

        r = state_directory_read(vault, name, ret);
        if (r == 0 || r == -ENOENT || r == -ENOMEM || r == STATE_FILE_E_LOCKED)
                return r;
        state_directory_put_aside(vault, name, r, ret->version);
        return r == STATE_FILE_E_NEWER ? r : STATE_FILE_E_DAMAGED;
}

/* An older daemon has gone its own way since. */
static bool is_outdated(const StateFile *aside, const StateFile *file)
{
        return file->epoch > aside->epoch || file->last_bootstrap > aside->last_bootstrap;
}

static void take_back(const StateVault *vault, const char *aside, const char *name)
{
        StateFile kept = {0}, file = {0};
        bool outdated;
        int r;

        if (state_directory_read(vault, aside, &kept) != 0)
                return;
        outdated = state_directory_read(vault, name, &file) == 0 && is_outdated(&kept, &file);
        state_file_done(&kept);
        state_file_done(&file);
        r = outdated ? file_remove(vault->directory, aside) : file_rename(vault->directory, aside, name);
        if (r < 0)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_STORAGE_FAILED,
                        "%s/%s can neither be taken back nor removed, ignoring: %m", vault->directory,
                        aside);
        else if (outdated)
                log_recovered("%s/%s is older than %s, it is removed.", vault->directory, aside, name);
        else
                log_recovered("%s/%s, which an older version of lwm2m-clientd could not read, is taken back "
                              "as %s.",
                        vault->directory, aside, name);
}

void state_directory_take_back(const StateVault *vault, const char *name)
{
        char aside[NAME_MAX + 1];

        for (unsigned version = 1; version <= STATE_SEAL_VERSION; version++) {
                (void)snprintf(aside, sizeof(aside), "%s.format-%u", name, version);
                take_back(vault, aside, name);
        }
}

bool state_directory_is_usable(const StateVault *vault)
{
        static const char *const names[] = {STATE_CURRENT, STATE_LAST_GOOD};

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                StateFile file = {0};
                int r;

                state_directory_take_back(vault, names[i]);
                r = state_directory_read(vault, names[i], &file);
                state_file_done(&file);
                if (r == 0)
                        return true;
        }
        return false;
}

int state_directory_replace(const StateVault *vault, const char *name, const void *data, size_t size)
{
        uint64_t begin = clock_boottime(&clock_system);
        int r = state_vault_write(vault, name, data, size);

        begin = clock_boottime(&clock_system) - begin;
        if (begin > SLOW_WRITE_USEC)
                log_event(LOG_WARNING, MESSAGE_ID_STORAGE_SLOW,
                        "Writing %s/%s took %llu ms, in which nothing else was done. Check the disk.",
                        vault->directory, name, (unsigned long long)(begin / USEC_PER_MSEC));
        return r;
}

int state_directory_write(const StateVault *vault, const char *name, const StateFile *file)
{
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        r = state_file_encode(file, &data, &size);
        if (r == 0)
                r = state_directory_replace(vault, name, data, size);
        secret_free_bytes(data, size);
        return r;
}

/* `current`, `current.broken`, ...; nothing that somebody else has put here. */
static bool is_ours(const char *name)
{
        static const char *const names[] = {
                STATE_CURRENT, STATE_LAST_GOOD, STATE_HISTORY, STATE_FIRMWARE, KEPT_CONFIGURATION};

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                size_t n = strlen(names[i]);

                if (strncmp(name, names[i], n) == 0 && (name[n] == '\0' || name[n] == '.'))
                        return true;
        }
        return false;
}

/* What a power cut has left of a write of ours. */
static bool is_temporary(const char *name)
{
        size_t n = strlen(name);

        return name[0] == '.' && n > strlen(".tmp") && strcmp(name + n - strlen(".tmp"), ".tmp") == 0 &&
               is_ours(name + 1);
}

static void renew(const StateVault *vault, const char *name)
{
        uint8_t *data = NULL;
        size_t size = 0;
        bool due = false;
        int r;

        r = state_vault_read(vault, name, STATE_VAULT_FILE_MAX, &data, &size, &due);
        if (r == STATE_FILE_E_LOCKED)
                log_event(LOG_WARNING, MESSAGE_ID_KEY_MISSING,
                        "%s/%s is encrypted with a key that is not at hand; it stays as it is.",
                        vault->directory, name);
        else if (r < 0 && r != -EISDIR && r != -EBADFD)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_STORAGE_UNREADABLE,
                        "%s/%s cannot be read; it stays as it is: %m", vault->directory, name);
        else if (r == 0 && due) {
                r = state_vault_write(vault, name, data, size);
                if (r < 0)
                        log_event_errno(LOG_ERR, r, MESSAGE_ID_STORAGE_FAILED,
                                "%s/%s cannot be written anew; it is as before, and its key is needed: %m",
                                vault->directory, name);
        }
        secret_free_bytes(data, size);
}

static void remove_temporary(const StateVault *vault, const char *name)
{
        int r = file_remove(vault->directory, name);

        if (r < 0)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_STORAGE_FAILED, "%s/%s cannot be removed: %m",
                        vault->directory, name);
}

void state_directory_renew(const StateVault *vault)
{
        DIR *stream = opendir(vault->directory);
        struct dirent *entry;

        if (!stream) {
                log_event_errno(LOG_WARNING, errno, MESSAGE_ID_STORAGE_UNREADABLE,
                        "%s cannot be looked through: %m", vault->directory);
                return;
        }
        while ((entry = readdir(stream))) {
                if (is_temporary(entry->d_name))
                        remove_temporary(vault, entry->d_name);
                else if (is_ours(entry->d_name))
                        renew(vault, entry->d_name);
        }
        (void)closedir(stream);
}

bool state_directory_is_ours(const char *name)
{
        return is_ours(name) || is_temporary(name) || strcmp(name, STATE_LOCK) == 0 ||
               strcmp(name, PACKAGE_FILE_NAME) == 0;
}

static bool stays(const StateVault *vault, const char *name)
{
        static const char *const names[] = {
                ".", "..", STATE_CURRENT, STATE_FIRMWARE, PACKAGE_FILE_NAME, KEPT_CONFIGURATION, STATE_LOCK};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(name, names[i]) == 0)
                        return true;
        return vault->key_log && strcmp(name, vault->key_log) == 0;
}

void state_directory_clear(const StateVault *vault)
{
        DIR *stream = opendir(vault->directory);
        struct dirent *entry;

        if (!stream) {
                log_event_errno(LOG_WARNING, errno, MESSAGE_ID_STORAGE_FAILED, "%s cannot be cleared: %m",
                        vault->directory);
                return;
        }
        while ((entry = readdir(stream))) {
                int r;

                if (stays(vault, entry->d_name))
                        continue;
                r = file_remove(vault->directory, entry->d_name);
                if (r < 0)
                        log_event_errno(LOG_WARNING, r, MESSAGE_ID_STORAGE_FAILED,
                                "%s/%s cannot be removed: %m", vault->directory, entry->d_name);
        }
        (void)closedir(stream);
}
