/* SPDX-License-Identifier: Apache-2.0 */
/* client/readings and client/sending: what the client reads for D-Bus and for a Send, with sources that have
 * to look first, a server and a clock that are the test's own. */
#include "client/methods.h"
#include "client/readings.h"
#include "client/slow_source.h"

#define ACCOUNT \
        "/0/1/0=coap://s0.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=86400 /1/0/7=U /1/0/23=false"
/* Server 101 may not read /1001/0. */
#define CONTROLLED                                                                        \
        " /0/2/0=coap://s1.example /0/2/2=3 /0/2/10=102 /1/1/0=102 /1/1/1=86400 /1/1/7=U" \
        " /2/0/0=1000 /2/0/1=0 /2/0/2/101=1 /2/0/3=102 /2/1/0=1001 /2/1/1=0 /2/1/2/101=0 /2/1/3=102"

static const Source device = {.instances = fixture_device_instances, .read = fixture_device_read};

/* What the last reading, or Send, came to. */
static unsigned told;
static int told_error;
static char told_text[1024];

static void on_read(void *userdata, int error, const RecordList *values)
{
        size_t n = 0;

        told++;
        told_error = error;
        told_text[0] = '\0';
        for (size_t i = 0; i < values->n; i++)
                n += (size_t)snprintf(told_text + n, sizeof(told_text) - n, "%s%s", i > 0 ? " " : "",
                        PATH_TEXT(&values->items[i].path));
}

static void on_sent(void *userdata, int error, const char *sentence)
{
        told++;
        told_error = error;
}

static void setup(const char *account)
{
        registered_init(LWM2M_1_1, account, &device, NULL);
        slow_init();
        pass(5 * USEC_PER_SEC);
        told = 0;
}

static void done(void)
{
        registered_done();
}

static PathList paths_of(const char *text)
{
        _cleanup_(freep) char *words = strdup(text);
        char *rest = words, *word;
        PathList paths = {.n = 0};
        Path path;

        while ((word = strsep(&rest, " "))) {
                assert_int_equal(path_parse(word, &path), 0);
                assert_int_equal(path_list_add(&paths, &path), 0);
        }
        return paths;
}

static int read_now(const char *text)
{
        const PathList paths = paths_of(text);

        return client_read(registered.client, &paths, on_read, NULL);
}

static int send_now(const char *text)
{
        const PathList paths = paths_of(text);

        return client_server_send(registered.client, 101, &paths, FORMAT_SENML_JSON, on_sent, NULL);
}

/* What servers may read, sorted, each once; nothing where nothing is; whatever Access Control says. */
static void test_at_once(void **state)
{
        static const struct {
                const char *paths, *text;
        } table[] = {
                {"/1/0/1", "/1/0/1"},
                {"/1/0/1 /1/0/0 /1/0/1", "/1/0/0 /1/0/1"},
                {"/1/0/7 /1/0 /1/0/1", "/1/0/0 /1/0/1 /1/0/7 /1/0/23"},
                {"/1/0/8", ""}, /* Execute */
                {"/1/9", ""},
                {"/4711", ""},
                {"/0", ""},
                {"/0/1/0 /21 /1/0/7", "/1/0/7"},
        };

        setup(ACCOUNT CONTROLLED);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(read_now(table[i].paths), 0);
                assert_int_equal(told, i + 1);
                assert_int_equal(told_error, 0);
                assert_string_equal(told_text, table[i].text);
        }
        assert_int_equal(slow_sources[0].ended, 0);
        done();
}

static void test_of_sources_that_look_first(void **state)
{
        setup(ACCOUNT CONTROLLED);
        assert_int_equal(read_now("/1001 /1000/0/0 /1/0/1"), 0);
        assert_int_equal(slow_sources[0].asked + slow_sources[1].asked, 2); /* both begin */
        pass(USEC_PER_SEC);
        assert_int_equal(told, 0);
        slow_look(&slow_sources[1]);
        pass(USEC_PER_SEC);
        assert_int_equal(told, 0);
        slow_look(&slow_sources[0]);
        assert_int_equal(told, 0); /* from the loop */
        pass(0);
        assert_int_equal(told, 1);
        assert_int_equal(told_error, 0);
        assert_string_equal(told_text, "/1/0/1 /1000/0/0 /1001/0/0");
        pass(20 * USEC_PER_SEC);
        assert_int_equal(told, 1);
        assert_int_equal(slow_sources[0].ended, 1);
        assert_int_equal(slow_sources[1].ended, 1);
        done();
}

static void test_source_that_refuses(void **state)
{
        setup(ACCOUNT);
        assert_int_equal(read_now("/1000"), 0);
        store_answer(registered.store, slow_sources[0].call, CODE_INTERNAL_ERROR, "it is broken");
        pass(0);
        assert_int_equal(told, 1);
        assert_int_equal(told_error, -EIO);
        assert_int_equal(slow_sources[0].ended, 1);
        done();
}

static void test_ten_seconds(void **state)
{
        setup(ACCOUNT);
        assert_int_equal(read_now("/1000 /1/0/1"), 0);
        for (int i = 0; i < 9; i++) {
                pass(USEC_PER_SEC);
                store_answer(registered.store, slow_sources[0].call, 0, NULL); /* it has not looked */
        }
        pass(990 * USEC_PER_MSEC);
        assert_int_equal(told, 0);
        pass(20 * USEC_PER_MSEC);
        assert_int_equal(told, 1);
        assert_int_equal(told_error, CLIENT_E_NOT_READ);
        assert_string_equal(told_text, "");
        store_answer(registered.store, slow_sources[0].call, 0, NULL);
        pass(20 * USEC_PER_SEC);
        assert_int_equal(told, 1);
        assert_int_equal(slow_sources[0].ended, 1);
        done();
}

static void test_too_many(void **state)
{
        setup(ACCOUNT);
        for (size_t i = 0; i < LIMIT_READINGS; i++)
                assert_int_equal(read_now("/1000"), 0);
        assert_int_equal(read_now("/1000"), CLIENT_E_TOO_MANY_READINGS);
        assert_int_equal(slow_sources[0].asked, LIMIT_READINGS);
        pass(11 * USEC_PER_SEC);
        assert_int_equal(told, LIMIT_READINGS);
        assert_int_equal(slow_sources[0].ended, LIMIT_READINGS);
        assert_int_equal(read_now("/1000"), 0);
        done();
}

static void test_client_that_ends(void **state)
{
        setup(ACCOUNT);
        assert_int_equal(read_now("/1000"), 0);
        registered.client = client_free(registered.client);
        assert_int_equal(told, 1);
        assert_int_equal(told_error, -ECANCELED);
        assert_int_equal(slow_sources[0].ended, 1);
        done();
}

/* A server's Read and one of the client's own do not take each other's answers. */
static void test_beside_a_server(void **state)
{
        const Step step = {METHOD_GET, "/1000/0/0", FORMAT_TEXT, NULL, 0};
        uint64_t of_server;

        setup(ACCOUNT);
        assert_int_equal(fake_request(registered.connection, &step), CODE_NONE);
        of_server = slow_sources[0].call;
        assert_int_equal(read_now("/1000"), 0);
        assert_true(slow_sources[0].call != of_server);
        slow_look(&slow_sources[0]);
        pass(0);
        assert_int_equal(told, 1);
        assert_int_equal(fake_handles[fake_last_handle].answers, 0);
        store_answer(registered.store, of_server, 0, NULL);
        pass(0);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_CONTENT);
        assert_int_equal(told, 1);
        done();
}

/* -- Send -- */

static void test_send_of_what_has_to_be_looked_at(void **state)
{
        setup(ACCOUNT);
        fake_requests = 0;
        assert_int_equal(send_now("/1000/0/0 /1001/0/0"), 0);
        pass(2 * USEC_PER_SEC);
        assert_int_equal(fake_requests, 0);
        slow_sources[0].value = 77;
        slow_look(&slow_sources[0]);
        slow_look(&slow_sources[1]);
        pass(0);
        assert_int_equal(fake_requests, 1);
        assert_non_null(strstr(registered.connection->update.objects, "\"v\":77}"));
        assert_int_equal(told, 0); /* before the server has answered */
        pass(USEC_PER_SEC);
        assert_int_equal(told, 1);
        assert_int_equal(told_error, 0);
        done();
}

/* What cannot be sent is told: at once where nothing has to be looked at, else by the callback, and in the
 * journal, as whoever has asked may be gone. */
static void test_send_that_comes_to_nothing(void **state)
{
        setup(ACCOUNT CONTROLLED);
        fake_requests = 0;
        assert_int_equal(send_now("/1001 /0 /1/9"), CLIENT_E_NOTHING_TO_SEND);
        assert_int_equal(told, 0);
        assert_int_equal(slow_sources[1].asked, 0); /* it may not read it */

        assert_int_equal(send_now("/1000"), 0);
        pass(11 * USEC_PER_SEC);
        assert_int_equal(told, 1);
        assert_int_equal(told_error, CLIENT_E_NOT_READ);
        assert_true(was_said("A Send to LwM2M Server 101 is refused: what is to be sent could not be read"));

        assert_int_equal(send_now("/1000"), 0);
        fake_fail(registered.connection, FAILURE_CONNECTION_LOST);
        slow_look(&slow_sources[0]);
        pass(0);
        assert_int_equal(told, 2);
        assert_int_equal(told_error, CLIENT_E_NOT_REGISTERED);
        assert_true(was_said("A Send to LwM2M Server 101 is refused: what was read cannot be sent"));
        assert_int_equal(fake_requests, 0);
        done();
}

static void test_send_to_a_server_that_is_gone(void **state)
{
        setup(ACCOUNT);
        assert_int_equal(send_now("/1000"), 0);
        registered.client = client_free(registered.client);
        assert_int_equal(told, 1);
        assert_int_equal(told_error, -ECANCELED);
        done();
}

/* -- Objects -- */

static void test_objects(void **state)
{
        static ClientObject objects[LIMIT_OBJECTS];
        char text[256] = "";
        size_t n;

        setup(ACCOUNT);
        n = client_objects(registered.client, objects);
        for (size_t i = 0; i < n; i++) {
                size_t at = strlen(text);

                (void)snprintf(text + at, sizeof(text) - at, "%u %s %zu, ", objects[i].id,
                        objects[i].version, objects[i].n_instances);
        }
        assert_string_equal(text, "1 1.1 1, 2 1.0 0, 3 1.1 1, 1000 1.0 1, 1001 1.0 1, ");
        assert_int_equal(objects[0].instances[0], 0);
        done();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_at_once),
                cmocka_unit_test(test_of_sources_that_look_first),
                cmocka_unit_test(test_source_that_refuses),
                cmocka_unit_test(test_ten_seconds),
                cmocka_unit_test(test_too_many),
                cmocka_unit_test(test_client_that_ends),
                cmocka_unit_test(test_beside_a_server),
                cmocka_unit_test(test_send_of_what_has_to_be_looked_at),
                cmocka_unit_test(test_send_that_comes_to_nothing),
                cmocka_unit_test(test_send_to_a_server_that_is_gone),
                cmocka_unit_test(test_objects),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
