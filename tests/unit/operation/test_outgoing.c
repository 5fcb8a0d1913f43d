/* SPDX-License-Identifier: Apache-2.0 */
/* operation/outgoing: Bootstrap-Request, Register, Update, De-register, Send. */
#include "tests/unit/operation/fixture.h"

#include "operation/gather.h"
#include "operation/outgoing.h"

/* "POST /rd?ep=x&lt=60 40 payload" */
static const char *request_text(const Request *request)
{
        static char text[1024];
        size_t n = 0;

        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s ", method_to_string(request->method));
        for (size_t i = 0; i < request->path.n; i++)
                n += (size_t)snprintf(text + n, sizeof(text) - n, "/%s", request->path.items[i]);
        for (size_t i = 0; i < request->query.n; i++)
                n += (size_t)snprintf(
                        text + n, sizeof(text) - n, "%c%s", i == 0 ? '?' : '&', request->query.items[i]);
        if (request->content_format != FORMAT_NONE)
                n += (size_t)snprintf(text + n, sizeof(text) - n, " %d %.*s", request->content_format,
                        (int)request->payload_size, (char *)request->payload);
        if (request->accept != FORMAT_NONE)
                (void)snprintf(text + n, sizeof(text) - n, " accept %d", request->accept);
        return text;
}

static void test_bootstrap_request(void **state)
{
        static const struct {
                int format;
                const char *text;
        } table[] = {
                {FORMAT_NONE, "POST /bs?ep=my device"},
                {FORMAT_TLV, "POST /bs?ep=my device&pct=11542"},
                {FORMAT_SENML_CBOR, "POST /bs?ep=my device&pct=112"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(request_done) Request request = REQUEST_INIT;

                assert_int_equal(
                        outgoing_bootstrap_request("coap://a", "my device", table[i].format, &request), 0);
                assert_string_equal(request_text(&request), table[i].text);
        }
}

static void test_bootstrap_pack_request(void **state)
{
        static const struct {
                const char *account;
                int format;
                const char *text;
        } table[] = {
                {BS, FORMAT_NONE, "GET /bspack?ep=my device&acc=</0/0> accept 112"},
                {BS, FORMAT_TLV, "GET /bspack?ep=my device&acc=</0/0> accept 112"},
                {BS, FORMAT_SENML_CBOR, "GET /bspack?ep=my device&acc=</0/0> accept 112"},
                {BS, FORMAT_SENML_JSON, "GET /bspack?ep=my device&acc=</0/0> accept 110"},
                {BS, FORMAT_LWM2M_CBOR, "GET /bspack?ep=my device&acc=</0/0> accept 11544"},
                {"/0/2/0=coap://bs/t?aid=7 /0/2/1=true /0/2/2=3 /0/2/17=21:5", FORMAT_NONE,
                        "GET /t/bspack?aid=7&ep=my device&acc=</0/2>,</21/5> accept 112"},
                {"/0/65534/0=coap://bs /0/65534/1=true /0/65534/2=3 /0/65534/17=65535:65535", FORMAT_NONE,
                        "GET /bspack?ep=my device&acc=</0/65534> accept 112"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, table[i].account);
                _cleanup_(account_list_done) AccountList list = {.n = 0};
                _cleanup_(request_done) Request request = REQUEST_INIT;

                assert_int_equal(account_list_read(store_committed(world->store), LWM2M_1_2, &list), 0);
                assert_true(list.has_bootstrap);
                assert_int_equal(outgoing_bootstrap_pack_request(store_committed(world->store),
                                         &list.bootstrap, "my device", table[i].format, &request),
                        0);
                assert_string_equal(request_text(&request), table[i].text);
        }
}

/* Path and query of the server's URI come first (design.md 9.8). */
static void test_targets_behind_a_uri(void **state)
{
        static const struct {
                const char *uri, *text;
        } table[] = {
                {"coap://a/", "POST /bs?ep=me"},
                {"coap://a/t/b?aid=7", "POST /t/b/bs?aid=7&ep=me"},
                {"coap://a/t/", "POST /t/bs?ep=me"},
                {"coap://a/t//", "POST /t//bs?ep=me"},
                {"coap://a/a%2fb/%c3%A4?x=%26&&y", "POST /a/b/\xc3\xa4/bs?x=&&&y&ep=me"},
                {"coap://a?", "POST /bs?ep=me"},
                {"coap://a/1/2/3/4/5/6/7/8?1&2&3&4&5&6&7&8",
                        "POST /1/2/3/4/5/6/7/8/bs?1&2&3&4&5&6&7&8&ep=me"},
                {"sms:+1", "POST /bs?ep=me"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(request_done) Request request = REQUEST_INIT;

                assert_int_equal(outgoing_bootstrap_request(table[i].uri, "me", FORMAT_NONE, &request), 0);
                assert_string_equal(request_text(&request), table[i].text);
        }
}

static void test_longest_endpoint(void **state)
{
        _cleanup_(request_done) Request request = REQUEST_INIT;
        char endpoint[LIMIT_ENDPOINT_SIZE + 1];

        memset(endpoint, 'e', LIMIT_ENDPOINT_SIZE);
        endpoint[LIMIT_ENDPOINT_SIZE] = '\0';
        assert_int_equal(outgoing_bootstrap_request("coap://a", endpoint, FORMAT_NONE, &request), 0);
        assert_int_equal(strlen(request.query.items[0]), LIMIT_OPTION_SIZE);
}

static void test_register(void **state)
{
        static const struct {
                Announcement announcement;
                const char *committed, *text;
        } table[] = {
                {{LWM2M_1_0, LWM2M_1_0}, SERVER_101,
                        "POST /rd?ep=me&lt=60&lwm2m=1.0&b=U 40 </1/0>,</2>,</3/0>"},
                {{LWM2M_1_1, LWM2M_1_1}, SERVER_101,
                        "POST /rd?ep=me&lt=60&lwm2m=1.1&b=U 40 </1/0>,</2>,</3/0>"},
                {{LWM2M_1_2, LWM2M_1_2}, SERVER_101 SERVER_102,
                        "POST /rd?ep=me&lt=60&lwm2m=1.2&b=U 40 </1/0>,</1/1>,</2>,</3/0>"},
                {{LWM2M_1_1, LWM2M_1_0}, SERVER_101,
                        "POST /rd?ep=me&lt=60&lwm2m=1.0&b=U 40 "
                        "</1>;ver=1.1,</1/0>,</2>,</3>;ver=1.1,</3/0>"},
                {{LWM2M_1_2, LWM2M_1_1}, SERVER_101 SERVER_102,
                        "POST /rd?ep=me&lt=60&lwm2m=1.1&b=U 40 "
                        "</1>;ver=1.2,</1/0>,</1/1>,</2>;ver=1.1,</3>;ver=1.2,</3/0>"},
                /* Queue Mode: in the binding, or by a parameter of its own */
                {{LWM2M_1_0, LWM2M_1_0, true}, SERVER_101,
                        "POST /rd?ep=me&lt=60&lwm2m=1.0&b=UQ 40 </1/0>,</2>,</3/0>"},
                {{LWM2M_1_1, LWM2M_1_1, true}, SERVER_101,
                        "POST /rd?ep=me&lt=60&lwm2m=1.1&b=U&Q 40 </1/0>,</2>,</3/0>"},
                {{LWM2M_1_2, LWM2M_1_2, true}, SERVER_101,
                        "POST /rd?ep=me&lt=60&lwm2m=1.2&b=U&Q 40 </1/0>,</2>,</3/0>"},
                {{LWM2M_1_1, LWM2M_1_0, true}, SERVER_101,
                        "POST /rd?ep=me&lt=60&lwm2m=1.0&b=UQ 40 "
                        "</1>;ver=1.1,</1/0>,</2>,</3>;ver=1.1,</3/0>"},
                /* What we have, whatever transports the server has */
                {{LWM2M_1_0, LWM2M_1_0}, SERVER_101 "/1/0/7=S",
                        "POST /rd?ep=me&lt=60&lwm2m=1.0&b=U 40 </1/0>,</2>,</3/0>"},
                {{LWM2M_1_0, LWM2M_1_0}, SERVER_101 "/1/0/7=ZZ",
                        "POST /rd?ep=me&lt=60&lwm2m=1.0&b=U 40 </1/0>,</2>,</3/0>"},
                {{LWM2M_1_1, LWM2M_1_1}, SERVER_101 "/1/0/7=UT",
                        "POST /rd?ep=me&lt=60&lwm2m=1.1&b=U 40 </1/0>,</2>,</3/0>"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const Announcement *announcement = &table[i].announcement;
                _cleanup_(world_freep) World *world = world_new(announcement->tables, table[i].committed);
                _cleanup_(account_list_done) AccountList list = {.n = 0};
                _cleanup_(request_done) Request request = REQUEST_INIT;

                assert_int_equal(
                        account_list_read(store_committed(world->store), announcement->tables, &list), 0);
                assert_int_equal(outgoing_register(world->store, "me", account_list_find(&list, 101),
                                         announcement, &request),
                        0);
                assert_string_equal(request_text(&request), table[i].text);
        }
}

/* What a bootstrap is writing is not told to anybody. */
static void test_register_lists_what_is_committed(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, SERVER_101);
        _cleanup_(account_list_done) AccountList list = {.n = 0};
        _cleanup_(request_done) Request request = REQUEST_INIT;
        const Announcement announcement = {LWM2M_1_1, LWM2M_1_1};

        assert_int_equal(account_list_read(store_committed(world->store), LWM2M_1_1, &list), 0);
        BOOTSTRAP(world, {PUT, "/1/9", FORMAT_TLV, "/1/9/0=9", CODE_CHANGED});
        assert_int_equal(outgoing_register(world->store, "me", &list.items[0], &announcement, &request), 0);
        assert_string_equal(
                request_text(&request), "POST /rd?ep=me&lt=60&lwm2m=1.1&b=U 40 </1/0>,</2>,</3/0>");
}

static void test_update_and_deregister(void **state)
{
        static const struct {
                Lwm2mVersion version;
                bool queue_mode;
                unsigned parts;
                const char *text;
        } table[] = {
                {LWM2M_1_1, false, 0, "POST /rd/a b/5"},
                {LWM2M_1_1, false, UPDATE_LIFETIME, "POST /rd/a b/5?lt=60"},
                {LWM2M_1_1, true, UPDATE_BINDING, "POST /rd/a b/5"},
                {LWM2M_1_0, false, UPDATE_BINDING, "POST /rd/a b/5?b=U"},
                {LWM2M_1_0, true, UPDATE_BINDING, "POST /rd/a b/5?b=UQ"},
                {LWM2M_1_1, true, UPDATE_OBJECTS, "POST /rd/a b/5 40 </1/0>,</2>,</3/0>"},
                {LWM2M_1_0, true, UPDATE_LIFETIME | UPDATE_BINDING | UPDATE_OBJECTS,
                        "POST /rd/a b/5?lt=60&b=UQ 40 </1/0>,</2>,</3/0>"},
        };
        Texts location = {.n = 0};

        assert_int_equal(texts_add(&location, "rd"), 0);
        assert_int_equal(texts_add(&location, "a b"), 0);
        assert_int_equal(texts_add(&location, "5"), 0);

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const Announcement announcement = {table[i].version, table[i].version, table[i].queue_mode};
                _cleanup_(world_freep) World *world = world_new(table[i].version, SERVER_101);
                _cleanup_(account_list_done) AccountList list = {.n = 0};
                _cleanup_(request_done) Request request = REQUEST_INIT, last = REQUEST_INIT;

                assert_int_equal(
                        account_list_read(store_committed(world->store), table[i].version, &list), 0);
                assert_int_equal(outgoing_update(world->store, &list.items[0], &location, &announcement,
                                         table[i].parts, &request),
                        0);
                assert_string_equal(request_text(&request), table[i].text);
                assert_int_equal(outgoing_deregister(&location, &last), 0);
                assert_string_equal(request_text(&last), "DELETE /rd/a b/5");
        }

        texts_done(&location);
}

#define OPEN_101 SERVER_101 "/1/0/23=false "
#define NOW      INT64_C(1700000000500000)

static int send(Store *store, const Account *account, const Announcement *announcement,
        const PathList *paths, int format, int64_t time, Request *ret)
{
        _cleanup_(record_list_done) RecordList values = {.maximum = LIMIT_STORE_VALUES};
        const Tree tree = tree_committed(store, announcement->tables);
        SourceCall call = {.requester = account->short_server_id, .version = announcement->tables};
        int r;

        r = outgoing_may_send(store, account, announcement, format);
        if (r != 0)
                return r;
        assert_int_equal(gather(&tree, &call, paths, &values), 0);
        return outgoing_send(account, &values, format, time, ret);
}

static void test_send(void **state)
{
        static const struct {
                Lwm2mVersion version;
                const char *committed, *paths;
                int format, r;
                const char *text;
                int64_t time;
        } table[] = {
                {LWM2M_1_1, OPEN_101, "/3/0/0", FORMAT_SENML_JSON, 0,
                        "POST /dp 110 [{\"bn\":\"/\",\"n\":\"3/0/0\",\"vs\":\"Maker\"}]"},
                {LWM2M_1_1, OPEN_101, "/3/0/0 /1/0/1", FORMAT_SENML_JSON, 0,
                        "POST /dp 110 [{\"bn\":\"/\",\"n\":\"1/0/1\",\"v\":60},"
                        "{\"n\":\"3/0/0\",\"vs\":\"Maker\"}]"},
                {LWM2M_1_2, OPEN_101, "/3/0/11", FORMAT_SENML_JSON, 0,
                        "POST /dp 110 [{\"bn\":\"/\",\"n\":\"3/0/11/0\",\"v\":0}]"},
                /* times: one of all values, where the format has them */
                {LWM2M_1_1, OPEN_101, "/3/0/0 /1/0/1", FORMAT_SENML_JSON, 0,
                        "POST /dp 110 [{\"bn\":\"/\",\"bt\":1700000000.5,\"n\":\"1/0/1\",\"v\":60},"
                        "{\"n\":\"3/0/0\",\"vs\":\"Maker\"}]",
                        NOW},
                {LWM2M_1_1, OPEN_101, "/1/0/1", FORMAT_SENML_CBOR, 0,
                        "POST /dp 112 \x81\xa4\x21\x61/\x22\xfb\x41\xd9\x54\xfc\x40\x20", NOW},
                {LWM2M_1_2, OPEN_101, "/1/0/1", FORMAT_LWM2M_CBOR, 0, "POST /dp 11544 \xa1\x01\xa1", NOW},
                /* left out: what it may not read, what cannot be read, what is not there */
                {LWM2M_1_1, OPEN_101, "/0 /1/0/8 /3/0/99 /7 /3/0/0", FORMAT_SENML_JSON, 0,
                        "POST /dp 110 [{\"bn\":\"/\",\"n\":\"3/0/0\",\"vs\":\"Maker\"}]"},
                {LWM2M_1_1, OPEN_101, "/0", FORMAT_SENML_JSON, SEND_NOTHING, NULL},
                {LWM2M_1_1, OPEN_101, "/0/0/0", FORMAT_SENML_CBOR, SEND_NOTHING, NULL},
                {LWM2M_1_1, OPEN_101, "/21", FORMAT_SENML_CBOR, SEND_NOTHING, NULL},
                {LWM2M_1_1, OPEN_101, "/1/0/8", FORMAT_SENML_CBOR, SEND_NOTHING, NULL},
                {LWM2M_1_1, OPEN_101, "/1/3", FORMAT_SENML_CBOR, SEND_NOTHING, NULL},
                {LWM2M_1_1, OPEN_101 SERVER_102 "/2/0/0=1 /2/0/1=1 /2/0/3=102 ", "/1/1", FORMAT_SENML_CBOR,
                        SEND_NOTHING, NULL},
                /* Mute Send */
                {LWM2M_1_1, SERVER_101, "/3/0/0", FORMAT_SENML_CBOR, SEND_MUTED, NULL},
                {LWM2M_1_1, SERVER_101 "/1/0/23=true", "/3/0/0", FORMAT_SENML_CBOR, SEND_MUTED, NULL},
                {LWM2M_1_0, OPEN_101, "/3/0/0", FORMAT_SENML_CBOR, SEND_UNKNOWN, NULL},
                /* formats */
                {LWM2M_1_1, OPEN_101, "/3/0/0", FORMAT_LWM2M_CBOR, SEND_FORMAT, NULL},
                {LWM2M_1_2, OPEN_101, "/3/0/0", FORMAT_TLV, SEND_FORMAT, NULL},
                {LWM2M_1_2, OPEN_101, "/3/0/0", FORMAT_TEXT, SEND_FORMAT, NULL},
                {LWM2M_1_2, OPEN_101, "/3/0/0", FORMAT_NONE, SEND_FORMAT, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const Announcement announcement = {table[i].version, table[i].version};
                _cleanup_(world_freep) World *world = world_new(table[i].version, table[i].committed);
                _cleanup_(account_list_done) AccountList list = {.n = 0};
                _cleanup_(request_done) Request request = REQUEST_INIT;
                _cleanup_(freep) char *words = strdup(table[i].paths);
                PathList paths = {.n = 0};
                char *rest = words, *word;
                int r;

                while ((word = strsep(&rest, " "))) {
                        Path path;

                        assert_int_equal(path_parse(word, &path), 0);
                        assert_int_equal(path_list_add(&paths, &path), 0);
                }
                path_list_simplify(&paths);
                assert_int_equal(
                        account_list_read(store_committed(world->store), table[i].version, &list), 0);
                r = send(world->store, account_list_find(&list, 101), &announcement, &paths, table[i].format,
                        table[i].time, &request);
                if (r != table[i].r)
                        fail_msg("row %zu: %d", i, r);
                if (table[i].text)
                        assert_string_equal(request_text(&request), table[i].text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bootstrap_request),
                cmocka_unit_test(test_bootstrap_pack_request),
                cmocka_unit_test(test_targets_behind_a_uri),
                cmocka_unit_test(test_longest_endpoint),
                cmocka_unit_test(test_register),
                cmocka_unit_test(test_register_lists_what_is_committed),
                cmocka_unit_test(test_update_and_deregister),
                cmocka_unit_test(test_send),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
