/* SPDX-License-Identifier: Apache-2.0 */
/* Closed vocabularies of states (interface.md section 4) and the rule that makes one Status out of all
 * machines. */
#pragma once

#include "util/string_table.h"

typedef enum Status {
        STATUS_INITIAL,
        STATUS_BOOTSTRAPPING,
        STATUS_BOOTSTRAPPED,
        STATUS_REGISTERING,
        STATUS_REGISTERED,
        STATUS_SUSPENDED,
        STATUS_QUEUE_MODE,
        STATUS_FAILURE,
        _STATUS_MAX,
} Status;

typedef enum SubStatus {
        SUB_STATUS_LOADING,
        SUB_STATUS_NO_ACCOUNT,
        SUB_STATUS_HOLD_OFF,
        SUB_STATUS_RESOLVING,
        SUB_STATUS_HANDSHAKING,
        SUB_STATUS_REQUESTING,
        SUB_STATUS_PROVISIONING,
        SUB_STATUS_RETRY_WAIT,
        SUB_STATUS_COMMITTED,
        SUB_STATUS_IDLE,
        SUB_STATUS_UPDATING,
        SUB_STATUS_PARTIAL,
        SUB_STATUS_DISABLED,
        SUB_STATUS_SLEEPING,
        SUB_STATUS_STOPPED,
        _SUB_STATUS_MAX,
} SubStatus;

typedef enum ServerState {
        SERVER_IDLE,
        SERVER_RESOLVING,
        SERVER_HANDSHAKING,
        SERVER_REQUESTING,
        SERVER_REGISTERED,
        SERVER_UPDATING,
        SERVER_RETRY_WAIT,
        SERVER_DISABLED,
        SERVER_SLEEPING,
        SERVER_FAILED,
        _SERVER_STATE_MAX,
} ServerState;

DECLARE_STRING_TABLE(status, Status);
DECLARE_STRING_TABLE(sub_status, SubStatus);
DECLARE_STRING_TABLE(server_state, ServerState);

/* A registration stands, awake or asleep, an Update of it under way included. */
bool server_state_is_registered(ServerState state);

/* Status and SubStatus of a set of servers: the best of registered, queue-mode, registering, suspended;
 * failure when each is failed or there is none (interface.md section 4). waiting: *ret_sub_status for
 * failure. */
void status_of_servers(const ServerState *servers, size_t n, SubStatus failure, Status *ret_status,
        SubStatus *ret_sub_status);
