/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation of a server on what others publish, with a handler and without. */
#include "tests/unit/operation/fixture.h"

#include "model/access_lifetime.h"
#include "operation/observe.h"
#include "tests/unit/model/published_world.h"

#define CALL 7 /* the id of the call under way */

/* /10000 is 1's, who lets servers create; /10000/0 is 1's, too, with a handler, /10000/1 is 2's without one,
 * /10000/2 the configuration's. */
typedef struct Scene {
        World *world;
        Publishers *publishers;
        Request request; /* under way */
} Scene;

#define ZERO "/10000/0/0=21 /10000/0/1=Cel /10000/0/2=5 /10000/0/3/0=a /10000/0/3/1=b"
#define ONE  "/10000/1/0=4 /10000/1/2=5 /10000/1/3/0=a /10000/1/3/1=b /10000/1/6=secret"
#define TWO  "/10000/2/0=1"

static Scene *scene_free(Scene *scene)
{
        request_done(&scene->request);
        published_free(scene->publishers->published);
        assert_int_equal(scene->publishers->defined, scene->publishers->forgotten);
        free(scene->publishers);
        world_free(scene->world);
        free(scene);
        return NULL;
}
DEFINE_CLEANUP(Scene *, scene_free)

static Scene *scene_new(Lwm2mVersion version, const char *accounts)
{
        static const PublishedOptions handler = {.handler = "/handler"};
        Scene *scene = calloc(1, sizeof(*scene));
        Publishers *publishers = calloc(1, sizeof(*publishers));

        assert_non_null(scene);
        assert_non_null(publishers);
        scene->world = world_new(version, accounts);
        scene->publishers = publishers;
        scene->request = REQUEST_INIT;
        publishers_begin(publishers, scene->world->store);
        assert_int_equal(
                published_add_object(publishers->published, 1, GAUGE, "/objects", publishers->text), 0);
        assert_int_equal(publishers_add_with(publishers, 1, GAUGE, 0, ZERO, &handler, NULL), 0);
        assert_int_equal(publishers_add(publishers, 2, GAUGE, 1, ONE), 0);
        assert_int_equal(publishers_add(publishers, PUBLISHED_CONFIGURATION, GAUGE, 2, TWO), 0);
        publishers_forget(publishers);
        return scene;
}

static const char *text_of(const Scene *scene, const char *path)
{
        return publishers_text(scene->publishers, path);
}

static void serve(Scene *scene, int expected)
{
        World *world = scene->world;

        response_done(&world->response);
        world->response = RESPONSE_INIT;
        world->context.requester = world->server;
        world->context.attributes = world_attributes(world);
        assert_int_equal(operation_device_management(
                                 &world->context, &scene->request, &world->response, &world->effects),
                expected);
}

/* The operation is answered later. */
static void begin(Scene *scene, const Step *step)
{
        request_done(&scene->request);
        scene->request = fixture_request(step);
        publishers_forget(scene->publishers);
        scene->world->context.call = CALL;
        scene->world->context.chosen = PATH_ROOT;
        serve(scene, OPERATION_LATER);
        assert_int_equal(scene->publishers->asked.call, CALL);
        assert_int_equal(scene->publishers->asked.requester, 101);
        assert_string_equal(scene->publishers->changed, "");
}

/* The publisher has agreed, the operation is done. */
static void finish(Scene *scene, int code)
{
        World *world = scene->world;
        char text[LIMIT_DIAGNOSTIC_SIZE + 1];

        assert_int_equal(scene->publishers->answered.call, CALL);
        assert_int_equal(scene->publishers->answered.code, 0);
        world->context.granted = true;
        serve(scene, 0);
        if (world->response.code != code)
                fail_msg("%u.%02u (%s), not %u.%02u", CODE_ARGS(world->response.code),
                        response_diagnostic(&world->response, text), CODE_ARGS(code));
        world->context.granted = false;
        world->context.call = 0;
        store_end_call(world->store, CALL);
}

static void reply(Scene *scene, int code, const char *text, const char *values)
{
        _cleanup_(record_list_done) RecordList list = {.n = 0};

        publishers_values(values ?: "", &list);
        published_reply(scene->publishers->published, CALL, code, text, values ? &list : NULL);
}

/* -- What only reads asks nobody -- */

static void test_read(void **state)
{
        static const struct {
                const char *path;
                int code;
                const char *values;
        } table[] = {
                {"/10000/0", CODE_CONTENT, ZERO},
                {"/10000/1", CODE_CONTENT, "/10000/1/0=4 /10000/1/2=5 /10000/1/3/0=a /10000/1/3/1=b"},
                {"/10000/2", CODE_CONTENT, TWO},
                {"/10000/1/2", CODE_CONTENT, "/10000/1/2=5"},
                {"/10000/1/3", CODE_CONTENT, "/10000/1/3/0=a /10000/1/3/1=b"},
                {"/10000/1/3/1", CODE_CONTENT, "/10000/1/3/1=b"},
                {"/10000/1/6", CODE_METHOD_NOT_ALLOWED, NULL},
                {"/10000/1/5", CODE_METHOD_NOT_ALLOWED, NULL},
                {"/10000/1/9", CODE_NOT_FOUND, NULL},
                {"/10000/1/3/2", CODE_NOT_FOUND, NULL},
                {"/10000/1/99", CODE_NOT_FOUND, NULL},
                {"/10000/9", CODE_NOT_FOUND, NULL},
                {"/10001", CODE_NOT_FOUND, NULL},
                {"/30000/0", CODE_NOT_FOUND, NULL},
        };
        static const int formats[] = {FORMAT_TLV, FORMAT_SENML_JSON, FORMAT_SENML_CBOR, FORMAT_LWM2M_CBOR};
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

        for (size_t f = 0; f < ELEMENTSOF(formats); f++)
                for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                        SERVER(scene->world, {GET, table[i].path, formats[f], NULL, table[i].code});
                        if (table[i].values)
                                assert_string_equal(
                                        answer_values(scene->world, table[i].path), table[i].values);
                }
        SERVER(scene->world, {GET, "/10000", FORMAT_TLV, NULL, CODE_CONTENT});
        assert_string_equal(answer_values(scene->world, "/10000"),
                ZERO " /10000/1/0=4 /10000/1/2=5 /10000/1/3/0=a /10000/1/3/1=b " TWO);
        SERVER(scene->world, {GET, "/10000/0/0", FORMAT_TEXT, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(scene->world), "21");
        assert_int_equal(scene->publishers->asked.n, 0);
}

static void test_discover(void **state)
{
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_1, BS SERVER_101);

        SERVER(scene->world, {GET, "/10000/0", FORMAT_CORE_LINK, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(scene->world),
                "</10000/0>,</10000/0/0>,</10000/0/1>,</10000/0/2>,</10000/0/3>;dim=2,</10000/0/5>");
        SERVER(scene->world, {PUT, "/10000/0/0?pmin=10&pmax=60&gt=3.5", FORMAT_NONE, NULL, CODE_CHANGED},
                {PUT, "/10000/9/0?pmin=10", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {PUT, "/10000/0/9?pmin=10", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {PUT, "/10000/0/1?gt=10", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {GET, "/10000/0/0", FORMAT_CORE_LINK, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(scene->world), "</10000/0/0>;pmin=10;pmax=60;gt=3.5");
        SERVER(scene->world, {GET, "/10000", FORMAT_CORE_LINK, NULL, CODE_CONTENT});
        assert_non_null(strstr(answer_text(scene->world), "</10000/2>,</10000/2/0>,</10000/2/5>"));
        assert_int_equal(scene->publishers->asked.n, 0);
}

static void test_observed_values(void **state)
{
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_1, BS SERVER_101);
        _cleanup_(record_list_done) RecordList list = {.n = 0};

        scene->world->context.requester = 101;
        assert_int_equal(observe_values(&scene->world->context, &PATH_INSTANCE(GAUGE, 0), true, &list), 0);
        assert_int_equal(list.n, 5);
        assert_int_equal(observe_interval(&scene->world->context, &PATH_INSTANCE(GAUGE, 0)), 0);
        assert_int_equal(publishers_set(scene->publishers, 1, "/10000/0/0=22 /10000/0/1=Cel"), 0);
        assert_string_equal(scene->publishers->changed, "/10000/0/0");
}

/* -- Write -- */

static const struct {
        Step step;         /* of 101, on instance 1 */
        const char *after; /* instance 1 */
        const char *changed;
        const char *named; /* what the publisher is asked, or told */
        bool replace;
} writes[] = {
        {{PUT, "/10000/1/2", FORMAT_TEXT, "text:7", CODE_CHANGED},
                "/10000/1/0=4 /10000/1/2=7 /10000/1/3/0=a /10000/1/3/1=b /10000/1/6=secret", "/10000/1/2",
                "/10000/1/2=7", false},
        {{PUT, "/10000/1/2", FORMAT_TEXT, "text:5", CODE_CHANGED}, ONE, "", "/10000/1/2=5", false},
        {{PUT, "/10000/1/6", FORMAT_TEXT, "text:new", CODE_CHANGED},
                "/10000/1/0=4 /10000/1/2=5 /10000/1/3/0=a /10000/1/3/1=b /10000/1/6=new", "/10000/1/6",
                "/10000/1/6=new", false},
        {{PUT, "/10000/1/7", FORMAT_OPAQUE, "text:x", CODE_CHANGED}, ONE " /10000/1/7=x", "/10000/1/7",
                "/10000/1/7=x", false},
        /* Partial, with read-only ones as they are */
        {{POST, "/10000/1", FORMAT_SENML_CBOR, "/10000/1/0=4 /10000/1/2=6 /10000/1/8=true", CODE_CHANGED},
                "/10000/1/0=4 /10000/1/2=6 /10000/1/3/0=a /10000/1/3/1=b /10000/1/6=secret /10000/1/8=true",
                "/10000/1/2 /10000/1/8", "/10000/1/2=6 /10000/1/8=true", false},
        /* Replace: what servers write goes, the rest stays */
        {{PUT, "/10000/1", FORMAT_SENML_CBOR, "/10000/1/2=6", CODE_CHANGED}, "/10000/1/0=4 /10000/1/2=6",
                "/10000/1/2 /10000/1/3/0 /10000/1/3/1 /10000/1/6", "/10000/1/2=6", true},
        {{PUT, "/10000/1", FORMAT_TLV, "/10000/1/3/1=b /10000/1/6=secret", CODE_CHANGED},
                "/10000/1/0=4 /10000/1/3/1=b /10000/1/6=secret", "/10000/1/2 /10000/1/3/0",
                "/10000/1/3/1=b /10000/1/6=secret", true},
        /* A multiple-instance Resource: the publisher hears of the whole */
        {{POST, "/10000/1/3", FORMAT_TLV, "/10000/1/3/1=c /10000/1/3/2=d", CODE_CHANGED},
                "/10000/1/0=4 /10000/1/2=5 /10000/1/3/0=a /10000/1/3/1=c /10000/1/3/2=d /10000/1/6=secret",
                "/10000/1/3/1 /10000/1/3/2", "/10000/1/3/0=a /10000/1/3/1=c /10000/1/3/2=d", false},
        {{PUT, "/10000/1/3", FORMAT_TLV, "/10000/1/3/1=c", CODE_CHANGED},
                "/10000/1/0=4 /10000/1/2=5 /10000/1/3/1=c /10000/1/6=secret", "/10000/1/3/0 /10000/1/3/1",
                "/10000/1/3/1=c", false},
        {{PUT, "/10000/1/3/1", FORMAT_TEXT, "text:z", CODE_CHANGED},
                "/10000/1/0=4 /10000/1/2=5 /10000/1/3/0=a /10000/1/3/1=z /10000/1/6=secret", "/10000/1/3/1",
                "/10000/1/3/0=a /10000/1/3/1=z", false},
        {{POST, "/10000/1/3/1", FORMAT_TEXT, "text:z", CODE_CHANGED},
                "/10000/1/0=4 /10000/1/2=5 /10000/1/3/0=a /10000/1/3/1=z /10000/1/6=secret", "/10000/1/3/1",
                "/10000/1/3/0=a /10000/1/3/1=z", false},
        {{DELETE, "/10000/1/3/0", FORMAT_NONE, NULL, CODE_DELETED},
                "/10000/1/0=4 /10000/1/2=5 /10000/1/3/1=b /10000/1/6=secret", "/10000/1/3/0",
                "/10000/1/3/1=b", false},
        {{METHOD_IPATCH, "/", FORMAT_SENML_ETCH_JSON,
                 "text:[{\"n\":\"/10000/1/2\",\"v\":9},{\"n\":\"/10000/1/3/0\",\"v\":null},"
                 "{\"n\":\"/10000/1/3/5\",\"vs\":\"f\"}]",
                 CODE_CHANGED},
                "/10000/1/0=4 /10000/1/2=9 /10000/1/3/1=b /10000/1/3/5=f /10000/1/6=secret",
                "/10000/1/2 /10000/1/3/0 /10000/1/3/5", "/10000/1/2=9 /10000/1/3/1=b /10000/1/3/5=f", false},
};

static void test_write(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(writes); i++) {
                _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

                server_steps(scene->world, &writes[i].step, 1);
                assert_string_equal(text_of(scene, "/10000/1"), writes[i].after);
                assert_string_equal(scene->publishers->changed, writes[i].changed);
                assert_int_equal(scene->publishers->asked.n, 0);
                assert_int_equal(scene->publishers->n_written, 1);
                assert_string_equal(scene->publishers->written, writes[i].named);
                assert_int_equal(scene->publishers->written_owner, 2);
                assert_int_equal(scene->publishers->written_requester, 101);
        }
}

/* Instance 1 anew, with a handler. */
static void give_handler(Scene *scene)
{
        static const PublishedOptions handler = {.handler = "/handler"};

        assert_int_equal(
                published_withdraw(scene->publishers->published, 2, GAUGE, 1, scene->publishers->text), 0);
        assert_int_equal(publishers_add_with(scene->publishers, 2, GAUGE, 1, ONE, &handler, NULL), 0);
        publishers_forget(scene->publishers);
}

static void test_write_with_a_handler(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(writes); i++) {
                _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
                const Asked *asked = &scene->publishers->asked;

                give_handler(scene);
                begin(scene, &writes[i].step);
                assert_int_equal(asked->operation, OPERATION_WRITE);
                assert_int_equal(asked->owner, 2);
                assert_string_equal(asked->handler, "/handler");
                assert_string_equal(asked->path, "/10000/1");
                assert_string_equal(asked->values, writes[i].named);
                assert_int_equal(asked->replace, writes[i].replace);
                assert_string_equal(text_of(scene, "/10000/1"), ONE);

                reply(scene, 0, NULL, NULL);
                assert_string_equal(text_of(scene, "/10000/1"), ONE);
                finish(scene, writes[i].step.code);
                assert_int_equal(asked->n, 1);
                assert_string_equal(text_of(scene, "/10000/1"), writes[i].after);
                assert_string_equal(scene->publishers->changed, writes[i].changed);
                assert_int_equal(scene->publishers->n_written, 1);
                assert_string_equal(scene->publishers->written, writes[i].named);
        }
}

/* What cannot be asks nobody and changes nothing, with a handler and without. */
static void test_write_is_refused(void **state)
{
        static const Step table[] = {
                {PUT, "/10000/1/2", FORMAT_TEXT, "text:101", CODE_BAD_REQUEST},
                {PUT, "/10000/1/2", FORMAT_TEXT, "text:x", CODE_BAD_REQUEST},
                {PUT, "/10000/1/2", 999, "text:1", CODE_UNSUPPORTED_FORMAT},
                {PUT, "/10000/1/0", FORMAT_TEXT, "text:1", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/10000/1/5", FORMAT_TEXT, "text:1", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/10000/1/2/0", FORMAT_TEXT, "text:1", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/10000/1/3/9", FORMAT_TEXT, "text:1", CODE_NOT_FOUND},
                {PUT, "/10000/1/99", FORMAT_TEXT, "text:1", CODE_NOT_FOUND},
                {PUT, "/10000/9/2", FORMAT_TEXT, "text:1", CODE_NOT_FOUND},
                {POST, "/10000/1", FORMAT_TLV, "/10000/1/0=5 /10000/1/2=6", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/10000/1/4", FORMAT_TEXT, "text:9:9", CODE_BAD_REQUEST},
                {DELETE, "/10000/1/3/9", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {DELETE, "/10000/1/3", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {DELETE, "/10000/1/2/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
        };

        for (unsigned with = 0; with < 2; with++) {
                _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

                if (with)
                        give_handler(scene);
                scene->world->context.call = CALL;
                server_steps(scene->world, table, ELEMENTSOF(table));
                assert_string_equal(text_of(scene, "/10000/1"), ONE);
                assert_string_equal(scene->publishers->changed, "");
                assert_int_equal(scene->publishers->asked.n, 0);
                assert_int_equal(scene->publishers->n_written, 0);
        }
}

/* -- What comes of a question -- */

static const Step questions[] = {
        {PUT, "/10000/0/2", FORMAT_TEXT, "text:7", CODE_CHANGED},
        {POST, "/10000/0/5", FORMAT_NONE, NULL, CODE_CHANGED},
        {DELETE, "/10000/0", FORMAT_NONE, NULL, CODE_DELETED},
        {POST, "/10000", FORMAT_TLV, "/10000/7/2=1", CODE_CREATED},
};

/* Each code and text of a refusal arrives, and nothing has changed. */
static void test_publisher_refuses(void **state)
{
        static const int codes[] = {CODE_BAD_REQUEST, CODE_UNAUTHORIZED, CODE_METHOD_NOT_ALLOWED,
                CODE_NOT_ACCEPTABLE, CODE_INTERNAL_ERROR, CODE_UNAVAILABLE};

        for (size_t i = 0; i < ELEMENTSOF(questions); i++)
                for (size_t j = 0; j < ELEMENTSOF(codes); j++) {
                        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

                        begin(scene, &questions[i]);
                        reply(scene, codes[j], "the valve is stuck", NULL);
                        assert_int_equal(scene->publishers->answered.code, codes[j]);
                        assert_string_equal(scene->publishers->answered.text, "the valve is stuck");
                        store_end_call(scene->world->store, CALL);

                        /* What comes afterwards is nothing. */
                        reply(scene, 0, NULL, NULL);
                        assert_int_equal(scene->publishers->answered.n, 1);
                        assert_string_equal(text_of(scene, "/"), ZERO " " ONE " " TWO);
                        assert_string_equal(scene->publishers->changed, "");
                        assert_int_equal(scene->publishers->n_written, 0);
                }
}

/* Nobody waits any more: the answer is nobody's. */
static void test_reply_after_the_end(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(questions); i++) {
                _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

                begin(scene, &questions[i]);
                store_end_call(scene->world->store, CALL + 1);
                reply(scene, 0, NULL, NULL);
                reply(scene, 0, NULL, NULL);
                assert_int_equal(scene->publishers->answered.n, 1);
                store_end_call(scene->world->store, CALL);
                reply(scene, 0, NULL, "/10000/7/0=1");
                reply(scene, CODE_BAD_REQUEST, "late", NULL);
                assert_int_equal(scene->publishers->answered.n, 1);
                assert_string_equal(text_of(scene, "/"), ZERO " " ONE " " TWO);

                /* Agreed to, and then not done: what is asked next is asked anew. */
                begin(scene, &questions[i]);
                assert_int_equal(scene->publishers->asked.n, 2);
        }
}

/* The publisher cannot be asked, by what bus says or because there is none; or no answer can wait. */
static void test_nobody_to_ask(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(questions); i++) {
                _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
                Step step = questions[i];
                char text[LIMIT_DIAGNOSTIC_SIZE + 1];

                scene->world->context.call = CALL;
                scene->publishers->refuses = CODE_UNAVAILABLE;
                step.code = CODE_UNAVAILABLE;
                server_steps(scene->world, &step, 1);
                assert_string_equal(
                        response_diagnostic(&scene->world->response, text), "too many questions");
                scene->publishers->refuses = -EIO;
                step.code = CODE_INTERNAL_ERROR;
                server_steps(scene->world, &step, 1);
                assert_int_equal(scene->publishers->asked.n, 2);
                reply(scene, 0, NULL, NULL);
                assert_int_equal(scene->publishers->answered.n, 0);

                scene->world->context.call = 0;
                scene->request = fixture_request(&step);
                serve(scene, OPERATION_LATER);
                assert_int_equal(scene->publishers->asked.n, 2);

                scene->world->context.call = CALL;
                published_set_asker(scene->publishers->published, NULL, NULL);
                step.code = CODE_UNAVAILABLE;
                server_steps(scene->world, &step, 1);
                assert_non_null(
                        strstr(response_diagnostic(&scene->world->response, text), "cannot be asked"));
                assert_string_equal(text_of(scene, "/"), ZERO " " ONE " " TWO);
        }
}

/* As many as can be answered later, until their calls end. */
static void test_too_many_questions(void **state)
{
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
        char text[LIMIT_DIAGNOSTIC_SIZE + 1];

        begin(scene, &questions[1]);
        for (unsigned i = 1; i < LIMIT_LATE_REQUESTS; i++) {
                scene->world->context.call = CALL + i;
                serve(scene, OPERATION_LATER);
        }
        scene->world->context.call = CALL + LIMIT_LATE_REQUESTS;
        serve(scene, 0);
        assert_int_equal(scene->world->response.code, CODE_UNAVAILABLE);
        assert_string_equal(
                response_diagnostic(&scene->world->response, text), "too many answers are waited for");
        store_end_call(scene->world->store, CALL);
        serve(scene, OPERATION_LATER);
        assert_int_equal(scene->publishers->asked.n, LIMIT_LATE_REQUESTS + 1);
}

/* While it is asked, and after it has agreed. */
static void test_owner_goes(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(questions); i++) {
                _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

                begin(scene, &questions[i]);
                published_owner_gone(scene->publishers->published, 1);
                assert_int_equal(scene->publishers->answered.n, 1);
                assert_int_equal(scene->publishers->answered.code, CODE_UNAVAILABLE);
                assert_string_equal(scene->publishers->answered.text, "the publisher is gone");
                reply(scene, 0, NULL, NULL);
                assert_int_equal(scene->publishers->answered.n, 1);
                assert_string_equal(text_of(scene, "/"), ONE " " TWO);
        }
        for (size_t i = 0; i < ELEMENTSOF(questions); i++) {
                _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

                begin(scene, &questions[i]);
                reply(scene, 0, NULL, NULL);
                published_owner_gone(scene->publishers->published, 1);
                assert_int_equal(scene->publishers->answered.n, 1);
                /* It had agreed: what is gone with it is done, but nothing was created. */
                finish(scene, i == 3 ? CODE_METHOD_NOT_ALLOWED : questions[i].code);
                assert_string_equal(text_of(scene, "/"), ONE " " TWO);
        }
}

static void withdraw_all(Publishers *publishers)
{
        for (uint64_t owner = 0; owner <= 2; owner++)
                assert_int_equal(published_withdraw(
                                         publishers->published, owner, GAUGE, ID_INVALID, publishers->text),
                        0);
}

/* With the last of all that is published: a question has its answer all the same, and when its call has
 * ended nothing is kept of it. */
static void test_all_goes(void **state)
{
        for (size_t i = 0; i < 3 * ELEMENTSOF(questions); i++) {
                _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
                Publishers *publishers = scene->publishers;
                const size_t question = i / 3;

                begin(scene, &questions[question]);
                if (i % 3 == 0)
                        reply(scene, 0, NULL, NULL);
                withdraw_all(publishers);
                if (i % 3 == 1)
                        reply(scene, 0, NULL, NULL);
                assert_int_equal(publishers->answered.n, i % 3 == 2 ? 0 : 1);
                if (i % 3 == 2)
                        store_end_call(scene->world->store, CALL);
                else
                        finish(scene, question == 3 ? CODE_NOT_FOUND : questions[question].code);

                for (uint16_t instance = 0; instance <= 3; instance++)
                        assert_int_equal(publishers_add(publishers, 1, GAUGE, instance, "/10000/0/0=1"), 0);
                reply(scene, 0, NULL, NULL);
                assert_int_equal(publishers->answered.n, i % 3 == 2 ? 0 : 1);
        }
}

/* Another one that has come in its place has not agreed. */
static void test_owner_is_another_by_then(void **state)
{
        static const PublishedOptions handler = {.handler = "/handler"};

        for (size_t i = 0; i < 2 * ELEMENTSOF(questions); i++) {
                _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
                Publishers *publishers = scene->publishers;

                begin(scene, &questions[i / 2]);
                reply(scene, 0, NULL, NULL);
                if (i % 2 == 0)
                        published_owner_gone(publishers->published, 1);
                else
                        assert_int_equal(published_withdraw(publishers->published, 1, GAUGE, ID_INVALID,
                                                 publishers->text),
                                0);
                assert_int_equal(
                        published_add_object(publishers->published, 3, GAUGE, "/objects", publishers->text),
                        0);
                assert_int_equal(publishers_add_with(publishers, 3, GAUGE, 0, ZERO, &handler, NULL), 0);
                publishers_forget(publishers);
                finish(scene, CODE_UNAVAILABLE);
                assert_string_equal(text_of(scene, "/"), ZERO " " ONE " " TWO);
                assert_string_equal(publishers->changed, "");
        }
}

/* A handler may set values before it replies; the Write is what counts then. */
static void test_handler_sets_values_meanwhile(void **state)
{
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

        begin(scene, &questions[0]);
        assert_int_equal(publishers_set(scene->publishers, 1, "/10000/0/0=22 /10000/0/2=3"), 0);
        reply(scene, 0, NULL, NULL);
        finish(scene, CODE_CHANGED);
        assert_string_equal(text_of(scene, "/10000/0"),
                "/10000/0/0=22 /10000/0/1=Cel /10000/0/2=7 /10000/0/3/0=a /10000/0/3/1=b");
        assert_string_equal(scene->publishers->changed, "/10000/0/0 /10000/0/2 /10000/0/2");
}

/* It may take what it is asked about away itself, and then accept. */
static void test_handler_withdraws_meanwhile(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(questions) - 1; i++)
                for (uint16_t all = 0; all < 2; all++) {
                        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
                        Publishers *publishers = scene->publishers;

                        begin(scene, &questions[i]);
                        assert_int_equal(published_withdraw(publishers->published, 1, GAUGE,
                                                 all ? ID_INVALID : 0, publishers->text),
                                0);
                        reply(scene, 0, NULL, NULL);
                        finish(scene, questions[i].code);
                        assert_string_equal(text_of(scene, "/"), ONE " " TWO);
                }
}

/* -- Execute -- */

static void test_execute(void **state)
{
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
        const Asked *asked = &scene->publishers->asked;

        SERVER(scene->world, {POST, "/10000/1/5", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {POST, "/10000/2/5", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {POST, "/10000/0/2", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {POST, "/10000/0/5", FORMAT_TEXT, "text:x", CODE_BAD_REQUEST});
        assert_int_equal(asked->n, 0);

        begin(scene, &(const Step){POST, "/10000/0/5", FORMAT_TEXT, "text:0='a',1", CODE_CHANGED});
        assert_int_equal(asked->operation, OPERATION_EXECUTE);
        assert_int_equal(asked->owner, 1);
        assert_string_equal(asked->handler, "/handler");
        assert_string_equal(asked->path, "/10000/0/5");
        assert_string_equal(asked->arguments, "0='a',1");
        reply(scene, 0, NULL, NULL);
        finish(scene, CODE_CHANGED);
        assert_int_equal(asked->n, 1);
        assert_int_equal(scene->publishers->n_written, 0);
        assert_string_equal(scene->publishers->changed, "");
}

/* -- Create -- */

static void test_create(void **state)
{
        static const struct {
                Step step;
                const char *path, *asked, *added;
                int code;
                const char *after;
        } table[] = {
                /* with and without an ID */
                {{POST, "/10000", FORMAT_TLV, "/10000/7/2=1", 0}, "/10000/7", "/10000/7/2=1", "/10000/7/0=4",
                        CODE_CREATED, "/10000/7/0=4 /10000/7/2=1"},
                {{POST, "/10000", FORMAT_TLV, "hex:c10201", 0}, "/10000/3", "/10000/3/2=1", "/10000/0/0=4",
                        CODE_CREATED, "/10000/3/0=4 /10000/3/2=1"},
                {{POST, "/10000", FORMAT_NONE, NULL, 0}, "/10000/3", "", "/10000/3/0=4 /10000/3/3/1=x",
                        CODE_CREATED, "/10000/3/0=4 /10000/3/3/1=x"},
                /* read-only ones are the publisher's alone, and where both name one, the publisher's counts
                 */
                {{POST, "/10000", FORMAT_TLV, "/10000/7/0=1 /10000/7/2=1 /10000/7/3/0=a /10000/7/3/1=b", 0},
                        "/10000/7", "/10000/7/2=1 /10000/7/3/0=a /10000/7/3/1=b",
                        "/10000/7/0=4 /10000/7/2=2 /10000/7/3/1=c", CODE_CREATED,
                        "/10000/7/0=4 /10000/7/2=2 /10000/7/3/0=a /10000/7/3/1=c"},
                /* what it adds has to be right */
                {{POST, "/10000", FORMAT_TLV, "/10000/7/2=1", 0}, "/10000/7", "/10000/7/2=1", NULL,
                        CODE_INTERNAL_ERROR, ""},
                {{POST, "/10000", FORMAT_TLV, "/10000/7/2=1", 0}, "/10000/7", "/10000/7/2=1",
                        "/10000/7/0=1 /10000/7/2=101", CODE_INTERNAL_ERROR, ""},
                {{POST, "/10000", FORMAT_TLV, "/10000/7/2=1", 0}, "/10000/7", "/10000/7/2=1", "/10001/7/0=1",
                        CODE_INTERNAL_ERROR, ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
                const Asked *asked = &scene->publishers->asked;

                begin(scene, &table[i].step);
                assert_int_equal(asked->operation, OPERATION_CREATE);
                assert_int_equal(asked->owner, 1);
                assert_string_equal(asked->handler, "/objects");
                assert_string_equal(asked->path, table[i].path);
                assert_string_equal(asked->values, table[i].asked);
                reply(scene, 0, NULL, table[i].added);
                assert_string_equal(text_of(scene, table[i].path), "");
                finish(scene, table[i].code);
                assert_string_equal(text_of(scene, table[i].path), table[i].after);
                assert_string_equal(
                        scene->publishers->changed, table[i].code == CODE_CREATED ? table[i].path : "");
                assert_int_equal(scene->world->effects.n, table[i].code == CODE_CREATED);
                if (table[i].code == CODE_CREATED)
                        assert_string_equal(answer_location(scene->world), table[i].path);
                else
                        assert_non_null(strstr(answer_text(scene->world), "the publisher's values: /1000"));
        }
}

static void test_create_is_refused(void **state)
{
        static const Step table[] = {
                {POST, "/10000", FORMAT_TLV, "/10000/1/2=1", CODE_BAD_REQUEST},
                {POST, "/10000", FORMAT_TLV, "/10000/7/2=101", CODE_BAD_REQUEST},
                {POST, "/10001", FORMAT_TLV, "/10001/0/2=1", CODE_METHOD_NOT_ALLOWED},
        };
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

        /* Without a handler of the Object, whoever has Object Instances of it */
        assert_int_equal(publishers_add_with(scene->publishers, 1, HOUSE, 0, "/10001/0/0=1",
                                 &(PublishedOptions){.handler = "/handler"}, NULL),
                0);
        publishers_forget(scene->publishers);
        scene->world->context.call = CALL;
        server_steps(scene->world, table, ELEMENTSOF(table));
        assert_int_equal(
                published_add_object(scene->publishers->published, 1, HOUSE, NULL, scene->publishers->text),
                0);
        SERVER(scene->world, {DELETE, "/10001/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {POST, "/10001", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED});
        assert_int_equal(scene->publishers->asked.n, 0);
        assert_string_equal(scene->publishers->changed, "");
}

/* The ID that a Create is to have is nobody else's until the end of the call. */
static void test_create_is_promised_its_id(void **state)
{
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
        Publishers *publishers = scene->publishers;
        uint16_t instance;

        begin(scene, &(const Step){POST, "/10000", FORMAT_NONE, NULL, 0});
        assert_string_equal(publishers->asked.path, "/10000/3");
        assert_int_equal(publishers_add(publishers, 2, GAUGE, 3, "/10000/0/0=1"), PUBLISHED_E_EXISTS);
        assert_string_equal(publishers->text, "/10000/3 is what a server is creating");
        assert_int_equal(
                publishers_add_with(publishers, 2, GAUGE, ID_INVALID, "/10000/0/0=1", NULL, &instance), 0);
        assert_int_equal(instance, 4);
        /* A second one meanwhile */
        scene->world->context.call = CALL + 1;
        scene->world->context.chosen = PATH_ROOT;
        serve(scene, OPERATION_LATER);
        assert_string_equal(publishers->asked.path, "/10000/5");
        scene->world->context.call = CALL;
        scene->world->context.chosen = PATH_INSTANCE(GAUGE, 3);
        reply(scene, 0, NULL, "/10000/0/0=7");
        finish(scene, CODE_CREATED);
        assert_string_equal(answer_location(scene->world), "/10000/3");

        store_end_call(scene->world->store, CALL + 1);
        assert_int_equal(
                publishers_add_with(publishers, 2, GAUGE, ID_INVALID, "/10000/0/0=1", NULL, &instance), 0);
        assert_int_equal(instance, 5);
}

/* What a server has created is the publisher's, with the handler of the Object, and goes with it. */
static void test_created_is_the_publishers(void **state)
{
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
        Publishers *publishers = scene->publishers;

        begin(scene, &(const Step){POST, "/10000", FORMAT_NONE, NULL, 0});
        reply(scene, 0, NULL, "/10000/0/0=7");
        finish(scene, CODE_CREATED);
        assert_int_equal(publishers_set(publishers, 2, "/10000/3/0=8"), PUBLISHED_E_NOT_PUBLISHER);
        assert_int_equal(publishers_set(publishers, 1, "/10000/3/0=8"), 0);
        publishers_forget(publishers);

        begin(scene, &(const Step){PUT, "/10000/3/2", FORMAT_TEXT, "text:1", CODE_CHANGED});
        assert_string_equal(publishers->asked.handler, "/objects");
        reply(scene, 0, NULL, NULL);
        finish(scene, CODE_CHANGED);
        begin(scene, &(const Step){POST, "/10000/3/5", FORMAT_NONE, NULL, CODE_CHANGED});
        assert_string_equal(publishers->asked.handler, "/objects");
        reply(scene, 0, NULL, NULL);
        finish(scene, CODE_CHANGED);

        /* What is told at the end of the client, and where its publisher goes */
        publishers_forget(publishers);
        published_end(publishers->published);
        assert_string_equal(publishers->withdrawn, "/10000/3");
        assert_string_equal(publishers->changed, "");
        publishers_forget(publishers);
        published_owner_gone(publishers->published, 1);
        assert_string_equal(publishers->withdrawn, "/10000/3");
        assert_string_equal(publishers->changed, "/10000/3 /10000/0");
}

/* -- Delete -- */

static void test_delete(void **state)
{
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
        const Asked *asked = &scene->publishers->asked;

        /* Others' Object Instances are not the publisher's. */
        SERVER(scene->world, {DELETE, "/10000/1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {DELETE, "/10000/2", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {DELETE, "/10000/9", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {DELETE, "/10000", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED});
        assert_int_equal(asked->n, 0);

        begin(scene, &(const Step){DELETE, "/10000/0", FORMAT_NONE, NULL, CODE_DELETED});
        assert_int_equal(asked->operation, OPERATION_DELETE);
        assert_int_equal(asked->owner, 1);
        assert_string_equal(asked->handler, "/objects");
        assert_string_equal(asked->path, "/10000/0");
        reply(scene, 0, NULL, NULL);
        finish(scene, CODE_DELETED);
        assert_string_equal(text_of(scene, "/"), ONE " " TWO);
        assert_string_equal(scene->publishers->changed, "/10000/0");
        assert_string_equal(scene->publishers->withdrawn, "");
        assert_true(effects_have(&scene->world->effects, EFFECT_OBJECTS_CHANGED));
}

/* -- Composite -- */

#define ETCH FORMAT_SENML_ETCH_JSON

static void test_write_composite_with_an_account(void **state)
{
        static const char both[] = "text:[{\"n\":\"/1/0/1\",\"v\":77},{\"n\":\"/10000/1/2\",\"v\":9}]";
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
        const Step step = {METHOD_IPATCH, "/", ETCH, both, CODE_CHANGED};

        SERVER(scene->world, {METHOD_IPATCH, "/", ETCH, both, CODE_CHANGED});
        assert_string_equal(committed_text(scene->world, "/1/0/1"), "/1/0/1=77");
        assert_string_equal(text_of(scene, "/10000/1/2"), "/10000/1/2=9");

        /* One refuses: neither is done. */
        SERVER(scene->world,
                {METHOD_IPATCH, "/", ETCH,
                        "text:[{\"n\":\"/1/0/1\",\"v\":78},{\"n\":\"/10000/1/2\",\"v\":101}]",
                        CODE_BAD_REQUEST},
                {METHOD_IPATCH, "/", ETCH,
                        "text:[{\"n\":\"/1/0/1\",\"v\":78},{\"n\":\"/10000/1/0\",\"v\":1}]",
                        CODE_METHOD_NOT_ALLOWED},
                {METHOD_IPATCH, "/", ETCH,
                        "text:[{\"n\":\"/1/0/1\",\"v\":-1},{\"n\":\"/10000/1/2\",\"v\":10}]",
                        CODE_BAD_REQUEST});
        assert_string_equal(committed_text(scene->world, "/1/0/1"), "/1/0/1=77");
        assert_string_equal(text_of(scene, "/10000/1/2"), "/10000/1/2=9");

        /* With a handler: both once it has agreed, neither where it refuses. */
        give_handler(scene);
        begin(scene, &step);
        assert_string_equal(scene->publishers->asked.values, "/10000/1/2=9");
        reply(scene, CODE_NOT_ACCEPTABLE, "no", NULL);
        store_end_call(scene->world->store, CALL);
        assert_string_equal(text_of(scene, "/10000/1/2"), "/10000/1/2=5");
        scene->publishers->answered.n = 0;
        SERVER(scene->world, {PUT, "/1/0/1", FORMAT_TEXT, "text:60", CODE_CHANGED});
        publishers_forget(scene->publishers);
        begin(scene, &step);
        assert_string_equal(committed_text(scene->world, "/1/0/1"), "/1/0/1=60");
        reply(scene, 0, NULL, NULL);
        finish(scene, CODE_CHANGED);
        assert_string_equal(committed_text(scene->world, "/1/0/1"), "/1/0/1=77");
        assert_string_equal(text_of(scene, "/10000/1/2"), "/10000/1/2=9");
}

static void test_write_composite_of_several(void **state)
{
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
        char text[LIMIT_DIAGNOSTIC_SIZE + 1];

        /* Of one with a handler and one without: the one is asked, then both are done. */
        begin(scene, &(const Step){METHOD_IPATCH, "/", ETCH,
                             "text:[{\"n\":\"/10000/0/2\",\"v\":8},{\"n\":\"/10000/1/2\",\"v\":9}]", 0});
        assert_string_equal(scene->publishers->asked.path, "/10000/0");
        assert_string_equal(scene->publishers->asked.values, "/10000/0/2=8");
        reply(scene, 0, NULL, NULL);
        finish(scene, CODE_CHANGED);
        assert_string_equal(text_of(scene, "/10000/0/2"), "/10000/0/2=8");
        assert_string_equal(text_of(scene, "/10000/1/2"), "/10000/1/2=9");
        assert_int_equal(scene->publishers->n_written, 2);

        /* Two with a handler cannot be had to do it together. */
        give_handler(scene);
        scene->world->context.call = CALL;
        SERVER(scene->world, {METHOD_IPATCH, "/", ETCH,
                                     "text:[{\"n\":\"/10000/0/2\",\"v\":1},{\"n\":\"/10000/1/2\",\"v\":1}]",
                                     CODE_METHOD_NOT_ALLOWED});
        assert_string_equal(response_diagnostic(&scene->world->response, text),
                "/10000/0 and /10000/1 cannot be written together, all or nothing");
        assert_int_equal(scene->publishers->asked.n, 1);
}

static void test_read_composite(void **state)
{
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

        scene->world->accept = FORMAT_SENML_JSON;
        SERVER(scene->world,
                {METHOD_FETCH, "/", FORMAT_SENML_JSON,
                        "text:[{\"n\":\"/10000/0/0\"},{\"n\":\"/10000/1/3\"},{\"n\":\"/10000/9\"}]",
                        CODE_CONTENT});
        assert_string_equal(answer_values(scene->world, "/"), "/10000/0/0=21 /10000/1/3/0=a /10000/1/3/1=b");
        assert_int_equal(scene->publishers->asked.n, 0);
}

/* As many as their bytes allow: more than the store itself keeps of accounts. */
static void test_many_small_values(void **state)
{
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
        _cleanup_(record_list_done) RecordList list = {.maximum = SIZE_MAX};
        _cleanup_(freep) char *text = malloc(65536);
        size_t n = (size_t)sprintf(text, "/20000/0/0=1");

        for (unsigned i = 0; i < LIMIT_RESOURCE_INSTANCES; i++)
                n += (size_t)sprintf(text + n, " /20000/0/3/%u=a", i);
        for (unsigned i = 0; i < LIMIT_INSTANCES; i++)
                assert_int_equal(publishers_add(scene->publishers, 5, PLAIN, ID_INVALID, text), 0);
        scene->world->context.max_body_size = LIMIT_PAYLOAD_SIZE;
        SERVER(scene->world, {GET, "/20000", FORMAT_TLV, NULL, CODE_CONTENT});
        SERVER(scene->world,
                {METHOD_FETCH, "/", FORMAT_SENML_JSON, "text:[{\"n\":\"/20000\"}]", CODE_CONTENT});
        assert_int_equal(observe_values(&scene->world->context, &PATH_OBJECT(PLAIN), true, &list), 0);
        assert_int_equal(list.n, LIMIT_INSTANCES * (LIMIT_RESOURCE_INSTANCES + 1));
}

/* -- Fed values -- */

static int never_later(void *userdata, SourceCall *call, const Path *path)
{
        return 0;
}

static uint64_t ten_seconds(void *userdata, const Path *path)
{
        return 10 * USEC_PER_SEC;
}

static bool feeds_labels_and_level(void *userdata, const Path *resource)
{
        return resource->id[2] == 2 || resource->id[2] == 3;
}

static const PublishedFeed feed_of_two = {never_later, ten_seconds, feeds_labels_and_level};

static void test_fed_values_are_nobody_elses(void **state)
{
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

        assert_int_equal(
                publishers_set(scene->publishers, 0, "/10000/2/2=5 /10000/2/3/0=a /10000/2/8=true"), 0);
        published_set_feed(scene->publishers->published, &feed_of_two, NULL);
        publishers_forget(scene->publishers);
        SERVER(scene->world, {PUT, "/10000/2/2", FORMAT_TEXT, "text:1", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/10000/2/3", FORMAT_TLV, "/10000/2/3/0=b", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/10000/2/3/0", FORMAT_TEXT, "text:b", CODE_METHOD_NOT_ALLOWED},
                {DELETE, "/10000/2/3/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {POST, "/10000/2", FORMAT_TLV, "/10000/2/2=7 /10000/2/8=false", CODE_METHOD_NOT_ALLOWED},
                {METHOD_IPATCH, "/", ETCH, "text:[{\"n\":\"/10000/2/2\",\"v\":8}]", CODE_METHOD_NOT_ALLOWED},
                {METHOD_IPATCH, "/", ETCH, "text:[{\"n\":\"/10000/2/3/0\",\"v\":null}]",
                        CODE_METHOD_NOT_ALLOWED});
        assert_string_equal(scene->publishers->changed, "");
        /* A Replace leaves them. */
        SERVER(scene->world, {PUT, "/10000/2", FORMAT_TLV, "/10000/2/6=x", CODE_CHANGED});
        assert_string_equal(scene->publishers->written, "/10000/2/6=x");
        SERVER(scene->world, {PUT, "/10000/1/2", FORMAT_TEXT, "text:1", CODE_CHANGED});
        assert_string_equal(
                text_of(scene, "/10000/2"), "/10000/2/0=1 /10000/2/2=5 /10000/2/3/0=a /10000/2/6=x");
        assert_int_equal(observe_interval(&scene->world->context, &PATH_RESOURCE(GAUGE, 2, 2)), 10000000);
}

/* -- Room -- */

/* "path=iii", with as many as a value can have. */
static char *image_of(const char *path)
{
        const size_t n = strlen(path);
        char *text = malloc(n + LIMIT_VALUE_SIZE + 1);

        assert_non_null(text);
        memcpy(text, path, n);
        memset(text + n, 'i', LIMIT_VALUE_SIZE);
        text[n + LIMIT_VALUE_SIZE] = '\0';
        return text;
}

/* What is too much is 4.00, asks nobody, and changes nothing; what the publisher adds is 5.00. */
static void test_no_room(void **state)
{
        _cleanup_(freep) char *write = image_of("text:"), *create = image_of("/10000/7/7=");
        _cleanup_(record_list_done) RecordList list = {.n = 0};
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);
        Publishers *publishers = scene->publishers;

        /* 1 has 64 KiB left, less what its other values are. */
        for (uint16_t i = 0; i < 3; i++) {
                _cleanup_(value_done) Value value = {.type = VALUE_NONE};

                assert_int_equal(value_make_bytes(VALUE_OPAQUE, write, LIMIT_VALUE_SIZE, &value), 0);
                assert_int_equal(
                        record_list_add(&list, &PATH_RESOURCE_INSTANCE(GAUGE, 0, 12, i), &value), 0);
        }
        assert_int_equal(published_set(publishers->published, 1, &list, publishers->text), 0);
        publishers_forget(publishers);
        scene->world->context.call = CALL;
        SERVER(scene->world, {PUT, "/10000/0/7", FORMAT_OPAQUE, write, CODE_BAD_REQUEST},
                {POST, "/10000", FORMAT_TLV, create, CODE_BAD_REQUEST});
        assert_int_equal(publishers->asked.n, 0);
        assert_string_equal(publishers->changed, "");

        begin(scene, &questions[3]);
        reply(scene, 0, NULL, create);
        finish(scene, CODE_INTERNAL_ERROR);
        assert_string_equal(
                answer_text(scene->world), "the publisher's values: /10000/7/0 is mandatory and missing");
        begin(scene, &questions[3]);
        create[9] = '7';
        strcpy(create + strlen(create) - 13, " /10000/7/0=1");
        scene->publishers->answered.n = 0;
        reply(scene, 0, NULL, create);
        finish(scene, CODE_INTERNAL_ERROR);
        assert_string_equal(answer_text(scene->world),
                "the publisher's values: a publisher has 256 KiB of values at most");
        assert_string_equal(publishers->changed, "");
}

/* -- Access Control -- */

static void test_access_control(void **state)
{
        static const PublishedRights acl[] = {{101, ACCESS_READ}, {0, ACCESS_NONE}};
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101 SERVER_102);
        World *world = scene->world;

        assert_int_equal(publishers_add_with(scene->publishers, 2, GAUGE, 3, "/10000/0/0=9",
                                 &(PublishedOptions){.acl = acl, .n_acl = 2}, NULL),
                0);
        /* R, W and E for all, where the publisher has not said otherwise */
        SERVER(world, {GET, "/10000/1/0", FORMAT_TEXT, NULL, CODE_CONTENT},
                {PUT, "/10000/1/2", FORMAT_TEXT, "text:1", CODE_CHANGED},
                {PUT, "/10000/1?pmin=1", FORMAT_NONE, NULL, CODE_CHANGED},
                {DELETE, "/10000/0", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {GET, "/10000/3/0", FORMAT_TEXT, NULL, CODE_CONTENT},
                {PUT, "/10000/3/2", FORMAT_TEXT, "text:1", CODE_UNAUTHORIZED},
                {GET, "/10000/3", FORMAT_CORE_LINK, NULL, CODE_CONTENT});
        world->server = 102;
        SERVER(world, {GET, "/10000/3/0", FORMAT_TEXT, NULL, CODE_UNAUTHORIZED},
                {PUT, "/10000/3?pmin=1", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {METHOD_IPATCH, "/", ETCH, "text:[{\"n\":\"/10000/3/2\",\"v\":8}]", CODE_UNAUTHORIZED},
                {METHOD_FETCH, "/", FORMAT_SENML_JSON, "text:[{\"n\":\"/10000/3\"}]", CODE_UNAUTHORIZED},
                {GET, "/10000/3", FORMAT_CORE_LINK, NULL, CODE_CONTENT},
                {GET, "/10000", FORMAT_TLV, NULL, CODE_CONTENT});
        assert_null(strstr(answer_values(world, "/10000"), "/10000/3"));
        assert_non_null(strstr(answer_values(world, "/10000"), "/10000/2/0=1"));

        /* /2 goes before it. */
        fixture_put(store_own(world->store), "/2/0/0=10000 /2/0/1=3 /2/0/3=102");
        SERVER(world, {GET, "/10000/3/0", FORMAT_TEXT, NULL, CODE_CONTENT});
        world->server = 101;
        SERVER(world, {GET, "/10000/3/0", FORMAT_TEXT, NULL, CODE_UNAUTHORIZED},
                {GET, "/10000/1/0", FORMAT_TEXT, NULL, CODE_CONTENT});
}

/* What is kept for the next start, of all that is committed now. */
static const char *lasting_text(const Scene *scene)
{
        _cleanup_(dataset_freep) Dataset *lasting = NULL;
        const Dataset *committed = store_committed(scene->world->store);

        assert_int_equal(access_copy_lasting(scene->world->store, committed, &lasting), 0);
        return fixture_text(lasting ?: committed, &PATH_OBJECT(OBJECT_ACCESS_CONTROL));
}

/* A server owns what it has created; with its publisher its /2 goes. */
static void test_created_under_access_control(void **state)
{
        _cleanup_(scene_freep) Scene *scene =
                scene_new(LWM2M_1_2, BS SERVER_101 SERVER_102 "/2/0/0=3 /2/0/1=0 /2/0/3=101");

        begin(scene, &(const Step){POST, "/10000", FORMAT_NONE, NULL, 0});
        reply(scene, 0, NULL, "/10000/0/0=7");
        assert_string_equal(committed_text(scene->world, "/2/1"), "");
        finish(scene, CODE_CREATED);
        assert_string_equal(committed_text(scene->world, "/2/1"), "/2/1/0=10000 /2/1/1=3 /2/1/3=101");
        assert_string_equal(lasting_text(scene), "/2/0/0=3 /2/0/1=0 /2/0/3=101");
        scene->world->server = 102;
        SERVER(scene->world, {GET, "/10000/3/0", FORMAT_TEXT, NULL, CODE_UNAUTHORIZED});
        scene->world->server = 101;
        publishers_forget(scene->publishers);
        begin(scene, &(const Step){DELETE, "/10000/3", FORMAT_NONE, NULL, 0});
        reply(scene, 0, NULL, NULL);
        finish(scene, CODE_DELETED);
        assert_string_equal(committed_text(scene->world, "/2/1"), "");
        assert_string_equal(scene->publishers->withdrawn, "");
}

/* Without /2 whoever has one alone does everything, whatever the publisher says. */
static void test_one_account(void **state)
{
        static const PublishedRights acl[] = {{0, ACCESS_NONE}};
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

        assert_int_equal(publishers_add_with(scene->publishers, 2, GAUGE, 3, "/10000/0/0=9",
                                 &(PublishedOptions){.acl = acl, .n_acl = 1}, NULL),
                0);
        SERVER(scene->world, {GET, "/10000/3/0", FORMAT_TEXT, NULL, CODE_CONTENT},
                {PUT, "/10000/3/2", FORMAT_TEXT, "text:1", CODE_CHANGED});
}

/* -- A bootstrap is about the accounts -- */

static void test_during_a_bootstrap(void **state)
{
        static const Step table[] = {
                {GET, "/10000/0/0", FORMAT_TEXT, NULL, CODE_CONTENT},
                {GET, "/10000", FORMAT_CORE_LINK, NULL, CODE_CONTENT},
                {PUT, "/10000/1/2", FORMAT_TEXT, "text:1", CODE_UNAVAILABLE},
                {POST, "/10000/0/5", FORMAT_NONE, NULL, CODE_UNAVAILABLE},
                {POST, "/10000", FORMAT_NONE, NULL, CODE_UNAVAILABLE},
                {DELETE, "/10000/0", FORMAT_NONE, NULL, CODE_UNAVAILABLE},
        };
        _cleanup_(scene_freep) Scene *scene = scene_new(LWM2M_1_2, BS SERVER_101);

        begin(scene, &questions[0]);
        BOOTSTRAP(scene->world, {PUT, "/1/0/1", FORMAT_TEXT, "text:70", CODE_CHANGED},
                {PUT, "/10000/1/2", FORMAT_TEXT, "text:1", CODE_CHANGED});
        assert_string_equal(text_of(scene, "/10000/1"), ONE);
        scene->world->context.call = CALL + 1;
        server_steps(scene->world, table, ELEMENTSOF(table));
        /* What was agreed to is done. */
        scene->world->context.call = CALL;
        reply(scene, 0, NULL, NULL);
        finish(scene, CODE_CHANGED);
        assert_string_equal(text_of(scene, "/10000/0/2"), "/10000/0/2=7");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_read),
                cmocka_unit_test(test_discover),
                cmocka_unit_test(test_observed_values),
                cmocka_unit_test(test_write),
                cmocka_unit_test(test_write_with_a_handler),
                cmocka_unit_test(test_write_is_refused),
                cmocka_unit_test(test_publisher_refuses),
                cmocka_unit_test(test_reply_after_the_end),
                cmocka_unit_test(test_nobody_to_ask),
                cmocka_unit_test(test_too_many_questions),
                cmocka_unit_test(test_owner_goes),
                cmocka_unit_test(test_all_goes),
                cmocka_unit_test(test_owner_is_another_by_then),
                cmocka_unit_test(test_handler_sets_values_meanwhile),
                cmocka_unit_test(test_handler_withdraws_meanwhile),
                cmocka_unit_test(test_execute),
                cmocka_unit_test(test_create),
                cmocka_unit_test(test_create_is_refused),
                cmocka_unit_test(test_create_is_promised_its_id),
                cmocka_unit_test(test_created_is_the_publishers),
                cmocka_unit_test(test_delete),
                cmocka_unit_test(test_write_composite_with_an_account),
                cmocka_unit_test(test_write_composite_of_several),
                cmocka_unit_test(test_read_composite),
                cmocka_unit_test(test_many_small_values),
                cmocka_unit_test(test_fed_values_are_nobody_elses),
                cmocka_unit_test(test_no_room),
                cmocka_unit_test(test_access_control),
                cmocka_unit_test(test_created_under_access_control),
                cmocka_unit_test(test_one_account),
                cmocka_unit_test(test_during_a_bootstrap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
