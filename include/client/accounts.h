/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts become servers: which of those in force get a new session, and by which policy (design.md 4.5,
 * 4.7, 9.4). */
#pragma once

#include "client/inside.h"

/* Which servers get a new session. */
typedef enum SessionRule {
        SESSIONS_ANEW,
        SESSIONS_ANEW_WHERE_ADDRESSED, /* those the last transaction addressed */
        SESSIONS_KEPT,                 /* only new values are read, unless a credential is renewed */
        SESSIONS_ANEW_WHERE_FAILED,    /* as KEPT, but for those that have failed, and may be halted */
} SessionRule;

/* Makes servers and Bootstrap-Server Account those of the committed store. deregister: sessions that end
 * De-register first. */
void accounts_apply(Client *client, SessionRule sessions, bool deregister);

/* Starts or stops the Bootstrap-Server Account Timeout, /0/x/12: at a Finish, and whenever another account
 * is the stored one. That of an account whose server has never answered does not run. */
void accounts_arm_purge(Client *client);
