/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl servers, lwm2mctl server SSID */
#pragma once

#include "ctl/call.h"
#include "ctl/format.h"

/* Show all LwM2M Servers; the one with the Short Server ID ctl->word. Return an exit status. */
int verb_servers(const Ctl *ctl);
int verb_server(const Ctl *ctl);

/* Whether a word can be a Short Server ID; verb_server() takes no other. */
bool server_accepts(const char *word);

#define SERVER_PATH_SIZE sizeof("/org/lwm2m/Client1/server/65535")

/* The path on the bus of the server that such a word says. */
void server_path(const char *word, char ret[SERVER_PATH_SIZE]);

typedef struct ServersSummary {
        size_t registered, all;
        Moment next;  /* the first end of what one of them waits for */
        Moment awake; /* when the first of those that sleep wakes up, for its Update */
} ServersSummary;

/* Returns an exit status. */
int servers_sum_up(const Ctl *ctl, ServersSummary *ret);
