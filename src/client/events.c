/* SPDX-License-Identifier: Apache-2.0 */
/* What the machines tell: it is noted, logged once, and decided on from the loop. */
#include "client/events.h"

#include "client/about.h"
#include "client/accounts.h"
#include "client/core.h"
#include "client/generations.h"
#include "client/object_list.h"
#include "client/readings.h"
#include "client/serving.h"
#include "client/stored.h"
#include "util/log.h"
#include "util/message_ids.h"

/* attempt: 0 for none. */
static void log_failure(
        const Failure *failure, const Account *account, const char *message_id, unsigned attempt)
{
        log_full(LOG_WARNING, 0,
                &(LogAbout){
                        .message_id = message_id,
                        .error = failure_name_to_string(failure->name),
                        .short_server_id = account ? account->short_server_id : 0,
                        .server_uri = account ? account->uri : NULL,
                        .attempt = attempt,
                },
                "%s: %s", failure_name_to_string(failure->name), failure->sentence);
}

static void on_bootstrap_changed(void *userdata)
{
        stored_look_at_history(userdata);
        state_publish(userdata);
        state_decide_soon(userdata);
}

static void on_bootstrap_failed(void *userdata, const Failure *failure)
{
        Client *client = userdata;

        client->last_error = *failure;
        client->context.counters.values[CLIENT_COUNTER_BOOTSTRAP_FAILURES]++;
        log_failure(failure, bootstrap_account(client->bootstrap), MESSAGE_ID_BOOTSTRAP_FAILED,
                bootstrap_machine(client->bootstrap)->attempt);
}

static void on_bootstrap_exhausted(void *userdata)
{
        Client *client = userdata;

        client->exhausted = true;
        state_decide_soon(client);
}

static void on_bootstrap_proven(void *userdata)
{
        Client *client = userdata;
        bool others = client->kept != NULL;

        generations_prove_bootstrap(client);
        if (others || client->purge_at == 0)
                accounts_arm_purge(client);
}

static void on_bootstrap_commit(void *userdata)
{
        Client *client = userdata;

        client->context.counters.values[CLIENT_COUNTER_BOOTSTRAPS]++;
        generations_commit(client, &client->replaced);
        core_step(client, SEQUENCE_EVENT_FINISH);
}

static void on_bootstrap_finished(void *userdata)
{
        Client *client = userdata;
        const Account *account = bootstrap_account(client->bootstrap);

        if (client->sequence.state == SEQUENCE_STOPPING)
                return;
        log_full(LOG_INFO, 0,
                &(LogAbout){
                        .message_id = MESSAGE_ID_BOOTSTRAP_FINISHED,
                        .server_uri = account ? account->uri : NULL,
                        .attempt = bootstrap_machine(client->bootstrap)->attempt,
                },
                "The Bootstrap Server has finished; its accounts are in force.");
        core_finished(client);
}

const BootstrapHandler events_bootstrap = {
        .changed = on_bootstrap_changed,
        .failed = on_bootstrap_failed,
        .proven = on_bootstrap_proven,
        .exhausted = on_bootstrap_exhausted,
        .commit = on_bootstrap_commit,
        .finished = on_bootstrap_finished,
};

static void on_server_changed(void *userdata, Server *server)
{
        Client *client = userdata;

        observations_server_changed(server_observations(server));
        if (!server_state_is_registered(server_state(server)))
                serving_forget(client->serving, server);
        for (size_t i = 0; i < client->n_listeners; i++)
                if (client->listeners[i].listener->server_changed)
                        client->listeners[i].listener->server_changed(
                                client->listeners[i].userdata, server_account(server)->short_server_id);
        state_publish(client);
        state_decide_soon(client);
}

static void on_server_registered(void *userdata, Server *server)
{
        Client *client = userdata;

        observations_clear(server_observations(server));
        client->last_error = (Failure){0};
        log_full(LOG_INFO, 0, ABOUT(MESSAGE_ID_REGISTERED, server_account(server)),
                "Registered with LwM2M Server %u at %s.", server_account(server)->short_server_id,
                server_account(server)->uri);
        core_step(client, SEQUENCE_EVENT_REGISTERED);
}

static void tell_next_attempt(const Client *client, const Server *server)
{
        uint64_t now = clock_boottime(client->context.clock), end = server_end_of_wait(server);

        if (end > now)
                log_full(LOG_INFO, 0, ABOUT(NULL, server_account(server)),
                        "LwM2M Server %u is tried again in %llu s.", server_account(server)->short_server_id,
                        (unsigned long long)((end - now + USEC_PER_SEC - 1) / USEC_PER_SEC));
}

static void on_server_failed(void *userdata, Server *server, const Failure *failure)
{
        Client *client = userdata;
        bool used_up = server_state(server) == SERVER_FAILED; /* else it is tried again by itself */

        if (!state_any_registered(client) && !state_bootstrap_runs(client))
                client->last_error = *failure;
        log_failure(failure, server_account(server),
                used_up ? MESSAGE_ID_REGISTRATION_FAILED : MESSAGE_ID_ATTEMPT_FAILED, 0);
        tell_next_attempt(client, server);
}

static void on_server_awake(void *userdata, Server *server, bool awake)
{
        observations_set_awake(server_observations(server), awake);
}

static void on_server_alert(void *userdata, Server *server, uint8_t alert)
{
        generations_set_alert(userdata, server_account(server)->short_server_id, alert);
}

static void on_server_request(void *userdata, Server *server, const Request *request, Response *ret_response)
{
        Client *client = userdata;

        serving_request(client->serving, server, request, ret_response);
}

static bool on_server_body(void *userdata, Server *server, const Request *request, uint64_t announced,
        BodyResume resume, BodySink *ret, Response *ret_response)
{
        Client *client = userdata;

        return serving_body(client->serving, server, request, announced, resume, ret, ret_response);
}

const ServerHandler events_server = {
        .changed = on_server_changed,
        .registered = on_server_registered,
        .awake = on_server_awake,
        .failed = on_server_failed,
        .alert = on_server_alert,
        .request = on_server_request,
        .body = on_server_body,
};

static void on_store_changed(void *userdata, const Path *path)
{
        const Client *client = userdata;

        for (size_t i = 0; i < client->n_servers; i++)
                observations_note_change(server_observations(client->servers[i]), path);
}

static void on_store_answered(void *userdata, uint64_t call, int code, const char *text)
{
        const Client *client = userdata;

        serving_answered(client->serving, call, code, text);
        readings_answered(client->readings, call, code);
}

static void on_objects_changed(void *userdata)
{
        const Client *client = userdata;

        object_list_changed_by_source(client->object_list);
}

static void on_withdrawn(void *userdata, const Path *instance)
{
        const Client *client = userdata;

        object_list_withdrawn(client->object_list, instance);
}

const StoreListener events_store = {
        .changed = on_store_changed,
        .answered = on_store_answered,
        .objects_changed = on_objects_changed,
        .withdrawn = on_withdrawn,
};
