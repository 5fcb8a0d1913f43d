/* SPDX-License-Identifier: Apache-2.0 */
/* Values that the client itself reads. */
#include "client/readings.h"

#include "client/serving.h"
#include "operation/gather.h"

/* One that a source answers later. */
typedef struct Reading {
        uint64_t call; /* 0: unused */
        uint64_t begun;
        uint16_t requester;
        PathList paths;
        ClientRead callback;
        void *userdata;
        bool answered; /* by a source, to be followed from the loop */
        bool refused;  /* likewise */
} Reading;

struct Readings {
        Client *client;
        Reading *items[LIMIT_READINGS]; /* owned; NULL: unused */
        sd_event_source *timer;
        sd_event_source *task; /* something was answered */
};

static Reading **find(Readings *readings, uint64_t call)
{
        for (size_t i = 0; i < LIMIT_READINGS; i++)
                if (call == 0 ? !readings->items[i] : readings->items[i] && readings->items[i]->call == call)
                        return &readings->items[i];

        return NULL;
}

static void arm(Readings *readings)
{
        uint64_t next = 0;

        for (size_t i = 0; i < LIMIT_READINGS; i++)
                if (readings->items[i])
                        next = clock_earlier(next, readings->items[i]->begun + SERVING_LATER_USEC);
        timer_set(readings->timer, next);
}

/* 0, SOURCE_LATER, or negative errno. */
static int read_values(Readings *readings, const Reading *reading, RecordList *list)
{
        const ClientContext *context = &readings->client->context;
        const Tree tree = tree_committed(context->store, context->settings.version);
        SourceCall call = {
                .requester = reading->requester,
                .version = context->settings.version,
                .id = reading->call,
                .begun = reading->begun,
        };
        int r;

        r = gather(&tree, &call, &reading->paths, list);
        return r > 0 && r != SOURCE_LATER ? -EIO : r;
}

int readings_begin(
        Readings *readings, uint16_t requester, const PathList *paths, ClientRead callback, void *userdata)
{
        _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_READ_VALUES};
        ClientContext *context = &readings->client->context;
        Reading **place = find(readings, 0), *reading;
        int r;

        if (!place)
                return CLIENT_E_TOO_MANY_READINGS;
        reading = malloc(sizeof(*reading));
        if (!reading)
                return -ENOMEM;
        *reading = (Reading){
                .call = client_next_call(context),
                .begun = clock_boottime(context->clock),
                .requester = requester,
                .paths = *paths,
                .callback = callback,
                .userdata = userdata,
        };
        path_list_simplify(&reading->paths);

        r = read_values(readings, reading, &list);
        if (r == SOURCE_LATER) {
                *place = reading;
                arm(readings);
                return 0;
        }
        if (r < 0)
                store_end_call(context->store, reading->call); /* some source may have answered later */
        free(reading);
        if (r == 0)
                callback(userdata, 0, &list);
        return r;
}

/* The end of one that was answered later. */
static void finish(Readings *readings, Reading **place, int error, const RecordList *values)
{
        Reading *reading = TAKE_PTR(*place);

        store_end_call(readings->client->context.store, reading->call);
        reading->callback(reading->userdata, error, values);
        free(reading);
}

/* Another source may take its time still. */
static void follow_answer(Readings *readings, Reading **place)
{
        _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_READ_VALUES};
        int r = -EIO;

        (*place)->answered = false;
        if (!(*place)->refused)
                r = read_values(readings, *place, &list);
        if (r != SOURCE_LATER)
                finish(readings, place, r, &list);
}

static int on_answered(sd_event_source *source, void *userdata)
{
        Readings *readings = userdata;

        for (size_t i = 0; i < LIMIT_READINGS; i++)
                if (readings->items[i] && readings->items[i]->answered)
                        follow_answer(readings, &readings->items[i]);
        arm(readings);
        return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        static const RecordList nothing = {.n = 0};
        Readings *readings = userdata;
        const uint64_t now = clock_boottime(readings->client->context.clock);

        for (size_t i = 0; i < LIMIT_READINGS; i++)
                if (readings->items[i] && !readings->items[i]->answered &&
                        readings->items[i]->begun + SERVING_LATER_USEC <= now)
                        finish(readings, &readings->items[i], CLIENT_E_NOT_READ, &nothing);
        arm(readings);
        return 0;
}

void readings_answered(Readings *readings, uint64_t call, int code)
{
        Reading **place = call != 0 ? find(readings, call) : NULL;

        if (!place)
                return;
        (*place)->answered = true;
        (*place)->refused = (*place)->refused || code != 0;
        task_set(readings->task, true);
}

int readings_new(Client *client, Readings **ret)
{
        Readings *readings = calloc(1, sizeof(*readings));
        int r;

        if (!readings)
                return -ENOMEM;
        readings->client = client;
        r = timer_new(client->context.event, on_deadline, readings, "readings-deadline", &readings->timer);
        if (r >= 0)
                r = task_new(
                        client->context.event, on_answered, readings, "readings-answered", &readings->task);
        if (r < 0)
                readings_free(readings);
        else
                *ret = readings;
        return r;
}

Readings *readings_free(Readings *readings)
{
        static const RecordList nothing = {.n = 0};

        if (!readings)
                return NULL;
        for (size_t i = 0; i < LIMIT_READINGS; i++)
                if (readings->items[i])
                        finish(readings, &readings->items[i], -ECANCELED, &nothing);
        sd_event_source_disable_unref(readings->timer);
        sd_event_source_disable_unref(readings->task);
        free(readings);
        return NULL;
}
