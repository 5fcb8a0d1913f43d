/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl servers, lwm2mctl server SSID */
#pragma once

#include "ctl/call.h"

/* Show all LwM2M Servers; the one with the Short Server ID ctl->word. Return an exit status. */
int verb_servers(const Ctl *ctl);
int verb_server(const Ctl *ctl);

/* How many servers there are, and how many of them are registered. Returns an exit status. */
int servers_count(const Ctl *ctl, size_t *ret_registered, size_t *ret_all);
