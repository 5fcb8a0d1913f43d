/* SPDX-License-Identifier: Apache-2.0 */
/* Does what the registration machine of an LwM2M Server says. */
#include "client/server_session.h"

#include <stdio.h>

#include "client/about.h"
#include "client/failure_text.h"
#include "client/network_limiter.h"
#include "lwm2m/binding.h"
#include "util/log.h"
#include "util/message_ids.h"

static void advance(Server *server, const RegistrationEvent *event);
static void look_at_sends(Server *server);

/* A step that is caused by a failure: it is told before the change of state that it makes. */
static void fail(Server *server, const Failure *failure, RegistrationEvent event)
{
        Failure copy = *failure; /* it may live in what the step closes */

        event.failure = &copy;
        advance(server, &event);
        server->handler->failed(server->userdata, server, &copy);
        server->handler->changed(server->userdata, server);
}

/* The connection may be gone when somebody asks which address it was. */
static void keep_peer_address(Server *server)
{
        const char *address = server->connection ? connection_peer_address(server->connection) : "";

        if (address[0])
                (void)snprintf(server->peer_address, sizeof(server->peer_address), "%s", address);
}

static void on_stage(void *userdata, ConnectionStage stage)
{
        Server *server = userdata;

        keep_peer_address(server);
        server_session_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_STAGE, .stage = stage});
}

/* 2.01: counts once we can say what is to be updated. */
static void on_created(Server *server, const Response *response)
{
        Failure failure;

        texts_done(&server->location);
        if (response->location.n == 0)
                failure_set_no_location(&failure, &server->account, response);
        else if (texts_copy(&response->location, &server->location) < 0)
                failure_set_registration_unopened(&failure, &server->account, -ENOMEM);
        else {
                server_session_step(server,
                        &(RegistrationEvent){.type = REGISTRATION_EVENT_ANSWERED, .code = CODE_CREATED});
                return;
        }
        fail(server, &failure, (RegistrationEvent){.type = REGISTRATION_EVENT_FAILED});
}

static void on_answered(void *userdata, const Response *response)
{
        Server *server = userdata;
        Failure failure;
        RegistrationEvent event = {
                .type = REGISTRATION_EVENT_ANSWERED,
                .code = response->code,
                .wait = policy_wait_of(response),
        };

        if (response->code == CODE_CREATED)
                on_created(server, response);
        else if (response->code == CODE_PRECONDITION_FAILED && server->machine.announced > LWM2M_1_0) {
                log_full(LOG_INFO, 0, ABOUT(MESSAGE_ID_VERSION_LOWERED, &server->account),
                        "LwM2M Server %u does not take LwM2M %s; trying the version below.",
                        server->account.short_server_id, lwm2m_version_to_string(server->machine.announced));
                server_session_step(server, &event);
        } else {
                failure_set_registration_rejected(
                        &failure, &server->account, server->context->endpoint, response);
                fail(server, &failure, event);
        }
}

static void on_failed(void *userdata, const Failure *failure)
{
        Server *server = userdata;

        keep_peer_address(server);
        fail(server, failure, (RegistrationEvent){.type = REGISTRATION_EVENT_FAILED});
}

static void on_alert(void *userdata, uint8_t alert)
{
        Server *server = userdata;

        server->handler->alert(server->userdata, server, alert);
}

/* Before its 2.01 a server has nothing to ask: Core TS 6.3. */
static bool on_accepts(void *userdata)
{
        const Server *server = userdata;

        return server_state_is_registered(server->machine.state);
}

/* A message of the server's: whoever was asleep is awake. */
static void heard(Server *server)
{
        if (!registration_is_awake(&server->machine))
                server_session_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_HEARD});
}

static void on_request(void *userdata, const Request *request, Response *ret_response)
{
        Server *server = userdata;

        heard(server);
        server_count(&server->counting, CLIENT_COUNTER_REQUESTS_RECEIVED, 1);
        server->handler->request(server->userdata, server, request, ret_response);
        if (ret_response->code != CODE_NONE)
                server_count(&server->counting, CLIENT_COUNTER_RESPONSES_SENT, 1);
}

static bool on_body(void *userdata, const Request *request, uint64_t announced, BodyResume resume,
        BodySink *ret, Response *ret_response)
{
        Server *server = userdata;

        heard(server);
        if (!server->handler->body(server->userdata, server, request, announced, resume, ret, ret_response))
                return false;
        server_count(&server->counting, CLIENT_COUNTER_REQUESTS_RECEIVED, 1);
        server_count(&server->counting, CLIENT_COUNTER_RESPONSES_SENT, 1);
        return true;
}

/* Between two blocks it may have fallen asleep. */
static void on_block(void *userdata)
{
        heard(userdata);
}

void server_session_strand(Server *server)
{
        RegistrationEvent event = {.type = REGISTRATION_EVENT_STRANDED};
        bool registered = server_state_is_registered(server->machine.state);
        Failure failure;

        if (registered)
                failure_set_session_stranded(&failure, &server->account);
        else
                failure_set_registration_stranded(&failure, &server->account);
        if (registered || server->machine.anew >= NETWORK_LIMIT_ANEW) {
                fail(server, &failure, event);
                return;
        }
        log_full(LOG_INFO, 0, ABOUT(MESSAGE_ID_NETWORK_CHANGED, &server->account),
                "The network has changed: the attempt at LwM2M Server %u begins anew.",
                server->account.short_server_id);
        event.failure = &failure;
        server_session_step(server, &event);
}

static const ConnectionHandler connection_handler = {
        .stage = on_stage,
        .answered = on_answered,
        .failed = on_failed,
        .alert = on_alert,
        .accepts = on_accepts,
        .request = on_request,
        .body = on_body,
        .block = on_block,
};

Announcement server_session_announcement(const Server *server)
{
        return (Announcement){
                .tables = server->context->settings.version,
                .version = server->machine.announced,
                .queue_mode = server->machine.queue_mode,
        };
}

/* What it is told of us is what holds, until it is told something else. */
static bool wants_queue_mode(const Server *server)
{
        return server->context->settings.queue_mode || binding_has_queue_mode(server->account.binding);
}

static int open_now(Server *server)
{
        const ClientSettings *settings = &server->context->settings;
        _cleanup_(request_done) Request request = REQUEST_INIT;
        Announcement announcement;
        char kind[sizeof("LwM2M Server 65535")];
        int r;

        if (server->version != settings->version) {
                server->version = settings->version;
                server->machine.announced = settings->version;
        }
        server->machine.queue_mode = wants_queue_mode(server);
        announcement = server_session_announcement(server);
        r = outgoing_register(
                server->context->store, settings->endpoint, &server->account, &announcement, &request);
        if (r < 0)
                return r;
        r = crypto_sha256(request.payload, request.payload_size, server->objects);
        if (r < 0)
                return r;
        (void)snprintf(kind, sizeof(kind), "LwM2M Server %u", server->account.short_server_id);
        return connection_open(server->context->event, server->context->clock, server->context->resolver,
                &(ConnectionSettings){
                        .uri = server->account.uri,
                        .credential = &server->account.credential,
                        .coap = settings->coap,
                        .trust_store = settings->trust_store,
                        .peer_kind = kind,
                        .short_server_id = server->account.short_server_id,
                },
                &server->memory, &request, &connection_handler, server, &server->connection);
}

static void on_update_answer(void *userdata, const Response *response, const Failure *failure)
{
        Server *server = userdata;
        RegistrationEvent event = {
                .type = REGISTRATION_EVENT_UPDATE_ANSWERED,
                .code = response ? response->code : CODE_NONE,
                .wait = response ? policy_wait_of(response) : 0,
        };
        Failure of_update;

        if (event.code == CODE_CHANGED) {
                server_count(&server->counting, CLIENT_COUNTER_UPDATES, 1);
                server_session_step(server, &event);
                return;
        }
        if (response)
                failure_set_update_rejected(&of_update, &server->account, response);
        else
                failure_set_update(&of_update, failure);
        fail(server, &of_update, event);
}

/* Not the network's fault: that the connection tells, from the loop. The machine waits before it tries
 * again. */
static void fail_unopened(Server *server, int error)
{
        Failure failure;

        failure_set_registration_unopened(&failure, &server->account, error);
        on_failed(server, &failure);
}

static void send_update(Server *server)
{
        Request request = REQUEST_INIT;
        Announcement announcement;
        int r;

        if (server->machine.sending & UPDATE_BINDING)
                server->machine.queue_mode = wants_queue_mode(server);
        announcement = server_session_announcement(server);
        r = outgoing_update(server->context->store, &server->account, &server->location, &announcement,
                server->machine.sending, &request);
        if (r >= 0 && server->machine.sending & UPDATE_OBJECTS)
                r = crypto_sha256(request.payload, request.payload_size, server->objects);
        if (r >= 0)
                connection_request(server->connection, &request, on_update_answer, server);
        else
                fail_unopened(server, r);
        request_done(&request);
}

static void on_deregistered(void *userdata)
{
        ClientContext *context = userdata;

        context->deregistrations--;
        if (context->deregistrations == 0 && context->deregistered)
                context->deregistered(context);
}

static int build_deregister(const Response *answer, Request *ret)
{
        if (answer->code != CODE_CREATED || answer->location.n == 0)
                return -ENOENT;
        return outgoing_deregister(&answer->location, ret);
}

void server_session_collect(Server *server)
{
        Counters counted;

        if (!server->connection)
                return;
        counted = connection_take_counters(server->connection);
        server_count_session(&server->counting, &counted, server->peer_address);
}

void server_session_deregister(Server *server)
{
        Counters counted;

        if (!server->connection)
                return;
        if (server->location.n > 0)
                log_full(LOG_INFO, 0, ABOUT(MESSAGE_ID_DEREGISTERED, &server->account),
                        "De-registering from LwM2M Server %u at %s.", server->account.short_server_id,
                        server->account.uri);
        server->context->deregistrations++;
        connection_close_with(TAKE_PTR(server->connection), build_deregister, DEREGISTER_TIMEOUT_USEC,
                on_deregistered, server->context, &counted);
        server_count_session(&server->counting, &counted, server->peer_address);
        server_count(&server->counting, CLIENT_COUNTER_DEREGISTRATIONS, server->location.n > 0);
        texts_done(&server->location);
}

static uint64_t last_message(const Server *server)
{
        return server->connection ? connection_counters(server->connection)->last_message : 0;
}

int server_session_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        Server *server = userdata;

        server_session_step(server, &(RegistrationEvent){
                                            .type = REGISTRATION_EVENT_TIMER,
                                            .last_message = last_message(server),
                                    });
        return 0;
}

/* Silence: whether the registration still stands an Update finds out. */
static void on_send_answer(void *userdata, const Response *response, const Failure *failure)
{
        Server *server = userdata;

        server_count(&server->counting, CLIENT_COUNTER_SENDS, response && response->code == CODE_CHANGED);
        sends_answered(&server->sends, &server->account, response, failure);
        if (response)
                heard(server);
        else
                server_session_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_UPDATE});
        look_at_sends(server);
}

/* The next one leaves, or an Update that wakes the server up for it, or nobody can send any more. */
static void look_at_sends(Server *server)
{
        if (!sends_wait(&server->sends))
                return;
        switch (server->machine.state) {
        case SERVER_REGISTERED:
                connection_request(server->connection, sends_begin(&server->sends), on_send_answer, server);
                break;
        case SERVER_SLEEPING:
                server_session_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_UPDATE});
                break;
        case SERVER_UPDATING:
        case SERVER_RESOLVING:
        case SERVER_HANDSHAKING:
        case SERVER_REQUESTING:
                break;
        case SERVER_IDLE:
        case SERVER_RETRY_WAIT:
        case SERVER_DISABLED:
        case SERVER_FAILED:
        case _SERVER_STATE_MAX:
                sends_end(&server->sends, &server->account);
                break;
        }
}

int server_session_send(Server *server, Request *request, ClientSent callback, void *userdata)
{
        int r = sends_add(&server->sends, request, callback, userdata);

        if (r == 0)
                look_at_sends(server);
        return r;
}

static void tell_awake(Server *server)
{
        bool awake = registration_is_awake(&server->machine);

        if (awake == server->awake)
                return;
        server->awake = awake;
        if (server->handler->awake)
                server->handler->awake(server->userdata, server, awake);
}

static void advance(Server *server, const RegistrationEvent *event)
{
        unsigned actions =
                registration_step(&server->machine, event, clock_boottime(server->context->clock));

        if (actions & (REGISTRATION_ACTION_CLOSE | REGISTRATION_ACTION_DEREGISTER))
                sends_lose(&server->sends, &server->account);
        if (actions & REGISTRATION_ACTION_CLOSE) {
                server_session_collect(server);
                server->connection = connection_close(server->connection);
                texts_done(&server->location);
        }
        if (actions & REGISTRATION_ACTION_DEREGISTER)
                server_session_deregister(server);
        if (actions & REGISTRATION_ACTION_OPEN) {
                int r = open_now(server);

                if (r < 0)
                        fail_unopened(server, r);
        }
        if (actions & REGISTRATION_ACTION_UPDATE)
                send_update(server);
        timer_set(server->timer, server->machine.deadline);
        if (actions & REGISTRATION_ACTION_REGISTERED) {
                server_count(&server->counting, CLIENT_COUNTER_REGISTRATIONS, 1);
                server->last_registration = clock_boottime(server->context->clock);
                server->handler->registered(server->userdata, server);
        }
        tell_awake(server);
        look_at_sends(server);
}

void server_session_step(Server *server, const RegistrationEvent *event)
{
        advance(server, event);
        server->handler->changed(server->userdata, server);
}
