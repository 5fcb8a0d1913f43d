/* SPDX-License-Identifier: Apache-2.0 */
/* One LwM2M Server: does what its registration machine says. */
#include "client/server.h"

#include <stdio.h>

#include "client/failure_text.h"
#include "coap/address_list.h"
#include "operation/outgoing.h"
#include "util/crypto.h"
#include "util/log.h"

struct Server {
        ClientContext *context;
        const ServerHandler *handler;
        void *userdata;
        Account account;
        Lwm2mVersion version; /* of the tables, for which .machine.announced holds */
        RegistrationMachine machine;
        Connection *connection;
        ConnectionMemory memory;
        Texts location;
        uint8_t objects[SHA256_SIZE]; /* of the object list announced last */
        sd_event_source *timer;
        uint64_t last_registration; /* CLOCK_BOOTTIME usec */
        char peer_address[ADDRESS_TEXT_SIZE];
        char note[POLICY_NOTE_SIZE]; /* which values of the account are clamped */
};

static void advance(Server *server, const RegistrationEvent *event);
static void server_step(Server *server, const RegistrationEvent *event);

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
        server_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_STAGE, .stage = stage});
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
                server_step(server,
                        &(RegistrationEvent){.type = REGISTRATION_EVENT_ANSWERED, .code = CODE_CREATED});
                return;
        }
        fail(server, &failure, (RegistrationEvent){.type = REGISTRATION_EVENT_FAILED});
}

static void on_answered(void *userdata, const Response *response)
{
        Server *server = userdata;
        Failure failure;
        RegistrationEvent event = {.type = REGISTRATION_EVENT_ANSWERED, .code = response->code};

        if (response->code == CODE_CREATED)
                on_created(server, response);
        else if (response->code == CODE_PRECONDITION_FAILED && server->machine.announced > LWM2M_1_0) {
                log_info("LwM2M Server %u does not take LwM2M %s; trying the version below.",
                        server->account.short_server_id, lwm2m_version_to_string(server->machine.announced));
                server_step(server, &event);
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

/* Before its 2.01 a server has nothing to ask: Core TS 6.3. */
static bool on_accepts(void *userdata)
{
        const Server *server = userdata;

        return server_state_is_registered(server->machine.state);
}

static void on_request(void *userdata, const Request *request, Response *ret_response)
{
        Server *server = userdata;

        server->handler->request(server->userdata, server, request, ret_response);
}

static const ConnectionHandler connection_handler = {
        .stage = on_stage,
        .answered = on_answered,
        .failed = on_failed,
        .accepts = on_accepts,
        .request = on_request,
};

static int open_now(Server *server)
{
        const ClientSettings *settings = &server->context->settings;
        _cleanup_(request_done) Request request = REQUEST_INIT;
        char kind[sizeof("LwM2M Server 65535")];
        int r;

        if (server->version != settings->version) {
                server->version = settings->version;
                server->machine.announced = settings->version;
        }
        r = outgoing_register(server->context->store, settings->endpoint, &server->account,
                settings->version, server->machine.announced, &request);
        if (r < 0)
                return r;
        r = crypto_sha256(request.payload, request.payload_size, server->objects);
        if (r < 0)
                return r;
        (void)snprintf(kind, sizeof(kind), "LwM2M Server %u", server->account.short_server_id);
        return connection_open(server->context->event, server->context->clock, server->context->resolver,
                &(ConnectionSettings){
                        .uri = server->account.uri,
                        .mode = server->account.mode,
                        .identity = &server->account.identity,
                        .key = &server->account.key,
                        .coap = settings->coap,
                        .peer_kind = kind,
                },
                &server->memory, &request, &connection_handler, server, &server->connection);
}

static void on_update_answer(void *userdata, const Response *response, const Failure *failure)
{
        Server *server = userdata;
        RegistrationEvent event = {
                .type = REGISTRATION_EVENT_UPDATE_ANSWERED,
                .code = response ? response->code : CODE_NONE,
        };
        Failure of_update;

        if (event.code == CODE_CHANGED) {
                server_step(server, &event);
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
        const ClientSettings *settings = &server->context->settings;
        Request request = REQUEST_INIT;
        int r;

        r = outgoing_update(server->context->store, &server->account, &server->location, settings->version,
                server->machine.announced, server->machine.sending, &request);
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

/* Not waited for, except by an orderly stop. A Register under way ends so, too, once it is answered. */
static void deregister(Server *server)
{
        if (!server->connection)
                return;
        server->context->deregistrations++;
        connection_close_with(TAKE_PTR(server->connection), build_deregister, DEREGISTER_TIMEOUT_USEC,
                on_deregistered, server->context);
        texts_done(&server->location);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        server_step(userdata, &(RegistrationEvent){.type = REGISTRATION_EVENT_TIMER});
        return 0;
}

static void advance(Server *server, const RegistrationEvent *event)
{
        unsigned actions =
                registration_step(&server->machine, event, clock_boottime(server->context->clock));

        if (actions & REGISTRATION_ACTION_CLOSE)
                server->connection = connection_close(server->connection);
        if (actions & REGISTRATION_ACTION_DEREGISTER)
                deregister(server);
        if (actions & REGISTRATION_ACTION_OPEN) {
                int r = open_now(server);

                if (r < 0)
                        fail_unopened(server, r);
        }
        if (actions & REGISTRATION_ACTION_UPDATE)
                send_update(server);
        timer_set(server->timer, server->machine.deadline);
        if (actions & REGISTRATION_ACTION_REGISTERED) {
                server->last_registration = clock_boottime(server->context->clock);
                server->handler->registered(server->userdata, server);
        }
}

static void server_step(Server *server, const RegistrationEvent *event)
{
        advance(server, event);
        server->handler->changed(server->userdata, server);
}

int server_new(
        ClientContext *context, bool succeeded, const ServerHandler *handler, void *userdata, Server **ret)
{
        Server *server = calloc(1, sizeof(*server));
        int r;

        if (!server)
                return -ENOMEM;
        server->context = context;
        server->handler = handler;
        server->userdata = userdata;
        server->version = context->settings.version;
        server->machine.announced = context->settings.version;
        server->machine.succeeded = succeeded;
        r = timer_new(context->event, on_timer, server, "registration", &server->timer);
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
        server->connection = connection_close(server->connection);
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

uint64_t server_registered_since(const Server *server)
{
        return server_state_is_registered(server->machine.state) ? server->machine.registered_at : 0;
}

Lwm2mVersion server_announced(const Server *server)
{
        return server->machine.announced;
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

void server_inherit(Server *server, const Server *older)
{
        if (server->account.short_server_id != older->account.short_server_id ||
                strcmp(server->account.uri, older->account.uri) != 0)
                return;
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
        uint64_t update = server->machine.state == SERVER_REGISTERED ? server->machine.deadline : 0;
        uint64_t retry = server_end_of_wait(server);

        *ret = (ClientServer){
                .short_server_id = server->account.short_server_id,
                .uri = server->account.uri,
                .security_mode = security_mode_to_string(server->account.mode),
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
        };
}

void server_refresh(Server *server, Account *account, const RegistrationPolicy *policy, const char *note)
{
        account_done(&server->account);
        server->account = *account;
        *account = (Account){0};
        server->machine.policy = *policy;
        if (note[0] && strcmp(note, server->note) != 0)
                log_notice(
                        "LwM2M Server %u asks for more than can be granted without losing the device: %s.",
                        server->account.short_server_id, note);
        (void)snprintf(server->note, sizeof(server->note), "%s", note);
}

void server_begin(Server *server)
{
        server_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_BEGIN});
}

void server_begin_now(Server *server)
{
        server_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_BEGIN_NOW});
}

void server_halt(Server *server)
{
        server_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_HALT});
}

void server_give_up(Server *server, const Failure *failure)
{
        server_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_GIVE_UP, .failure = failure});
}

void server_update(Server *server, unsigned parts)
{
        server_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_UPDATE, .parts = parts});
}

void server_announce_objects(Server *server)
{
        _cleanup_(request_done) Request request = REQUEST_INIT;
        uint8_t now[SHA256_SIZE];
        int r;

        r = outgoing_update(server->context->store, &server->account, &server->location,
                server->context->settings.version, server->machine.announced, UPDATE_OBJECTS, &request);
        if (r >= 0)
                r = crypto_sha256(request.payload, request.payload_size, now);
        /* What cannot be compared is announced. */
        if (r < 0 || memcmp(now, server->objects, sizeof(now)) != 0)
                server_update(server, UPDATE_OBJECTS);
}

void server_disable(Server *server, uint64_t duration_usec)
{
        uint64_t timeout = (uint64_t)MAX_OF(server->account.disable_timeout, 0) * USEC_PER_SEC;
        uint64_t duration = duration_usec > 0 ? duration_usec : timeout;

        log_info("LwM2M Server %u is disabled for %llu s.", server->account.short_server_id,
                (unsigned long long)(duration / USEC_PER_SEC));
        server_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_DISABLE, .duration = duration});
}

void server_deregister(Server *server)
{
        deregister(server);
        (void)server_free(server);
}
