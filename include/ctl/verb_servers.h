/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl servers, lwm2mctl server SSID */
#pragma once

#include "ctl/call.h"

/* Show all LwM2M Servers; the one with the Short Server ID ctl->word. Return an exit status. */
int verb_servers(const Ctl *ctl);
int verb_server(const Ctl *ctl);

/* Whether a word can be a Short Server ID; verb_server() takes no other. */
bool server_accepts(const char *word);

/* How many servers there are, and how many of them are registered. Returns an exit status. */
int servers_count(const Ctl *ctl, size_t *ret_registered, size_t *ret_all);
