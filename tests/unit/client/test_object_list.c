/* SPDX-License-Identifier: Apache-2.0 */
/* client/object_list: what servers are told of Objects that come and go, and what becomes of their Access
 * Control, with servers, a source and a clock that are the test's own. */
#include "client/methods.h"
#include "client/object_list.h"
#include "client/accounts.h"
#include "client/registered.h"
#include "client/state.h"
#include "model/access.h"
#include "model/object_row.h"

#define SHELF 1000

#define ACCOUNT                                                                           \
        "/0/1/0=coap://s0.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=86400 /1/0/7=U " \
        "/0/2/0=coap://s1.example /0/2/2=3 /0/2/10=102 /1/1/0=102 /1/1/1=86400 /1/1/7=U "
/* The Objects of the accounts, and who may create. */
#define MAY_CREATE " /2/0/0=1000 /2/0/1=65535 /2/0/2/101=16 /2/0/3=102"

static const ResourceDef shelf_resources[] = {
        {0, "Level", VALUE_INTEGER, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
};

static const ObjectDef shelf_object = {
        SHELF, "Shelf", true, false, {"1.0", "1.0", "1.0"}, shelf_resources, ELEMENTSOF(shelf_resources)};

static bool shelf[4];           /* which Object Instances there are */
static int64_t shelf_levels[4]; /* their Level */

static size_t shelf_instances(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        size_t n = 0;

        for (uint16_t i = 0; i < ELEMENTSOF(shelf); i++)
                if (shelf[i])
                        ret[n++] = i;
        return n;
}

static int shelf_read(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        Value value = VALUE_INT(shelf_levels[path->id[1]]);

        return record_list_add(list, &PATH_RESOURCE(SHELF, path->id[1], 0), &value);
}

static bool shelf_supports(void *userdata, unsigned operation, const Path *path)
{
        return operation == OPERATION_CREATE || operation == OPERATION_DELETE;
}

static int shelf_create(void *userdata, SourceCall *call, const Path *path, const RecordList *values)
{
        shelf[path->id[1]] = true;
        return 0;
}

static int shelf_remove(void *userdata, SourceCall *call, const Path *path)
{
        shelf[path->id[1]] = false;
        store_changed(registered.store, path);
        return 0;
}

static const Source shelf_source = {
        .instances = shelf_instances,
        .read = shelf_read,
        .supports = shelf_supports,
        .create = shelf_create,
        .remove = shelf_remove,
};

static const Source device = {.instances = fixture_device_instances, .read = fixture_device_read};

static const Step create = {METHOD_POST, "/1000", FORMAT_NONE, NULL, 0};
static const Step delete = {METHOD_DELETE, "/1000/0", FORMAT_NONE, NULL, 0};

static void setup(const char *account)
{
        (void)snprintf(fake_servers[1].uri, sizeof(fake_servers[1].uri), "coap://s1.example");
        fake_servers[1].mode = PEER_LIVES;
        memset(shelf, 0, sizeof(shelf));
        memset(shelf_levels, 0, sizeof(shelf_levels));
        registered_init(LWM2M_1_1, account, &device, NULL);
        assert_int_equal(registry_add(store_registry(registered.store), &shelf_object), 0);
        assert_int_equal(store_set_source(registered.store, SHELF, &shelf_source, NULL), 0);
        store_objects_changed(registered.store);
        pass(10 * USEC_PER_SEC);
        fake_requests = 0;
}

/* A publisher comes or goes with its Object Instance. */
static void put(uint16_t instance, bool there)
{
        shelf[instance] = there;
        store_changed(registered.store, &PATH_INSTANCE(SHELF, instance));
        store_objects_changed(registered.store);
}

/* What each of the two servers has been told last. */
static void assert_told(const char *objects)
{
        const Connection *connection;
        size_t n = 0;

        TAILQ_FOREACH (connection, &fake_connections, entries) {
                assert_string_equal(connection->objects, objects);
                n++;
        }
        assert_int_equal(n, 2);
}

#define OWN "</1/0>,</1/1>,</2>,</3/0>,"

/* One for all, 2 s after the first one, which the later ones do not move. */
static void test_changes_are_collected(void **state)
{
        setup(ACCOUNT);
        assert_told(OWN "</1000>");
        put(0, true);
        pass(1000 * USEC_PER_MSEC);
        put(1, true);
        pass(900 * USEC_PER_MSEC);
        put(2, true);
        pass(50 * USEC_PER_MSEC);
        assert_int_equal(fake_requests, 0);
        pass(150 * USEC_PER_MSEC);
        assert_told(OWN "</1000/0>,</1000/1>,</1000/2>");
        pass(10 * USEC_PER_SEC);
        assert_int_equal(fake_requests, 2); /* one for each server */

        put(1, false);
        pass(3 * USEC_PER_SEC);
        assert_told(OWN "</1000/0>,</1000/2>");
        assert_int_equal(fake_requests, 4);
        registered_done();
}

static void test_publisher_that_is_back_in_time(void **state)
{
        const Step write = {METHOD_PUT, "/1/0/5", FORMAT_TEXT, "text:77", 0};
        const Step attach = {METHOD_PUT, "/1000/0?pmin=10", FORMAT_NONE, NULL, 0};
        const Attributes *attributes;

        setup(ACCOUNT);
        put(0, true);
        pass(5 * USEC_PER_SEC);
        fake_requests = 0;
        attributes = observations_attributes(server_observations(registered.client->servers[0]));
        assert_int_equal(fake_request(registered.connection, &attach), CODE_CHANGED);
        put(0, false);
        pass(1900 * USEC_PER_MSEC);
        put(0, true);
        pass(10 * USEC_PER_SEC);
        assert_int_equal(fake_requests, 0);
        assert_int_equal(attributes->n, 1);

        /* Nor is what is away for the moment told beside something else. */
        put(0, false);
        pass(USEC_PER_SEC);
        assert_int_equal(fake_request(registered.connection, &write), CODE_CHANGED);
        pass(900 * USEC_PER_MSEC);
        put(0, true);
        pass(10 * USEC_PER_SEC);
        assert_int_equal(fake_requests, 0);

        put(0, false);
        pass(3 * USEC_PER_SEC);
        assert_int_equal(fake_requests, 2);
        assert_int_equal(attributes->n, 0);
        registered_done();
}

static void test_create_and_delete(void **state)
{
        const Step attach = {METHOD_PUT, "/1000/0?pmin=10", FORMAT_NONE, NULL, 0};
        const Attributes *attributes;

        setup(ACCOUNT);
        attributes = observations_attributes(server_observations(registered.client->servers[0]));
        assert_int_equal(fake_request(registered.connection, &create), CODE_CREATED);
        assert_int_equal(fake_request(registered.connection, &create), CODE_CREATED);
        pass(1900 * USEC_PER_MSEC);
        assert_int_equal(fake_requests, 0);
        pass(10 * USEC_PER_SEC);
        assert_int_equal(fake_requests, 2);
        assert_told(OWN "</1000/0>,</1000/1>");

        /* What is created in the place of something else is something else. */
        assert_int_equal(fake_request(registered.connection, &attach), CODE_CHANGED);
        assert_int_equal(fake_request(registered.connection, &delete), CODE_DELETED);
        pass(0);
        assert_int_equal(fake_request(registered.connection, &create), CODE_CREATED);
        pass(10 * USEC_PER_SEC);
        assert_int_equal(attributes->n, 0);
        assert_int_equal(fake_requests, 2);
        registered_done();
}

/* Their Access Control changes the accounts, too. */
static void test_create_under_access_control(void **state)
{
        setup(ACCOUNT MAY_CREATE);
        assert_int_equal(fake_request(registered.connection, &create), CODE_CREATED);
        pass(USEC_PER_SEC);
        assert_int_equal(fake_request(registered.connection, &create), CODE_CREATED);
        pass(900 * USEC_PER_MSEC);
        assert_int_equal(fake_requests, 0);
        pass(10 * USEC_PER_SEC);
        assert_int_equal(fake_requests, 2);
        assert_told("</1/0>,</1/1>,</2/0>,</2/1>,</2/2>,</3/0>,</1000/0>,</1000/1>");
        registered_done();
}

/* Other accounts are told at once, together with their lifetimes and bindings, by one Update. */
static void test_other_accounts(void **state)
{
        setup(ACCOUNT);
        assert_int_equal(store_begin(registered.store), 0);
        fixture_put(store_candidate(registered.store), "/2/0/0=3 /2/0/1=0 /2/0/3=101");
        store_commit(registered.store);
        accounts_apply(registered.client, SESSIONS_KEPT, false);
        pass(0);
        assert_int_equal(fake_requests, 2);
        pass(USEC_PER_SEC);
        assert_told("</1/0>,</1/1>,</2/0>,</3/0>,</1000>");
        registered_done();
}

/* Who registers meanwhile knows by that. */
static void test_server_that_registers_meanwhile(void **state)
{
        setup(ACCOUNT);
        put(0, true);
        assert_int_equal(client_restart(registered.client), 0);
        pass(10 * USEC_PER_SEC);
        assert_told(OWN "</1000/0>");
        assert_int_equal(fake_requests, 0);
        registered_done();
}

/* -- What is observed -- */

#define SECOND USEC_PER_SEC
#define MOMENT (100 * USEC_PER_MSEC)

/* Levels of Object Instances that are there; the list of Objects rests. */
static void observe(const char *account, unsigned n)
{
        static const char *const paths[] = {"/1000/0/0", "/1000/1/0"};

        setup(account);
        for (uint16_t i = 0; i < n; i++)
                put(i, true);
        pass(5 * SECOND);
        for (uint16_t i = 0; i < n; i++) {
                _cleanup_(request_done) Request request =
                        fixture_request(&(Step){METHOD_GET, paths[i], FORMAT_TEXT, NULL, 0});
                _cleanup_(response_done) Response response = RESPONSE_INIT;

                request.observe = OBSERVE_REGISTER;
                request.token_size = 1;
                request.token[0] = (uint8_t)i;
                registered.connection->handler->request(
                        registered.connection->userdata, &request, &response);
                assert_int_equal(response.code, CODE_CONTENT);
        }
        pass(SECOND);
        fake_requests = 0;
}

static void set(uint16_t instance, int64_t level)
{
        shelf_levels[instance] = level;
        store_changed(registered.store, &PATH_RESOURCE(SHELF, instance, 0));
}

static size_t count(void)
{
        return observations_count(server_observations(registered.client->servers[0]));
}

static void test_observed_of_a_publisher_that_is_back(void **state)
{
        const Step read = {METHOD_GET, "/1000/0/0", FORMAT_TEXT, NULL, 0};

        observe(ACCOUNT, 1);
        put(0, false);
        pass(SECOND);
        assert_int_equal(fake_request(registered.connection, &read), CODE_NOT_FOUND);
        put(0, true);
        pass(10 * SECOND);
        assert_sent("");
        set(0, 1);
        pass(MOMENT);
        assert_sent("1");

        /* Another one: that of the moment when it is looked at, and once. */
        put(0, false);
        pass(SECOND);
        put(0, true);
        set(0, 2);
        pass(SECOND / 2);
        set(0, 3);
        pass(SECOND / 2 - MOMENT);
        assert_sent("1");
        pass(2 * MOMENT);
        assert_sent("1 3");
        set(0, 4);
        pass(MOMENT);
        assert_sent("1 3 4");
        assert_int_equal(fake_requests, 0);
        registered_done();
}

static void test_observed_of_a_publisher_that_is_gone(void **state)
{
        observe(ACCOUNT, 1);
        put(0, false);
        pass(2 * SECOND - MOMENT);
        assert_sent("");
        assert_int_equal(count(), 1);
        pass(2 * MOMENT);
        assert_sent("4.04!");
        assert_int_equal(count(), 0);
        pass(SECOND);
        assert_int_equal(fake_requests, 2);
        registered_done();
}

/* What is there meanwhile is told at once, and what is gone for another reason. */
static void test_observed_beside_a_publisher_that_is_gone(void **state)
{
        observe(ACCOUNT, 2);
        put(0, false);
        for (int64_t i = 1; i <= 4; i++) {
                set(1, i);
                pass(MOMENT);
        }
        assert_sent("1 2 3 4");
        pass(5 * SECOND);
        assert_sent("1 2 3 4 4.04!");
        assert_int_equal(fake_request(registered.connection, &create), CODE_CREATED);
        pass(MOMENT);
        assert_int_equal(
                fake_request(registered.connection, &(Step){METHOD_DELETE, "/1000/1", FORMAT_NONE, NULL, 0}),
                CODE_DELETED);
        pass(MOMENT);
        assert_sent("1 2 3 4 4.04! 4.04!");
        registered_done();
}

/* Nothing is put off for ever by a publisher that does not rest. */
static void test_observed_of_a_publisher_that_comes_and_goes(void **state)
{
        observe(ACCOUNT, 1);
        set(0, 1);
        pass(MOMENT);
        for (int64_t i = 0; i < 100 && count() > 0; i++) {
                const size_t sent = fake_n_notifications;

                shelf_levels[0] = 2 + i;
                for (unsigned j = 0; j <= 20; j++) {
                        put(0, j % 2 == 1);
                        pass(MOMENT);
                }
                assert_int_equal(fake_n_notifications, sent + 1);
        }
        registered_done();
}

static void test_observed_without_a_right(void **state)
{
        observe(ACCOUNT " /2/0/0=1000 /2/0/1=0 /2/0/2/101=1 /2/0/3=102", 1);
        put(3, true);
        assert_int_equal(store_begin(registered.store), 0);
        (void)dataset_set_integer(
                store_candidate(registered.store), &PATH_RESOURCE_INSTANCE(2, 0, 2, 101), VALUE_INTEGER, 0);
        store_commit(registered.store);
        pass(MOMENT);
        assert_sent("4.01!");
        registered_done();
}

/* A notification without an acknowledgement is told again afterwards. */
static void test_observed_whose_notification_was_lost(void **state)
{
        const FakeNotification *last;

        observe(ACCOUNT, 1);
        for (int64_t i = 1; i <= 5; i++) {
                set(0, i);
                pass(MOMENT);
        }
        assert_sent("1 2 3 4 5!");
        last = &fake_notifications[4];
        put(0, false);
        pass(MOMENT);
        last->callback(last->userdata, 5, NOTIFICATION_TIMED_OUT);
        pass(SECOND);
        put(0, true);
        pass(10 * SECOND);
        assert_sent("1 2 3 4 5! 5!");
        registered_done();
}

/* -- Access Control of what is withdrawn -- */

static void withdraw(uint16_t instance)
{
        shelf[instance] = false;
        store_withdrawn(registered.store, &PATH_INSTANCE(SHELF, instance));
        store_objects_changed(registered.store);
}

static bool is_controlled(const Dataset *dataset, uint16_t instance)
{
        return dataset && access_find(dataset, SHELF, instance) != ID_INVALID;
}

static void assert_controlled(uint16_t instance, bool expected)
{
        assert_int_equal(is_controlled(store_committed(registered.store), instance), expected);
        assert_int_equal(is_controlled(registered.storage.current.dataset, instance), expected);
}

static void test_withdrawn(void **state)
{
        unsigned saves;

        setup(ACCOUNT MAY_CREATE);
        put(3, true); /* of its publisher's own, without Access Control */
        assert_int_equal(fake_request(registered.connection, &create), CODE_CREATED);
        assert_int_equal(fake_request(registered.connection, &create), CODE_CREATED);
        pass(5 * USEC_PER_SEC);
        assert_controlled(0, true);
        assert_controlled(1, true);
        saves = registered.storage.saves;
        withdraw(3);
        pass(0);
        assert_int_equal(registered.storage.saves, saves);
        withdraw(0);
        assert_controlled(0, true); /* from the loop */
        pass(0);
        assert_controlled(0, false);
        assert_controlled(1, true);
        assert_int_equal(registered.storage.saves, saves + 1);
        registered_done();
}

static void test_withdrawn_in_a_bootstrap(void **state)
{
        for (int commit = 0; commit < 2; commit++) {
                setup(ACCOUNT MAY_CREATE);
                assert_int_equal(fake_request(registered.connection, &create), CODE_CREATED);
                assert_int_equal(store_begin(registered.store), 0);
                withdraw(0);
                withdraw(0);
                pass(5 * USEC_PER_SEC);
                assert_controlled(0, true);
                if (commit)
                        store_commit(registered.store);
                else
                        store_rollback(registered.store);
                state_decide_soon(registered.client); /* as the end of a bootstrap does */
                pass(0);
                assert_controlled(0, false);
                registered_done();
        }
}

/* While other accounts are tried the stored ones wait, with everything that belongs to them. */
static void test_withdrawn_while_others_are_tried(void **state)
{
        setup(ACCOUNT MAY_CREATE);
        assert_int_equal(fake_request(registered.connection, &create), CODE_CREATED);
        assert_int_equal(dataset_copy(store_committed(registered.store), &registered.client->kept), 0);
        withdraw(0);
        pass(5 * USEC_PER_SEC);
        assert_controlled(0, true);
        registered.client->kept = dataset_free(registered.client->kept);
        state_decide_soon(registered.client);
        pass(0);
        assert_controlled(0, false);
        registered_done();
}

/* An orderly end: nothing is left of it for the next start. */
static void test_withdrawn_at_the_end(void **state)
{
        setup(ACCOUNT MAY_CREATE);
        assert_int_equal(fake_request(registered.connection, &create), CODE_CREATED);
        pass(0);
        withdraw(0);
        registered.client = client_free(registered.client);
        assert_controlled(0, false);
        registered_done();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_changes_are_collected),
                cmocka_unit_test(test_publisher_that_is_back_in_time),
                cmocka_unit_test(test_create_and_delete),
                cmocka_unit_test(test_create_under_access_control),
                cmocka_unit_test(test_other_accounts),
                cmocka_unit_test(test_server_that_registers_meanwhile),
                cmocka_unit_test(test_observed_of_a_publisher_that_is_back),
                cmocka_unit_test(test_observed_of_a_publisher_that_is_gone),
                cmocka_unit_test(test_observed_beside_a_publisher_that_is_gone),
                cmocka_unit_test(test_observed_of_a_publisher_that_comes_and_goes),
                cmocka_unit_test(test_observed_without_a_right),
                cmocka_unit_test(test_observed_whose_notification_was_lost),
                cmocka_unit_test(test_withdrawn),
                cmocka_unit_test(test_withdrawn_in_a_bootstrap),
                cmocka_unit_test(test_withdrawn_while_others_are_tried),
                cmocka_unit_test(test_withdrawn_at_the_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
