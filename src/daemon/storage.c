/* SPDX-License-Identifier: Apache-2.0 */
/* The state directory. */
#include "daemon/storage.h"

#include <stdio.h>
#include <sys/stat.h>

#include "util/file.h"
#include "util/log.h"
#include "util/message_ids.h"

#define SLOW_WRITE_USEC (100 * USEC_PER_MSEC) /* design.md section 7 */

#define log_recovered(...) log_full(LOG_WARNING, 0, recovered_fields, __VA_ARGS__)

static const LogField recovered_fields[] = {{"MESSAGE_ID", MESSAGE_ID_STORAGE_RECOVERED}, {NULL, NULL}};

int storage_open(const char *directory, Storage *ret)
{
        char *copy;

        if (mkdir(directory, 0700) < 0 && errno != EEXIST)
                return -errno;
        copy = strdup(directory);
        if (!copy)
                return -ENOMEM;
        *ret = (Storage){.directory = copy};
        return 0;
}

void storage_use_configuration(Storage *storage)
{
        if (!storage->next_factory)
                return;
        (void)dataset_free(storage->factory);
        storage->factory = TAKE_PTR(storage->next_factory);
        storage->fingerprint = storage->next_fingerprint;
}

void storage_set_configuration(Storage *storage, const ConfigFingerprint *fingerprint, Dataset *factory)
{
        (void)dataset_free(storage->next_factory);
        storage->next_factory = factory;
        storage->next_fingerprint = *fingerprint;
        if (!storage->factory)
                storage_use_configuration(storage);
}

void storage_done(Storage *storage)
{
        storage->factory = dataset_free(storage->factory);
        storage->next_factory = dataset_free(storage->next_factory);
        free(storage->directory);
        storage->directory = NULL;
}

/* 0, STATE_FILE_E_DAMAGED, -ENOENT or another errno. */
static int read_file(const Storage *storage, const char *name, StateFile *ret)
{
        _cleanup_(freep) char *path = NULL;
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        if (asprintf(&path, "%s/%s", storage->directory, name) < 0) {
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

static int write_file(const Storage *storage, const char *name, const Dataset *dataset, unsigned flags)
{
        uint64_t begin = clock_boottime(&clock_system);
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        r = state_file_encode(dataset, flags, &storage->fingerprint, &data, &size);
        if (r < 0)
                return r;
        r = file_write_atomic(storage->directory, name, data, size);
        secret_free_bytes(data, size);
        begin = clock_boottime(&clock_system) - begin;
        if (begin > SLOW_WRITE_USEC)
                log_warning("Writing %s/%s took %llu ms, in which nothing else was done. Check the disk.",
                        storage->directory, name, (unsigned long long)(begin / USEC_PER_MSEC));
        return r;
}

static void keep_broken(const Storage *storage, const char *name)
{
        char broken[sizeof(STORAGE_LAST_GOOD ".broken")];
        int r;

        (void)snprintf(broken, sizeof(broken), "%s.broken", name);
        r = file_rename(storage->directory, name, broken);
        if (r < 0)
                log_warning_errno(
                        r, "%s/%s is damaged and cannot be renamed, ignoring: %m", storage->directory, name);
        else
                log_recovered("%s/%s is damaged; it is kept as %s.", storage->directory, name, broken);
}

/* As read_file(); what is damaged or cannot be read is put aside, so that the next start does without it:
 * a daemon that only fails would leave the device unreachable. */
static int read_or_put_aside(const Storage *storage, const char *name, StateFile *ret)
{
        int r;

        r = read_file(storage, name, ret);
        if (r < 0 && r != -ENOENT && r != -ENOMEM) {
                log_warning_errno(r, "%s/%s cannot be read: %m", storage->directory, name);
                r = STATE_FILE_E_DAMAGED;
        }
        if (r == STATE_FILE_E_DAMAGED)
                keep_broken(storage, name);
        return r;
}

/* The file that counts as it stands: 0 with *ret_rewrite when it is not `current`, -ENOENT, or another
 * errno. */
static int read_best(const Storage *storage, StateFile *ret, bool *ret_rewrite)
{
        int current, last_good;

        *ret_rewrite = false;
        current = read_or_put_aside(storage, STORAGE_CURRENT, ret);
        if (current == 0 || (current < 0 && current != -ENOENT))
                return current;
        last_good = read_or_put_aside(storage, STORAGE_LAST_GOOD, ret);
        if (last_good < 0 && last_good != -ENOENT)
                return last_good;
        if (last_good == 0) {
                log_recovered("%s/%s is %s; the accounts of %s, the last ones that worked, are in force.",
                        storage->directory, STORAGE_CURRENT, current == -ENOENT ? "missing" : "damaged",
                        STORAGE_LAST_GOOD);
                *ret_rewrite = true;
                return 0;
        }
        if (current == STATE_FILE_E_DAMAGED || last_good == STATE_FILE_E_DAMAGED)
                log_recovered("No stored accounts are usable; those of the configuration are in force.");
        return -ENOENT;
}

/* The rule of design.md section 6 for accounts that an older configuration stored. 0 with *ret_changed,
 * -ENOENT (they do not count any more), -ENOSPC (only the old Bootstrap-Server Account is gone), or another
 * errno. */
static int apply_configuration(const Storage *storage, StateFile *content, bool *ret_changed)
{
        int r;

        *ret_changed = false;
        if (memcmp(content->fingerprint.servers, storage->fingerprint.servers, SHA256_SIZE) != 0)
                return -ENOENT;
        if (memcmp(content->fingerprint.bootstrap_server, storage->fingerprint.bootstrap_server,
                    SHA256_SIZE) == 0)
                return 0;
        r = account_replace_bootstrap(content->dataset, storage->factory);
        if (r != 0)
                return r > 0 ? -ENOSPC : r;
        content->flags &= ~(unsigned)SAVE_PURGED;
        content->fingerprint = storage->fingerprint;
        *ret_changed = true;
        return 0;
}

static int load_factory(const Storage *storage, StateFile *ret)
{
        *ret = (StateFile){.fingerprint = storage->fingerprint};
        return dataset_copy(storage->factory, &ret->dataset);
}

int storage_load(Storage *storage, StateFile *ret, bool *ret_unsaved)
{
        StateFile content = {0};
        bool rewrite = false, changed = false;
        int r;

        *ret_unsaved = false;
        r = read_best(storage, &content, &rewrite);
        if (r == -ENOENT)
                return load_factory(storage, ret);
        if (r < 0)
                return r;
        r = apply_configuration(storage, &content, &changed);
        if (r == -ENOENT) {
                state_file_done(&content);
                log_notice("servers or endpoint have changed in the configuration: its accounts replace the "
                           "stored ones.");
                r = load_factory(storage, &content);
                if (r < 0)
                        return r;
                /* A `last-good` that stays behind is kept out by its fingerprint. */
                *ret_unsaved = storage_for_client.reset(storage, content.dataset) < 0;
        } else if (r == -ENOSPC)
                log_error("bootstrap.server has changed in the configuration, but finds no room beside the "
                          "stored accounts: there is no Bootstrap-Server Account.");
        else if (r < 0) {
                state_file_done(&content);
                return r;
        } else if (changed || rewrite) {
                if (changed)
                        log_notice(
                                "bootstrap.server has changed in the configuration: it replaces the stored "
                                "Bootstrap-Server Account.");
                *ret_unsaved = storage_for_client.save(storage, content.dataset, content.flags) < 0;
        }
        *ret = content;
        return 0;
}

/* What is there already is durable: flash lives longer without writing it again. */
static bool holds(const Storage *storage, const char *name, const Dataset *dataset, unsigned flags)
{
        StateFile content = {0};
        bool same;

        same = read_file(storage, name, &content) == 0 && dataset_equal(content.dataset, dataset) &&
               content.flags == (flags & STATE_FILE_FLAGS) &&
               memcmp(&content.fingerprint, &storage->fingerprint, sizeof(ConfigFingerprint)) == 0;
        state_file_done(&content);
        return same;
}

static int on_save(void *userdata, const Dataset *dataset, unsigned flags)
{
        Storage *storage = userdata;
        bool unsure = storage->unsure;
        int r = 0;

        if (unsure || !holds(storage, STORAGE_CURRENT, dataset, flags))
                r = write_file(storage, STORAGE_CURRENT, dataset, flags);
        if (r >= 0 && (flags & SAVE_LAST_GOOD) &&
                (unsure || !holds(storage, STORAGE_LAST_GOOD, dataset, flags)))
                r = write_file(storage, STORAGE_LAST_GOOD, dataset, flags);
        storage->unsure = r < 0;
        return r;
}

static int on_load_last_good(void *userdata, Dataset **ret, unsigned *ret_flags)
{
        StateFile content = {0};
        bool changed;
        int r;

        r = read_or_put_aside(userdata, STORAGE_LAST_GOOD, &content);
        if (r == 0)
                r = apply_configuration(userdata, &content, &changed);
        if (r != 0) {
                state_file_done(&content);
                return r > 0 ? -ENOENT : r;
        }
        *ret = content.dataset;
        *ret_flags = content.flags;
        return 0;
}

static int on_reset(void *userdata, const Dataset *dataset)
{
        Storage *storage = userdata;
        int r;

        r = file_remove(storage->directory, STORAGE_LAST_GOOD);
        if (r >= 0)
                r = write_file(storage, STORAGE_CURRENT, dataset, 0);
        storage->unsure = r < 0;
        return r;
}

const ClientStorage storage_for_client = {
        .save = on_save,
        .load_last_good = on_load_last_good,
        .reset = on_reset,
};
