/* SPDX-License-Identifier: Apache-2.0 */
/* operation_package(): what is known at the first block of a Write that is larger than memory. */
#include "tests/unit/operation/rack.h"

#define STORE_OBJECT 1002
#define W            OPERATION_WRITE

/* 101's to write, 102's to read */
#define CONTROLLED                                                                            \
        BS SERVER_101 SERVER_102 "/2/0/0=1 /2/0/1=0 /2/0/3=101 /2/1/0=1 /2/1/1=1 /2/1/3=102 " \
                                 "/2/2/0=1002 /2/2/1=0 /2/2/3=65535 /2/2/2/101=2 /2/2/2/102=1 "

static const ResourceDef store_resources[] = {
        {0, "Package", VALUE_OPAQUE, SINGLE, MANDATORY, {W, W, W}, SUPPORTED},
        {1, "Name", VALUE_STRING, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {2, "Parts", VALUE_OPAQUE, MULTIPLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {3, "Digest", VALUE_OPAQUE, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
};

static const ObjectDef store_object = {
        .id = STORE_OBJECT,
        .name = "Store",
        .versions = {"1.0", "1.0", "1.0"},
        .resources = store_resources,
        .n_resources = ELEMENTSOF(store_resources),
};

static struct {
        int result;
        unsigned asked;
        uint16_t requester;
        int format;
        uint64_t announced;
        void *resume;
} package;

static int take(void *userdata, const uint8_t *data, size_t size)
{
        return 0;
}

static int stream(void *userdata, SourceCall *call, const Path *path, int content_format, uint64_t announced,
        BodyResume resume, BodySink *ret)
{
        package.asked++;
        package.requester = call->requester;
        package.format = content_format;
        package.announced = announced;
        package.resume = resume.userdata;
        assert_int_equal(call->id, 0);
        assert_string_equal(PATH_TEXT(path), "/1002/0/0");
        if (package.result > 0)
                return source_refuse(call, package.result, "not in this State");
        if (package.result == 0)
                *ret = (BodySink){.write = take, .userdata = &package};
        return package.result;
}

static bool supports(void *userdata, unsigned operation, const Path *path)
{
        return operation == OPERATION_WRITE;
}

static const Source store_source_streams = {
        .instances = source_one_instance,
        .read = fixture_device_read,
        .supports = supports,
        .stream = stream,
};

static World *store_world(const char *committed, uint16_t server)
{
        World *world = world_new(LWM2M_1_1, committed);

        memset(&package, 0, sizeof(package));
        assert_int_equal(registry_add(store_registry(world->store), &store_object), 0);
        assert_int_equal(store_set_source(world->store, STORE_OBJECT, &store_source_streams, world), 0);
        world->context.requester = server;
        return world;
}

/* CODE_NONE: it goes into a sink; -1: it is served when it is whole. */
static int begin(World *world, Method method, const char *path, int format)
{
        const Step step = {method, path, format, "text:x", 0};
        _cleanup_(request_done) Request request = fixture_request(&step);
        BodySink sink = {.userdata = NULL};
        bool streams;

        response_done(&world->response);
        world->response = RESPONSE_INIT;
        package.asked = 0;
        streams = operation_package(&world->context, &request, 4711, (BodyResume){NULL, world}, &sink,
                &world->response, &world->effects);
        if (!streams) {
                assert_int_equal(world->response.code, CODE_NONE);
                return -1;
        }
        assert_int_equal(sink.userdata == &package, world->response.code == CODE_NONE);
        assert_int_equal(world->effects.n, 0);
        return world->response.code;
}

static void test_into_the_sink(void **state)
{
        static const int formats[] = {FORMAT_OPAQUE, FORMAT_TLV, FORMAT_CBOR, FORMAT_SENML_CBOR,
                FORMAT_SENML_JSON, FORMAT_LWM2M_CBOR};
        _cleanup_(world_freep) World *world = store_world(BS SERVER_101, 101);

        for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
                assert_int_equal(begin(world, PUT, "/1002/0/0", formats[i]), CODE_NONE);
                assert_int_equal(package.asked, 1);
                assert_int_equal(package.format, formats[i]);
        }
        assert_int_equal(package.requester, 101);
        assert_int_equal(package.announced, 4711);
        assert_ptr_equal(package.resume, world);
}

/* It comes whole, and is answered then. */
static void test_ordinary(void **state)
{
        static const struct {
                Method method;
                const char *path;
        } table[] = {
                {PUT, "/1002/0/1"},
                {PUT, "/1002/0/2"},
                {PUT, "/1002/0/9"},
                {PUT, "/1002/0"},
                {PUT, "/1002/0/0/0"},
                {POST, "/1002/0/0"},
                {METHOD_IPATCH, "/"},
                {PUT, "/3/0/15"},
                {PUT, "/1/0/1"},
                {PUT, "/0/0/5"},
                {PUT, "/77/0/0"},
                {PUT, "/x"},
                {METHOD_FETCH, "/"},
        };
        _cleanup_(world_freep) World *world = store_world(BS SERVER_101, 101);

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (begin(world, table[i].method, table[i].path, FORMAT_OPAQUE) != -1)
                        fail_msg("%s", table[i].path);
        assert_int_equal(package.asked, 0);
}

static void test_refused(void **state)
{
        _cleanup_(world_freep) World *world = store_world(CONTROLLED, 101);

        assert_int_equal(begin(world, PUT, "/1002/0/0", FORMAT_OPAQUE), CODE_NONE);
        assert_int_equal(begin(world, PUT, "/1002/1/0", FORMAT_OPAQUE), CODE_NOT_FOUND);
        assert_int_equal(begin(world, PUT, "/1002/0/3", FORMAT_OPAQUE), CODE_METHOD_NOT_ALLOWED);
        assert_int_equal(begin(world, PUT, "/1002/0/0", FORMAT_NONE), CODE_BAD_REQUEST);
        assert_int_equal(begin(world, PUT, "/1002/0/0", FORMAT_CORE_LINK), CODE_UNSUPPORTED_FORMAT);
        assert_int_equal(begin(world, PUT, "/1002/0/0", 4711), CODE_UNSUPPORTED_FORMAT);
        assert_int_equal(package.asked, 0);
        assert_string_equal(world->context.note, "");

        world->context.requester = 102;
        assert_int_equal(begin(world, PUT, "/1002/0/0", FORMAT_OPAQUE), CODE_UNAUTHORIZED);
        assert_string_equal(world->context.note,
                "LwM2M Server 102 gets 4.01 to PUT /1002/0/0: Access Control gives server 102 no such right "
                "on /1002/0/0.");
        assert_int_equal(package.asked, 0);
}

static void test_the_source_refuses(void **state)
{
        _cleanup_(world_freep) World *world = store_world(BS SERVER_101, 101);

        package.result = CODE_METHOD_NOT_ALLOWED;
        assert_int_equal(begin(world, PUT, "/1002/0/0", FORMAT_OPAQUE), CODE_METHOD_NOT_ALLOWED);
        assert_string_equal(answer_text(world), "not in this State");
        package.result = -EIO;
        assert_int_equal(begin(world, PUT, "/1002/0/0", FORMAT_OPAQUE), CODE_INTERNAL_ERROR);
        package.result = -ENOMEM;
        assert_int_equal(begin(world, PUT, "/1002/0/0", FORMAT_OPAQUE), CODE_INTERNAL_ERROR);
}

static void test_a_bootstrap_goes_on(void **state)
{
        _cleanup_(world_freep) World *world = store_world(BS SERVER_101, 101);

        BOOTSTRAP(world, {PUT, "/1/0/1", FORMAT_TEXT, "text:60", CODE_CHANGED});
        world->context.requester = 101;
        assert_int_equal(begin(world, PUT, "/1002/0/0", FORMAT_OPAQUE), CODE_UNAVAILABLE);
        assert_int_equal(package.asked, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_into_the_sink),
                cmocka_unit_test(test_ordinary),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_the_source_refuses),
                cmocka_unit_test(test_a_bootstrap_goes_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
