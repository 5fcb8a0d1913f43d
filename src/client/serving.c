/* SPDX-License-Identifier: Apache-2.0 */
/* Serves requests of registered LwM2M Servers. */
#include "client/serving.h"

#include <stdio.h>

#include "client/about.h"
#include "client/object_list.h"
#include "client/state.h"
#include "client/stored.h"
#include "util/log.h"
#include "util/message_ids.h"

/* What is known of a request beside itself; the members are those of OperationContext. */
typedef struct Call {
        uint64_t id;    /* 0: has to be answered now */
        uint64_t begun; /* CLOCK_BOOTTIME usec */
        bool granted;
        Path chosen;
} Call;

/* A request whose answer comes later. */
typedef struct LaterCall {
        Call call; /* .id 0: unused */
        Server *server;
        uint64_t handle; /* of the connection */
        Request request;
        bool answered; /* by a source, to be followed from the loop */
        int code;
        char text[SOURCE_TEXT_SIZE];
} LaterCall;

struct Serving {
        Client *client;
        LaterCall calls[LIMIT_LATE_REQUESTS];
        /* Told last, and not again right behind itself, nor another one soon: a server may ask for it as
         * often as it likes. */
        char note[OPERATION_NOTE_SIZE];
        LogQuiet quiet;
        sd_event_source *timer;
        sd_event_source *task; /* something was answered */
};

static void call_done(Serving *serving, LaterCall *later)
{
        const uint64_t id = later->call.id;

        request_done(&later->request);
        *later = (LaterCall){.call.id = 0};
        store_end_call(serving->client->context.store, id);
}

static LaterCall *find_call(Serving *serving, uint64_t id)
{
        for (size_t i = 0; i < LIMIT_LATE_REQUESTS; i++)
                if (serving->calls[i].call.id == id)
                        return &serving->calls[i];

        return NULL;
}

/* CLOCK_BOOTTIME usec, 0: none. */
static uint64_t deadline(const LaterCall *later)
{
        return later->call.id != 0 ? later->call.begun + SERVING_LATER_USEC : 0;
}

static void arm(Serving *serving)
{
        uint64_t next = 0;

        for (size_t i = 0; i < LIMIT_LATE_REQUESTS; i++)
                next = clock_earlier(next, deadline(&serving->calls[i]));
        timer_set(serving->timer, next);
}

/* What follows from a request beside its answer. */
static void follow(Client *client, const Effects *effects)
{
        if (effects_have(effects, EFFECT_STORE_CHANGED))
                stored_save(client);
        /* Before the next request may create the same again. */
        if (effects_have(effects, EFFECT_OBJECTS_CHANGED))
                object_list_changed_by_server(client->object_list);
        if (effects->n > 0) {
                effects_merge(&client->effects, effects);
                state_decide_soon(client);
        }
}

static void tell(Serving *serving, const Server *server, const Request *request, const char *note)
{
        char path[REQUEST_TEXT_SIZE];
        int level;

        if (!note[0] || strcmp(note, serving->note) == 0)
                return;
        level = log_quiet(&serving->quiet, clock_boottime(serving->client->context.clock), LOG_INFO);
        log_full(level, 0,
                ABOUT(MESSAGE_ID_ACCESS_DENIED, server_account(server), .path = request_path(request, path)),
                "%s", note);
        if (level < LOG_DEBUG)
                (void)snprintf(serving->note, sizeof(serving->note), "%s", note);
}

static OperationContext operation_context(const Client *client, const Server *server, const Call *call)
{
        return (OperationContext){
                .store = client->context.store,
                .version = client->context.settings.version,
                .announced = server_announced(server),
                .requester = server_account(server)->short_server_id,
                .max_body_size = client->context.settings.coap.max_body_size,
                .call = call->id,
                .begun = call->begun,
                .granted = call->granted,
                .chosen = call->chosen,
                .attributes = observations_attributes(server_observations(server)),
        };
}

/* One request, for the first time or once more after a source has answered. False: it is answered later. */
static bool serve(
        Client *client, const Server *server, const Request *request, Call *call, Response *ret_response)
{
        OperationContext operation = operation_context(client, server, call);
        Effects effects;
        int r;

        r = operation_device_management(&operation, request, ret_response, &effects);
        call->chosen = operation.chosen;
        if (r == OPERATION_LATER)
                return false;
        if (r < 0) {
                if (call->id != 0 && !call->granted)
                        store_end_call(client->context.store, call->id); /* one may have answered later */
                log_full(LOG_ERR, r, ABOUT(MESSAGE_ID_INTERNAL_ERROR, server_account(server)),
                        "An operation of LwM2M Server %u failed: %m", operation.requester);
                response_set_error(ret_response, CODE_INTERNAL_ERROR, "out of memory");
                return true;
        }
        observations_served(server_observations(server), request, ret_response);
        tell(client->serving, server, request, operation.note);
        follow(client, &effects);
        return true;
}

/* 0, or -ENOBUFS, -ENOMEM. */
static int hold(Serving *serving, Server *server, const Request *request, const Call *call)
{
        LaterCall *later = find_call(serving, 0);
        Request copy;
        uint64_t handle;
        int r;

        if (!later)
                return -ENOBUFS;
        r = request_copy(request, &copy);
        if (r < 0)
                return r;
        handle = server_answer_later(server);
        if (handle == 0) {
                request_done(&copy);
                return -ENOBUFS;
        }

        *later = (LaterCall){
                .call = *call,
                .server = server,
                .handle = handle,
                .request = copy,
        };
        later->call.granted = true;
        arm(serving);
        return 0;
}

/* What has to be answered at once begins nothing that nobody could be told of. */
static Call new_call(Serving *serving, const Server *server)
{
        ClientContext *context = &serving->client->context;

        if (!find_call(serving, 0) || !server_can_answer_later(server))
                return (Call){.id = 0};
        return (Call){.id = client_next_call(context), .begun = clock_boottime(context->clock)};
}

void serving_request(Serving *serving, Server *server, const Request *request, Response *ret_response)
{
        Call call = new_call(serving, server);

        if (serve(serving->client, server, request, &call, ret_response) ||
                (call.id != 0 && hold(serving, server, request, &call) == 0))
                return;
        if (call.id != 0)
                store_end_call(serving->client->context.store, call.id);
        response_set_error(ret_response, CODE_UNAVAILABLE, "too many answers are waited for");
}

bool serving_body(Serving *serving, Server *server, const Request *request, uint64_t announced,
        BodyResume resume, BodySink *ret, Response *ret_response)
{
        OperationContext operation = operation_context(serving->client, server, &(Call){.id = 0});
        Effects effects;

        if (!operation_package(&operation, request, announced, resume, ret, ret_response, &effects))
                return false;
        tell(serving, server, request, operation.note);
        follow(serving->client, &effects);
        return true;
}

/* The end of a call, which nobody waits for any more from here on. */
static void finish(Serving *serving, LaterCall *later, Response *response)
{
        Server *server = later->server;
        const uint64_t handle = later->handle;

        call_done(serving, later);
        server_answer(server, handle, response);
        response_done(response);
}

/* Another source may take its time still. */
static void follow_answer(Serving *serving, LaterCall *later)
{
        Response response = RESPONSE_INIT;

        later->answered = false;
        if (later->code != 0)
                response_set_error(&response, (Code)later->code, "%s", later->text);
        else if (!serve(serving->client, later->server, &later->request, &later->call, &response))
                return;
        finish(serving, later, &response);
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
                char path[REQUEST_TEXT_SIZE];

                if (serving->calls[i].call.id == 0 || serving->calls[i].answered ||
                        deadline(&serving->calls[i]) > now)
                        continue;
                response_set_error(&response, CODE_UNAVAILABLE,
                        "what serves %s on this device has not answered for %llu s",
                        request_path(&serving->calls[i].request, path),
                        (unsigned long long)(SERVING_LATER_USEC / USEC_PER_SEC));
                finish(serving, &serving->calls[i], &response);
        }
        arm(serving);
        return 0;
}

void serving_answered(Serving *serving, uint64_t call, int code, const char *text)
{
        LaterCall *later = call != 0 ? find_call(serving, call) : NULL;

        /* A refusal is not taken back by another source that agrees. */
        if (!later || later->code != 0)
                return;
        later->answered = true;
        later->code = code;
        (void)snprintf(later->text, sizeof(later->text), "%s", text ?: "");
        task_set(serving->task, true);
}

void serving_forget(Serving *serving, const Server *server)
{
        for (size_t i = 0; i < LIMIT_LATE_REQUESTS; i++)
                if (serving->calls[i].call.id != 0 && serving->calls[i].server == server)
                        call_done(serving, &serving->calls[i]);
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
                if (serving->calls[i].call.id != 0)
                        call_done(serving, &serving->calls[i]);
        sd_event_source_disable_unref(serving->timer);
        sd_event_source_disable_unref(serving->task);
        free(serving);
        return NULL;
}
