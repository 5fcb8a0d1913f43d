/* SPDX-License-Identifier: Apache-2.0 */
/* One bootstrap attempt. */
#include "client/bootstrap_attempt.h"

#include "client/about.h"
#include "client/failure_text.h"
#include "client/policy.h"
#include "operation/bootstrap_pack.h"
#include "operation/operation.h"
#include "operation/outgoing.h"
#include "util/log.h"
#include "util/message_ids.h"

#define ABOUT_ATTEMPT(id, attempt, ...) \
        ABOUT(id, (attempt)->account, .attempt = (attempt)->machine->attempt, __VA_ARGS__)

struct BootstrapAttempt {
        ClientContext *context;
        const BootstrapMachine *machine;
        const Account *account;
        const BootstrapAttemptHandler *handler;
        void *userdata;
        Connection *connection;
        Request request; /* the last one of ours */
        bool proven;
        bool lingers;
        uint64_t extended_since; /* CLOCK_BOOTTIME usec: a request comes in blocks; 0: none does */
        sd_event_source *timer;  /* the linger's end */
        char pack_refusal[ACCOUNT_REASON_SIZE]; /* why its Bootstrap-Pack was not taken; "" */
};

BootstrapAttempt *bootstrap_attempt_free(BootstrapAttempt *attempt)
{
        if (!attempt)
                return NULL;
        (void)connection_close(attempt->connection);
        sd_event_source_disable_unref(attempt->timer);
        request_done(&attempt->request);
        free(attempt);
        return NULL;
}

static void tell(BootstrapAttempt *attempt, const BootstrapEvent *event)
{
        attempt->handler->event(attempt->userdata, event);
}

static void tell_answer(BootstrapAttempt *attempt, const Response *response)
{
        tell(attempt, &(BootstrapEvent){
                              .type = BOOTSTRAP_EVENT_ANSWERED,
                              .code = response->code,
                              .wait = policy_wait_of(response),
                      });
}

/* What is wrong with a pack may be all that is wrong, however the request behind it ends. */
static void fail(BootstrapAttempt *attempt, Failure *failure)
{
        if (attempt->pack_refusal[0])
                failure_set(failure, failure->name, "%s Its Bootstrap-Pack had been refused: %s.",
                        failure->sentence, attempt->pack_refusal);
        attempt->handler->failed(attempt->userdata, failure);
}

static void prove(BootstrapAttempt *attempt)
{
        if (!attempt->proven)
                attempt->handler->proven(attempt->userdata);
        attempt->proven = true;
}

static OperationContext operation_context(const BootstrapAttempt *attempt, AccountCheck *check)
{
        return (OperationContext){
                .store = attempt->context->store,
                .version = attempt->context->settings.version,
                .check = check,
                .max_body_size = attempt->context->settings.coap.max_body_size,
        };
}

/* What had to be mended of what the server wrote, and what was skipped of it. */
static void log_check(const BootstrapAttempt *attempt, const OperationContext *operation)
{
        const AccountCheck *check = operation->check;
        const LogAbout *about = ABOUT_ATTEMPT(MESSAGE_ID_BOOTSTRAP_REPAIRED, attempt);

        if (operation->note[0])
                log_full(LOG_INFO, 0, about, "%s", operation->note);
        for (size_t i = 0; i < check->n_repairs; i++)
                log_full(LOG_WARNING, 0, about, "%s", check->repairs[i]);
        if (check->n_more_repairs > 0)
                log_full(LOG_WARNING, 0, about, "And %zu more of the kind.", check->n_more_repairs);
}

/* -- Bootstrap-Pack -- */

/* True: its accounts are to be committed. False, and why is logged: a Bootstrap-Request is to follow. */
static bool take_pack(BootstrapAttempt *attempt, const Response *response)
{
        _cleanup_(freep) AccountCheck *check = calloc(1, sizeof(AccountCheck));
        OperationContext operation = operation_context(attempt, check);
        const char *uri = attempt->account->uri;
        Effects effects = {.n = 0};
        int r;

        r = check ? bootstrap_pack(&operation, response, &effects) : -ENOMEM;
        if (r < 0) {
                log_full(LOG_ERR, r, ABOUT_ATTEMPT(MESSAGE_ID_INTERNAL_ERROR, attempt),
                        "The Bootstrap-Pack of %s cannot be taken: %m", uri);
                return false;
        }
        log_check(attempt, &operation);
        if (effects_have(&effects, EFFECT_BOOTSTRAP_FINISHED))
                return true;
        log_full(LOG_WARNING, 0, ABOUT_ATTEMPT(MESSAGE_ID_BOOTSTRAP_PACK_REFUSED, attempt),
                "The Bootstrap-Pack of the Bootstrap Server at %s is refused: %s. A Bootstrap-Request "
                "follows.",
                uri, check->reason);
        memcpy(attempt->pack_refusal, check->reason, sizeof(attempt->pack_refusal));
        return false;
}

static void log_no_pack(const BootstrapAttempt *attempt, const Response *response)
{
        const char *uri = attempt->account->uri;
        char text[LIMIT_DIAGNOSTIC_SIZE + 1];

        if (bootstrap_lacks_pack(response->code))
                log_full(LOG_INFO, 0, ABOUT_ATTEMPT(MESSAGE_ID_BOOTSTRAP_PACK_REFUSED, attempt),
                        "The Bootstrap Server at %s has no Bootstrap-Pack (%u.%02u), it is asked for one no "
                        "more; a Bootstrap-Request follows.",
                        uri, CODE_ARGS(response->code));
        else
                log_full(LOG_NOTICE, 0, ABOUT_ATTEMPT(MESSAGE_ID_BOOTSTRAP_PACK_REFUSED, attempt),
                        "The Bootstrap Server at %s answered %u.%02u to the Bootstrap-Pack-Request%s%s; "
                        "a Bootstrap-Request follows.",
                        uri, CODE_ARGS(response->code), response_diagnostic(response, text)[0] ? ": " : "",
                        text);
}

/* Whatever it answers to the Bootstrap-Pack-Request, the attempt goes on. */
static void on_pack(BootstrapAttempt *attempt, const Response *response)
{
        if (response->code != CODE_CONTENT)
                log_no_pack(attempt, response);
        else if (take_pack(attempt, response)) {
                prove(attempt);
                tell(attempt, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_FINISHED});
                return;
        }
        tell_answer(attempt, response);
}

static bool on_unanswered(void *userdata)
{
        BootstrapAttempt *attempt = userdata;

        if (attempt->lingers || !attempt->machine->pack)
                return false;
        log_full(LOG_NOTICE, 0, ABOUT_ATTEMPT(MESSAGE_ID_BOOTSTRAP_PACK_REFUSED, attempt),
                "The Bootstrap Server at %s gave no answer to the Bootstrap-Pack-Request; a "
                "Bootstrap-Request follows.",
                attempt->account->uri);
        tell(attempt, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_UNANSWERED});
        return true;
}

/* -- Our requests -- */

static void on_stage(void *userdata, ConnectionStage stage)
{
        BootstrapAttempt *attempt = userdata;

        if (attempt->lingers)
                return;
        if (stage == CONNECTION_REQUESTING)
                history_ask(&attempt->context->history, &attempt->request, client_now(attempt->context));
        tell(attempt, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_STAGE, .stage = stage});
}

static void on_answered(void *userdata, const Response *response)
{
        BootstrapAttempt *attempt = userdata;
        Failure failure;

        if (attempt->lingers)
                return;
        history_answered(&attempt->context->history, response, client_now(attempt->context));
        attempt->extended_since = 0;
        if (attempt->machine->pack) {
                on_pack(attempt, response);
                return;
        }
        if (CODE_CLASS(response->code) == 2)
                prove(attempt);
        else if (bootstrap_refuses_format(attempt->machine, response->code))
                log_full(LOG_INFO, 0, ABOUT_ATTEMPT(NULL, attempt),
                        "The Bootstrap Server answered %u.%02u to the Bootstrap-Request with a preferred "
                        "Content-Format; asking again without it.",
                        CODE_ARGS(response->code));
        else {
                failure_set_bootstrap_rejected(
                        &failure, attempt->account->uri, attempt->context->endpoint, response);
                fail(attempt, &failure);
        }
        tell_answer(attempt, response);
}

static void on_failed(void *userdata, const Failure *failure)
{
        BootstrapAttempt *attempt = userdata;
        Failure copy = *failure;

        if (attempt->lingers) {
                attempt->handler->gone(attempt->userdata, attempt);
                return;
        }
        fail(attempt, &copy);
        tell(attempt, &(BootstrapEvent){
                              .type = BOOTSTRAP_EVENT_FAILED,
                              .of_the_way = failure_is_of_the_way(copy.name),
                              .lost = copy.name == FAILURE_CONNECTION_LOST,
                              .clock_unset = copy.name == FAILURE_CLOCK_NOT_SET,
                      });
}

static int build_request(BootstrapAttempt *attempt)
{
        const ClientSettings *settings = &attempt->context->settings;
        bool with_format = bootstrap_sends_format(attempt->machine);

        request_done(&attempt->request);
        attempt->request = REQUEST_INIT;
        if (attempt->machine->pack)
                return outgoing_bootstrap_pack_request(store_committed(attempt->context->store),
                        attempt->account, settings->endpoint, settings->preferred_content_format,
                        &attempt->request);
        return outgoing_bootstrap_request(attempt->account->uri, settings->endpoint,
                with_format ? settings->preferred_content_format : FORMAT_NONE, &attempt->request);
}

int bootstrap_attempt_request(BootstrapAttempt *attempt)
{
        int r;

        r = build_request(attempt);
        if (r < 0)
                return r;
        history_ask(&attempt->context->history, &attempt->request, client_now(attempt->context));
        return connection_reopen(attempt->connection, &attempt->request);
}

/* -- Its requests -- */

static void on_block(void *userdata)
{
        BootstrapAttempt *attempt = userdata;

        if (attempt->lingers)
                return;
        if (attempt->extended_since == 0)
                attempt->extended_since = clock_boottime(attempt->context->clock);
        tell(attempt, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_BLOCK});
}

/* An operator sees at once which operation was not taken, and why. */
static void log_refusal(const BootstrapAttempt *attempt, const Request *request, const Response *response)
{
        char operation[REQUEST_TEXT_SIZE], path[REQUEST_TEXT_SIZE], text[LIMIT_DIAGNOSTIC_SIZE + 1];

        if (CODE_CLASS(response->code) > 2)
                log_full(LOG_NOTICE, 0,
                        ABOUT_ATTEMPT(
                                MESSAGE_ID_BOOTSTRAP_REFUSED, attempt, .path = request_path(request, path)),
                        "Bootstrap Server: %s answered %u.%02u: %s", request_describe(request, operation),
                        CODE_ARGS(response->code), response_diagnostic(response, text));
}

static void refuse(BootstrapAttempt *attempt, const AccountCheck *check)
{
        attempt->handler->refused(attempt->userdata, check->reason);
        log_full(LOG_WARNING, 0, ABOUT_ATTEMPT(MESSAGE_ID_BOOTSTRAP_REFUSED, attempt, .path = "/bs"),
                "Bootstrap-Finish answered 4.06: %s", check->reason);
        tell(attempt, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_REFUSED});
}

static BootstrapSession session_of(const BootstrapAttempt *attempt)
{
        if (attempt->lingers)
                return BOOTSTRAP_SESSION_FINISHED;
        return bootstrap_in_session(attempt->machine) ? BOOTSTRAP_SESSION_OPEN : BOOTSTRAP_SESSION_NONE;
}

/* begin: CLOCK_BOOTTIME usec. The clock may have been set between two blocks. */
static void record_operation(
        BootstrapAttempt *attempt, const Request *request, const Response *response, uint64_t begin)
{
        ClientContext *context = attempt->context;

        history_operation(&context->history, request, response,
                client_to_realtime(context, attempt->extended_since ?: begin), client_now(context));
        attempt->extended_since = 0;
}

static void on_request(void *userdata, const Request *request, Response *ret_response)
{
        BootstrapAttempt *attempt = userdata;
        uint64_t begin = clock_boottime(attempt->context->clock);
        BootstrapSession session = session_of(attempt);
        _cleanup_(freep) AccountCheck *check = calloc(1, sizeof(AccountCheck));
        Effects effects;
        OperationContext operation = operation_context(attempt, check);
        int r;

        r = check ? operation_bootstrap(&operation, session, request, ret_response, &effects) : -ENOMEM;
        if (r < 0) {
                log_full(LOG_ERR, r, ABOUT_ATTEMPT(MESSAGE_ID_INTERNAL_ERROR, attempt),
                        "An operation of the Bootstrap Server failed: %m");
                response_set_error(ret_response, CODE_INTERNAL_ERROR, "out of memory");
        }
        if (session == BOOTSTRAP_SESSION_OPEN)
                record_operation(attempt, request, ret_response, begin);
        if (r < 0) {
                if (session == BOOTSTRAP_SESSION_OPEN)
                        tell(attempt, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_OPERATION});
                return;
        }
        log_check(attempt, &operation);
        if (session != BOOTSTRAP_SESSION_OPEN)
                return;
        prove(attempt);
        if (effects_have(&effects, EFFECT_BOOTSTRAP_FINISHED))
                tell(attempt, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_FINISHED});
        else if (effects_have(&effects, EFFECT_BOOTSTRAP_REFUSED))
                refuse(attempt, check);
        else {
                log_refusal(attempt, request, ret_response);
                tell(attempt, &(BootstrapEvent){
                                      .type = BOOTSTRAP_EVENT_OPERATION,
                                      .success = CODE_CLASS(ret_response->code) == 2,
                              });
        }
}

/* -- Beginning and end -- */

static const ConnectionHandler connection_handler = {
        .stage = on_stage,
        .answered = on_answered,
        .unanswered = on_unanswered,
        .failed = on_failed,
        .request = on_request,
        .block = on_block,
};

static int on_linger_end(sd_event_source *source, uint64_t usec, void *userdata)
{
        BootstrapAttempt *attempt = userdata;

        attempt->handler->gone(attempt->userdata, attempt);
        return 0;
}

int bootstrap_attempt_open(ClientContext *context, const BootstrapMachine *machine, const Account *account,
        ConnectionMemory *memory, const BootstrapAttemptHandler *handler, void *userdata,
        BootstrapAttempt **ret)
{
        _cleanup_(bootstrap_attempt_freep) BootstrapAttempt *attempt = calloc(1, sizeof(*attempt));
        int r;

        if (!attempt)
                return -ENOMEM;
        attempt->context = context;
        attempt->machine = machine;
        attempt->account = account;
        attempt->handler = handler;
        attempt->userdata = userdata;
        r = build_request(attempt);
        if (r < 0)
                return r;
        r = timer_new(context->event, on_linger_end, attempt, "bootstrap-linger", &attempt->timer);
        if (r < 0)
                return r;
        r = connection_open(context->event, context->clock, context->resolver,
                &(ConnectionSettings){
                        .uri = account->uri,
                        .credential = &account->credential,
                        .coap = context->settings.coap,
                        .trust_store = context->settings.trust_store,
                        .peer_kind = "Bootstrap Server",
                },
                memory, &attempt->request, &connection_handler, attempt, &attempt->connection);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(attempt);
        return 0;
}

void bootstrap_attempt_network_changed(BootstrapAttempt *attempt)
{
        connection_network_changed(attempt->connection);
}

bool bootstrap_attempt_is_stranded(const BootstrapAttempt *attempt)
{
        return connection_is_stranded(attempt->connection);
}

void bootstrap_attempt_linger(BootstrapAttempt *attempt)
{
        attempt->lingers = true;
        timer_set(attempt->timer, clock_boottime(attempt->context->clock) + COAP_LINGER_USEC);
}
