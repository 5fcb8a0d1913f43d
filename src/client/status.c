/* SPDX-License-Identifier: Apache-2.0 */
/* Closed vocabularies of states and the Status of several servers. */
#include "client/status.h"

static const char *const status_table[] = {
        [STATUS_INITIAL] = "initial",
        [STATUS_BOOTSTRAPPING] = "bootstrapping",
        [STATUS_BOOTSTRAPPED] = "bootstrapped",
        [STATUS_REGISTERING] = "registering",
        [STATUS_REGISTERED] = "registered",
        [STATUS_SUSPENDED] = "suspended",
        [STATUS_QUEUE_MODE] = "queue-mode",
        [STATUS_FAILURE] = "failure",
};

DEFINE_STRING_TABLE(status, Status)

static const char *const sub_status_table[] = {
        [SUB_STATUS_LOADING] = "loading",
        [SUB_STATUS_NO_ACCOUNT] = "no-account",
        [SUB_STATUS_HOLD_OFF] = "hold-off",
        [SUB_STATUS_RESOLVING] = "resolving",
        [SUB_STATUS_HANDSHAKING] = "handshaking",
        [SUB_STATUS_REQUESTING] = "requesting",
        [SUB_STATUS_PROVISIONING] = "provisioning",
        [SUB_STATUS_RETRY_WAIT] = "retry-wait",
        [SUB_STATUS_COMMITTED] = "committed",
        [SUB_STATUS_IDLE] = "idle",
        [SUB_STATUS_UPDATING] = "updating",
        [SUB_STATUS_PARTIAL] = "partial",
        [SUB_STATUS_DISABLED] = "disabled",
        [SUB_STATUS_SLEEPING] = "sleeping",
        [SUB_STATUS_STOPPED] = "stopped",
};

DEFINE_STRING_TABLE(sub_status, SubStatus)

static const char *const server_state_table[] = {
        [SERVER_IDLE] = "idle",
        [SERVER_RESOLVING] = "resolving",
        [SERVER_HANDSHAKING] = "handshaking",
        [SERVER_REQUESTING] = "requesting",
        [SERVER_REGISTERED] = "registered",
        [SERVER_UPDATING] = "updating",
        [SERVER_RETRY_WAIT] = "retry-wait",
        [SERVER_DISABLED] = "disabled",
        [SERVER_SLEEPING] = "sleeping",
        [SERVER_FAILED] = "failed",
};

DEFINE_STRING_TABLE(server_state, ServerState)

bool server_state_is_registered(ServerState state)
{
        return state == SERVER_REGISTERED || state == SERVER_UPDATING || state == SERVER_SLEEPING;
}

void status_of_servers(const ServerState *servers, size_t n, SubStatus failure, Status *ret_status,
        SubStatus *ret_sub_status)
{
        size_t count[_SERVER_STATE_MAX] = {0};

        for (size_t i = 0; i < n; i++)
                count[servers[i]]++;

        size_t registered = count[SERVER_REGISTERED] + count[SERVER_UPDATING];
        size_t resting = count[SERVER_DISABLED] + count[SERVER_SLEEPING];

        if (registered > 0) {
                *ret_status = STATUS_REGISTERED;
                *ret_sub_status = registered + resting < n     ? SUB_STATUS_PARTIAL
                                  : count[SERVER_UPDATING] > 0 ? SUB_STATUS_UPDATING
                                                               : SUB_STATUS_IDLE;
        } else if (count[SERVER_SLEEPING] > 0) {
                *ret_status = STATUS_QUEUE_MODE;
                *ret_sub_status = SUB_STATUS_SLEEPING;
        } else if (resting + count[SERVER_FAILED] < n) {
                *ret_status = STATUS_REGISTERING;
                *ret_sub_status = count[SERVER_REQUESTING] > 0    ? SUB_STATUS_REQUESTING
                                  : count[SERVER_HANDSHAKING] > 0 ? SUB_STATUS_HANDSHAKING
                                  : count[SERVER_RESOLVING] > 0   ? SUB_STATUS_RESOLVING
                                                                  : SUB_STATUS_RETRY_WAIT;
        } else if (count[SERVER_DISABLED] > 0) {
                *ret_status = STATUS_SUSPENDED;
                *ret_sub_status = SUB_STATUS_DISABLED;
        } else {
                *ret_status = STATUS_FAILURE;
                *ret_sub_status = failure;
        }
}
