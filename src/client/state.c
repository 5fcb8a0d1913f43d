/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the client are made of, and the Status that shows it. */
#include "client/state.h"

#include "client/generations.h"
#include "client/stored.h"
#include "util/log.h"
#include "util/message_ids.h"

bool state_bootstrap_runs(const Client *client)
{
        return bootstrap_machine(client->bootstrap)->phase != BOOTSTRAP_IDLE;
}

Server *state_find_server(const Client *client, uint16_t short_server_id)
{
        for (size_t i = 0; i < client->n_servers; i++)
                if (server_account(client->servers[i])->short_server_id == short_server_id)
                        return client->servers[i];
        return NULL;
}

size_t state_order(const Client *client, OrderedServer ret[LIMIT_SERVER_ACCOUNTS])
{
        for (size_t i = 0; i < client->n_servers; i++)
                ret[i] = server_ordered(client->servers[i]);
        return client->n_servers;
}

bool state_any_registered(const Client *client)
{
        for (size_t i = 0; i < client->n_servers; i++)
                if (server_state_is_registered(server_state(client->servers[i])))
                        return true;
        return false;
}

static SubStatus sub_status_of_phase(BootstrapPhase phase)
{
        switch (phase) {
        case BOOTSTRAP_HOLD_OFF:
                return SUB_STATUS_HOLD_OFF;
        case BOOTSTRAP_RESOLVING:
                return SUB_STATUS_RESOLVING;
        case BOOTSTRAP_HANDSHAKING:
                return SUB_STATUS_HANDSHAKING;
        case BOOTSTRAP_REQUESTING:
                return SUB_STATUS_REQUESTING;
        case BOOTSTRAP_PROVISIONING:
                return SUB_STATUS_PROVISIONING;
        case BOOTSTRAP_RETRY_WAIT:
                return SUB_STATUS_RETRY_WAIT;
        case BOOTSTRAP_IDLE:
        case _BOOTSTRAP_PHASE_MAX:
                break;
        }
        return SUB_STATUS_LOADING;
}

/* False while it is not decided what comes after the last server failed. */
static bool running_status(const Client *client, Status *ret_status, SubStatus *ret_sub_status)
{
        OrderedServer order[LIMIT_SERVER_ACCOUNTS];
        ServerState states[LIMIT_SERVER_ACCOUNTS];
        size_t n = state_order(client, order);

        if (state_bootstrap_runs(client)) {
                *ret_status = STATUS_BOOTSTRAPPING;
                *ret_sub_status = sub_status_of_phase(bootstrap_machine(client->bootstrap)->phase);
                return true;
        }
        if (client->exhausted || registration_order_all_failed(order, n))
                return false;
        for (size_t i = 0; i < n; i++)
                states[i] = registration_order_state(order, n, i);
        status_of_servers(states, n, SUB_STATUS_RETRY_WAIT, ret_status, ret_sub_status);
        return true;
}

static bool current_status(const Client *client, Status *ret_status, SubStatus *ret_sub_status)
{
        if (client->committed) {
                *ret_status = STATUS_BOOTSTRAPPED;
                *ret_sub_status = SUB_STATUS_COMMITTED;
                return true;
        }
        switch (client->sequence.state) {
        case SEQUENCE_LOADING:
                *ret_status = STATUS_INITIAL;
                *ret_sub_status = SUB_STATUS_LOADING;
                return true;
        case SEQUENCE_RUNNING:
                return running_status(client, ret_status, ret_sub_status);
        case SEQUENCE_FAILURE:
                *ret_status = STATUS_FAILURE;
                *ret_sub_status = client->sequence.deadline > 0 ? SUB_STATUS_RETRY_WAIT : SUB_STATUS_STOPPED;
                return true;
        case SEQUENCE_COMMITTED:
        case SEQUENCE_STOPPING:
        case _SEQUENCE_STATE_MAX:
                return false;
        }
        return false;
}

/* The next reading in `initial`, the end of hold-off, the earliest next attempt in any retry-wait, the
 * restart in failure; CLOCK_BOOTTIME, 0: none. */
static uint64_t next_retry(const Client *client)
{
        const BootstrapMachine *machine = bootstrap_machine(client->bootstrap);
        uint64_t next = 0;

        if (client->waits)
                return client->wait_until;
        if (client->sequence.state == SEQUENCE_FAILURE)
                return client->sequence.deadline;
        if (machine->phase == BOOTSTRAP_HOLD_OFF)
                return machine->deadline;
        if (machine->phase == BOOTSTRAP_RETRY_WAIT)
                next = machine->deadline;
        for (size_t i = 0; i < client->n_servers; i++)
                next = clock_earlier(next, server_next_retry(client->servers[i]));
        return next;
}

static void refresh_stamps(Client *client)
{
        const ClientContext *context = &client->context;
        uint64_t next = next_retry(client);

#define SET_STAMP(name, at)                                                        \
        do {                                                                       \
                client->state.name = client_to_realtime(context, at);              \
                client->state.name##_monotonic = client_to_monotonic(context, at); \
        } while (0)
        SET_STAMP(status_timestamp, client->status_at);
        SET_STAMP(next_retry_timestamp, next);
        SET_STAMP(last_bootstrap_timestamp, client->last_bootstrap_at);
        client->state.last_bootstrap_timestamp = stored_last_bootstrap(client);
#undef SET_STAMP
}

static bool is_by_network(const Client *client)
{
        const BootstrapMachine *machine = bootstrap_machine(client->bootstrap);
        bool any = false;

        if (machine->phase != BOOTSTRAP_IDLE)
                return bootstrap_attempt_runs(machine) && machine->by_network;
        for (size_t i = 0; i < client->n_servers; i++)
                any = any || server_is_by_network(client->servers[i]);
        return any;
}

static void refresh_details(Client *client)
{
        const Account *account = bootstrap_account(client->bootstrap);

        client->state.last_error =
                client->last_error.name != FAILURE_NONE ? client->last_error : client->storage_error;
        client->state.generation = generations_name(client);
        client->state.attempt = bootstrap_machine(client->bootstrap)->attempt;
        client->state.by_network = is_by_network(client);
        client->state.retry_count = client->context.settings.retry_count;
        client->state.configuration_problem = client->configuration_problem;
        client->state.endpoint = client->context.endpoint;
        client->state.bootstrap_server_uri = account ? account->uri : "";
        client->state.bootstrap_security_mode =
                account ? security_mode_to_string(account->credential.mode) : "";
}

static void announce_status(Client *client, Status old, Status new)
{
        const char *reason = failure_name_to_string(client->state.last_error.name);

        log_full(LOG_INFO, 0,
                &(LogAbout){
                        .message_id = MESSAGE_ID_STATUS_CHANGED,
                        .status = status_to_string(new),
                        .sub_status = sub_status_to_string(client->state.sub_status),
                        .old_status = status_to_string(old),
                        .error = reason,
                },
                "Status %s -> %s%s%s%s", status_to_string(old), status_to_string(new),
                reason[0] ? " (last error: " : "", reason, reason[0] ? ")" : "");
        for (size_t i = 0; i < client->n_listeners; i++)
                if (client->listeners[i].listener->status_changed)
                        client->listeners[i].listener->status_changed(
                                client->listeners[i].userdata, old, new, reason);
}

void state_publish(Client *client)
{
        Status old = client->state.status, status = old;
        SubStatus sub_status = client->state.sub_status;

        if (client->changing)
                return;
        (void)current_status(client, &status, &sub_status);
        if (status != old)
                client->status_at = clock_boottime(client->context.clock);
        refresh_details(client);
        refresh_stamps(client);
        client->state.status = status;
        client->state.sub_status = sub_status;
        if (status != old)
                announce_status(client, old, status);
        for (size_t i = 0; i < client->n_listeners; i++)
                if (client->listeners[i].listener->state_changed)
                        client->listeners[i].listener->state_changed(client->listeners[i].userdata);
}

void state_decide_soon(Client *client)
{
        task_set(client->decide_task, true);
}
