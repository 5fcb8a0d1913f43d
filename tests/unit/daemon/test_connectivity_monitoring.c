/* SPDX-License-Identifier: Apache-2.0 */
/* Object 4: it is there or not, and what of it changes. In a network namespace of its own, and skipped where
 * there may be none. */
#include "tests/unit/daemon/store_changes.h"

#include <sched.h>

#include "daemon/connectivity_monitoring.h"
#include "util/clock.h"

#define INSTANCE (&PATH_INSTANCE(OBJECT_CONNECTIVITY_MONITORING, 0))
#define LIMIT    (5 * USEC_PER_SEC) /* what a look may take on a busy machine */

typedef struct Bench {
        sd_event *event;
        Store *store;
        Network *network;
        ConnectivityMonitoring monitoring;
} Bench;

static void run(const char *command)
{
        if (system(command) != 0)
                fail_msg("%s", command);
}

static void on_changed(void *userdata)
{
}

static int setup(void **state)
{
        static Bench bench;

        bench = (Bench){.store = store_with_listener()};
        *state = &bench;
        assert_return_code(sd_event_new(&bench.event), 0);
        if (unshare(CLONE_NEWNET) == 0) {
                run("ip link add inside type veth peer name outside && ip link set lo up");
                run("ip link set inside addrgenmode none && ip link set outside addrgenmode none");
                run("ip link set inside up");
                assert_return_code(network_new(bench.event, on_changed, NULL, &bench.network), 0);
        }
        connectivity_monitoring_init(&bench.monitoring, bench.store, bench.network);
        return 0;
}

static int teardown(void **state)
{
        Bench *bench = *state;

        assert_int_equal(connectivity_monitoring_set(&bench->monitoring, false), 0);
        (void)network_free(bench->network);
        (void)store_free(bench->store);
        bench->event = sd_event_unref(bench->event);
        return 0;
}

static Bench *begin(void **state)
{
        Bench *bench = *state;

        if (!bench->network) {
                print_message("no network namespace may be made here\n");
                skip();
        }
        assert_int_equal(connectivity_monitoring_set(&bench->monitoring, true), 0);
        return bench;
}

static void wait_value(Bench *bench, const char *value)
{
        uint64_t until = clock_boottime(&clock_system) + LIMIT;

        while (strcmp(read_source(bench->store, INSTANCE), value) != 0 &&
                clock_boottime(&clock_system) < until)
                assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
        assert_string_equal(read_source(bench->store, INSTANCE), value);
}

static void test_on_and_off(void **state)
{
        Bench *bench = begin(state);
        Registry *registry = store_registry(bench->store);

        assert_non_null(registry_find(registry, OBJECT_CONNECTIVITY_MONITORING));
        wait_value(bench, "0=41 1/0=41 2=0 4/0=127.0.0.1 4/1=::1");
        assert_int_equal(connectivity_monitoring_set(&bench->monitoring, true), 0);
        assert_int_equal(connectivity_monitoring_set(&bench->monitoring, false), 0);
        assert_null(registry_find(registry, OBJECT_CONNECTIVITY_MONITORING));
        assert_null(store_source(bench->store, OBJECT_CONNECTIVITY_MONITORING).source);
        (void)changes();
        run("ip address add 10.9.0.2/24 dev inside && ip link set outside up");
        while (sd_event_run(bench->event, NETWORK_LOOK_USEC + 200 * USEC_PER_MSEC) > 0)
                ;
        assert_string_equal(changes(), "");
        assert_int_equal(connectivity_monitoring_set(&bench->monitoring, true), 0);
        wait_value(bench, "0=41 1/0=41 2=0 4/0=10.9.0.2");
}

/* Only what has changed is told. */
static void test_changes(void **state)
{
        Bench *bench = begin(state);

        run("ip link set outside up");
        wait_value(bench, "0=41 1/0=41 2=0 4/0=127.0.0.1 4/1=::1");
        (void)changes();
        run("ip address add 10.9.0.2/24 dev inside");
        wait_value(bench, "0=41 1/0=41 2=0 4/0=10.9.0.2");
        assert_string_equal(changes(), "/4/0/4");
        run("ip route add default via 10.9.0.1");
        wait_value(bench, "0=41 1/0=41 2=0 4/0=10.9.0.2 5/0=10.9.0.1");
        assert_string_equal(changes(), "/4/0/5");
        run("ip link set outside down");
        wait_value(bench, "0=41 1/0=41 2=0 4/0=127.0.0.1 4/1=::1");
        assert_string_equal(changes(), "/4/0/4 /4/0/5");
}

/* From the first moment on what is mandatory has a value. */
static void test_before_the_first_look(void **state)
{
        Bench *bench = begin(state);

        assert_string_equal(read_source(bench->store, INSTANCE), "0=41 1/0=41 2=0");
}

static void test_each_resource_alone(void **state)
{
        static const struct {
                uint16_t resource;
                const char *text;
        } table[] = {
                {CONNECTIVITY_BEARER, "0=41"},
                {CONNECTIVITY_AVAILABLE_BEARERS, "1/0=41"},
                {CONNECTIVITY_SIGNAL_STRENGTH, "2=0"},
                {3, ""},
                {CONNECTIVITY_ADDRESSES, "4/0=127.0.0.1 4/1=::1"},
                {CONNECTIVITY_ROUTERS, ""},
        };
        Bench *bench = begin(state);

        wait_value(bench, "0=41 1/0=41 2=0 4/0=127.0.0.1 4/1=::1");
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_string_equal(read_source(bench->store, &PATH_RESOURCE(OBJECT_CONNECTIVITY_MONITORING,
                                                                      0, table[i].resource)),
                        table[i].text);
}

/* Nothing can be known: the Object is not there, whatever the configuration says. */
static void test_without_a_reader(void **state)
{
        Bench *bench = *state;
        ConnectivityMonitoring monitoring;

        connectivity_monitoring_init(&monitoring, bench->store, NULL);
        assert_int_equal(connectivity_monitoring_set(&monitoring, true), 0);
        assert_null(registry_find(store_registry(bench->store), OBJECT_CONNECTIVITY_MONITORING));
        assert_int_equal(connectivity_monitoring_set(&monitoring, false), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
                T(test_on_and_off),
                T(test_changes),
                T(test_before_the_first_look),
                T(test_each_resource_alone),
                T(test_without_a_reader),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
