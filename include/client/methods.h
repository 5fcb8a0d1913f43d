/* SPDX-License-Identifier: Apache-2.0 */
/* What the client is asked for on D-Bus (interface.md sections 3 and 6). Each returns when accepted, with 0.
 */
#pragma once

#include "client/client.h"

/* Closes all sessions without De-register, rolls back, ends every Disable, keeps the accounts, and enters
 * the Bootstrap Sequence. CLIENT_E_INVALID_CONFIGURATION: it waits for accounts. */
int client_restart(Client *client);

/* De-registers, forgets the stored accounts and takes the factory's. CLIENT_E_STORAGE_FAILED: accounts,
 * sessions and state stay. CLIENT_E_INVALID_CONFIGURATION: it waits, and may not. */
int client_reset(Client *client);

/* Begins attempt 1 of a series now, without hold-off. CLIENT_E_BOOTSTRAP_IN_PROGRESS,
 * CLIENT_E_NO_BOOTSTRAP_SERVER_ACCOUNT, CLIENT_E_INVALID_CONFIGURATION (it waits for accounts). */
int client_bootstrap(Client *client);

/* Sends an Update. CLIENT_E_NOT_REGISTERED, -ENOENT (no such server). */
int client_server_update(Client *client, uint16_t short_server_id);

/* What servers may read at or below the paths (length 0 to 4, any order), whatever Access Control gives to
 * each of them; sources that have to look first are waited for, 10 s at most. 0: callback is called once,
 * before this returns or later from the loop. Else it is not called: CLIENT_E_TOO_MANY_READINGS
 * (LIMIT_READINGS wait already), or negative errno. */
int client_read(Client *client, const PathList *paths, ClientRead callback, void *userdata);

/* The Objects that servers see, ascending; returns how many. */
size_t client_objects(const Client *client, ClientObject ret[LIMIT_OBJECTS]);

/* Sends what is now at or below the paths (length 1 to 4, any order) and what that server may read, as a
 * ContentFormat; it is waited for as in client_read(). One that sleeps is woken up by an Update first. 0:
 * callback is called once, later, when the server has answered or will not any more, or where what was
 * waited for cannot be sent. Else it is not called: CLIENT_E_NOT_REGISTERED, CLIENT_E_SEND_MUTED,
 * CLIENT_E_NO_SEND, CLIENT_E_SEND_FORMAT, CLIENT_E_NOTHING_TO_SEND, CLIENT_E_TOO_LARGE,
 * CLIENT_E_TOO_MANY_SENDS, CLIENT_E_TOO_MANY_READINGS, -ENOENT (no such server), another negative errno. */
int client_server_send(Client *client, uint16_t short_server_id, const PathList *paths, int format,
        ClientSent callback, void *userdata);

/* De-registers and stays away that long; 0 s: the Disable Timeout, /1/x/5. The same errors. */
int client_server_disable(Client *client, uint16_t short_server_id, uint32_t seconds);
