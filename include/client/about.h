/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a line of the log is about. */
#pragma once

#include "model/account.h"
#include "model/store.h"
#include "util/log.h"
#include "util/message_ids.h"

/* A LogAbout for log_full(): the LwM2M Server, or the Bootstrap Server, of an account, whose URI is
 * borrowed. id: MESSAGE_ID_..., or NULL; behind it designators of what else the line is about. */
#define ABOUT(id, account, ...)                                \
        (&(LogAbout){.message_id = (id),                       \
                .short_server_id = (account)->short_server_id, \
                .server_uri = (account)->uri,                  \
                __VA_ARGS__})

/* Likewise, the LwM2M Server that has asked for it, of which nothing but its Short Server ID is at hand. */
#define ABOUT_REQUESTER(id, store, requester, ...)                                       \
        (&(LogAbout){.message_id = (id),                                                 \
                .short_server_id = (requester),                                          \
                .server_uri = account_server_uri(store_committed((store)), (requester)), \
                __VA_ARGS__})
