/* SPDX-License-Identifier: Apache-2.0 */
/* client/observations and client/notifying in a client whose server, value and clock are the test's own:
 * what is sent, when, to a server that is slow, silent, asleep, gone, and back. */
#include "client/inside.h"
#include "client/registered.h"

#define ACCOUNT "/0/1/0=coap://s0.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=0 /1/0/7=U /1/0/6="
#define DAY     (24 * 3600 * USEC_PER_SEC)
#define STORING "true"
#define CONTROLLED                                                                                 \
        " /0/2/0=coap://s1.example /0/2/2=3 /0/2/10=102 /1/1/0=102 /1/1/1=0 /1/1/7=U /1/1/6=false" \
        " /2/0/0=3 /2/0/1=0 /2/0/2/101=1 /2/0/3=102"
#define VALUE    "/3/0/11/0"
#define NO_VALUE (-1)

/* /3/0/11/0, /3/0/11/1 ... of a client that is registered. */
typedef struct ObservedWorld {
        int64_t values[LIMIT_OBSERVATIONS];
        uint8_t last_token;
        unsigned reads;   /* until then */
        unsigned to_fail; /* of the reads after those: out of memory */
} ObservedWorld;

static int read_values(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        ObservedWorld *world = userdata;
        int r = 0;

        if (world->reads > 0)
                world->reads--;
        else if (world->to_fail > 0) {
                world->to_fail--;
                return -ENOMEM;
        }
        for (uint16_t i = 0; i < LIMIT_OBSERVATIONS && r == 0; i++) {
                Value value = VALUE_INT(world->values[i]);

                if (world->values[i] == NO_VALUE)
                        continue;
                r = record_list_add(
                        list, &PATH_RESOURCE_INSTANCE(OBJECT_DEVICE, 0, DEVICE_ERROR_CODE, i), &value);
        }
        return r;
}

static const Source source = {.instances = fixture_device_instances, .read = read_values};

static ObservedWorld *observed_world_new(const char *account)
{
        ObservedWorld *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        registered_init(LWM2M_1_2, account, &source, world);
        return world;
}

static ObservedWorld *observed_world_free(ObservedWorld *world)
{
        registered_done();
        free(world);
        return NULL;
}
DEFINE_CLEANUP(ObservedWorld *, observed_world_free)

/* -- What the server does -- */

static Response serve(Request *request, uint8_t token)
{
        Response response = RESPONSE_INIT;

        request->token_size = 1;
        request->token[0] = token;
        registered.connection->handler->request(registered.connection->userdata, request, &response);
        return response;
}

static Response ask_by(ObservedWorld *world, const Step *step, int observe)
{
        _cleanup_(request_done) Request request = fixture_request(step);

        request.observe = observe;
        if (step->method == METHOD_FETCH)
                request.accept = FORMAT_SENML_JSON;
        return serve(&request, ++world->last_token);
}

static Response ask(ObservedWorld *world, const char *path, int format, int observe)
{
        return ask_by(world, &(Step){METHOD_GET, path, format, NULL, 0}, observe);
}

/* A GET without Observe. */
static void get(uint8_t token, bool further_block)
{
        _cleanup_(request_done) Request request =
                fixture_request(&(Step){METHOD_GET, VALUE, FORMAT_TEXT, NULL, 0});
        _cleanup_(response_done) Response response = RESPONSE_INIT;

        request.further_block = further_block;
        response = serve(&request, token);
        assert_int_equal(response.code, CODE_CONTENT);
        assert_int_equal(response.observe, -1);
}

static void observe(ObservedWorld *world, const char *path, int format)
{
        _cleanup_(response_done) Response response = ask(world, path, format, OBSERVE_REGISTER);

        assert_int_equal(response.code, CODE_CONTENT);
        assert_true(response.observe >= 0);
        pass(USEC_PER_SEC);
}

static void end(ObservedWorld *world, const char *path, int format)
{
        _cleanup_(response_done) Response response = ask(world, path, format, OBSERVE_CANCEL);

        assert_int_equal(response.code, CODE_CONTENT);
}

static size_t count(void)
{
        ClientServer server;

        assert_int_equal(client_server(registered.client, 101, &server), 0);
        return server.observations;
}

static void change(ObservedWorld *world, uint16_t i, int64_t value)
{
        world->values[i] = value;
        store_changed(registered.store, &PATH_RESOURCE_INSTANCE(OBJECT_DEVICE, 0, DEVICE_ERROR_CODE, i));
        pass(USEC_PER_SEC);
}

static void answer(NotificationFate fate)
{
        const FakeNotification *last = &fake_notifications[fake_n_notifications - 1];

        assert_non_null(last->callback);
        last->callback(last->userdata, fake_n_notifications, fate);
        pass(0);
}

/* -- The tests -- */

static void test_changes(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

        observe(world, VALUE, FORMAT_TEXT);
        for (int64_t i = 1; i <= 5; i++)
                change(world, 0, i);
        answer(NOTIFICATION_ACKNOWLEDGED);
        change(world, 0, 6);
        change(world, 1, 7);
        assert_sent("1 2 3 4 5! 6");
        for (size_t i = 1; i < fake_n_notifications; i++)
                assert_int_equal(fake_notifications[i].observe, fake_notifications[i - 1].observe + 1);
}

/* 24 hours after the last one that the server has acknowledged: RFC 7641, 4.5. */
static void test_once_a_day(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

        observe(world, VALUE, FORMAT_TEXT);
        pass(DAY - 10 * USEC_PER_SEC);
        change(world, 0, 1);
        pass(20 * USEC_PER_SEC);
        change(world, 0, 2);
        answer(NOTIFICATION_ACKNOWLEDGED);
        change(world, 0, 3);
        assert_sent("1 2! 3");
}

static void test_slow(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

        observe(world, VALUE "?con=1", FORMAT_TEXT);
        observe(world, "/3/0/11/1", FORMAT_TEXT);
        change(world, 0, 1);
        change(world, 0, 2);
        change(world, 0, 3);
        change(world, 1, 8);
        assert_sent("1!");
        answer(NOTIFICATION_ACKNOWLEDGED);
        assert_sent("1! 3!");
        answer(NOTIFICATION_ACKNOWLEDGED);
        assert_sent("1! 3! 8");
}

/* Whichever read it is that finds no memory, the value arrives, and the observation lasts. */
static void test_out_of_memory(void **state)
{
        for (unsigned reads = 0; reads < 3; reads++) {
                _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

                observe(world, VALUE, FORMAT_TEXT);
                world->reads = reads;
                world->to_fail = 1;
                change(world, 0, 1);
                pass(5 * USEC_PER_SEC);
                assert_sent("1");
                world->to_fail = 0;
                change(world, 0, 2);
                assert_sent("1 2");
                assert_int_equal(count(), 1);
        }
}

/* It is tried again every 2 s, not all the time. */
static void test_long_out_of_memory(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

        observe(world, VALUE, FORMAT_TEXT);
        world->to_fail = 1000;
        change(world, 0, 1);
        pass(20 * USEC_PER_SEC);
        assert_in_range(world->to_fail, 985, 992);
        world->to_fail = 0;
        pass(3 * USEC_PER_SEC);
        assert_sent("1");
}

static void test_reset(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

        observe(world, VALUE "?con=1", FORMAT_TEXT);
        observe(world, "/3/0/11/1", FORMAT_TEXT);
        assert_int_equal(count(), 2);
        change(world, 0, 1);
        change(world, 1, 8);
        answer(NOTIFICATION_RESET);
        change(world, 0, 2);
        assert_sent("1! 8");
        assert_int_equal(count(), 1);
}

/* An Update is answered: what is there then. */
static void test_gone_and_back(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

        observe(world, VALUE "?con=1", FORMAT_TEXT);
        change(world, 0, 1);
        pass(93 * USEC_PER_SEC);
        answer(NOTIFICATION_TIMED_OUT);
        pass(USEC_PER_SEC);
        assert_sent("1! 1!"); /* nobody knows whether the first one has arrived */
        change(world, 0, 2);
        answer(NOTIFICATION_TIMED_OUT);
        change(world, 0, 3);
        assert_sent("1! 1! 3!");
        answer(NOTIFICATION_ACKNOWLEDGED);
        change(world, 0, 4);
        assert_sent("1! 1! 3! 4!");
}

/* It answers Updates and acknowledges nothing: that is told with what is not acknowledged, and looked into
 * less and less often. */
static void test_deaf(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");
        const uint64_t end = fake_now + DAY;
        size_t notified = 0, updates;

        observe(world, VALUE "?con=1", FORMAT_TEXT);
        fake_requests = 0;
        change(world, 0, 1);
        while (fake_now < end) {
                if (fake_n_notifications == notified) {
                        pass(USEC_PER_SEC);
                        continue;
                }
                notified = fake_n_notifications;
                pass(93 * USEC_PER_SEC);
                world->values[0]++;
                answer(NOTIFICATION_TIMED_OUT);
                pass(USEC_PER_SEC);
        }
        assert_in_range(fake_requests, 24, 36);
        assert_in_range(notified, 24, 37);
        assert_true(was_said("LwM2M Server 101 has not acknowledged a notification of /3/0/11/0"));

        /* It hears again, with the value of now, and is as every other one from then on. */
        world->values[0] = 77;
        while (fake_n_notifications == notified)
                pass(USEC_PER_SEC);
        assert_true(fake_now < end + 2 * 3600 * USEC_PER_SEC);
        assert_string_equal(fake_notifications[notified].text, "77");
        answer(NOTIFICATION_ACKNOWLEDGED);
        change(world, 0, 78);
        assert_int_equal(fake_n_notifications, notified + 2);
        updates = fake_requests;
        answer(NOTIFICATION_TIMED_OUT);
        pass(USEC_PER_SEC);
        assert_int_equal(fake_requests, updates + 1);
        assert_int_equal(fake_n_notifications, notified + 3);
}

/* No answer: a new registration, in which nothing is observed. */
static void test_gone(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

        observe(world, VALUE "?con=1", FORMAT_TEXT);
        change(world, 0, 1);
        fake_servers[0].mode = PEER_DEAD;
        answer(NOTIFICATION_TIMED_OUT);
        pass(100 * USEC_PER_SEC);
        assert_int_equal(count(), 0);
        fake_servers[0].mode = PEER_LIVES;
        pass(1000 * USEC_PER_SEC);
        change(world, 0, 2);
        assert_sent("1!");
}

/* The network takes no datagram. */
static void test_not_sent(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

        observe(world, VALUE "?con=1", FORMAT_TEXT);
        fake_refuses_notifications = true;
        change(world, 0, 1);
        fake_refuses_notifications = false;
        pass(2 * USEC_PER_SEC);
        assert_sent("1!");
        assert_int_equal(count(), 1);
}

static void test_asleep(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");
        Observations *observations = server_observations(registered.client->servers[0]);

        observe(world, VALUE, FORMAT_TEXT);
        observations_set_awake(observations, false);
        change(world, 0, 1);
        change(world, 0, 2);
        assert_sent("");
        observations_set_awake(observations, true);
        pass(USEC_PER_SEC);
        change(world, 0, 3);
        assert_sent("2 3");
}

static void test_asleep_and_storing(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT STORING);
        Observations *observations = server_observations(registered.client->servers[0]);

        observe(world, VALUE, FORMAT_SENML_JSON);
        observe(world, "/3/0/11/1", FORMAT_TEXT);
        fake_now = FAKE_START + 100 * USEC_PER_SEC;
        observations_set_awake(observations, false);
        change(world, 0, 1);
        change(world, 1, 7);
        change(world, 0, 2);
        change(world, 1, 8);
        assert_sent("");
        observations_set_awake(observations, true);
        for (size_t i = 0; i < 3; i++)
                answer(NOTIFICATION_ACKNOWLEDGED);
        change(world, 1, 9);
        assert_sent("[{\"bn\":\"/3/0/11/0\",\"bt\":1700001100,\"v\":1},{\"v\":2,\"t\":2}]! 7! 8! 9");
}

/* Small numbers are relative to now for a server, and more than one value of now says nothing: one after the
 * other, without a time, in their order. */
static void test_storing_while_the_clock_was_never_set(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT STORING);
        Observations *observations = server_observations(registered.client->servers[0]);

        observe(world, VALUE, FORMAT_SENML_JSON);
        fake_now = FAKE_START + 100 * USEC_PER_SEC;
        fake_epoch = 0;
        observations_set_awake(observations, false);
        change(world, 0, 1);
        change(world, 0, 2);
        fake_epoch = FAKE_EPOCH;
        change(world, 0, 3);
        observations_set_awake(observations, true);
        for (size_t i = 0; i < 3; i++)
                answer(NOTIFICATION_ACKNOWLEDGED);
        assert_sent("[{\"bn\":\"/3/0/11/0\",\"v\":1}]! [{\"bn\":\"/3/0/11/0\",\"v\":2}]! "
                    "[{\"bn\":\"/3/0/11/0\",\"bt\":1700001102,\"v\":3}]!");
}

/* Nothing may be kept of it: the newest, and nothing wakes the device for it meanwhile. */
static void test_asleep_without_room(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT STORING);
        Observations *observations = server_observations(registered.client->servers[0]);
        sd_event_source *timer;

        observe(world, VALUE "?hqmax=0", FORMAT_TEXT);
        observations_set_awake(observations, false);
        change(world, 0, 1);
        change(world, 0, 2);
        pass(10 * USEC_PER_SEC);
        TAILQ_FOREACH (timer, &fake_sources, entries)
                assert_false(strcmp(timer->description, "observations") == 0 && timer->at > 0);
        observations_set_awake(observations, true);
        pass(10 * USEC_PER_SEC);
        assert_sent("2");
}

/* What has timed out is still there, and comes with what has been kept since. */
static void test_gone_and_back_and_storing(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT STORING);

        observe(world, VALUE "?con=1", FORMAT_SENML_JSON);
        fake_now = FAKE_START + 100 * USEC_PER_SEC;
        change(world, 0, 1);
        change(world, 0, 2);
        answer(NOTIFICATION_TIMED_OUT);
        pass(USEC_PER_SEC);
        assert_sent("[{\"bn\":\"/3/0/11/0\",\"v\":1}]! "
                    "[{\"bn\":\"/3/0/11/0\",\"bt\":1700001100,\"v\":1},{\"v\":2,\"t\":1}]!");
        answer(NOTIFICATION_ACKNOWLEDGED);
        assert_int_equal(fake_n_notifications, 2);
}

/* It is there, so no Update asks; what is kept is sent once more, and then waited for no longer. */
static void test_not_fetched(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT STORING);
        Observations *observations = server_observations(registered.client->servers[0]);
        const char *kept = "[{\"bn\":\"/3/0/11/0\",\"bt\":1700001100,\"v\":1},{\"v\":2,\"t\":1}]!";
        char expected[512];

        observe(world, VALUE "?con=1", FORMAT_SENML_JSON);
        fake_now = FAKE_START + 100 * USEC_PER_SEC;
        fake_requests = 0;
        observations_set_awake(observations, false);
        change(world, 0, 1);
        change(world, 0, 2);
        observations_set_awake(observations, true);
        pass(USEC_PER_SEC);
        assert_sent(kept);
        answer(NOTIFICATION_UNFETCHED);
        (void)snprintf(expected, sizeof(expected), "%s %s", kept, kept);
        assert_sent(expected);
        assert_false(was_said("not fetched the rest"));
        answer(NOTIFICATION_UNFETCHED);
        assert_sent(expected);
        assert_true(was_said("has acknowledged a notification of /3/0/11/0, and not fetched the rest"));

        change(world, 0, 3);
        (void)snprintf(expected, sizeof(expected), "%s %s [{\"bn\":\"/3/0/11/0\",\"v\":3}]!", kept, kept);
        assert_sent(expected);
        answer(NOTIFICATION_ACKNOWLEDGED);
        assert_int_equal(fake_requests, 0);
}

/* Whoever does not observe any more does not fetch either, and others do not wait for that. */
static void test_rest_that_nobody_wants(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

        observe(world, VALUE "?con=1", FORMAT_TEXT);
        observe(world, "/1/0/6", FORMAT_TEXT);
        fake_forgone = 0;
        change(world, 0, 1);
        end(world, "/1/0/6", FORMAT_TEXT);
        assert_int_equal(fake_forgone, 0);
        end(world, VALUE, FORMAT_TEXT);
        assert_int_equal(fake_forgone, 1);
}

/* What is observed is no more: the last one says so. */
static void test_error(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

        observe(world, "/1/0/6", FORMAT_TEXT);
        assert_int_equal(store_begin(registered.store), 0);
        (void)dataset_remove(store_candidate(registered.store), &PATH_RESOURCE(1, 0, 6));
        store_commit(registered.store);
        pass(USEC_PER_SEC);
        assert_sent("4.04!");
        assert_int_equal(fake_notifications[0].observe, -1);
        assert_int_equal(count(), 0);
}

/* What is kept arrives, and behind it that there is nothing more. */
static void test_error_while_asleep(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT STORING);
        Observations *observations = server_observations(registered.client->servers[0]);

        observe(world, VALUE, FORMAT_TEXT);
        observations_set_awake(observations, false);
        change(world, 0, 1);
        change(world, 0, NO_VALUE);
        observations_set_awake(observations, true);
        answer(NOTIFICATION_ACKNOWLEDGED);
        pass(USEC_PER_SEC);
        assert_sent("1! 4.04!");
        assert_int_equal(count(), 0);
}

static void lose_right(void)
{
        assert_int_equal(store_begin(registered.store), 0);
        (void)dataset_set_integer(
                store_candidate(registered.store), &PATH_RESOURCE_INSTANCE(2, 0, 2, 101), VALUE_INTEGER, 0);
        store_commit(registered.store);
        pass(USEC_PER_SEC);
}

/* What the server may not read any more does not arrive either. */
static void test_right_lost_while_asleep(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world =
                observed_world_new(ACCOUNT STORING CONTROLLED);
        Observations *observations = server_observations(registered.client->servers[0]);

        observe(world, VALUE, FORMAT_TEXT);
        observations_set_awake(observations, false);
        change(world, 0, 1);
        lose_right();
        assert_sent("");
        observations_set_awake(observations, true);
        pass(USEC_PER_SEC);
        assert_sent("4.01!");
        assert_int_equal(count(), 0);
}

/* Nor is the end of its observation put off by pmin: there is nothing else to wait for. */
static void test_right_lost_within_pmin(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world =
                observed_world_new(ACCOUNT STORING CONTROLLED);
        Observations *observations = server_observations(registered.client->servers[0]);

        observe(world, VALUE "?pmin=60", FORMAT_TEXT);
        observations_set_awake(observations, false);
        change(world, 0, 1);
        pass(60 * USEC_PER_SEC);
        lose_right();
        observations_set_awake(observations, true);
        pass(USEC_PER_SEC);
        assert_sent("4.01!");
        assert_int_equal(count(), 0);
}

/* Of a list of paths, those that it may not read any more. */
static void test_right_to_a_part_lost_while_asleep(void **state)
{
        static const Step both = {
                METHOD_FETCH, "/", FORMAT_SENML_JSON, "text:[{\"n\":\"/1/0/6\"},{\"n\":\"/3/0/11/0\"}]", 0};
        _cleanup_(observed_world_freep) ObservedWorld *world =
                observed_world_new(ACCOUNT STORING CONTROLLED " /2/1/0=1 /2/1/1=0 /2/1/2/101=1 /2/1/3=102");
        Observations *observations = server_observations(registered.client->servers[0]);

        {
                _cleanup_(response_done) Response response = ask_by(world, &both, OBSERVE_REGISTER);

                assert_int_equal(response.code, CODE_CONTENT);
                assert_true(response.observe >= 0);
        }
        pass(USEC_PER_SEC);
        observations_set_awake(observations, false);
        change(world, 0, 1);
        change(world, 0, 2);
        lose_right();
        observations_set_awake(observations, true);
        pass(USEC_PER_SEC);
        answer(NOTIFICATION_ACKNOWLEDGED);
        assert_sent("[{\"bn\":\"/\",\"bt\":1700001002,\"n\":\"1/0/6\",\"vb\":true},"
                    "{\"n\":\"1/0/6\",\"vb\":true,\"t\":1},{\"n\":\"1/0/6\",\"vb\":true,\"t\":2}]!");
        assert_int_equal(count(), 1);
}

/* A block of the answer that a Read would give now, under the observation's token. */
static void test_further_block(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

        observe(world, VALUE, FORMAT_TEXT);
        get(world->last_token, true);
        assert_int_equal(count(), 1);
        change(world, 0, 1);
        assert_sent("1");
        get(world->last_token, false);
        assert_int_equal(count(), 0);
}

/* A server that forgets what it observes does not shut itself out: the oldest gives way, nothing else. */
static void test_the_same_again_and_again(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");

        observe(world, VALUE "?gt=100", FORMAT_TEXT);
        observe(world, VALUE, FORMAT_SENML_JSON);
        for (size_t i = 0; i < LIMIT_OBSERVATIONS - 1; i++)
                observe(world, VALUE, FORMAT_TEXT);
        assert_int_equal(count(), LIMIT_OBSERVATIONS);
        change(world, 0, 1);
        assert_int_equal(fake_n_notifications, LIMIT_OBSERVATIONS - 1);
        assert_string_equal(fake_notifications[0].text, "[{\"bn\":\"/3/0/11/0\",\"v\":1}]");
        get(3, false);
        assert_int_equal(count(), LIMIT_OBSERVATIONS);
        for (uint8_t token = 4; token <= world->last_token; token++)
                get(token, false);
        assert_int_equal(count(), 2);
        fake_n_notifications = 0;
        change(world, 0, 200);
        assert_int_equal(fake_n_notifications, 2);
}

/* Likewise where there is no room for the paths. */
static void test_the_same_paths_again_and_again(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");
        char payload[LIMIT_OBSERVED_PAYLOAD] = "text:[";
        const Step step = {METHOD_FETCH, "/", FORMAT_SENML_JSON, payload, 0};
        size_t n = strlen(payload);

        for (size_t i = 0; i < LIMIT_OBSERVATIONS; i++) {
                n += (size_t)snprintf(
                        payload + n, sizeof(payload) - n, "%s{\"n\":\"/3/0/11/%zu\"}", i > 0 ? "," : "", i);
                if (i > 0)
                        world->values[i] = NO_VALUE;
        }
        (void)snprintf(payload + n, sizeof(payload) - n, "]");
        for (size_t i = 0; i < LIMIT_OBSERVED_PATHS / LIMIT_OBSERVATIONS + 2; i++) {
                _cleanup_(response_done) Response response = ask_by(world, &step, OBSERVE_REGISTER);

                assert_true(response.observe >= 0);
        }
        assert_int_equal(count(), LIMIT_OBSERVED_PATHS / LIMIT_OBSERVATIONS);
        {
                _cleanup_(response_done) Response response =
                        ask(world, VALUE, FORMAT_TEXT, OBSERVE_REGISTER);

                assert_int_equal(response.code, CODE_CONTENT);
                assert_int_equal(response.observe, -1);
        }
}

static void test_all_of_them(void **state)
{
        _cleanup_(observed_world_freep) ObservedWorld *world = observed_world_new(ACCOUNT "false");
        char path[32];

        for (size_t i = 0; i < LIMIT_OBSERVATIONS; i++) {
                (void)snprintf(path, sizeof(path), "/3/0/11/%zu", i);
                observe(world, path, FORMAT_TEXT);
        }
        {
                _cleanup_(response_done) Response response =
                        ask(world, VALUE "?pmax=1000", FORMAT_TEXT, OBSERVE_REGISTER);

                assert_int_equal(response.code, CODE_CONTENT);
                assert_int_equal(response.observe, -1);
        }
        assert_int_equal(count(), LIMIT_OBSERVATIONS);
        for (uint16_t i = 0; i < LIMIT_OBSERVATIONS; i++) {
                world->values[i] = 5;
                store_changed(
                        registered.store, &PATH_RESOURCE_INSTANCE(OBJECT_DEVICE, 0, DEVICE_ERROR_CODE, i));
        }
        pass(0);
        assert_int_equal(fake_n_notifications, LIMIT_OBSERVATIONS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_changes),
                cmocka_unit_test(test_once_a_day),
                cmocka_unit_test(test_slow),
                cmocka_unit_test(test_out_of_memory),
                cmocka_unit_test(test_long_out_of_memory),
                cmocka_unit_test(test_reset),
                cmocka_unit_test(test_gone_and_back),
                cmocka_unit_test(test_deaf),
                cmocka_unit_test(test_gone),
                cmocka_unit_test(test_not_sent),
                cmocka_unit_test(test_asleep),
                cmocka_unit_test(test_asleep_and_storing),
                cmocka_unit_test(test_storing_while_the_clock_was_never_set),
                cmocka_unit_test(test_asleep_without_room),
                cmocka_unit_test(test_gone_and_back_and_storing),
                cmocka_unit_test(test_not_fetched),
                cmocka_unit_test(test_rest_that_nobody_wants),
                cmocka_unit_test(test_error),
                cmocka_unit_test(test_error_while_asleep),
                cmocka_unit_test(test_right_lost_while_asleep),
                cmocka_unit_test(test_right_lost_within_pmin),
                cmocka_unit_test(test_right_to_a_part_lost_while_asleep),
                cmocka_unit_test(test_further_block),
                cmocka_unit_test(test_the_same_again_and_again),
                cmocka_unit_test(test_the_same_paths_again_and_again),
                cmocka_unit_test(test_all_of_them),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
