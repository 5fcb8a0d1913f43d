/* SPDX-License-Identifier: Apache-2.0 */
/* What the client does with accounts: store them, turn them into servers, fall back, purge, reload
 * (design.md 4.5 - 4.8, 6). */
#pragma once

#include "client/state.h"

/* Which servers get a new session. */
typedef enum SessionRule {
        SESSIONS_ANEW,
        SESSIONS_ANEW_WHERE_ADDRESSED, /* those the last transaction addressed */
        SESSIONS_KEPT,                 /* only new values are read */
} SessionRule;

/* Prepares storing and purging. 0 or negative errno. */
int accounts_new(Client *client);

/* Makes servers and Bootstrap-Server Account those of the committed store. deregister: sessions that end
 * De-register first. */
void accounts_apply(Client *client, SessionRule sessions, bool deregister);

/* Stores what is committed; a failure is kept as StorageFailed and tried again every 60 s. extra:
 * SAVE_LAST_GOOD or 0. */
void accounts_save(Client *client, unsigned extra);

/* An accepted Finish: commits and stores. */
void accounts_commit(Client *client);

/* A series has failed: without proof of `current`, `last-good`, else the factory's accounts take its place.
 */
void accounts_fall_back(Client *client);

/* Starts or stops the Bootstrap-Server Account Timeout, /0/x/12. */
void accounts_arm_purge(Client *client);
void accounts_purge(Client *client);

/* Forgets what was stored, takes the factory's accounts and a fresh start. insist: also when that cannot be
 * written now, which is tried again then. 0, or without insist CLIENT_E_STORAGE_FAILED: accounts, sessions
 * and state stay, and so do the files, unless only the last fsync failed. */
int accounts_reset(Client *client, bool insist);
