/* SPDX-License-Identifier: Apache-2.0 */
/* One LwM2M Server. */
#include "client/server.h"

#include <stdio.h>

#include "client/about.h"
#include "client/error.h"
#include "client/observations.h"
#include "client/server_session.h"
#include "util/log.h"
#include "util/message_ids.h"

int server_new(
        ClientContext *context, bool succeeded, const ServerHandler *handler, void *userdata, Server **ret)
{
        Server *server = calloc(1, sizeof(*server));
        int r;

        if (!server)
                return -ENOMEM;
        server->context = server->counting.context = context;
        server->handler = handler;
        server->userdata = userdata;
        server->version = context->settings.version;
        server->machine.announced = context->settings.version;
        server->machine.succeeded = succeeded;
        sends_init(&server->sends);
        connection_memory_renew(&server->memory);
        r = timer_new(context->event, server_session_on_timer, server, "registration", &server->timer);
        if (r >= 0)
                r = observations_new(server, &server->observations);
        if (r < 0) {
                (void)server_free(server);
                return r;
        }
        *ret = server;
        return 0;
}

Server *server_free(Server *server)
{
        if (!server)
                return NULL;
        sends_end(&server->sends, &server->account);
        server_session_collect(server);
        server->connection = connection_close(server->connection);
        (void)observations_free(server->observations);
        sd_event_source_disable_unref(server->timer);
        texts_done(&server->location);
        account_done(&server->account);
        free(server);
        return NULL;
}

const Account *server_account(const Server *server)
{
        return &server->account;
}

ServerState server_state(const Server *server)
{
        return server->machine.state;
}

bool server_has_succeeded(const Server *server)
{
        return server->machine.succeeded;
}

bool server_is_awake(const Server *server)
{
        return registration_is_awake(&server->machine);
}

uint64_t server_registered_since(const Server *server)
{
        return server_state_is_registered(server->machine.state) ? server->machine.registered_at : 0;
}

Lwm2mVersion server_announced(const Server *server)
{
        return server->machine.announced;
}

const ClientCounters *server_counters(Server *server)
{
        server_session_collect(server);
        return &server->counting.counters;
}

Observations *server_observations(const Server *server)
{
        return server->observations;
}

OrderedServer server_ordered(const Server *server)
{
        return (OrderedServer){
                .state = server->machine.state,
                .begun = server->machine.begun,
                .has_priority = server->account.has_priority,
                .priority = server->account.priority,
                .failure_block = server->account.failure_block,
                .bootstrap_on_failure = server->account.bootstrap_on_failure,
        };
}

uint64_t server_next_retry(const Server *server)
{
        ServerState state = server->machine.state;

        return state == SERVER_RETRY_WAIT || state == SERVER_IDLE ? server->machine.deadline : 0;
}

static bool is_same(const Server *server, const Server *older)
{
        return server->account.short_server_id == older->account.short_server_id &&
               strcmp(server->account.uri, older->account.uri) == 0;
}

void server_inherit_wait(Server *server, const Server *older)
{
        if (is_same(server, older))
                server->machine.not_before = older->machine.not_before;
}

void server_ignore_wait(Server *server)
{
        server->machine.not_before = 0;
}

void server_inherit(Server *server, const Server *older)
{
        if (!is_same(server, older))
                return;
        server->counting.counters = older->counting.counters;
        server->last_registration = older->last_registration;
        memcpy(server->peer_address, older->peer_address, sizeof(server->peer_address));
}

uint64_t server_end_of_wait(const Server *server)
{
        ServerState state = server->machine.state;

        return state == SERVER_FAILED || state == SERVER_DISABLED ? server->machine.deadline
                                                                  : server_next_retry(server);
}

void server_describe(const Server *server, ClientServer *ret)
{
        const ClientContext *context = server->context;
        bool stands = server->machine.state == SERVER_REGISTERED || server->machine.state == SERVER_SLEEPING;
        uint64_t update = stands ? server->machine.update_at : 0;
        uint64_t retry = server_end_of_wait(server);

        *ret = (ClientServer){
                .short_server_id = server->account.short_server_id,
                .uri = server->account.uri,
                .security_mode = security_mode_to_string(server->account.credential.mode),
                .peer_address = server->peer_address,
                .cipher = server->connection ? connection_cipher(server->connection) : "",
                .lifetime = server->account.lifetime,
                .binding = server->account.binding,
                .state = server->machine.state,
                .last_registration_timestamp = client_to_realtime(context, server->last_registration),
                .last_registration_timestamp_monotonic =
                        client_to_monotonic(context, server->last_registration),
                .next_update_timestamp = client_to_realtime(context, update),
                .next_update_timestamp_monotonic = client_to_monotonic(context, update),
                .next_retry_timestamp = client_to_realtime(context, retry),
                .next_retry_timestamp_monotonic = client_to_monotonic(context, retry),
                .last_error = server->machine.last_error,
                .observations = (uint32_t)observations_count(server->observations),
        };
}

void server_refresh(Server *server, Account *account, const RegistrationPolicy *policy, const char *note)
{
        account_done(&server->account);
        server->account = *account;
        *account = (Account){0};
        registration_set_policy(&server->machine, policy, clock_boottime(server->context->clock));
        timer_set(server->timer, server->machine.deadline);
        if (note[0] && strcmp(note, server->note) != 0)
                log_full(LOG_NOTICE, 0, ABOUT(MESSAGE_ID_VALUES_LIMITED, &server->account),
                        "LwM2M Server %u asks for more than can be granted without losing the device: %s.",
                        server->account.short_server_id, note);
        (void)snprintf(server->note, sizeof(server->note), "%s", note);
}

void server_begin(Server *server)
{
        server_session_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_BEGIN});
}

void server_begin_now(Server *server)
{
        server_session_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_BEGIN_NOW});
}

void server_halt(Server *server)
{
        server_session_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_HALT});
}

void server_give_up(Server *server, const Failure *failure)
{
        server_session_step(
                server, &(RegistrationEvent){.type = REGISTRATION_EVENT_GIVE_UP, .failure = failure});
}

void server_network_changed(Server *server)
{
        if (server->connection)
                connection_network_changed(server->connection);
}

bool server_is_stranded(const Server *server)
{
        return server->connection && connection_is_stranded(server->connection);
}

void server_renew_session(Server *server)
{
        server_session_strand(server);
}

bool server_waits_for_way(const Server *server)
{
        return registration_waits_for_way(&server->machine, clock_boottime(server->context->clock));
}

bool server_way_differs(const Server *server)
{
        return failure_is_of_the_way(server->machine.last_error.name) &&
               connection_memory_differs(&server->memory);
}

void server_begin_early(Server *server)
{
        log_full(LOG_INFO, 0, ABOUT(MESSAGE_ID_NETWORK_CHANGED, &server->account),
                "The network has changed: LwM2M Server %u is tried again now.",
                server->account.short_server_id);
        server_session_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_NETWORK});
}

void server_clock_was_set(Server *server)
{
        if (registration_waits_for_clock(&server->machine))
                log_full(LOG_INFO, 0, ABOUT(MESSAGE_ID_CLOCK_SET, &server->account),
                        "The clock was set: LwM2M Server %u is tried again now.",
                        server->account.short_server_id);
        server_session_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_CLOCK});
}

bool server_is_by_network(const Server *server)
{
        return server->machine.by_network;
}

void server_update(Server *server, unsigned parts)
{
        server_session_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_UPDATE, .parts = parts});
}

void server_announce_objects(Server *server)
{
        const Announcement announcement = server_session_announcement(server);
        _cleanup_(request_done) Request request = REQUEST_INIT;
        uint8_t now[SHA256_SIZE];
        int r;

        r = outgoing_update(server->context->store, &server->account, &server->location, &announcement,
                UPDATE_OBJECTS, &request);
        if (r >= 0)
                r = crypto_sha256(request.payload, request.payload_size, now);
        /* What cannot be compared is announced. */
        if (r < 0 || memcmp(now, server->objects, sizeof(now)) != 0)
                server_update(server, UPDATE_OBJECTS);
}

static int refusal(int r)
{
        switch ((SendRefusal)r) {
        case SEND_MUTED:
                return CLIENT_E_SEND_MUTED;
        case SEND_UNKNOWN:
                return CLIENT_E_NO_SEND;
        case SEND_FORMAT:
                return CLIENT_E_SEND_FORMAT;
        case SEND_NOTHING:
                return CLIENT_E_NOTHING_TO_SEND;
        }
        return r == -EMSGSIZE || r == -E2BIG ? CLIENT_E_TOO_LARGE : r;
}

int server_may_send(const Server *server, int format)
{
        const Announcement announcement = server_session_announcement(server);

        return refusal(outgoing_may_send(server->context->store, &server->account, &announcement, format));
}

int server_send(Server *server, const RecordList *values, int format, ClientSent callback, void *userdata)
{
        _cleanup_(request_done) Request request = REQUEST_INIT;
        int r;

        r = server_may_send(server, format);
        if (r != 0)
                return r;
        r = outgoing_send(&server->account, values, format, clock_stamp(server->context->clock), &request);
        return r != 0 ? refusal(r) : server_session_send(server, &request, callback, userdata);
}

void server_disable(Server *server, uint64_t duration_usec)
{
        uint64_t timeout = (uint64_t)MAX_OF(server->account.disable_timeout, 0) * USEC_PER_SEC;
        uint64_t duration = duration_usec > 0 ? duration_usec : timeout;

        log_full(LOG_INFO, 0, ABOUT(MESSAGE_ID_SERVER_DISABLED, &server->account),
                "LwM2M Server %u is disabled for %llu s.", server->account.short_server_id,
                (unsigned long long)(duration / USEC_PER_SEC));
        server_session_step(
                server, &(RegistrationEvent){.type = REGISTRATION_EVENT_DISABLE, .duration = duration});
}

bool server_can_answer_later(const Server *server)
{
        return server->connection && connection_can_answer_later(server->connection);
}

uint64_t server_answer_later(Server *server)
{
        return server->connection ? connection_answer_later(server->connection) : 0;
}

void server_answer(Server *server, uint64_t handle, const Response *response)
{
        if (!server->connection)
                return;
        server_count(&server->counting, CLIENT_COUNTER_RESPONSES_SENT, 1);
        connection_answer(server->connection, handle, response);
}

void server_close(Server *server, bool deregister)
{
        if (deregister)
                server_session_deregister(server);
        server_session_collect(server);
        server->connection = connection_close(server->connection);
}

void server_deregister(Server *server)
{
        server_session_deregister(server);
        (void)server_free(server);
}
