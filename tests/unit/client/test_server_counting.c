/* SPDX-License-Identifier: Apache-2.0 */
/* client/server_counting: what is counted of a server, and that no sum ever falls. */
#include "client/inside.h"
#include "client/methods.h"
#include "client/registered.h"

#define ACCOUNT "/0/1/0=coap://s0.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=86400 /1/0/7=U"

static const Source device = {.instances = fixture_device_instances, .read = fixture_device_read};

static int setup(void **state)
{
        registered_init(LWM2M_1_1, ACCOUNT, &device, NULL);
        return 0;
}

static int teardown(void **state)
{
        registered_done();
        return 0;
}

static uint64_t of_client(ClientCounter counter)
{
        ClientCounters counters;

        client_counters(registered.client, &counters);
        return counters.values[counter];
}

static uint64_t of_server(ClientCounter counter)
{
        ClientCounters counters;

        assert_int_equal(client_server_counters(registered.client, 101, &counters), 0);
        return counters.values[counter];
}

/* As interface.md, section 3, has them. */
static void test_names(void **state)
{
        static const char names[] =
                " Registrations Updates Deregistrations Handshakes HandshakeFailures RequestsReceived "
                "ResponsesSent Notifications Sends Retransmissions DatagramsReceived DatagramsSent "
                "BytesReceived BytesSent BootstrapAttempts BootstrapFailures Bootstraps StorageWrites "
                "StorageFailures";
        char text[sizeof(names)] = "";
        size_t n = 0;

        for (ClientCounter i = 0; i < _CLIENT_COUNTER_MAX; i++)
                n += (size_t)snprintf(text + n, sizeof(text) - n, " %s", client_counter_to_string(i));
        assert_string_equal(text, names);
}

static void test_requests_both_ways(void **state)
{
        static const Step look = {METHOD_GET, "/1/0/1", FORMAT_NONE, NULL, 0};

        assert_int_equal(of_server(CLIENT_COUNTER_REGISTRATIONS), 1);
        assert_int_equal(client_server_update(registered.client, 101), 0);
        pass(USEC_PER_SEC);
        assert_int_equal(of_server(CLIENT_COUNTER_UPDATES), 1);
        assert_int_equal(fake_request(registered.connection, &look), CODE_CONTENT);
        assert_int_equal(of_server(CLIENT_COUNTER_REQUESTS_RECEIVED), 1);
        assert_int_equal(of_server(CLIENT_COUNTER_RESPONSES_SENT), 1);
        assert_int_equal(client_server_disable(registered.client, 101, 10), 0);
        assert_int_equal(of_server(CLIENT_COUNTER_DEREGISTRATIONS), 1);
        pass(11 * USEC_PER_SEC);
        assert_int_equal(of_server(CLIENT_COUNTER_REGISTRATIONS), 2);
        assert_int_equal(
                client_server_counters(registered.client, 102, &(ClientCounters){.values = {0}}), -ENOENT);
}

static const Counters counted = {
        .sent = {2, 100, 60},
        .received = {3, 300, 200},
        .handshakes = 1,
        .handshake_failures = 4,
};

static void assert_counted(uint64_t (*of)(ClientCounter counter), uint64_t times)
{
        assert_int_equal(of(CLIENT_COUNTER_DATAGRAMS_SENT), 2 * times);
        assert_int_equal(of(CLIENT_COUNTER_BYTES_SENT), 100 * times);
        assert_int_equal(of(CLIENT_COUNTER_DATAGRAMS_RECEIVED), 3 * times);
        assert_int_equal(of(CLIENT_COUNTER_BYTES_RECEIVED), 300 * times);
        assert_int_equal(of(CLIENT_COUNTER_HANDSHAKES), times);
        assert_int_equal(of(CLIENT_COUNTER_HANDSHAKE_FAILURES), 4 * times);
}

/* Each once, whoever asks first; Object 7 has its own sums. */
static void test_session(void **state)
{
        ClientTraffic traffic;

        registered.connection->counters = counted;
        assert_counted(of_server, 1);
        assert_counted(of_client, 1);
        registered.connection->counters = counted;
        client_take_traffic(registered.client, &traffic);
        assert_int_equal(traffic.packets, 10);
        assert_counted(of_client, 2);
        assert_counted(of_server, 2);
        client_take_traffic(registered.client, &traffic);
        assert_int_equal(traffic.packets, 0);
}

/* Another session of the same account. */
static void test_restart_keeps(void **state)
{
        registered.connection->counters = counted;
        assert_int_equal(client_restart(registered.client), 0);
        pass(USEC_PER_SEC);
        assert_counted(of_server, 1);
        assert_counted(of_client, 1);
        assert_int_equal(of_server(CLIENT_COUNTER_REGISTRATIONS), 2);
        assert_int_equal(of_client(CLIENT_COUNTER_REGISTRATIONS), 2);
}

/* A Reload has taken the server away. */
static void test_sums_of_who_is_gone(void **state)
{
        const ClientSettings settings = registered.client->context.settings;
        _cleanup_(dataset_freep) Dataset *other = fixture_dataset(
                "/0/1/0=coap://s0.example /0/1/2=3 /0/1/10=102 /1/0/0=102 /1/0/1=86400 /1/0/7=U");

        registered.connection->counters = counted;
        assert_int_equal(client_reload(registered.client, &settings, other, CLIENT_RELOAD_ACCOUNTS), 0);
        pass(USEC_PER_SEC);
        assert_int_equal(
                client_server_counters(registered.client, 101, &(ClientCounters){.values = {0}}), -ENOENT);
        assert_counted(of_client, 1);
        assert_int_equal(of_client(CLIENT_COUNTER_REGISTRATIONS), 2);
        assert_int_equal(of_client(CLIENT_COUNTER_DEREGISTRATIONS), 1);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names),
                TEST(test_requests_both_ways),
                TEST(test_session),
                TEST(test_restart_keeps),
                TEST(test_sums_of_who_is_gone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
