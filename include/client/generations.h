/* SPDX-License-Identifier: Apache-2.0 */
/* Which accounts are in force, and what speaks for them (design.md 9.2 and 9.3). The accounts in force are
 * those that the store has committed. While others than the stored ones are tried, `current` stays as it is
 * on the disk until something speaks for them. */
#pragma once

#include "client/inside.h"

/* 1 << SequenceTrial for each that there is and that differs from those before it in the order. Reads
 * `last-good`. */
unsigned generations_known(Client *client);

/* Puts the accounts of a trial in force, in memory. 0 or negative errno: nothing has changed. */
int generations_try(Client *client, SequenceTrial trial);

/* The stored accounts are in force again. Returns whether others were; *ret_servers: other LwM2M Servers. */
bool generations_restore(Client *client, bool *ret_servers);

/* A registration speaks for the LwM2M Servers in force, an answer for the Bootstrap-Server Account: they are
 * stored, and `last-good` keeps the half that is proven. */
void generations_prove_servers(Client *client);
void generations_prove_bootstrap(Client *client);

/* Whether the Bootstrap Server of the stored account has ever answered: with this account, or with the one
 * of `last-good`. */
bool generations_bootstrap_is_heard(const Client *client);

/* An alert came from the LwM2M Server with this Short Server ID, 0..255: its /1/x/11, stored where the value
 * is another one than before. */
void generations_set_alert(Client *client, uint16_t short_server_id, uint8_t alert);

/* An accepted Finish: the accounts that it addressed get their /1/x/12, the candidate is committed and
 * stored. *ret_replaced: it has another Bootstrap-Server Account. */
void generations_commit(Client *client, bool *ret_replaced);

/* A Reload: the configuration's Bootstrap-Server Account replaces the one in force, which is the stored one.
 * False: it finds no room, or there is no memory. */
bool generations_replace_bootstrap(Client *client);

/* A Reload: renewed credentials of the configured accounts go into those in force, which are the stored
 * ones. before: the configured accounts so far. False: none of them is concerned, or there is no memory. */
bool generations_renew_credentials(Client *client, const Dataset *before);

/* Removes the Bootstrap-Server Account until Reset() or another one in the configuration. False: there was
 * none, or there is no memory. */
bool generations_purge(Client *client);

/* Forgets what was stored and puts the configuration's accounts in force. insist: also when that cannot be
 * written now, which is tried again then. 0, or without insist CLIENT_E_STORAGE_FAILED: accounts, state and
 * files stay, unless only the last fsync failed. */
int generations_reset(Client *client, bool insist);

/* Of interface.md section 3: "none", "configuration", "bootstrap", "last-good". */
const char *generations_name(const Client *client);
