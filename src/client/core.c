/* SPDX-License-Identifier: Apache-2.0 */
/* What happens next: the Bootstrap Sequence over all machines, and the Status that shows it. */
#include "client/core.h"

#include <stdio.h>

#include "client/accounts.h"
#include "operation/outgoing.h"
#include "util/log.h"
#include "util/message_ids.h"

bool core_bootstrap_runs(const Client *client)
{
        return bootstrap_machine(client->bootstrap)->phase != BOOTSTRAP_IDLE;
}

Server *core_find_server(const Client *client, uint16_t short_server_id)
{
        for (size_t i = 0; i < client->n_servers; i++)
                if (server_account(client->servers[i])->short_server_id == short_server_id)
                        return client->servers[i];
        return NULL;
}

static size_t sequence_of(const Client *client, SequenceServer ret[LIMIT_SERVER_ACCOUNTS])
{
        for (size_t i = 0; i < client->n_servers; i++)
                ret[i] = server_sequence(client->servers[i]);
        return client->n_servers;
}

static bool any_registered(const Client *client)
{
        for (size_t i = 0; i < client->n_servers; i++) {
                ServerState state = server_state(client->servers[i]);

                if (state == SERVER_REGISTERED || state == SERVER_UPDATING)
                        return true;
        }
        return false;
}

/* -- Status
 * ---------------------------------------------------------------------------------------------------- */

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
        SequenceServer sequence[LIMIT_SERVER_ACCOUNTS];
        ServerState states[LIMIT_SERVER_ACCOUNTS];
        size_t n = sequence_of(client, sequence);

        if (core_bootstrap_runs(client)) {
                *ret_status = STATUS_BOOTSTRAPPING;
                *ret_sub_status = sub_status_of_phase(bootstrap_machine(client->bootstrap)->phase);
                return true;
        }
        if (client->finishing || client->exhausted || sequence_all_failed(sequence, n))
                return false;
        for (size_t i = 0; i < n; i++)
                states[i] = sequence_state(sequence, n, i);
        status_of_servers(states, n, SUB_STATUS_RETRY_WAIT, ret_status, ret_sub_status);
        return true;
}

static bool current_status(const Client *client, Status *ret_status, SubStatus *ret_sub_status)
{
        switch (client->mode) {
        case MODE_LOADING:
                *ret_status = STATUS_INITIAL;
                *ret_sub_status = SUB_STATUS_LOADING;
                return true;
        case MODE_RUNNING:
                return running_status(client, ret_status, ret_sub_status);
        case MODE_COMMITTED:
                *ret_status = STATUS_BOOTSTRAPPED;
                *ret_sub_status = SUB_STATUS_COMMITTED;
                return true;
        case MODE_NO_ACCOUNT:
                *ret_status = STATUS_INITIAL;
                *ret_sub_status = SUB_STATUS_NO_ACCOUNT;
                return true;
        case MODE_FAILURE:
                *ret_status = STATUS_FAILURE;
                *ret_sub_status = client->restart_at > 0 ? SUB_STATUS_RETRY_WAIT : SUB_STATUS_STOPPED;
                return true;
        case MODE_STOPPING:
                return false;
        }
        return false;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
        return a == 0 ? b : b == 0 ? a : MIN_OF(a, b);
}

/* The end of hold-off, the earliest next attempt in any retry-wait, the restart in failure; CLOCK_BOOTTIME,
 * 0: none. */
static uint64_t next_retry(const Client *client)
{
        const BootstrapMachine *machine = bootstrap_machine(client->bootstrap);
        uint64_t next = 0;

        if (client->mode == MODE_FAILURE)
                return client->restart_at;
        if (machine->phase == BOOTSTRAP_HOLD_OFF || machine->phase == BOOTSTRAP_RETRY_WAIT)
                return machine->deadline;
        for (size_t i = 0; i < client->n_servers; i++)
                next = earlier(next, server_next_retry(client->servers[i]));
        return next;
}

static void refresh_details(Client *client)
{
        const Account *account = bootstrap_account(client->bootstrap);
        uint64_t next = next_retry(client);

        client->state.last_error =
                client->last_error.name != FAILURE_NONE ? client->last_error : client->storage_error;
        client->state.attempt = bootstrap_machine(client->bootstrap)->attempt;
        client->state.retry_count = client->context.settings.retry_count;
        client->state.endpoint = client->context.endpoint;
        client->state.bootstrap_server_uri = account ? account->uri : "";
        client->state.bootstrap_security_mode = account ? security_mode_to_string(account->mode) : "";
        if (next != client->next_retry) {
                client->next_retry = next;
                client->state.next_retry_timestamp = client_to_realtime(&client->context, next);
                client->state.next_retry_timestamp_monotonic = client_to_monotonic(&client->context, next);
        }
}

static void announce_status(Client *client, Status old, Status new)
{
        const char *reason = failure_name_to_string(client->state.last_error.name);

        log_full(LOG_INFO, 0,
                (LogField[]){
                        {"MESSAGE_ID", MESSAGE_ID_STATUS_CHANGED},
                        {"LWM2M_STATUS", status_to_string(new)},
                        {"LWM2M_SUBSTATUS", sub_status_to_string(client->state.sub_status)},
                        {"LWM2M_OLD_STATUS", status_to_string(old)},
                        {reason[0] ? "LWM2M_ERROR" : NULL, reason},
                        {NULL, NULL},
                },
                "Status %s -> %s%s%s", status_to_string(old), status_to_string(new), reason[0] ? ": " : "",
                reason);
        for (size_t i = 0; i < client->n_listeners; i++)
                if (client->listeners[i].listener->status_changed)
                        client->listeners[i].listener->status_changed(
                                client->listeners[i].userdata, old, new, reason);
}

void core_publish(Client *client)
{
        Status old = client->state.status, status = old;
        SubStatus sub_status = client->state.sub_status;

        if (client->changing)
                return;
        (void)current_status(client, &status, &sub_status);
        refresh_details(client);
        client->state.status = status;
        client->state.sub_status = sub_status;
        if (status != old) {
                client->state.status_timestamp = clock_realtime(client->context.clock);
                client->state.status_timestamp_monotonic = clock_monotonic(client->context.clock);
                announce_status(client, old, status);
        }
        for (size_t i = 0; i < client->n_listeners; i++)
                if (client->listeners[i].listener->state_changed)
                        client->listeners[i].listener->state_changed(client->listeners[i].userdata);
}

void core_fail(Client *client, const Failure *failure)
{
        client->last_error = *failure;
}

static void log_failure(
        const Failure *failure, const char *message_id, const char *uri, uint16_t short_server_id)
{
        char id[sizeof("65535")];

        (void)snprintf(id, sizeof(id), "%u", short_server_id);
        log_full(LOG_WARNING, 0,
                (LogField[]){
                        {"MESSAGE_ID", message_id},
                        {"LWM2M_ERROR", failure_name_to_string(failure->name)},
                        {"LWM2M_SERVER_URI", uri},
                        {short_server_id > 0 ? "LWM2M_SHORT_SERVER_ID" : NULL, id},
                        {NULL, NULL},
                },
                "%s: %s", failure_name_to_string(failure->name), failure->sentence);
}

/* -- Decisions
 * ------------------------------------------------------------------------------------------------- */

static void begin_servers(Client *client)
{
        SequenceServer sequence[LIMIT_SERVER_ACCOUNTS];
        size_t n = sequence_of(client, sequence);

        for (size_t i = 0; i < n; i++)
                if (sequence_may_begin(sequence, n, i))
                        server_begin(client->servers[i]);
}

static int on_restart_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        Client *client = userdata;

        bootstrap_forget_attempts(client->bootstrap);
        core_enter_sequence(client, true);
        return 0;
}

static void enter_failure(Client *client)
{
        const ClientSettings *settings = &client->context.settings;

        client->mode = MODE_FAILURE;
        client->restart_at = settings->on_failure == ON_FAILURE_RESTART
                                     ? clock_boottime(client->context.clock) + settings->restart_delay
                                     : 0;
        for (size_t i = 0; i < client->n_servers; i++)
                server_halt(client->servers[i]);
        (void)client_arm(&client->context, &client->restart_timer, client->restart_at, on_restart_timer,
                client, "restart-delay");
        log_error("Everything that could be tried has failed; %s. The accounts from before are kept.",
                client->restart_at > 0 ? "the next start is by restart_delay" : "Restart() begins again");
}

static void all_servers_failed(Client *client, const SequenceServer *sequence, size_t n)
{
        bool now = client->skip_hold_off;

        if (!bootstrap_account(client->bootstrap) && n == 0 && (client->flags & SAVE_PURGED)) {
                client->mode = MODE_NO_ACCOUNT;
                return;
        }
        if (!bootstrap_account(client->bootstrap) || !sequence_wants_bootstrap(sequence, n)) {
                enter_failure(client);
                return;
        }
        client->skip_hold_off = false;
        for (size_t i = 0; i < client->n_servers; i++)
                server_halt(client->servers[i]);
        bootstrap_begin(client->bootstrap, now);
}

static void after_exhausted_series(Client *client)
{
        SequenceServer sequence[LIMIT_SERVER_ACCOUNTS];

        client->exhausted = false;
        accounts_fall_back(client);
        if (sequence_all_failed(sequence, sequence_of(client, sequence)))
                enter_failure(client);
        else if (any_registered(client))
                /* Not in `failure`: else /1/x/9 of this server would be dead for good. */
                bootstrap_forget_attempts(client->bootstrap);
}

static void apply_effect(Client *client, const Effect *effect)
{
        Server *server = core_find_server(client, effect->short_server_id);

        switch (effect->type) {
        case EFFECT_STORE_CHANGED:
                accounts_apply(client, RENEW_NONE, false);
                return;
        case EFFECT_BOOTSTRAP_TRIGGER:
                if (core_bootstrap_runs(client))
                        return;
                if (bootstrap_account(client->bootstrap))
                        bootstrap_begin(client->bootstrap, false);
                else
                        log_warning("LwM2M Server %u asked for a bootstrap, but there is no "
                                    "Bootstrap-Server Account.",
                                effect->short_server_id);
                return;
        case EFFECT_UPDATE_TRIGGER:
                if (server)
                        server_update(server, 0);
                return;
        case EFFECT_LIFETIME_CHANGED:
                if (server)
                        server_update(server, UPDATE_LIFETIME);
                return;
        case EFFECT_BINDING_CHANGED:
                if (server && client->context.settings.version == LWM2M_1_0)
                        server_update(server, UPDATE_BINDING);
                return;
        case EFFECT_DISABLE:
                if (server)
                        server_disable(server,
                                (uint64_t)MAX_OF(server_account(server)->disable_timeout, 0) * USEC_PER_SEC);
                return;
        case EFFECT_BOOTSTRAP_FINISHED:
        case EFFECT_BOOTSTRAP_REFUSED:
                return;
        }
}

static void apply_effects(Client *client)
{
        Effect effects[PENDING_EFFECTS_MAX];
        size_t n = client->n_effects;

        memcpy(effects, client->effects, n * sizeof(Effect));
        client->n_effects = 0;
        /* New values first: an Update carries them. */
        for (size_t i = 0; i < n; i++)
                if (effects[i].type == EFFECT_STORE_CHANGED)
                        apply_effect(client, &effects[i]);
        for (size_t i = 0; i < n; i++)
                if (effects[i].type != EFFECT_STORE_CHANGED)
                        apply_effect(client, &effects[i]);
}

static void decide(Client *client)
{
        SequenceServer sequence[LIMIT_SERVER_ACCOUNTS];
        size_t n;

        if (client->finishing || client->mode == MODE_LOADING || client->mode == MODE_STOPPING)
                return;
        if (client->reload.waiting && !store_candidate(client->context.store))
                accounts_reload(client);
        apply_effects(client);
        if (client->exhausted)
                after_exhausted_series(client);
        if (client->purge_due && !core_bootstrap_runs(client))
                accounts_purge(client);
        if (client->mode != MODE_RUNNING)
                return;
        begin_servers(client);
        n = sequence_of(client, sequence);
        if (!core_bootstrap_runs(client) && !client->exhausted && sequence_all_failed(sequence, n))
                all_servers_failed(client, sequence, n);
}

static int on_decide(sd_event_source *source, void *userdata)
{
        Client *client = userdata;

        decide(client);
        core_publish(client);
        return 0;
}

void core_decide_soon(Client *client)
{
        int r = 0;

        if (!client->decide_source) {
                r = sd_event_add_defer(client->context.event, &client->decide_source, on_decide, client);
                if (r >= 0)
                        r = sd_event_source_set_priority(client->decide_source, CLIENT_DECIDE_PRIORITY);
        }
        if (r >= 0)
                r = sd_event_source_set_enabled(client->decide_source, SD_EVENT_ONESHOT);
        if (r < 0)
                log_error_errno(r, "The client cannot go on: %m");
}

void core_enter_sequence(Client *client, bool restart)
{
        (void)client_arm(
                &client->context, &client->restart_timer, 0, on_restart_timer, client, "restart-delay");
        client->restart_at = 0;
        client->skip_hold_off = restart;
        client->mode = MODE_RUNNING;
        if (restart)
                accounts_apply(client, RENEW_ALL, false);
        core_decide_soon(client);
}

int core_reset(Client *client, bool insist)
{
        int r;

        client->changing = true;
        r = accounts_reset(client, insist);
        client->changing = false;
        if (r != 0)
                return r;
        client->mode = MODE_LOADING;
        core_publish(client);
        core_enter_sequence(client, false);
        return 0;
}

/* -- What the machines tell
 * ------------------------------------------------------------------------------------- */

/* A registration stands with the accounts that are stored. */
static void prove_accounts(Client *client)
{
        client->flags |= SAVE_PROVEN;
        accounts_save(client, SAVE_LAST_GOOD);
}

static void on_bootstrap_changed(void *userdata)
{
        core_publish(userdata);
        core_decide_soon(userdata);
}

static void on_bootstrap_failed(void *userdata, const Failure *failure)
{
        Client *client = userdata;
        const Account *account = bootstrap_account(client->bootstrap);

        core_fail(client, failure);
        log_failure(failure, MESSAGE_ID_BOOTSTRAP_FAILED, account ? account->uri : "", 0);
}

static void on_bootstrap_exhausted(void *userdata)
{
        Client *client = userdata;

        client->exhausted = true;
        core_decide_soon(client);
}

static void on_bootstrap_commit(void *userdata)
{
        accounts_commit(userdata);
}

static void on_bootstrap_finished(void *userdata)
{
        Client *client = userdata;

        client->finishing = false;
        if (client->mode == MODE_STOPPING)
                return;
        client->last_error = (Failure){0};
        client->mode = MODE_COMMITTED;
        core_publish(client);
        log_full(LOG_INFO, 0, (LogField[]){{"MESSAGE_ID", MESSAGE_ID_BOOTSTRAP_FINISHED}, {NULL, NULL}},
                "The Bootstrap Server has finished; its accounts are in force.");
        accounts_apply(client, RENEW_TOUCHED, true);
        accounts_arm_purge(client);
        if (any_registered(client))
                prove_accounts(client);
        client->mode = MODE_RUNNING;
        decide(client);
        core_publish(client);
}

static void on_bootstrap_refused(void *userdata)
{
        core_publish(userdata);
}

const BootstrapHandler core_bootstrap_handler = {
        .changed = on_bootstrap_changed,
        .failed = on_bootstrap_failed,
        .exhausted = on_bootstrap_exhausted,
        .commit = on_bootstrap_commit,
        .finished = on_bootstrap_finished,
        .refused = on_bootstrap_refused,
};

static void on_server_changed(void *userdata, Server *server)
{
        Client *client = userdata;

        for (size_t i = 0; i < client->n_listeners; i++)
                if (client->listeners[i].listener->server_changed)
                        client->listeners[i].listener->server_changed(
                                client->listeners[i].userdata, server_account(server)->short_server_id);
        core_publish(client);
        core_decide_soon(client);
}

static void on_server_registered(void *userdata, Server *server)
{
        Client *client = userdata;

        client->last_error = (Failure){0};
        client->skip_hold_off = false;
        if (!core_bootstrap_runs(client))
                bootstrap_forget_attempts(client->bootstrap);
        log_info("Registered with LwM2M Server %u at %s.", server_account(server)->short_server_id,
                server_account(server)->uri);
        /* Between a Finish and its consequences a 2.01 still speaks for the accounts of before. */
        if (!client->finishing)
                prove_accounts(client);
}

static void on_server_failed(void *userdata, Server *server, const Failure *failure)
{
        Client *client = userdata;

        if (!any_registered(client) && !core_bootstrap_runs(client))
                core_fail(client, failure);
        log_failure(failure, MESSAGE_ID_REGISTRATION_FAILED, server_account(server)->uri,
                server_account(server)->short_server_id);
}

static void queue_effects(Client *client, const Effects *effects)
{
        for (size_t i = 0; i < effects->n; i++) {
                bool known = false;

                for (size_t j = 0; j < client->n_effects && !known; j++)
                        known = client->effects[j].type == effects->items[i].type &&
                                client->effects[j].short_server_id == effects->items[i].short_server_id;
                if (!known && client->n_effects < PENDING_EFFECTS_MAX)
                        client->effects[client->n_effects++] = effects->items[i];
        }
        core_decide_soon(client);
}

static void on_server_request(void *userdata, Server *server, const Request *request, Response *ret_response)
{
        Client *client = userdata;
        Effects effects = {0};
        OperationContext operation = {
                .store = client->context.store,
                .version = client->context.settings.version,
                .max_body_size = client->context.settings.coap.max_body_size,
        };
        int r;

        r = operation_device_management(&operation, request, ret_response, &effects);
        if (r < 0) {
                log_error_errno(r, "An operation of LwM2M Server %u failed: %m",
                        server_account(server)->short_server_id);
                response_set_error(ret_response, CODE_INTERNAL_ERROR, "out of memory");
                return;
        }
        if (operation.note[0])
                log_info("%s", operation.note);
        if (effects_have(&effects, EFFECT_STORE_CHANGED))
                accounts_save(client, 0);
        if (effects.n > 0)
                queue_effects(client, &effects);
}

const ServerHandler core_server_handler = {
        .changed = on_server_changed,
        .registered = on_server_registered,
        .failed = on_server_failed,
        .request = on_server_request,
};
