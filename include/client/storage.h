/* SPDX-License-Identifier: Apache-2.0 */
/* Where accounts are kept, as the client needs it. */
#pragma once

#include "client/history.h"
#include "model/dataset.h"

typedef enum SaveFlags {
        SAVE_PROVEN = 1 << 0,           /* a registration has succeeded with these accounts */
        SAVE_PURGED = 1 << 1,           /* the Bootstrap-Server Account's time ended: keeps the YAML's out */
        SAVE_BOOTSTRAPPED = 1 << 2,     /* they came from a bootstrap */
        SAVE_BOOTSTRAP_PROVEN = 1 << 4, /* the Bootstrap-Server Account has answered */
        SAVE_FELL_BACK = 1 << 5,        /* the LwM2M Server accounts are those of `last-good` */
} SaveFlags;

/* The flags that speak of one half. */
#define SAVE_OF_SERVERS   (SAVE_PROVEN | SAVE_BOOTSTRAPPED | SAVE_FELL_BACK)
#define SAVE_OF_BOOTSTRAP SAVE_BOOTSTRAP_PROVEN

/* Where accounts are kept; each returns 0 or negative errno. */
typedef struct ClientStorage {
        /* Replaces `current`, where it differs. last_bootstrap: CLOCK_REALTIME usec of the last accepted
         * Finish, 0: none. On the loop, with fsync. */
        int (*save)(void *userdata, const Dataset *dataset, unsigned flags, uint64_t last_bootstrap);
        /* Replaces `last-good`, where it differs, in the same way. */
        int (*save_last_good)(void *userdata, const Dataset *dataset, unsigned flags);
        /* -ENOENT: there is none, or none that can be used; a damaged one is logged. */
        int (*load_last_good)(void *userdata, Dataset **ret, unsigned *ret_flags);
        /* Replaces `current` by dataset without flags, then removes whatever else was kept. A failure has
         * changed nothing, unless only the last fsync failed. */
        int (*reset)(void *userdata, const Dataset *dataset);
        /* Files written since the start, and how often that has failed. NULL: nobody counts. */
        void (*count)(void *userdata, uint64_t *ret_writes, uint64_t *ret_failures);
        /* Replaces `history`. On the loop, with fsync. */
        int (*save_history)(void *userdata, const History *history);
} ClientStorage;

/* What was loaded at start. */
typedef struct ClientAccounts {
        const Dataset *factory;  /* the YAML's accounts; copied */
        unsigned flags;          /* SaveFlags of `current`; bootstrapped: /0/x/12 runs anew at start */
        uint64_t last_bootstrap; /* CLOCK_REALTIME usec of the last accepted Finish; 0: none */
        const char *key_log;   /* what state shows: the file's name there, NULL: none; outlives the client */
        const char *directory; /* where they are kept, for what operators read; outlives the client */
        bool unsaved;          /* the store holds what could not be written: tried again like any save */
} ClientAccounts;
