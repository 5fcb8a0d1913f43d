/* SPDX-License-Identifier: Apache-2.0 */
/* Serves requests of registered LwM2M Servers. */
#include "client/serving.h"

#include <stdio.h>

#include "client/state.h"
#include "client/stored.h"
#include "util/log.h"

/* A request whose answer comes later. */
typedef struct LaterCall {
        uint64_t id; /* 0: unused */
        Server *server;
        uint64_t handle; /* of the connection */
        Request request;
        uint64_t deadline; /* CLOCK_BOOTTIME usec */
        bool answered;     /* by the source, to be followed from the loop */
        int code;
        char text[SOURCE_TEXT_SIZE];
} LaterCall;

struct Serving {
        Client *client;
        LaterCall calls[LIMIT_LATE_REQUESTS];
        uint64_t last_id;
        sd_event_source *timer;
        sd_event_source *task; /* something was answered */
};

static void call_done(LaterCall *call)
{
        request_done(&call->request);
        *call = (LaterCall){.id = 0};
}

static LaterCall *find_call(Serving *serving, uint64_t id)
{
        for (size_t i = 0; i < LIMIT_LATE_REQUESTS; i++)
                if (serving->calls[i].id == id)
                        return &serving->calls[i];

        return NULL;
}

static void arm(Serving *serving)
{
        uint64_t next = 0;

        for (size_t i = 0; i < LIMIT_LATE_REQUESTS; i++)
                next = clock_earlier(next, serving->calls[i].deadline);
        timer_set(serving->timer, next);
}

/* What follows from a request beside its answer. */
static void follow(Client *client, const Effects *effects)
{
        if (effects_have(effects, EFFECT_STORE_CHANGED))
                stored_save(client);
        if (effects->n > 0) {
                effects_merge(&client->effects, effects);
                state_decide_soon(client);
        }
}

/* One request, for the first time or as what a source has agreed to. False: it is answered later. */
static bool serve(Client *client, const Server *server, const Request *request, uint64_t call, bool granted,
        Response *ret_response)
{
        Effects effects;
        OperationContext operation = {
                .store = client->context.store,
                .version = client->context.settings.version,
                .announced = server_announced(server),
                .requester = server_account(server)->short_server_id,
                .max_body_size = client->context.settings.coap.max_body_size,
                .call = call,
                .granted = granted,
                .attributes = observations_attributes(server_observations(server)),
        };
        int r;

        r = operation_device_management(&operation, request, ret_response, &effects);
        if (r == OPERATION_LATER)
                return false;
        if (r < 0) {
                log_error_errno(r, "An operation of LwM2M Server %u failed: %m", operation.requester);
                response_set_error(ret_response, CODE_INTERNAL_ERROR, "out of memory");
                return true;
        }
        observations_served(server_observations(server), request, ret_response);
        if (operation.note[0])
                log_info("%s", operation.note);
        follow(client, &effects);
        return true;
}

/* 0, or -ENOBUFS, -ENOMEM. */
static int hold(Serving *serving, Server *server, const Request *request, uint64_t id)
{
        LaterCall *call = find_call(serving, 0);
        Request copy;
        uint64_t handle;
        int r;

        if (!call)
                return -ENOBUFS;
        r = request_copy(request, &copy);
        if (r < 0)
                return r;
        handle = server_answer_later(server);
        if (handle == 0) {
                request_done(&copy);
                return -ENOBUFS;
        }

        *call = (LaterCall){
                .id = id,
                .server = server,
                .handle = handle,
                .request = copy,
                .deadline = clock_boottime(serving->client->context.clock) + SERVING_LATER_USEC,
        };
        arm(serving);
        return 0;
}

/* What has to be answered at once begins nothing that nobody could be told of. */
static uint64_t next_id(Serving *serving, const Server *server)
{
        return find_call(serving, 0) && server_can_answer_later(server) ? ++serving->last_id : 0;
}

void serving_request(Serving *serving, Server *server, const Request *request, Response *ret_response)
{
        const uint64_t id = next_id(serving, server);

        if (!serve(serving->client, server, request, id, false, ret_response) &&
                (id == 0 || hold(serving, server, request, id) < 0))
                response_set_error(ret_response, CODE_UNAVAILABLE, "too many answers are waited for");
}

/* The end of a call, which nobody waits for any more from here on. */
static void finish(Serving *serving, LaterCall *call, Response *response)
{
        Server *server = call->server;
        const uint64_t handle = call->handle;

        call_done(call);
        server_answer(server, handle, response);
        response_done(response);
}

static void follow_answer(Serving *serving, LaterCall *call)
{
        Response response = RESPONSE_INIT;

        if (call->code != 0)
                response_set_error(&response, (Code)call->code, "%s", call->text);
        else if (!serve(serving->client, call->server, &call->request, call->id, true, &response))
                response_set_error(&response, CODE_INTERNAL_ERROR, "it is never done");
        finish(serving, call, &response);
}

static int on_answered(sd_event_source *source, void *userdata)
{
        Serving *serving = userdata;

        for (size_t i = 0; i < LIMIT_LATE_REQUESTS; i++)
                if (serving->calls[i].answered)
                        follow_answer(serving, &serving->calls[i]);
        arm(serving);
        return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        Serving *serving = userdata;
        const uint64_t now = clock_boottime(serving->client->context.clock);

        for (size_t i = 0; i < LIMIT_LATE_REQUESTS; i++) {
                Response response = RESPONSE_INIT;

                if (serving->calls[i].id == 0 || serving->calls[i].answered ||
                        serving->calls[i].deadline > now)
                        continue;
                response_set_error(&response, CODE_UNAVAILABLE, "no answer from within for %llu s",
                        (unsigned long long)(SERVING_LATER_USEC / USEC_PER_SEC));
                finish(serving, &serving->calls[i], &response);
        }
        arm(serving);
        return 0;
}

void serving_answered(Serving *serving, uint64_t call, int code, const char *text)
{
        LaterCall *later = call != 0 ? find_call(serving, call) : NULL;

        if (!later || later->answered)
                return;
        later->answered = true;
        later->code = code;
        (void)snprintf(later->text, sizeof(later->text), "%s", text ?: "");
        task_set(serving->task, true);
}

void serving_forget(Serving *serving, const Server *server)
{
        for (size_t i = 0; i < LIMIT_LATE_REQUESTS; i++)
                if (serving->calls[i].id != 0 && serving->calls[i].server == server)
                        call_done(&serving->calls[i]);
        arm(serving);
}

int serving_new(Client *client, Serving **ret)
{
        Serving *serving = calloc(1, sizeof(*serving));
        int r;

        if (!serving)
                return -ENOMEM;
        serving->client = client;
        r = timer_new(client->context.event, on_deadline, serving, "serving-deadline", &serving->timer);
        if (r >= 0)
                r = task_new(
                        client->context.event, on_answered, serving, "serving-answered", &serving->task);
        if (r < 0)
                serving_free(serving);
        else
                *ret = serving;
        return r;
}

Serving *serving_free(Serving *serving)
{
        if (!serving)
                return NULL;
        for (size_t i = 0; i < LIMIT_LATE_REQUESTS; i++)
                call_done(&serving->calls[i]);
        sd_event_source_disable_unref(serving->timer);
        sd_event_source_disable_unref(serving->task);
        free(serving);
        return NULL;
}
