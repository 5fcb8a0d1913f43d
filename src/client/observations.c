/* SPDX-License-Identifier: Apache-2.0 */
/* What an LwM2M Server observes. */
#include "client/observations.h"

#include "client/about.h"
#include "client/notifying.h"
#include "client/server_session.h"
#include "util/log.h"

/* So many are looked at before the loop sees to something else: a Read waits for them. */
#define OBSERVATIONS_A_TURN 2

/* -- Beginning and ending -- */

static size_t room_for_paths(const Observations *observations)
{
        size_t n = 0;

        for (size_t i = 0; i < observations->n; i++)
                n += observations->items[i]->observation.n;
        return LIMIT_OBSERVED_PATHS - n;
}

/* As observed_new(). */
static int take_up(Observations *observations, const Request *request, Observed **ret, Response *response)
{
        const OperationContext context = observation_set_context(observations);
        const AttributeValues defaults = observation_set_defaults(observations);

        if (observations->n >= LIMIT_OBSERVATIONS)
                return -E2BIG;
        return observed_new(&context, request, room_for_paths(observations), &observations->attributes,
                &defaults, observation_set_now(observations), ret, response);
}

/* A server that has forgotten what it observes begins the same again: the oldest of it is wanted no more.
 * Returns whether there was one. */
static bool give_way(Observations *observations, const Request *request)
{
        for (size_t i = 0; i < observations->n; i++)
                if (observed_is_same(observations->items[i], request)) {
                        observation_set_end(observations, observations->items[i]);
                        return true;
                }
        return false;
}

static void begin(Observations *observations, const Request *request, Response *response)
{
        Observed *observed;
        int r;

        r = take_up(observations, request, &observed, response);
        if (r == -E2BIG && give_way(observations, request))
                r = take_up(observations, request, &observed, response);
        if (r != 0) {
                if (r == -E2BIG || r == -EMSGSIZE || r == -ENOMEM)
                        log_full(LOG_DEBUG, 0, ABOUT(NULL, &observations->server->account),
                                "LwM2M Server %u wants to observe more than there is room for.",
                                observations->server->account.short_server_id);
                return;
        }
        observed->id = ++observations->last_id;
        observed->observation.held = !observations->awake;
        observations->items[observations->n++] = observed;
        response->observe = observed->sequence;
        observation_set_touch(observations, observed);
        observation_set_tell(observations);
}

/* Ends what the request names: by its token, or, to cancel, by what it is about. Returns whether. */
static bool end_named(Observations *observations, const Request *request)
{
        size_t before = observations->n;

        for (size_t i = observations->n; i > 0; i--)
                if (observed_has_token(observations->items[i - 1], request))
                        observation_set_remove(observations, i - 1);
        for (size_t i = observations->n; i > 0 && observations->n == before; i--)
                if (request->observe == OBSERVE_CANCEL &&
                        observed_is_about(observations->items[i - 1], request))
                        observation_set_remove(observations, i - 1);
        if (observations->n == before)
                return false;
        observation_set_arm(observations);
        observation_set_tell(observations);
        return true;
}

static void renew_attributes(Observations *observations)
{
        const AttributeValues defaults = observation_set_defaults(observations);

        for (size_t i = 0; i < observations->n; i++) {
                observed_set_attributes(observations->items[i], &observations->attributes, &defaults);
                observation_set_touch(observations, observations->items[i]);
        }
}

void observations_served(Observations *observations, const Request *request, Response *response)
{
        bool reads = request->method == METHOD_GET || request->method == METHOD_FETCH;

        if (request->further_block)
                return;
        if (reads) {
                (void)end_named(observations, request);
                if (request->observe == OBSERVE_REGISTER && response->code == CODE_CONTENT)
                        begin(observations, request, response);
        } else if (request->method == METHOD_PUT && request->query.n > 0 && response->code == CODE_CHANGED)
                renew_attributes(observations);
}

void observations_clear(Observations *observations)
{
        bool any = observations->n > 0;

        observations->outstanding = (Outstanding){.number = 0};
        while (observations->n > 0)
                observation_set_remove(observations, observations->n - 1);
        notifying_trust(observations);
        observation_set_arm(observations);
        if (any)
                observation_set_tell(observations);
}

/* -- Changes -- */

static Observed *next_touched(Observations *observations)
{
        for (size_t i = 0; i < observations->n; i++) {
                size_t at = (observations->turn + i) % observations->n;

                if (observations->items[at]->touched) {
                        observations->turn = at + 1;
                        return observations->items[at];
                }
        }
        return NULL;
}

static int on_touched(sd_event_source *source, void *userdata)
{
        Observations *observations = userdata;
        Observed *observed = NULL;

        for (size_t i = 0; i < OBSERVATIONS_A_TURN && (observed = next_touched(observations)); i++)
                notifying_follow(observations, observed, OBSERVATION_EVENT_TIMER);
        task_set(observations->task, observed != NULL);
        observation_set_arm(observations);
        return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        Observations *observations = userdata;
        const uint64_t now = observation_set_now(observations);

        for (size_t i = 0; i < observations->n; i++) {
                const uint64_t deadline = observed_deadline(observations->items[i]);

                if (deadline > 0 && deadline <= now)
                        observation_set_touch(observations, observations->items[i]);
        }
        return 0;
}

static int on_silence(sd_event_source *source, uint64_t usec, void *userdata)
{
        notifying_ask(userdata);
        return 0;
}

void observations_note_change(Observations *observations, const Path *path)
{
        const Path account = PATH_INSTANCE(OBJECT_SERVER, observations->server->account.server_instance);

        if (path_has_prefix(path, &account) || path_has_prefix(&account, path)) {
                renew_attributes(observations);
                notifying_hold(observations);
        }
        for (size_t i = 0; i < observations->n; i++)
                if (observed_note_change(observations->items[i],
                            path->id[0] == OBJECT_ACCESS_CONTROL ? &PATH_ROOT : path))
                        observation_set_touch(observations, observations->items[i]);
}

void observations_set_awake(Observations *observations, bool awake)
{
        observations->awake = awake;
        if (awake)
                notifying_go_on(observations);
        else
                notifying_hold(observations);
}

void observations_server_changed(Observations *observations)
{
        const ServerState state = observations->server->machine.state;

        if (!server_state_is_registered(state))
                observations_clear(observations);
        else if (observations->silent && observations->asked_at == 0 && state != SERVER_UPDATING) {
                observations->silent = false;
                notifying_go_on(observations);
        }
}

/* -- The set -- */

size_t observations_count(const Observations *observations)
{
        return observations->n;
}

Attributes *observations_attributes(Observations *observations)
{
        return &observations->attributes;
}

int observations_new(Server *server, Observations **ret)
{
        _cleanup_(observations_freep) Observations *observations = calloc(1, sizeof(*observations));
        int r;

        if (!observations)
                return -ENOMEM;
        observations->server = server;
        r = timer_new(
                server->context->event, on_deadline, observations, "observations", &observations->timer);
        if (r >= 0)
                r = timer_new(server->context->event, on_silence, observations, "observations-silence",
                        &observations->silence_timer);
        if (r >= 0)
                r = task_new_in_turn(server->context->event, on_touched, observations,
                        "observations-changed", &observations->task);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(observations);
        return 0;
}

Observations *observations_free(Observations *observations)
{
        if (!observations)
                return NULL;
        observations->outstanding = (Outstanding){.number = 0};
        while (observations->n > 0)
                observation_set_remove(observations, observations->n - 1);
        notification_store_done(&observations->store);
        attributes_done(&observations->attributes);
        sd_event_source_disable_unref(observations->silence_timer);
        sd_event_source_disable_unref(observations->timer);
        sd_event_source_disable_unref(observations->task);
        free(observations);
        return NULL;
}
