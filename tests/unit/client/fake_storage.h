/* SPDX-License-Identifier: Apache-2.0 */
/* A state directory in memory that may fail. */
#pragma once

#include "../model/fixture.h"

#include "client/client.h"

typedef struct FakeFile {
        Dataset *dataset; /* NULL: there is none */
        unsigned flags;
} FakeFile;

typedef struct FakeStorage {
        FakeFile current, last_good;
        uint64_t last_bootstrap;
        unsigned epoch; /* of the configuration that `current` belongs to */
        unsigned configuration;
        bool fails;                       /* writing */
        bool unreadable;                  /* last-good */
        unsigned saves, goods, histories; /* written so often */
} FakeStorage;

static inline int fake_keep(FakeFile *file, const Dataset *dataset, unsigned flags)
{
        Dataset *copy;

        assert_int_equal(dataset_copy(dataset, &copy), 0);
        dataset_free(file->dataset);
        *file = (FakeFile){copy, flags};
        return 0;
}

static inline int fake_save(void *userdata, const Dataset *dataset, unsigned flags, uint64_t last_bootstrap)
{
        FakeStorage *storage = userdata;

        if (storage->fails)
                return -ENOSPC;
        storage->saves++;
        storage->last_bootstrap = last_bootstrap;
        storage->epoch = storage->configuration;
        return fake_keep(&storage->current, dataset, flags);
}

static inline int fake_save_last_good(void *userdata, const Dataset *dataset, unsigned flags)
{
        FakeStorage *storage = userdata;

        if (storage->fails)
                return -ENOSPC;
        storage->goods++;
        return fake_keep(&storage->last_good, dataset, flags);
}

static inline int fake_load_last_good(void *userdata, Dataset **ret, unsigned *ret_flags)
{
        FakeStorage *storage = userdata;

        if (storage->unreadable)
                return -EIO;
        if (!storage->last_good.dataset)
                return -ENOENT;
        *ret_flags = storage->last_good.flags;
        return dataset_copy(storage->last_good.dataset, ret);
}

static inline int fake_reset(void *userdata, const Dataset *dataset)
{
        FakeStorage *storage = userdata;

        if (storage->fails)
                return -ENOSPC;
        storage->last_good.dataset = dataset_free(storage->last_good.dataset);
        storage->last_bootstrap = 0;
        storage->epoch = storage->configuration;
        return fake_keep(&storage->current, dataset, 0);
}

static inline int fake_save_history(void *userdata, const History *history)
{
        FakeStorage *storage = userdata;

        if (storage->fails)
                return -ENOSPC;
        storage->histories++;
        return 0;
}

static inline void fake_storage_done(FakeStorage *storage)
{
        storage->current.dataset = dataset_free(storage->current.dataset);
        storage->last_good.dataset = dataset_free(storage->last_good.dataset);
}

static inline void fake_count(void *userdata, uint64_t *ret_writes, uint64_t *ret_failures)
{
        const FakeStorage *storage = userdata;

        *ret_writes = storage->saves + storage->goods;
        *ret_failures = 0;
}

static const ClientStorage fake_client_storage = {
        .save = fake_save,
        .save_last_good = fake_save_last_good,
        .load_last_good = fake_load_last_good,
        .reset = fake_reset,
        .count = fake_count,
        .save_history = fake_save_history,
};
