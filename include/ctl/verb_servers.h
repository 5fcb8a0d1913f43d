/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl servers, lwm2mctl server SSID */
#pragma once

#include "ctl/call.h"

/* Show all LwM2M Servers; the one with the Short Server ID ctl->word. Return an exit status. */
int verb_servers(const Ctl *ctl);
int verb_server(const Ctl *ctl);

/* Whether a word can be a Short Server ID; verb_server() takes no other. */
bool server_accepts(const char *word);
