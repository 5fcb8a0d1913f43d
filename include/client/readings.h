/* SPDX-License-Identifier: Apache-2.0 */
/* Values that the client itself reads, for D-Bus and for a Send: what servers may read, as they would.
 * Sources that have to look first are waited for, as long as for a server's Read (client/serving). */
#pragma once

#include "client/inside.h"

typedef struct Readings Readings;

/* 0 or negative errno. */
int readings_new(Client *client, Readings **ret);
/* Those under way end with -ECANCELED. */
Readings *readings_free(Readings *readings);

/* As client_read(). requester: the Short Server ID of the LwM2M Server whose Access Control counts; 0: none.
 */
int readings_begin(
        Readings *readings, uint16_t requester, const PathList *paths, ClientRead callback, void *userdata);

/* What the store says of a call that was answered later; unknown ones are ignored. code: as StoreListener.
 */
void readings_answered(Readings *readings, uint64_t call, int code);
