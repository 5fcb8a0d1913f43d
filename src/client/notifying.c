/* SPDX-License-Identifier: Apache-2.0 */
/* Notifies an LwM2M Server. */
#include "client/notifying.h"

#include "client/about.h"
#include "client/server_session.h"
#include "operation/operation.h"
#include "util/log.h"
#include "util/message_ids.h"

/* Nothing may leave now. */
static bool is_blocked(const Observations *observations)
{
        return !observations->awake || observations->silent || observations->outstanding.number != 0;
}

/* Without Notification Storing what is not sent waits in the machine, and is what is there then. */
void notifying_hold(Observations *observations)
{
        const bool blocked = is_blocked(observations), storing = observation_set_is_storing(observations);

        for (size_t i = 0; i < observations->n; i++) {
                Observed *observed = observations->items[i];
                bool held = blocked && (!storing || observed->unkept);

                if (!held && observed->observation.missed)
                        observation_set_touch(observations, observed);
                observed->observation.held = held;
        }
}

static void on_notified(void *userdata, uint64_t number, NotificationFate fate);

/* As connection_notify(). */
static uint64_t notify(Observations *observations, const Observed *observed, const Response *response,
        bool confirmable, NotificationCallback callback)
{
        const uint64_t number = connection_notify(observations->server->connection, &observed->request,
                response, confirmable, callback, observations);

        server_count(&observations->server->counting, CLIENT_COUNTER_NOTIFICATIONS, number != 0);
        return number;
}

static bool send_to(Observations *observations, Observed *observed, Response *response, bool confirmable,
        uint64_t stored)
{
        uint64_t number;

        observed->sequence = (observed->sequence + 1) & OBSERVE_SEQUENCE_MAX;
        response->observe = observed->sequence;
        number = notify(observations, observed, response, confirmable, confirmable ? on_notified : NULL);
        observed->non++;
        observed->unkept = false;
        if (confirmable && number != 0) {
                observations->outstanding = (Outstanding){number, observed->id, stored};
                notifying_hold(observations);
        }
        return number != 0 || !confirmable;
}

/* How long after so many silences in a row. */
static uint64_t patience(unsigned silences)
{
        uint64_t wait = SILENCE_WAIT_USEC;

        if (silences < SILENCES_AT_ONCE)
                return 0;
        for (unsigned i = SILENCES_AT_ONCE; i < silences && wait < SILENCE_WAIT_MAX_USEC; i++)
                wait *= 2;
        return MIN_OF(wait, SILENCE_WAIT_MAX_USEC);
}

/* Whether the server is there an Update shows; it may be there, and acknowledge nothing. what: that it has
 * not acknowledged; path: of that, or NULL. */
static void doubt(Observations *observations, const char *path, const char *what)
{
        Server *server = observations->server;
        const uint64_t wait = patience(observations->silences++);

        observations->silent = true;
        notifying_hold(observations);
        if (wait > 0) {
                log_full(LOG_INFO, 0,
                        ABOUT(MESSAGE_ID_NOTIFICATION_LOST, &observations->server->account, .path = path),
                        "LwM2M Server %u has not acknowledged a notification of %s, %u times in a row; "
                        "an Update is sent in %llu s.",
                        server->account.short_server_id, what, observations->silences,
                        (unsigned long long)(wait / USEC_PER_SEC));
                observations->asked_at = observation_set_now(observations) + wait;
                timer_set(observations->silence_timer, observations->asked_at);
                return;
        }
        log_full(LOG_INFO, 0,
                ABOUT(MESSAGE_ID_NOTIFICATION_LOST, &observations->server->account, .path = path),
                "LwM2M Server %u has not acknowledged a notification of %s; an Update is sent.",
                server->account.short_server_id, what);
        server_session_step(server, &(RegistrationEvent){.type = REGISTRATION_EVENT_UPDATE});
}

void notifying_ask(Observations *observations)
{
        observations->asked_at = 0;
        if (observations->awake)
                server_session_step(
                        observations->server, &(RegistrationEvent){.type = REGISTRATION_EVENT_UPDATE});
        else
                observations->silent = false; /* it is woken up by one */
}

void notifying_trust(Observations *observations)
{
        observations->silent = false;
        observations->silences = 0;
        observations->asked_at = 0;
        timer_set(observations->silence_timer, 0);
}

/* Keeps what would be notified now. Returns its id, 0: it is not kept. */
static uint64_t keep(Observations *observations, const Observed *observed, const OperationContext *context)
{
        _cleanup_(record_list_done) RecordList records = {.maximum = LIMIT_READ_VALUES};
        int64_t time = clock_stamp(observations->server->context->clock);

        if (observed_read(observed, context, &records) < 0)
                return 0;
        return notification_store_add(
                &observations->store, observed->id, observed_history_maximum(observed), time, &records);
}

/* The observation's own request is run again: the same encoder, the same rights. */
static int run_again(const Observed *observed, OperationContext *context, Response *response)
{
        Effects effects;
        int r;

        r = operation_device_management(context, &observed->request, response, &effects);
        if (r > 0)
                response_set_error(response, CODE_INTERNAL_ERROR, "there is no answer at once");
        return MIN_OF(r, 0);
}

/* What its request is answered with now; CODE_NONE: that cannot be told. */
static Code look_again(const Observed *observed, OperationContext *context)
{
        _cleanup_(response_done) Response response = RESPONSE_INIT;

        return run_again(observed, context, &response) < 0 ? CODE_NONE : response.code;
}

/* RFC 7641, 3.2: an error is the last notification. That an Object which comes and goes has gone is no news.
 */
static void end_by_error(Observations *observations, const Observed *observed, const Response *response)
{
        char text[OBSERVED_TEXT_SIZE], diagnostic[LIMIT_DIAGNOSTIC_SIZE + 1];
        int level = LOG_DEBUG;

        if (response->code != CODE_NOT_FOUND)
                level = log_quiet(&observations->quiet, observation_set_now(observations), LOG_INFO);
        log_full(level, 0,
                ABOUT(MESSAGE_ID_OBSERVATION_ENDED, &observations->server->account,
                        .path = PATH_TEXT(&observed->paths[0])),
                "What LwM2M Server %u observed, %s, has ended: %u.%02u %s.",
                observations->server->account.short_server_id, observed_describe(observed, text),
                CODE_ARGS(response->code), response_diagnostic(response, diagnostic));
        if (observations->awake)
                (void)notify(observations, observed, response, true, NULL);
        observation_set_end(observations, observed);
}

/* What ends the observation is told in its turn, never kept: it is no value. */
static bool has_ended(const Observed *observed, OperationContext *context)
{
        return CODE_CLASS(look_again(observed, context)) > 2;
}

/* Without a word the server would take the last value for good. */
static void cannot_look(
        Observations *observations, Observed *observed, const OperationContext *context, int r)
{
        _cleanup_(response_done) Response response = RESPONSE_INIT;

        if (r == -ENOMEM) {
                log_full(LOG_ERR, r, ABOUT(MESSAGE_ID_INTERNAL_ERROR, &observations->server->account),
                        "What LwM2M Server %u observes cannot be looked at now: %m", context->requester);
                (void)observed_step(
                        observed, context, OBSERVATION_EVENT_UNSEEN, observation_set_now(observations));
                return;
        }
        response_set_error(&response, CODE_INTERNAL_ERROR, "it cannot be looked at");
        end_by_error(observations, observed, &response);
}

static bool is_reliable(const Observed *observed, const OperationContext *context)
{
        for (size_t i = 0; i < observed->observation.n; i++)
                if (observe_is_reliable(context, &observed->paths[i]))
                        return true;
        return false;
}

static void notify_now(Observations *observations, Observed *observed, OperationContext *context)
{
        _cleanup_(response_done) Response response = RESPONSE_INIT;
        uint64_t now = observation_set_now(observations), stored = 0;
        bool confirmable;
        int r;

        r = run_again(observed, context, &response);
        if (r < 0) {
                log_full(LOG_ERR, r, ABOUT(MESSAGE_ID_INTERNAL_ERROR, &observations->server->account),
                        "LwM2M Server %u cannot be notified now: %m", context->requester);
                (void)observed_step(observed, context, OBSERVATION_EVENT_LOST, now);
                return;
        }
        if (CODE_CLASS(response.code) != 2) {
                end_by_error(observations, observed, &response);
                return;
        }
        confirmable = observed_is_confirmable(observed,
                              observation_set_number(observations, SERVER_NOTIFICATION_MODE, 0) == 1, now) ||
                      is_reliable(observed, context);
        if (confirmable && observation_set_is_storing(observations))
                stored = keep(observations, observed, context);
        if (!send_to(observations, observed, &response, confirmable, stored))
                (void)observed_step(observed, context, OBSERVATION_EVENT_LOST, now);
}

/* What is kept of the oldest's observation, in one message where its format has times; nothing of it without
 * the right to read (Core TS, 7.3). False: it cannot leave now. */
static bool send_kept(Observations *observations, const StoredNotification *oldest)
{
        OperationContext context = observation_set_context(observations);
        _cleanup_(response_done) Response response = RESPONSE_INIT;
        Observed *observed = observation_set_find(observations, oldest->observation);
        RecordMoment moments[LIMIT_STORED_RECORDS];
        PathList paths = {.n = 0};
        uint64_t last;
        size_t n, used;
        int r;

        assert(observed);
        if (look_again(observed, &context) == CODE_UNAUTHORIZED) {
                notify_now(observations, observed, &context);
                return true;
        }
        for (size_t i = 0; i < observed->observation.n; i++)
                (void)path_list_add(&paths, &observed->paths[i]);
        n = notification_store_collect(
                &observations->store, observed->id, LIMIT_STORED_RECORDS, moments, &last);
        r = observe_history(&context, &observed->request, &paths, moments, n, &used, &response);
        if (response.code == CODE_UNAUTHORIZED) {
                (void)notification_store_collect(&observations->store, observed->id, used, moments, &last);
                notification_store_remove(&observations->store, observed->id, last);
                return true;
        }
        if (r < 0 || CODE_CLASS(response.code) != 2) {
                log_full(LOG_ERR, 0, ABOUT(MESSAGE_ID_NOTIFICATION_LOST, &observations->server->account),
                        "LwM2M Server %u: what was kept of a notification is lost, it cannot be encoded.",
                        context.requester);
                notification_store_remove(&observations->store, observed->id, oldest->id);
                return true;
        }
        (void)notification_store_collect(&observations->store, observed->id, used, moments, &last);
        if (send_to(observations, observed, &response, true, last))
                return true;
        (void)observed_step(observed, &context, OBSERVATION_EVENT_LOST, observation_set_now(observations));
        return false;
}

/* What has waited, once nothing is in its way: first what is kept. */
void notifying_go_on(Observations *observations)
{
        const StoredNotification *oldest;

        while (!is_blocked(observations) && (oldest = notification_store_first(&observations->store)))
                if (!send_kept(observations, oldest))
                        break;
        notifying_hold(observations);
}

/* It may end by being looked at. */
static void lost(Observations *observations, Observed *observed, uint64_t stored)
{
        char text[OBSERVED_TEXT_SIZE] = "what it has ended meanwhile";

        if (observed)
                (void)observed_describe(observed, text);
        if (observed && stored == 0)
                notifying_follow(observations, observed, OBSERVATION_EVENT_LOST);
        doubt(observations, observed ? PATH_TEXT(&observed->paths[0]) : NULL, text);
}

static void delivered(Observations *observations, Observed *observed, uint64_t stored)
{
        observed->non = 0;
        observed->unfetched = false;
        observed->confirmed_at = observation_set_now(observations);
        notification_store_remove(&observations->store, observed->id, stored);
}

/* The way may have been broken, so what is kept is sent once more; whoever does not want to know the rest of
 * that either is not waited for. */
static void not_fetched(Observations *observations, Observed *observed, uint64_t stored)
{
        char text[OBSERVED_TEXT_SIZE];

        if (stored != 0 && !observed->unfetched) {
                observed->unfetched = true;
                return;
        }
        log_full(LOG_INFO, 0,
                ABOUT(MESSAGE_ID_NOTIFICATION_LOST, &observations->server->account,
                        .path = PATH_TEXT(&observed->paths[0])),
                "LwM2M Server %u has acknowledged a notification of %s, and not fetched the rest of its "
                "blocks.",
                observations->server->account.short_server_id, observed_describe(observed, text));
        delivered(observations, observed, stored);
}

static void on_notified(void *userdata, uint64_t number, NotificationFate fate)
{
        Observations *observations = userdata;
        const Outstanding outstanding = observations->outstanding;
        Observed *observed = observation_set_find(observations, outstanding.observation);

        if (number != outstanding.number)
                return;
        observations->outstanding = (Outstanding){.number = 0};
        if (fate == NOTIFICATION_TIMED_OUT) {
                lost(observations, observed, outstanding.stored);
                return;
        }
        notifying_trust(observations);
        if (observed && fate == NOTIFICATION_ACKNOWLEDGED)
                delivered(observations, observed, outstanding.stored);
        if (observed && fate == NOTIFICATION_UNFETCHED)
                not_fetched(observations, observed, outstanding.stored);
        if (observed && fate == NOTIFICATION_RESET)
                observation_set_end(observations, observed);
        notifying_go_on(observations);
}

/* What has to wait, or to stand behind what is kept. */
static void wait_behind(Observations *observations, Observed *observed, OperationContext *context)
{
        if (has_ended(observed, context) || keep(observations, observed, context) == 0) {
                observed->unkept = observed->observation.held = true;
                (void)observed_step(
                        observed, context, OBSERVATION_EVENT_LOST, observation_set_now(observations));
        }
        notifying_go_on(observations);
}

/* Once, however much comes and goes: it is looked at when the list rests, whatever has become of it. */
static bool is_put_off(const Observations *observations, Observed *observed, OperationContext *context)
{
        const uint64_t rest = observations->server->context->objects_rest_at;
        const uint64_t now = observation_set_now(observations);

        if (observed->put_off_until > 0) {
                if (now < observed->put_off_until)
                        return true;
                observed->put_off_until = 0;
                return false;
        }
        if (now >= rest || look_again(observed, context) != CODE_NOT_FOUND)
                return false;
        observed->put_off_until = rest;
        return true;
}

void notifying_follow(Observations *observations, Observed *observed, ObservationEventType type)
{
        OperationContext context = observation_set_context(observations);
        int r;

        observed->touched = false;
        if (is_put_off(observations, observed, &context)) {
                observed->observation.lost |= type == OBSERVATION_EVENT_LOST;
                return;
        }
        r = observed_step(observed, &context, type, observation_set_now(observations));
        if (r < 0)
                cannot_look(observations, observed, &context, r);
        else if (r > 0 && (is_blocked(observations) || notification_store_first(&observations->store)))
                wait_behind(observations, observed, &context);
        else if (r > 0)
                notify_now(observations, observed, &context);
}
