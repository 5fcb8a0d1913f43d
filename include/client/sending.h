/* SPDX-License-Identifier: Apache-2.0 */
/* A Send begins with a reading of what is to be sent (Core TS 6.4.6). */
#pragma once

#include "client/inside.h"

/* As client_server_send(), for a server that is registered. */
int sending_begin(Client *client, const Server *server, const PathList *paths, int format,
        ClientSent callback, void *userdata);
