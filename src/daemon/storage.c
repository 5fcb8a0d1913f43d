/* SPDX-License-Identifier: Apache-2.0 */
/* The state directory. */
#include "daemon/storage.h"

#include "daemon/kept_history.h"
#include "daemon/state_directory.h"
#include "model/account_renewal.h"
#include "util/log.h"
#include "util/message_ids.h"

#define log_recovered(...) log_event(LOG_WARNING, MESSAGE_ID_STORAGE_RECOVERED, __VA_ARGS__)

void storage_open(StateVault *vault, Storage *ret)
{
        *ret = (Storage){.vault = vault};
        vault->counts = &ret->counts;
}

void storage_set_before(Storage *storage, Dataset *before)
{
        (void)dataset_free(storage->before);
        storage->before = before;
}

void storage_use_configuration(Storage *storage)
{
        if (!storage->next_factory)
                return;
        if (storage->factory)
                storage_set_before(storage, storage->factory);
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
        storage->before = dataset_free(storage->before);
        storage->next_factory = dataset_free(storage->next_factory);
        if (storage->vault)
                storage->vault->counts = NULL;
}

/* As the storage writes it. */
static StateFile file_of(const Storage *storage, const Dataset *dataset, unsigned flags)
{
        return (StateFile){
                .dataset = (Dataset *)dataset, /* is only read */
                .flags = flags & STATE_FILE_FLAGS,
                .epoch = storage->epoch,
                .last_bootstrap = storage->last_bootstrap,
                .fingerprint = storage->fingerprint,
        };
}

static const char *describe(int reason)
{
        return reason == -ENOENT              ? "missing"
               : reason == STATE_FILE_E_NEWER ? "of a newer version"
                                              : "unusable";
}

/* A Reset before which it was written was interrupted, or could not remove it: it does not count any more.
 */
static void drop_outdated_last_good(const Storage *storage)
{
        StateFile content = {0};

        if (state_directory_read(storage->vault, STATE_LAST_GOOD, &content) == 0 &&
                content.epoch < storage->epoch)
                state_directory_clear(storage->vault);
        state_file_done(&content);
}

/* The file that counts as it stands: 0 with *ret_rewrite when it is not `current`, -ENOENT, or another
 * errno. */
static int read_best(Storage *storage, StateFile *ret, bool *ret_rewrite)
{
        int current, last_good;

        *ret_rewrite = false;
        state_directory_take_back(storage->vault, STATE_CURRENT);
        state_directory_take_back(storage->vault, STATE_LAST_GOOD);
        current = state_directory_take(storage->vault, STATE_CURRENT, ret);
        if (current == STATE_FILE_E_LOCKED)
                return -ENOKEY;
        if (current == 0 || (current < 0 && current != -ENOENT))
                return current;
        last_good = state_directory_take(storage->vault, STATE_LAST_GOOD, ret);
        if (last_good < 0 && last_good != -ENOENT)
                return last_good;
        if (last_good == 0) {
                log_recovered("%s/%s is %s; the accounts of %s, the last ones that worked, are in force.",
                        storage->vault->directory, STATE_CURRENT, describe(current), STATE_LAST_GOOD);
                *ret_rewrite = true;
                return 0;
        }
        if (current != -ENOENT || last_good != -ENOENT)
                log_recovered("No stored accounts are usable; those of the configuration are in force.");
        return -ENOENT;
}

static bool same(const uint8_t a[SHA256_SIZE], const uint8_t b[SHA256_SIZE])
{
        return memcmp(a, b, SHA256_SIZE) == 0;
}

/* What apply_configuration() has done. */
typedef struct Changes {
        bool bootstrap_server; /* replaced */
        bool credentials;      /* renewed in place */
} Changes;

/* The rule of design.md section 6 and 9.9 for accounts that an older configuration stored. 0 with *ret,
 * -ENOENT (they do not count any more), -ENOSPC (only the old Bootstrap-Server Account is gone), or another
 * errno. */
static int apply_configuration(const Storage *storage, StateFile *content, Changes *ret)
{
        const ConfigFingerprint *old = &content->fingerprint, *new = &storage->fingerprint;
        bool same_servers = same(old->servers, new->servers);
        bool same_bootstrap = same(old->bootstrap_server, new->bootstrap_server);
        int r;

        *ret = (Changes){0};
        if (!same_servers && !same(old->bare_servers, new->bare_servers))
                return -ENOENT;
        if (same_servers && same_bootstrap)
                return 0;
        if (!same_bootstrap && !same(old->bare_bootstrap_server, new->bare_bootstrap_server)) {
                r = account_replace_bootstrap(content->dataset, storage->factory);
                if (r != 0)
                        return r > 0 ? -ENOSPC : r;
                content->flags &= ~(unsigned)(SAVE_PURGED | SAVE_BOOTSTRAP_PROVEN);
                ret->bootstrap_server = true;
        }
        r = account_renew_credentials(
                content->dataset, storage->before, storage->factory, &ret->credentials);
        if (r != 0)
                return r > 0 ? -ENOSPC : r;
        content->fingerprint = *new;
        return 0;
}

static void log_changes(const Changes *changes)
{
        if (changes->bootstrap_server)
                log_event(LOG_NOTICE, MESSAGE_ID_ACCOUNTS_REPLACED,
                        "bootstrap.server has changed in the configuration: it replaces the stored "
                        "Bootstrap-Server Account.");
        if (changes->credentials)
                log_event(LOG_NOTICE, MESSAGE_ID_ACCOUNTS_REPLACED,
                        "A credential has changed in the configuration: it is replaced in the stored "
                        "accounts.");
}

static int load_factory(const Storage *storage, StateFile *ret)
{
        *ret = (StateFile){.fingerprint = storage->fingerprint, .last_bootstrap = storage->last_bootstrap};
        return dataset_copy(storage->factory, &ret->dataset);
}

/* Nothing that was stored counts any more. */
static int begin_anew(Storage *storage, StateFile *ret, bool *ret_unsaved)
{
        int r;

        log_event(LOG_NOTICE, MESSAGE_ID_ACCOUNTS_REPLACED,
                "servers or endpoint have changed in the configuration: its accounts replace the stored "
                "ones.");
        r = load_factory(storage, ret);
        if (r < 0)
                return r;
        /* Where that fails, a `last-good` that stays behind is kept out by its fingerprint. */
        *ret_unsaved = storage_for_client.reset(storage, ret->dataset) < 0;
        return 0;
}

int storage_load(Storage *storage, StateFile *ret, bool *ret_unsaved)
{
        ConfigFingerprint stored;
        StateFile content = {0};
        Changes changes;
        bool rewrite = false;
        int r;

        *ret_unsaved = false;
        r = read_best(storage, &content, &rewrite);
        if (r == -ENOENT)
                return load_factory(storage, ret);
        if (r < 0)
                return r;
        storage->epoch = content.epoch;
        storage->last_bootstrap = content.last_bootstrap;
        if (!rewrite)
                drop_outdated_last_good(storage);
        stored = content.fingerprint;
        r = apply_configuration(storage, &content, &changes);
        if (r < 0 && r != -ENOSPC) {
                state_file_done(&content);
                return r == -ENOENT ? begin_anew(storage, ret, ret_unsaved) : r;
        }
        if (r == -ENOSPC)
                log_event(LOG_ERR, MESSAGE_ID_CONFIGURATION_NOT_IN_FORCE,
                        "bootstrap.server has changed in the configuration, but finds no room beside the "
                        "stored accounts: there is no Bootstrap-Server Account.");
        else if (rewrite || memcmp(&stored, &content.fingerprint, sizeof(stored)) != 0) {
                log_changes(&changes);
                *ret_unsaved = storage_for_client.save(
                                       storage, content.dataset, content.flags, content.last_bootstrap) < 0;
        }
        *ret = content;
        return 0;
}

/* What is there already is durable: flash lives longer without writing it again. */
static bool holds(const Storage *storage, const char *name, const StateFile *file)
{
        StateFile content = {0};
        bool same;

        same = state_directory_read(storage->vault, name, &content) == 0 && !content.renew &&
               content.version == STATE_FILE_VERSION && content.flags == file->flags &&
               content.epoch == file->epoch && content.last_bootstrap == file->last_bootstrap &&
               memcmp(&content.fingerprint, &file->fingerprint, sizeof(ConfigFingerprint)) == 0 &&
               dataset_equal(content.dataset, file->dataset);
        state_file_done(&content);
        return same;
}

static int replace(Storage *storage, const char *name, const Dataset *dataset, unsigned flags, bool *unsure)
{
        StateFile file = file_of(storage, dataset, flags);
        int r = 0;

        if (*unsure || !holds(storage, name, &file))
                r = state_directory_write(storage->vault, name, &file);
        *unsure = r < 0;
        return r;
}

static int on_save(void *userdata, const Dataset *dataset, unsigned flags, uint64_t last_bootstrap)
{
        Storage *storage = userdata;

        storage->last_bootstrap = last_bootstrap;
        return replace(storage, STATE_CURRENT, dataset, flags, &storage->current_unsure);
}

static int on_save_last_good(void *userdata, const Dataset *dataset, unsigned flags)
{
        Storage *storage = userdata;

        return replace(storage, STATE_LAST_GOOD, dataset, flags, &storage->last_good_unsure);
}

static int on_load_last_good(void *userdata, Dataset **ret, unsigned *ret_flags)
{
        Storage *storage = userdata;
        StateFile content = {0};
        Changes changes;
        int r;

        /* An error may pass while the daemon runs: only what was read and is of no use is put aside. */
        r = state_directory_read(storage->vault, STATE_LAST_GOOD, &content);
        if (r > 0)
                r = state_directory_take(storage->vault, STATE_LAST_GOOD, &content);
        if (r == 0 && content.epoch < storage->epoch)
                r = -ENOENT;
        if (r == 0)
                r = apply_configuration(storage, &content, &changes);
        if (r == -ENOSPC)
                r = 0; /* without a Bootstrap-Server Account its LwM2M Servers are of use all the same */
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
        StateFile file = file_of(storage, dataset, 0);
        int r;

        file.epoch++;
        r = state_directory_write(storage->vault, STATE_CURRENT, &file);
        storage->current_unsure = r < 0;
        if (r < 0)
                return r;
        storage->epoch = file.epoch;
        state_directory_clear(storage->vault);
        if (storage->was_reset)
                storage->was_reset(storage->reset_userdata);
        return 0;
}

static void on_count(void *userdata, uint64_t *ret_writes, uint64_t *ret_failures)
{
        const Storage *storage = userdata;

        *ret_writes = storage->counts.writes;
        *ret_failures = storage->counts.failures;
}

static int on_save_history(void *userdata, const History *history)
{
        const Storage *storage = userdata;

        return kept_history_write(storage->vault, storage->epoch, history);
}

const ClientStorage storage_for_client = {
        .save = on_save,
        .save_last_good = on_save_last_good,
        .load_last_good = on_load_last_good,
        .reset = on_reset,
        .count = on_count,
        .save_history = on_save_history,
};
