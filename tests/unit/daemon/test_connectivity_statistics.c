/* SPDX-License-Identifier: Apache-2.0 */
/* Object 7: what is collected between Start and Stop. */
#include "tests/unit/daemon/store_changes.h"

#include "daemon/connectivity_statistics.h"

#define INSTANCE (&PATH_INSTANCE(OBJECT_CONNECTIVITY_STATISTICS, 0))
#define MOVING   "/7/0/2 /7/0/3 /7/0/4 /7/0/5"

typedef struct Bench {
        sd_event *event;
        Store *store;
        uint64_t ahead;       /* usec that the clock of the statistics is behind the machine's */
        ClientTraffic passed; /* since it was taken last */
        ConnectivityStatistics statistics;
} Bench;

static Bench bench;

static uint64_t read_boottime(void *userdata)
{
        return clock_boottime(&clock_system) - bench.ahead;
}

static const Clock test_clock = {read_boottime, read_boottime, read_boottime, NULL};

static void take(void *userdata, ClientTraffic *ret)
{
        *ret = bench.passed;
        bench.passed = (ClientTraffic){.packets = 0};
}

static void pass(uint64_t sent, uint64_t received)
{
        const uint64_t larger = MAX_OF(sent, received);
        const ClientTraffic more = {sent, received, (sent > 0) + (received > 0), larger};

        client_traffic_add(&bench.passed, &more);
}

static int setup(void **state)
{
        bench = (Bench){.store = store_with_listener()};
        assert_return_code(sd_event_new(&bench.event), 0);
        assert_int_equal(connectivity_statistics_init(
                                 &bench.statistics, bench.event, &test_clock, bench.store, take, NULL),
                0);
        return 0;
}

static int teardown(void **state)
{
        connectivity_statistics_done(&bench.statistics);
        (void)store_free(bench.store);
        bench.event = sd_event_unref(bench.event);
        return 0;
}

static void execute(uint16_t resource)
{
        const SourceRef ref = store_source(bench.store, OBJECT_CONNECTIVITY_STATISTICS);
        const Path path = PATH_RESOURCE(OBJECT_CONNECTIVITY_STATISTICS, 0, resource);
        SourceCall call = {.requester = 1};

        assert_true(ref.source->supports(ref.userdata, OPERATION_EXECUTE, &path));
        assert_int_equal(ref.source->execute(ref.userdata, &call, &path, NULL, 0), 0);
}

/* period: -1, only what was there goes. */
static void write_period(const Path *cleared, int64_t period)
{
        const SourceRef ref = store_source(bench.store, OBJECT_CONNECTIVITY_STATISTICS);
        _cleanup_(record_list_done) RecordList values = {.n = 0};
        const SourceWrite write = {
                .path = *INSTANCE, .cleared = cleared, .n_cleared = cleared ? 1 : 0, .values = &values};
        SourceCall call = {.requester = 1};

        if (period >= 0)
                assert_int_equal(record_list_add(&values,
                                         &PATH_RESOURCE(OBJECT_CONNECTIVITY_STATISTICS, 0,
                                                 STATISTICS_COLLECTION_PERIOD),
                                         &VALUE_INT(period)),
                        0);
        assert_true(ref.source->supports(ref.userdata, OPERATION_WRITE, INSTANCE));
        assert_int_equal(ref.source->write(ref.userdata, &call, &write), 0);
}

static void assert_values(const char *values)
{
        assert_string_equal(read_source(bench.store, INSTANCE), values);
}

static void test_from_start_to_stop(void **state)
{
        pass(100000, 200000);
        assert_values("2=0 3=0 4=0 5=0 8=0"); /* nothing before Start */
        execute(STATISTICS_START);
        assert_values("2=0 3=0 4=0 5=0 8=0");
        pass(1400, 600);
        assert_values("2=1 3=1 4=1400 5=1000 8=0"); /* while it goes on */
        pass(300, 0);
        assert_values("2=2 3=1 4=1400 5=766 8=0");
        pass(1200, 900);
        execute(STATISTICS_STOP);
        assert_values("2=3 3=2 4=1400 5=880 8=0");
        pass(100000, 200000);
        assert_values("2=3 3=2 4=1400 5=880 8=0"); /* nor after Stop */
        execute(STATISTICS_STOP);
        assert_values("2=3 3=2 4=1400 5=880 8=0");
}

/* Also the largest message: that of before is not one of this collection. */
static void test_start_begins_anew(void **state)
{
        execute(STATISTICS_START);
        pass(5000, 0);
        execute(STATISTICS_START);
        assert_values("2=0 3=0 4=0 5=0 8=0");
        pass(700, 0);
        assert_values("2=1 3=0 4=700 5=700 8=0");
        execute(STATISTICS_STOP);
        pass(9000, 0);
        execute(STATISTICS_START);
        assert_values("2=0 3=0 4=0 5=0 8=0");
}

static void test_each_resource_alone(void **state)
{
        static const struct {
                uint16_t resource;
                const char *text;
        } table[] = {
                {STATISTICS_SENT_DATA, "2=2"}, {STATISTICS_RECEIVED_DATA, "3=3"},
                {STATISTICS_MAX_MESSAGE_SIZE, "4=3000"}, {STATISTICS_AVERAGE_MESSAGE_SIZE, "5=2500"},
                {STATISTICS_COLLECTION_PERIOD, "8=0"}, {STATISTICS_START, ""}, {0, ""}, /* there is no SMS */
        };

        execute(STATISTICS_START);
        pass(2000, 3000);
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_string_equal(read_source(bench.store, &PATH_RESOURCE(OBJECT_CONNECTIVITY_STATISTICS,
                                                                     0, table[i].resource)),
                        table[i].text);
}

static void test_collection_period(void **state)
{
        write_period(NULL, 10);
        assert_values("2=0 3=0 4=0 5=0 8=10");
        execute(STATISTICS_START);
        pass(1000, 0);
        assert_int_equal(sd_event_run(bench.event, 50 * USEC_PER_MSEC), 0);
        assert_values("2=1 3=0 4=1000 5=1000 8=10");
        (void)changes();

        bench.ahead = 10 * USEC_PER_SEC; /* the next ten seconds have passed by now */
        execute(STATISTICS_START);
        (void)changes();
        pass(2000, 0);
        assert_return_code(sd_event_run(bench.event, 5 * USEC_PER_SEC), 0);
        assert_string_equal(changes(), MOVING);
        pass(50000, 0);
        assert_values("2=2 3=0 4=2000 5=2000 8=10");
        assert_int_equal(sd_event_run(bench.event, 0), 0);
}

/* The one that Start finds counts, and Stop ends it. */
static void test_collection_period_of_another_start(void **state)
{
        execute(STATISTICS_START);
        write_period(NULL, 1);
        bench.ahead = 10 * USEC_PER_SEC;
        assert_int_equal(sd_event_run(bench.event, 50 * USEC_PER_MSEC), 0);
        execute(STATISTICS_START);
        execute(STATISTICS_STOP);
        assert_int_equal(sd_event_run(bench.event, 50 * USEC_PER_MSEC), 0);
        write_period(NULL, 0);
        execute(STATISTICS_START);
        assert_int_equal(sd_event_run(bench.event, 50 * USEC_PER_MSEC), 0);
        pass(1000, 0);
        assert_values("2=1 3=0 4=1000 5=1000 8=0");
}

static void test_write(void **state)
{
        const Path resource = PATH_RESOURCE(OBJECT_CONNECTIVITY_STATISTICS, 0, STATISTICS_COLLECTION_PERIOD);
        const Path other = PATH_RESOURCE(OBJECT_CONNECTIVITY_STATISTICS, 0, STATISTICS_STOP);

        write_period(NULL, 4294967295);
        assert_string_equal(changes(), "/7/0/8");
        assert_values("2=0 3=0 4=0 5=0 8=4294967295");
        write_period(&resource, 60);
        assert_string_equal(changes(), "/7/0/8");
        write_period(&resource, 60);
        assert_string_equal(changes(), "");
        write_period(&other, -1);
        assert_values("2=0 3=0 4=0 5=0 8=60");
        write_period(INSTANCE, -1);
        assert_string_equal(changes(), "/7/0/8");
        assert_values("2=0 3=0 4=0 5=0 8=0");
}

static void test_what_is_told(void **state)
{
        execute(STATISTICS_START);
        assert_string_equal(changes(), MOVING);
        pass(1000, 1000);
        (void)read_source(bench.store, INSTANCE);
        assert_string_equal(changes(), ""); /* else a notification would lead to the next one */
        execute(STATISTICS_STOP);
        assert_string_equal(changes(), MOVING);
        execute(STATISTICS_STOP);
        assert_string_equal(changes(), "");
}

static void test_what_is_supported(void **state)
{
        const SourceRef ref = store_source(bench.store, OBJECT_CONNECTIVITY_STATISTICS);
        uint16_t ids[LIMIT_INSTANCES];

        assert_int_equal(ref.source->instances(ref.userdata, OBJECT_CONNECTIVITY_STATISTICS, ids), 1);
        assert_int_equal(ids[0], 0);
        assert_false(ref.source->supports(ref.userdata, OPERATION_READ, INSTANCE));
        for (uint16_t i = STATISTICS_SENT_DATA; i <= STATISTICS_AVERAGE_MESSAGE_SIZE; i++)
                assert_int_equal(ref.source->interval(
                                         ref.userdata, &PATH_RESOURCE(OBJECT_CONNECTIVITY_STATISTICS, 0, i)),
                        USEC_INFINITY);
        assert_int_equal(ref.source->interval(ref.userdata, &PATH_RESOURCE(OBJECT_CONNECTIVITY_STATISTICS, 0,
                                                                    STATISTICS_COLLECTION_PERIOD)),
                0);
        assert_non_null(registry_find(store_registry(bench.store), OBJECT_CONNECTIVITY_STATISTICS));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
                T(test_from_start_to_stop),
                T(test_start_begins_anew),
                T(test_each_resource_alone),
                T(test_collection_period),
                T(test_collection_period_of_another_start),
                T(test_write),
                T(test_what_is_told),
                T(test_what_is_supported),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
