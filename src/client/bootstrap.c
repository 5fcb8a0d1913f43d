/* SPDX-License-Identifier: Apache-2.0 */
/* The bootstrap side of the client. */
#include "client/bootstrap.h"

#include <stdio.h>

#include "client/about.h"
#include "client/bootstrap_attempt.h"
#include "client/failure_text.h"
#include "client/network_limiter.h"
#include "client/pack_memory.h"
#include "model/account_check.h"
#include "util/log.h"
#include "util/message_ids.h"

/* Sessions that linger after their Finish; one more drops the oldest. A server would have to bootstrap us as
 * often within COAP_LINGER_USEC. */
#define LINGERING_MAX 4

struct Bootstrap {
        ClientContext *context;
        const BootstrapHandler *handler;
        void *userdata;
        BootstrapMachine machine;
        BootstrapTrigger trigger; /* of the series that runs */
        const char *aborted;      /* why it is, while it is */
        Account account;
        bool has_account;
        ConnectionMemory memory;
        PackMemory without_pack;
        BootstrapAttempt *attempt; /* the one under way */
        BootstrapAttempt *lingering[LINGERING_MAX];
        size_t next_lingering; /* the oldest one, where all are taken */
        sd_event_source *timer;
        uint64_t armed;                    /* when the timer fires, CLOCK_BOOTTIME usec; 0: it is off */
        sd_event_source *finished;         /* the 2.04 leaves before anything else happens */
        char refusal[ACCOUNT_REASON_SIZE]; /* why the last Finish was answered 4.06 */
};

static void step(Bootstrap *bootstrap, const BootstrapEvent *event);

static int on_finished(sd_event_source *source, void *userdata)
{
        Bootstrap *bootstrap = userdata;

        bootstrap->handler->finished(bootstrap->userdata);
        return 0;
}

/* Answered, its connection lives on for a while, to replay the 2.04. */
static void linger(Bootstrap *bootstrap)
{
        BootstrapAttempt **slot = &bootstrap->lingering[bootstrap->next_lingering];

        bootstrap->next_lingering = (bootstrap->next_lingering + 1) % LINGERING_MAX;
        (void)bootstrap_attempt_free(*slot);
        *slot = TAKE_PTR(bootstrap->attempt);
        bootstrap_attempt_linger(*slot);
}

static void finish(Bootstrap *bootstrap, const BootstrapEvent *event)
{
        bootstrap->handler->commit(bootstrap->userdata);
        history_prolong(&bootstrap->context->history, client_now(bootstrap->context));
        step(bootstrap, event);
        linger(bootstrap);
        task_set(bootstrap->finished, true);
}

static void on_event(void *userdata, const BootstrapEvent *event)
{
        if (event->type == BOOTSTRAP_EVENT_FINISHED)
                finish(userdata, event);
        else
                step(userdata, event);
}

static void tell_failure(Bootstrap *bootstrap, const Failure *failure)
{
        history_failed(&bootstrap->context->history, failure);
        bootstrap->handler->failed(bootstrap->userdata, failure);
}

static void on_failed(void *userdata, const Failure *failure)
{
        tell_failure(userdata, failure);
}

static void on_proven(void *userdata)
{
        Bootstrap *bootstrap = userdata;

        bootstrap->handler->proven(bootstrap->userdata);
}

static void on_refused(void *userdata, const char *reason)
{
        Bootstrap *bootstrap = userdata;

        (void)snprintf(bootstrap->refusal, sizeof(bootstrap->refusal), "%s", reason);
}

static void on_gone(void *userdata, BootstrapAttempt *attempt)
{
        Bootstrap *bootstrap = userdata;

        for (size_t i = 0; i < LINGERING_MAX; i++)
                if (bootstrap->lingering[i] == attempt)
                        bootstrap->lingering[i] = bootstrap_attempt_free(attempt);
}

static const BootstrapAttemptHandler attempt_handler = {
        .event = on_event,
        .failed = on_failed,
        .proven = on_proven,
        .refused = on_refused,
        .gone = on_gone,
};

/* It could not even ask, not by the network's fault: that is told from the loop. */
static void fail_attempt(Bootstrap *bootstrap, int error)
{
        Failure failure;

        failure_set_bootstrap_unopened(&failure, bootstrap->account.uri, error);
        tell_failure(bootstrap, &failure);
        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_FAILED});
}

/* False: it has failed, and what follows from that has been done. */
static bool open_attempt(Bootstrap *bootstrap)
{
        int r = bootstrap_attempt_open(bootstrap->context, &bootstrap->machine, &bootstrap->account,
                &bootstrap->memory, &attempt_handler, bootstrap, &bootstrap->attempt);

        bootstrap->context->counters.values[CLIENT_COUNTER_BOOTSTRAP_ATTEMPTS]++;
        if (r < 0)
                fail_attempt(bootstrap, r);
        return r >= 0;
}

static bool request_again(Bootstrap *bootstrap)
{
        int r = bootstrap_attempt_request(bootstrap->attempt);

        if (r < 0)
                fail_attempt(bootstrap, r);
        return r >= 0;
}

static void close_attempt(Bootstrap *bootstrap)
{
        store_rollback(bootstrap->context->store);
        bootstrap->attempt = bootstrap_attempt_free(bootstrap->attempt);
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
        tell_failure(bootstrap, &failure);
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

/* What it left unfinished is all that nobody has told yet. */
static void give_up_pack(Bootstrap *bootstrap, const BootstrapEvent *event)
{
        store_rollback(bootstrap->context->store);
        if (bootstrap->machine.without_pack)
                pack_memory_add(&bootstrap->without_pack, &bootstrap->account);
        if (event->type == BOOTSTRAP_EVENT_TIMER)
                log_full(LOG_NOTICE, 0,
                        ABOUT(MESSAGE_ID_BOOTSTRAP_PACK_REFUSED, &bootstrap->account,
                                .attempt = bootstrap->machine.attempt),
                        "The Bootstrap Server at %s has left its Bootstrap-Pack unfinished for %llu s; a "
                        "Bootstrap-Request follows.",
                        bootstrap->account.uri,
                        (unsigned long long)(bootstrap->machine.policy.timeout / USEC_PER_SEC));
}

static void tell_wait(const Bootstrap *bootstrap, uint64_t now)
{
        const BootstrapMachine *machine = &bootstrap->machine;
        const unsigned next = machine->attempt + !machine->repeats;

        if (machine->phase == BOOTSTRAP_HOLD_OFF || machine->phase == BOOTSTRAP_RETRY_WAIT)
                log_full(LOG_INFO, 0, ABOUT(NULL, &bootstrap->account, .attempt = next),
                        "Bootstrap attempt %u of %u begins in %llu s.", next,
                        machine->policy.retry_count + 1,
                        (unsigned long long)((machine->deadline - now) / USEC_PER_SEC));
}

/* A series has ended, or another one has taken its place. */
static void record_end(const Bootstrap *bootstrap, const BootstrapEvent *event, unsigned actions)
{
        HistoryResult result = event->type == BOOTSTRAP_EVENT_FINISHED ? HISTORY_FINISHED
                               : actions & BOOTSTRAP_ACTION_EXHAUSTED  ? HISTORY_FAILED
                                                                       : HISTORY_ABORTED;

        history_end(
                &bootstrap->context->history, result, bootstrap->aborted, client_now(bootstrap->context));
}

/* What a step means to the history; before is the machine as it was. */
static void record(const Bootstrap *bootstrap, const BootstrapMachine *before, const BootstrapEvent *event,
        unsigned actions)
{
        History *history = &bootstrap->context->history;
        const BootstrapMachine *machine = &bootstrap->machine;
        bool begins = event->type == BOOTSTRAP_EVENT_BEGIN_NOW ||
                      (event->type == BOOTSTRAP_EVENT_BEGIN && before->phase == BOOTSTRAP_IDLE);
        uint64_t now = client_now(bootstrap->context);

        if (actions & BOOTSTRAP_ACTION_CLOSE)
                history_answered(history, NULL, now);
        if (begins || machine->phase == BOOTSTRAP_IDLE)
                record_end(bootstrap, event, actions);
        if (begins && machine->phase != BOOTSTRAP_IDLE)
                history_begin(history, bootstrap->trigger, bootstrap->account.uri, now);
        if (actions & BOOTSTRAP_ACTION_OPEN)
                history_attempt(history, begins || machine->attempt != before->attempt);
}

static void step(Bootstrap *bootstrap, const BootstrapEvent *event)
{
        const BootstrapMachine before = bootstrap->machine;
        bool delays = event->type != BOOTSTRAP_EVENT_OPERATION && event->type != BOOTSTRAP_EVENT_BLOCK;
        uint64_t now = clock_boottime(bootstrap->context->clock);
        unsigned actions = bootstrap_step(&bootstrap->machine, event, now, delays ? client_random() : 0.0);

        if (actions & BOOTSTRAP_ACTION_CLOSE)
                close_attempt(bootstrap);
        if (actions & BOOTSTRAP_ACTION_ROLLBACK)
                give_up_pack(bootstrap, event);
        report_silence(bootstrap, actions);
        record(bootstrap, &before, event, actions);
        if ((actions & BOOTSTRAP_ACTION_OPEN) && !open_attempt(bootstrap))
                return;
        if ((actions & BOOTSTRAP_ACTION_REQUEST) && !request_again(bootstrap))
                return;
        arm(bootstrap);
        if (bootstrap->machine.phase != before.phase)
                tell_wait(bootstrap, now);
        if (actions & BOOTSTRAP_ACTION_EXHAUSTED)
                bootstrap->handler->exhausted(bootstrap->userdata);
        if (actions != 0 || bootstrap->machine.phase != before.phase ||
                bootstrap->machine.attempt != before.attempt)
                bootstrap->handler->changed(bootstrap->userdata);
}

int bootstrap_new(ClientContext *context, const BootstrapHandler *handler, void *userdata, Bootstrap **ret)
{
        Bootstrap *bootstrap = calloc(1, sizeof(*bootstrap));
        int r;

        if (!bootstrap)
                return -ENOMEM;
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
        for (size_t i = 0; i < LINGERING_MAX; i++)
                (void)bootstrap_attempt_free(bootstrap->lingering[i]);
        (void)bootstrap_attempt_free(bootstrap->attempt);
        sd_event_source_disable_unref(bootstrap->timer);
        sd_event_source_disable_unref(bootstrap->finished);
        account_done(&bootstrap->account);
        free(bootstrap);
        return NULL;
}

void bootstrap_set_account(Bootstrap *bootstrap, Account *account, const BootstrapPolicy *policy)
{
        if (!account || !bootstrap->account.uri || strcmp(account->uri, bootstrap->account.uri) != 0) {
                bootstrap->memory = (ConnectionMemory){0};
                bootstrap_forget_wait(&bootstrap->machine);
                connection_memory_renew(&bootstrap->memory);
        }
        account_done(&bootstrap->account);
        bootstrap->account = account ? *account : (Account){0};
        bootstrap->has_account = account != NULL;
        if (account) {
                *account = (Account){0};
                bootstrap->machine.policy = *policy;
                bootstrap->machine.without_pack =
                        pack_memory_has(&bootstrap->without_pack, &bootstrap->account);
        }
}

const Account *bootstrap_account(const Bootstrap *bootstrap)
{
        return bootstrap->has_account ? &bootstrap->account : NULL;
}

void bootstrap_begin(Bootstrap *bootstrap, BootstrapTrigger trigger, bool now)
{
        bootstrap->trigger = trigger;
        bootstrap->aborted = "Another series has begun in its place.";
        step(bootstrap, &(BootstrapEvent){.type = now ? BOOTSTRAP_EVENT_BEGIN_NOW : BOOTSTRAP_EVENT_BEGIN});
}

void bootstrap_abort(Bootstrap *bootstrap, const char *why)
{
        bootstrap->aborted = why;
        task_set(bootstrap->finished, false);
        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_ABORT});
}

void bootstrap_ignore_wait(Bootstrap *bootstrap)
{
        bootstrap_forget_wait(&bootstrap->machine);
}

void bootstrap_forget_attempts(Bootstrap *bootstrap)
{
        bootstrap_reset_counter(&bootstrap->machine);
}

void bootstrap_network_changed(Bootstrap *bootstrap)
{
        if (bootstrap->attempt)
                bootstrap_attempt_network_changed(bootstrap->attempt);
}

bool bootstrap_is_stranded(const Bootstrap *bootstrap)
{
        return bootstrap->attempt && bootstrap_attempt_is_stranded(bootstrap->attempt);
}

void bootstrap_renew_session(Bootstrap *bootstrap)
{
        Failure failure;

        if (bootstrap->machine.anew < NETWORK_LIMIT_ANEW)
                log_full(LOG_INFO, 0,
                        ABOUT(MESSAGE_ID_NETWORK_CHANGED, &bootstrap->account,
                                .attempt = bootstrap->machine.attempt),
                        "The network has changed: bootstrap attempt %u of %u begins anew.",
                        bootstrap->machine.attempt, bootstrap->machine.policy.retry_count + 1);
        else {
                failure_set_bootstrap_stranded(&failure, bootstrap->account.uri);
                tell_failure(bootstrap, &failure);
        }
        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_STRANDED});
}

bool bootstrap_way_differs(const Bootstrap *bootstrap)
{
        return bootstrap->machine.of_the_way && connection_memory_differs(&bootstrap->memory);
}

void bootstrap_begin_early(Bootstrap *bootstrap)
{
        log_full(LOG_INFO, 0,
                ABOUT(MESSAGE_ID_NETWORK_CHANGED, &bootstrap->account,
                        .attempt = bootstrap->machine.attempt),
                "The network has changed: bootstrap attempt %u of %u is made once more, now.",
                bootstrap->machine.attempt, bootstrap->machine.policy.retry_count + 1);
        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_NETWORK});
}

void bootstrap_clock_was_set(Bootstrap *bootstrap)
{
        if (bootstrap_waits_for_clock(&bootstrap->machine))
                log_full(LOG_INFO, 0,
                        ABOUT(MESSAGE_ID_CLOCK_SET, &bootstrap->account,
                                .attempt = bootstrap->machine.attempt),
                        "The clock was set: the Bootstrap Server is tried again now.");
        step(bootstrap, &(BootstrapEvent){.type = BOOTSTRAP_EVENT_CLOCK});
}

const BootstrapMachine *bootstrap_machine(const Bootstrap *bootstrap)
{
        return &bootstrap->machine;
}
