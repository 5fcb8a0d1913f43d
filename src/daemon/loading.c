/* SPDX-License-Identifier: Apache-2.0 */
/* What the client begins with. */
#include "daemon/loading.h"

#include "daemon/factory_accounts.h"
#include "daemon/kept_history.h"
#include "daemon/state_directory.h"
#include "util/log.h"
#include "util/message_ids.h"

int loading_configured(const Config *config, Dataset **ret, ConfigFingerprint *ret_fingerprint)
{
        _cleanup_(dataset_freep) Dataset *factory = dataset_new();
        int r;

        if (!factory)
                return -ENOMEM;
        r = factory_accounts_build(config, factory);
        if (r == 0)
                r = config_fingerprint(config, ret_fingerprint);
        if (r != 0)
                return r > 0 ? -ENOSPC : r;
        *ret = TAKE_PTR(factory);
        return 0;
}

static int use_configuration(Storage *storage, const Config *config)
{
        ConfigFingerprint fingerprint;
        Dataset *factory;
        int r;

        r = loading_configured(config, &factory, &fingerprint);
        if (r < 0)
                return r;
        storage_set_configuration(storage, &fingerprint, factory);
        storage_use_configuration(storage);
        return 0;
}

static int load(Storage *storage, bool locked, StateFile *ret, bool *ret_unsaved)
{
        int r;

        if (locked) {
                *ret = (StateFile){.dataset = dataset_new()};
                return ret->dataset ? 0 : -ENOMEM;
        }
        r = storage_load(storage, ret, ret_unsaved);
        if (r < 0)
                return log_event_errno(LOG_ERR, r, MESSAGE_ID_STORAGE_UNREADABLE,
                        "The state directory %s cannot be read: %m", storage->vault->directory);
        state_directory_renew(storage->vault);
        return 0;
}

int loading_accounts(Storage *storage, const Config *config, Dataset *before, bool locked, Store *store,
        ClientAccounts *ret)
{
        StateFile content = {0};
        bool unsaved = false;
        int r;

        r = use_configuration(storage, config);
        storage_set_before(storage, before);
        if (r == 0)
                r = load(storage, locked, &content, &unsaved);
        if (r < 0)
                return r;
        store_replace(store, content.dataset);
        *ret = (ClientAccounts){
                .factory = storage->factory,
                .flags = content.flags,
                .last_bootstrap = content.last_bootstrap,
                .directory = storage->vault->directory,
                .key_log = storage->vault->key_log,
                .unsaved = unsaved,
        };
        return 0;
}

void loading_history(const Storage *storage, Client *client)
{
        History history;

        kept_history_read(storage->vault, storage->epoch, &history);
        client_take_history(client, &history);
}
