/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 7, Connectivity Statistics. */
#include "daemon/connectivity_statistics.h"

#include "client/timer.h"
#include "model/object_connectivity_statistics.h"

#define KILOBYTE 1000 /* the registry's "kilobytes", as Device's since 1.2 */

#define PATH_OF(resource) PATH_RESOURCE(OBJECT_CONNECTIVITY_STATISTICS, 0, (resource))

/* -- Collection -- */

/* Outside of a collection what has passed is nobody's. */
static void take(ConnectivityStatistics *statistics)
{
        ClientTraffic more = {.packets = 0};

        statistics->take(statistics->userdata, &more);
        if (statistics->collecting)
                client_traffic_add(&statistics->collected, &more);
}

/* Values that move by themselves are looked at when they are wanted; this is for those that jump. */
static void tell(const ConnectivityStatistics *statistics)
{
        for (uint16_t i = STATISTICS_SENT_DATA; i <= STATISTICS_AVERAGE_MESSAGE_SIZE; i++)
                store_changed(statistics->store, &PATH_OF(i));
}

static void start(ConnectivityStatistics *statistics)
{
        const uint64_t now = clock_boottime(statistics->clock);

        take(statistics);
        statistics->collected = (ClientTraffic){.packets = 0};
        statistics->collecting = true;
        timer_set(statistics->timer,
                statistics->period > 0 ? now + (uint64_t)statistics->period * USEC_PER_SEC : 0);
        tell(statistics);
}

static void stop(ConnectivityStatistics *statistics)
{
        if (!statistics->collecting)
                return;
        take(statistics);
        statistics->collecting = false;
        timer_set(statistics->timer, 0);
        tell(statistics);
}

static int on_period_over(sd_event_source *source, uint64_t usec, void *userdata)
{
        stop(userdata);
        return 0;
}

/* -- Source -- */

/* Rounded, so that many small reports do not end as none. */
static uint64_t kilobytes(uint64_t bytes)
{
        return (bytes + KILOBYTE / 2) / KILOBYTE;
}

static uint64_t average(const ClientTraffic *collected)
{
        return collected->packets > 0 ? (collected->sent + collected->received) / collected->packets : 0;
}

static uint64_t value_of(const ConnectivityStatistics *statistics, uint16_t resource)
{
        switch (resource) {
        case STATISTICS_SENT_DATA:
                return kilobytes(statistics->collected.sent);
        case STATISTICS_RECEIVED_DATA:
                return kilobytes(statistics->collected.received);
        case STATISTICS_MAX_MESSAGE_SIZE:
                return statistics->collected.largest;
        case STATISTICS_AVERAGE_MESSAGE_SIZE:
                return average(&statistics->collected);
        default:
                return (uint64_t)statistics->period;
        }
}

static int statistics_read(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        static const uint16_t resources[] = {STATISTICS_SENT_DATA, STATISTICS_RECEIVED_DATA,
                STATISTICS_MAX_MESSAGE_SIZE, STATISTICS_AVERAGE_MESSAGE_SIZE, STATISTICS_COLLECTION_PERIOD};
        ConnectivityStatistics *statistics = userdata;
        int r = 0;

        take(statistics);
        for (size_t i = 0; i < ELEMENTSOF(resources) && r == 0; i++)
                if (path->length < 3 || path->id[2] == resources[i])
                        r = record_list_add(list, &PATH_OF(resources[i]),
                                &VALUE_INT((int64_t)value_of(statistics, resources[i])));
        return r;
}

/* What a notification tells it changes, and would lead to the next one: pmax alone asks for them. */
static uint64_t statistics_interval(void *userdata, const Path *path)
{
        return path->id[2] == STATISTICS_COLLECTION_PERIOD ? 0 : USEC_INFINITY;
}

static bool statistics_supports(void *userdata, unsigned operation, const Path *path)
{
        /* The whole Object Instance, too: Collection Period alone can be written in it. */
        return operation == OPERATION_WRITE || operation == OPERATION_EXECUTE;
}

static int statistics_check(void *userdata, SourceCall *call, const SourceWrite *write)
{
        return 0;
}

static int statistics_write(void *userdata, SourceCall *call, const SourceWrite *write)
{
        ConnectivityStatistics *statistics = userdata;
        const int64_t before = statistics->period;

        for (size_t i = 0; i < write->n_cleared; i++)
                if (path_has_prefix(&PATH_OF(STATISTICS_COLLECTION_PERIOD), &write->cleared[i]))
                        statistics->period = 0;
        for (size_t i = 0; i < write->values->n; i++)
                if (path_equal(&write->values->items[i].path, &PATH_OF(STATISTICS_COLLECTION_PERIOD)))
                        statistics->period = write->values->items[i].value.integer;
        if (statistics->period != before)
                store_changed(statistics->store, &PATH_OF(STATISTICS_COLLECTION_PERIOD));
        return 0;
}

static int statistics_execute(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        if (path->id[2] == STATISTICS_START)
                start(userdata);
        else
                stop(userdata);
        return 0;
}

static const Source statistics_source = {
        .instances = source_one_instance,
        .read = statistics_read,
        .interval = statistics_interval,
        .supports = statistics_supports,
        .check = statistics_check,
        .write = statistics_write,
        .execute = statistics_execute,
};

/* -- Life -- */

int connectivity_statistics_init(ConnectivityStatistics *statistics, sd_event *event, const Clock *clock,
        Store *store, StatisticsTake take_traffic, void *userdata)
{
        int r;

        *statistics = (ConnectivityStatistics){
                .store = store, .clock = clock, .take = take_traffic, .userdata = userdata};
        r = timer_new(event, on_period_over, statistics, "collection-period", &statistics->timer);
        if (r >= 0)
                r = registry_add(store_registry(store), &object_connectivity_statistics);
        if (r >= 0)
                r = store_set_source(store, OBJECT_CONNECTIVITY_STATISTICS, &statistics_source, statistics);
        return r;
}

void connectivity_statistics_done(ConnectivityStatistics *statistics)
{
        sd_event_source_disable_unref(statistics->timer);
}
