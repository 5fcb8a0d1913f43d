/* SPDX-License-Identifier: Apache-2.0 */
/* The bootstrap side of the client. */
#include "client/bootstrap.h"

#include <sys/queue.h>

#include "client/failure_text.h"
#include "operation/operation.h"
#include "operation/outgoing.h"
#include "util/log.h"

/* Sessions that linger after their Finish; one more drops the oldest. A server would have to bootstrap us as
 * often within COAP_LINGER_USEC. */
#define LINGERING_MAX 4

/* One attempt: its connection outlives it for a while after Finish, to replay the 2.04. */
typedef struct Attempt {
        Bootstrap *bootstrap;
        Connection *connection;
        bool lingers;
        bool proven;            /* the Bootstrap Server has answered, or was answered */
        sd_event_source *timer; /* the linger's end */
        TAILQ_ENTRY(Attempt) entries;
} Attempt;

struct Bootstrap {
        ClientContext *context;
        const BootstrapHandler *handler;
        void *userdata;
        BootstrapMachine machine;
        Account account;
        bool has_account;
        ConnectionMemory memory;
        Attempt *attempt; /* the one under way */
        TAILQ_HEAD(, Attempt) lingering;
        sd_event_source *timer;
        uint64_t armed;                    /* when the timer fires, CLOCK_BOOTTIME usec; 0: it is off */
        sd_event_source *finished;         /* the 2.04 leaves before anything else happens */
        char refusal[ACCOUNT_REASON_SIZE]; /* why the last Finish was answered 4.06 */
};

static void step(Bootstrap *bootstrap, const BootstrapEvent *event);

static Attempt *attempt_free(Attempt *attempt)
{
        if (!attempt)
                return NULL;
        if (attempt->lingers)
                TAILQ_REMOVE(&attempt->bootstrap->lingering, attempt, entries);
        (void)connection_close(attempt->connection);
        sd_event_source_disable_unref(attempt->timer);
        free(attempt);
        return NULL;
}

static void on_stage(void *userdata, ConnectionStage stage)
{
        Attempt *attempt = userdata;

        if (!attempt->lingers)
                step(attempt->bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_STAGE, .stage = stage});
}

static void prove(Attempt *attempt)
{
        if (!attempt->proven)
                attempt->bootstrap->handler->proven(attempt->bootstrap->userdata);
        attempt->proven = true;
}

static void on_answered(void *userdata, const Response *response)
{
        Attempt *attempt = userdata;
        Bootstrap *bootstrap = attempt->bootstrap;
        Failure failure;

        if (attempt->lingers)
                return;
        if (CODE_CLASS(response->code) == 2)
                prove(attempt);
        else if (bootstrap_refuses_format(&bootstrap->machine, response->code))
                log_info("The Bootstrap Server answered %u.%02u to the Bootstrap-Request with a preferred "
                         "Content-Format; asking again without it.",
                        CODE_ARGS(response->code));
        else {
                failure_set_bootstrap_rejected(
                        &failure, bootstrap->account.uri, bootstrap->context->endpoint, response);
                bootstrap->handler->failed(bootstrap->userdata, &failure);
        }
        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_ANSWERED, .code = response->code});
}

static void on_failed(void *userdata, const Failure *failure)
{
        Attempt *attempt = userdata;
        Bootstrap *bootstrap = attempt->bootstrap;
        Failure copy = *failure;

        if (attempt->lingers) {
                (void)attempt_free(attempt);
                return;
        }
        bootstrap->handler->failed(bootstrap->userdata, &copy);
        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_FAILED});
}

static void on_block(void *userdata)
{
        Attempt *attempt = userdata;

        if (!attempt->lingers)
                step(attempt->bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_BLOCK});
}

static int on_finished(sd_event_source *source, void *userdata)
{
        Bootstrap *bootstrap = userdata;

        bootstrap->handler->finished(bootstrap->userdata);
        return 0;
}

static int on_linger_end(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)attempt_free(userdata);
        return 0;
}

static void linger(Bootstrap *bootstrap)
{
        Attempt *attempt = TAKE_PTR(bootstrap->attempt);
        Attempt *oldest;
        size_t n = 0;

        TAILQ_FOREACH (oldest, &bootstrap->lingering, entries)
                n++;
        if (n >= LINGERING_MAX)
                (void)attempt_free(TAILQ_FIRST(&bootstrap->lingering));
        attempt->lingers = true;
        TAILQ_INSERT_TAIL(&bootstrap->lingering, attempt, entries);
        timer_set(attempt->timer, clock_boottime(bootstrap->context->clock) + COAP_LINGER_USEC);
}

static void finish(Bootstrap *bootstrap)
{
        bootstrap->handler->commit(bootstrap->userdata);
        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_FINISHED});
        linger(bootstrap);
        task_set(bootstrap->finished, true);
}

/* An operator sees at once which operation was not taken, and why. */
static void log_refusal(const Request *request, const Response *response)
{
        char operation[REQUEST_TEXT_SIZE], text[LIMIT_DIAGNOSTIC_SIZE + 1];

        if (CODE_CLASS(response->code) > 2)
                log_notice("Bootstrap Server: %s answered %u.%02u: %s", request_describe(request, operation),
                        CODE_ARGS(response->code), response_diagnostic(response, text));
}

static void log_check(const AccountCheck *check)
{
        for (size_t i = 0; i < check->n_repairs; i++)
                log_warning("%s", check->repairs[i]);
        if (check->n_more_repairs > 0)
                log_warning("And %zu more of the kind.", check->n_more_repairs);
}

static void refuse(Bootstrap *bootstrap, const AccountCheck *check)
{
        memcpy(bootstrap->refusal, check->reason, sizeof(bootstrap->refusal));
        log_warning("Bootstrap-Finish answered 4.06: %s", check->reason);
        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_REFUSED});
}

static void on_request(void *userdata, const Request *request, Response *ret_response)
{
        Attempt *attempt = userdata;
        Bootstrap *bootstrap = attempt->bootstrap;
        bool session = !attempt->lingers && bootstrap_in_session(&bootstrap->machine);
        BootstrapSession state = attempt->lingers ? BOOTSTRAP_SESSION_FINISHED
                                 : session        ? BOOTSTRAP_SESSION_OPEN
                                                  : BOOTSTRAP_SESSION_NONE;
        _cleanup_(freep) AccountCheck *check = calloc(1, sizeof(AccountCheck));
        Effects effects = {.n = 0};
        OperationContext operation = {
                .store = bootstrap->context->store,
                .version = bootstrap->context->settings.version,
                .check = check,
                .max_body_size = bootstrap->context->settings.coap.max_body_size,
        };
        int r;

        r = check ? operation_bootstrap(&operation, state, request, ret_response, &effects) : -ENOMEM;
        if (r < 0) {
                log_error_errno(r, "An operation of the Bootstrap Server failed: %m");
                response_set_error(ret_response, CODE_INTERNAL_ERROR, "out of memory");
                if (session)
                        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_OPERATION});
                return;
        }
        if (operation.note[0])
                log_info("%s", operation.note);
        if (!session)
                return;
        prove(attempt);
        log_check(check);
        if (effects_have(&effects, EFFECT_BOOTSTRAP_FINISHED))
                finish(bootstrap);
        else if (effects_have(&effects, EFFECT_BOOTSTRAP_REFUSED))
                refuse(bootstrap, check);
        else {
                log_refusal(request, ret_response);
                step(bootstrap, &(BootstrapEvent){
                                        .type = BOOTSTRAP_EVENT_OPERATION,
                                        .success = CODE_CLASS(ret_response->code) == 2,
                                });
        }
}

static const ConnectionHandler connection_handler = {
        .stage = on_stage,
        .answered = on_answered,
        .failed = on_failed,
        .request = on_request,
        .block = on_block,
};

static int build_request(const Bootstrap *bootstrap, Request *ret)
{
        const ClientSettings *settings = &bootstrap->context->settings;
        bool with_format = bootstrap_sends_format(&bootstrap->machine);

        return outgoing_bootstrap_request(bootstrap->account.uri, settings->endpoint,
                with_format ? settings->preferred_content_format : FORMAT_NONE, ret);
}

/* Once operations have begun the answer to the request does not matter any more. */
static void on_answered_again(void *userdata, const Response *response, const Failure *failure)
{
        Attempt *attempt = userdata;

        if (response)
                on_answered(attempt, response);
        else if (attempt->bootstrap->machine.phase == BOOTSTRAP_REQUESTING)
                on_failed(attempt, failure);
}

static void request_again(Bootstrap *bootstrap)
{
        Request request = REQUEST_INIT;
        Failure failure;
        int r;

        r = build_request(bootstrap, &request);
        if (r < 0) {
                failure_set_bootstrap_unopened(&failure, bootstrap->account.uri, r);
                on_failed(bootstrap->attempt, &failure);
                return;
        }
        connection_request(bootstrap->attempt->connection, &request, on_answered_again, bootstrap->attempt);
        request_done(&request);
}

static int open_now(Bootstrap *bootstrap)
{
        const ClientSettings *settings = &bootstrap->context->settings;
        Request request = REQUEST_INIT;
        int r;

        r = build_request(bootstrap, &request);
        if (r < 0)
                return r;
        bootstrap->attempt = calloc(1, sizeof(Attempt));
        if (!bootstrap->attempt) {
                request_done(&request);
                return -ENOMEM;
        }
        bootstrap->attempt->bootstrap = bootstrap;
        r = timer_new(bootstrap->context->event, on_linger_end, bootstrap->attempt, "bootstrap-linger",
                &bootstrap->attempt->timer);
        if (r < 0) {
                request_done(&request);
                return r;
        }
        r = connection_open(bootstrap->context->event, bootstrap->context->clock,
                bootstrap->context->resolver,
                &(ConnectionSettings){
                        .uri = bootstrap->account.uri,
                        .mode = bootstrap->account.mode,
                        .identity = &bootstrap->account.identity,
                        .key = &bootstrap->account.key,
                        .coap = settings->coap,
                        .peer_kind = "Bootstrap Server",
                },
                &bootstrap->memory, &request, &connection_handler, bootstrap->attempt,
                &bootstrap->attempt->connection);
        request_done(&request);
        return r;
}

/* False: it has failed, not by the network's fault: that the connection tells, from the loop. */
static bool open_attempt(Bootstrap *bootstrap)
{
        Failure failure;
        int r = open_now(bootstrap);

        if (r >= 0)
                return true;
        bootstrap->attempt = attempt_free(bootstrap->attempt);
        failure_set_bootstrap_unopened(&failure, bootstrap->account.uri, r);
        bootstrap->handler->failed(bootstrap->userdata, &failure);
        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_FAILED});
        return false;
}

static void close_attempt(Bootstrap *bootstrap)
{
        store_rollback(bootstrap->context->store);
        bootstrap->attempt = attempt_free(bootstrap->attempt);
}

static void report_silence(Bootstrap *bootstrap, unsigned actions)
{
        const char *uri = bootstrap->account.uri;
        uint64_t timeout = bootstrap->machine.policy.timeout;
        Failure failure;

        if (actions & BOOTSTRAP_ACTION_REFUSED)
                failure_set_bootstrap_inconsistent(&failure, uri, bootstrap->refusal, timeout);
        else if (actions & BOOTSTRAP_ACTION_SILENT)
                failure_set_bootstrap_silent(&failure, uri, bootstrap->context->endpoint, timeout);
        else
                return;
        bootstrap->handler->failed(bootstrap->userdata, &failure);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        Bootstrap *bootstrap = userdata;

        bootstrap->armed = 0;
        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_TIMER});
        return 0;
}

/* A deadline that only moves away, as each operation moves it, leaves the timer: it fires early, changes
 * nothing, and is set again then. */
static void arm(Bootstrap *bootstrap)
{
        uint64_t deadline = bootstrap->machine.deadline;

        if (deadline != 0 && bootstrap->armed != 0 && bootstrap->armed <= deadline)
                return;
        timer_set(bootstrap->timer, deadline);
        bootstrap->armed = deadline;
}

static void step(Bootstrap *bootstrap, const BootstrapEvent *event)
{
        BootstrapPhase phase = bootstrap->machine.phase;
        unsigned attempt = bootstrap->machine.attempt;
        bool delays = event->type != BOOTSTRAP_EVENT_OPERATION && event->type != BOOTSTRAP_EVENT_BLOCK;
        uint64_t now = clock_boottime(bootstrap->context->clock);
        unsigned actions = bootstrap_step(&bootstrap->machine, event, now, delays ? client_random() : 0.0);

        if (actions & BOOTSTRAP_ACTION_CLOSE)
                close_attempt(bootstrap);
        report_silence(bootstrap, actions);
        if ((actions & BOOTSTRAP_ACTION_OPEN) && !open_attempt(bootstrap))
                return;
        if (actions & BOOTSTRAP_ACTION_REQUEST)
                request_again(bootstrap);
        arm(bootstrap);
        if (bootstrap->machine.phase == BOOTSTRAP_RETRY_WAIT && phase != BOOTSTRAP_RETRY_WAIT)
                log_info("Bootstrap attempt %u of %u begins in %llu s.", bootstrap->machine.attempt + 1,
                        bootstrap->machine.policy.retry_count + 1,
                        (unsigned long long)((bootstrap->machine.deadline - now) / USEC_PER_SEC));
        if (actions & BOOTSTRAP_ACTION_EXHAUSTED)
                bootstrap->handler->exhausted(bootstrap->userdata);
        if (actions != 0 || bootstrap->machine.phase != phase || bootstrap->machine.attempt != attempt)
                bootstrap->handler->changed(bootstrap->userdata);
}

int bootstrap_new(ClientContext *context, const BootstrapHandler *handler, void *userdata, Bootstrap **ret)
{
        Bootstrap *bootstrap = calloc(1, sizeof(*bootstrap));
        int r;

        if (!bootstrap)
                return -ENOMEM;
        TAILQ_INIT(&bootstrap->lingering);
        r = timer_new(context->event, on_timer, bootstrap, "bootstrap", &bootstrap->timer);
        if (r >= 0)
                r = task_new(
                        context->event, on_finished, bootstrap, "bootstrap-finished", &bootstrap->finished);
        if (r < 0) {
                (void)bootstrap_free(bootstrap);
                return r;
        }
        bootstrap->context = context;
        bootstrap->handler = handler;
        bootstrap->userdata = userdata;
        *ret = bootstrap;
        return 0;
}

Bootstrap *bootstrap_free(Bootstrap *bootstrap)
{
        if (!bootstrap)
                return NULL;
        while (!TAILQ_EMPTY(&bootstrap->lingering))
                (void)attempt_free(TAILQ_FIRST(&bootstrap->lingering));
        (void)attempt_free(bootstrap->attempt);
        sd_event_source_disable_unref(bootstrap->timer);
        sd_event_source_disable_unref(bootstrap->finished);
        account_done(&bootstrap->account);
        free(bootstrap);
        return NULL;
}

void bootstrap_set_account(Bootstrap *bootstrap, Account *account, const BootstrapPolicy *policy)
{
        if (!account || !bootstrap->account.uri || strcmp(account->uri, bootstrap->account.uri) != 0)
                bootstrap->memory = (ConnectionMemory){0};
        account_done(&bootstrap->account);
        bootstrap->account = account ? *account : (Account){0};
        bootstrap->has_account = account != NULL;
        if (account) {
                *account = (Account){0};
                bootstrap->machine.policy = *policy;
        }
}

const Account *bootstrap_account(const Bootstrap *bootstrap)
{
        return bootstrap->has_account ? &bootstrap->account : NULL;
}

void bootstrap_begin(Bootstrap *bootstrap, bool now)
{
        step(bootstrap, &(BootstrapEvent){.type = now ? BOOTSTRAP_EVENT_BEGIN_NOW : BOOTSTRAP_EVENT_BEGIN});
}

void bootstrap_abort(Bootstrap *bootstrap)
{
        task_set(bootstrap->finished, false);
        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_ABORT});
}

void bootstrap_forget_attempts(Bootstrap *bootstrap)
{
        bootstrap_reset_counter(&bootstrap->machine);
}

const BootstrapMachine *bootstrap_machine(const Bootstrap *bootstrap)
{
        return &bootstrap->machine;
}
