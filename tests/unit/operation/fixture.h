/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges written as tables: a request, the values of its payload, the code that answers it. */
#pragma once

#include "tests/unit/model/fixture.h"

#include "codec/codec.h"
#include "operation/operation.h"

typedef struct World {
        Store *store;
        AccountCheck check;
        OperationContext context;
        Response response; /* of the last exchange */
        Effects effects;
        uint16_t server; /* who asks in server_steps() */
        unsigned resets; /* executions of /3/0/12 */
        int accept;      /* of FETCH */
        struct {
                uint16_t server;
                Attributes set;
        } attributes[3]; /* of each server that has asked */
} World;

/* One exchange. format: Content-Format of PUT and POST, Accept of GET. payload: NULL; "text:..." or
 * "hex:..." as it stands; else values as fixture_put() takes them, encoded in format. */
typedef struct Step {
        Method method;
        const char *path;
        int format;
        const char *payload;
        int code;
} Step;

static inline size_t fixture_device_instances(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        ret[0] = 0;
        return 1;
}

static inline int fixture_device_read(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        static const struct {
                uint16_t resource;
                const char *text; /* or NULL: the number */
                ValueType type;
                int64_t number;
        } values[] = {
                {DEVICE_MANUFACTURER, "Maker", VALUE_STRING, 0},
                {DEVICE_ERROR_CODE, NULL, VALUE_INTEGER, 0},
                {DEVICE_CURRENT_TIME, NULL, VALUE_TIME, 1000},
                {DEVICE_SUPPORTED_BINDING, "U", VALUE_STRING, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(values); i++) {
                Value value = {.type = values[i].type, .integer = values[i].number};
                Path found = PATH_RESOURCE(OBJECT_DEVICE, 0, values[i].resource);

                if (values[i].resource == DEVICE_ERROR_CODE)
                        found = path_append(&found, 0);
                if (values[i].text)
                        assert_int_equal(value_make_string(values[i].text, &value), 0);
                assert_int_equal(record_list_add(list, &found, &value), 0);
        }

        return 0;
}

static inline bool fixture_device_supports(void *userdata, unsigned operation, const Path *path)
{
        return operation == OPERATION_EXECUTE && path->id[2] == DEVICE_RESET_ERROR_CODE;
}

static inline int fixture_device_execute(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        World *world = userdata;

        world->resets++;
        return 0;
}

static const Source fixture_device = {
        .instances = fixture_device_instances,
        .read = fixture_device_read,
        .supports = fixture_device_supports,
        .execute = fixture_device_execute,
};

static inline World *world_new(Lwm2mVersion version, const char *committed)
{
        World *world = calloc(1, sizeof(World));

        assert_non_null(world);
        world->store = fixture_store(committed);
        assert_int_equal(store_set_source(world->store, OBJECT_DEVICE, &fixture_device, world), 0);
        world->context = (OperationContext){
                .store = world->store,
                .version = version,
                .announced = version,
                .check = &world->check,
                .max_body_size = 65536,
        };
        world->response = RESPONSE_INIT;
        world->server = 101;
        world->accept = FORMAT_NONE;
        return world;
}

static inline World *world_free(World *world)
{
        for (size_t i = 0; i < ELEMENTSOF(world->attributes); i++)
                attributes_done(&world->attributes[i].set);
        response_done(&world->response);
        store_free(world->store);
        free(world);
        return NULL;
}
DEFINE_CLEANUP(World *, world_free)

static inline void fixture_payload(const Step *step, const Path *base, Request *request)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(1 << 20);
        _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_STORE_VALUES};
        _cleanup_(dataset_freep) Dataset *dataset = NULL;

        if (strncmp(step->payload, "text:", 5) == 0)
                byte_writer_add_string(&writer, step->payload + 5);
        else if (strncmp(step->payload, "hex:", 4) == 0) {
                _cleanup_(freep) uint8_t *bytes = NULL;
                size_t size, offset;

                assert_int_equal(parse_hex(step->payload + 4, strlen(step->payload + 4), true, &bytes, &size,
                                         &offset),
                        0);
                byte_writer_add(&writer, bytes, size);
        } else {
                dataset = fixture_dataset(step->payload);
                assert_int_equal(dataset_list(dataset, base, &list), 0);
                assert_int_equal(codec_encode(step->format, base, &list, &writer), 0);
        }

        assert_int_equal(byte_writer_take(&writer, &request->payload, &request->payload_size), 0);
}

static inline Request fixture_request(const Step *step)
{
        Request request = REQUEST_INIT;
        _cleanup_(freep) char *copy = strdup(step->path);
        char *query = strchr(copy, '?'), *rest = copy + 1, *segment;
        Path base = PATH_ROOT;

        request.method = step->method;
        if (query)
                *query++ = '\0';
        while (query && (segment = strsep(&query, "&")))
                assert_int_equal(texts_add(&request.query, segment), 0);
        (void)path_parse(copy, &base);
        while (rest && rest[0] != '\0' && (segment = strsep(&rest, "/")))
                assert_int_equal(texts_add(&request.path, segment), 0);
        if (step->method == METHOD_GET)
                request.accept = step->format;
        else
                request.content_format = step->format;
        if (step->payload)
                fixture_payload(step, &base, &request);
        return request;
}

static inline Attributes *world_attributes(World *world)
{
        size_t i = 0;

        while (i < ELEMENTSOF(world->attributes) && world->attributes[i].server != 0 &&
                world->attributes[i].server != world->server)
                i++;
        assert_true(i < ELEMENTSOF(world->attributes));
        world->attributes[i].server = world->server;
        return &world->attributes[i].set;
}

static inline void world_exchange(World *world, bool bootstrap, BootstrapSession session, const Step *step)
{
        _cleanup_(request_done) Request request = fixture_request(step);
        char text[LIMIT_DIAGNOSTIC_SIZE + 1];
        int r;

        response_done(&world->response);
        world->response = RESPONSE_INIT;
        if (step->method == METHOD_FETCH && world->accept != FORMAT_NONE)
                request.accept = world->accept;
        world->context.requester = bootstrap ? 0 : world->server;
        world->context.attributes = bootstrap ? NULL : world_attributes(world);
        if (bootstrap)
                r = operation_bootstrap(
                        &world->context, session, &request, &world->response, &world->effects);
        else
                r = operation_device_management(
                        &world->context, &request, &world->response, &world->effects);
        assert_int_equal(r, 0);
        if (world->response.code != step->code)
                fail_msg("%d %s %d: %u.%02u (%s), not %u.%02u", (int)step->method, step->path, step->format,
                        CODE_ARGS(world->response.code), response_diagnostic(&world->response, text),
                        CODE_ARGS(step->code));
        /* A refusal says why, in one line. */
        if (CODE_CLASS(world->response.code) >= 4) {
                assert_int_equal(world->response.content_format, FORMAT_NONE);
                assert_true(world->response.payload_size > 0);
                assert_null(memchr(world->response.payload, '\n', world->response.payload_size));
        }
}

/* Exchanges of the Bootstrap Server inside a session, and of a registered LwM2M Server. */
static inline void bootstrap_steps(World *world, const Step *steps, size_t n)
{
        for (size_t i = 0; i < n; i++)
                world_exchange(world, true, BOOTSTRAP_SESSION_OPEN, &steps[i]);
}

static inline void server_steps(World *world, const Step *steps, size_t n)
{
        for (size_t i = 0; i < n; i++)
                world_exchange(world, false, BOOTSTRAP_SESSION_NONE, &steps[i]);
}

#define BOOTSTRAP(world, ...) \
        bootstrap_steps(world, (const Step[]){__VA_ARGS__}, ELEMENTSOF(((const Step[]){__VA_ARGS__})))
#define SERVER(world, ...) \
        server_steps(world, (const Step[]){__VA_ARGS__}, ELEMENTSOF(((const Step[]){__VA_ARGS__})))

#define GET    METHOD_GET
#define PUT    METHOD_PUT
#define POST   METHOD_POST
#define DELETE METHOD_DELETE
#define FINISH(code)                                 \
        {                                            \
                POST, "/bs", FORMAT_NONE, NULL, code \
        }

/* The Location-Path; static buffer. */
static inline const char *answer_location(const World *world)
{
        static char buffer[PATH_TEXT_MAX];
        size_t n = 0;

        buffer[0] = '\0';
        for (size_t i = 0; i < world->response.location.n; i++)
                n += (size_t)snprintf(
                        buffer + n, sizeof(buffer) - n, "/%s", world->response.location.items[i]);
        return buffer;
}

/* The answer's payload as text; static buffer. */
static inline const char *answer_text(const World *world)
{
        static char buffer[4096];

        assert_true(world->response.payload_size < sizeof(buffer));
        if (world->response.payload_size > 0)
                memcpy(buffer, world->response.payload, world->response.payload_size);
        buffer[world->response.payload_size] = '\0';
        return buffer;
}

/* The answer's payload decoded, as fixture_text() writes it. */
static inline const char *answer_values(const World *world, const char *path)
{
        _cleanup_(record_list_done) RecordList list = {.n = 0};
        _cleanup_(dataset_freep) Dataset *dataset = dataset_new();
        const Schema schema = registry_schema(store_registry(world->store));
        Path base;

        assert_int_equal(path_parse(path, &base), 0);
        assert_int_equal(codec_decode(world->response.content_format, &schema, &base,
                                 world->response.payload, world->response.payload_size, &list),
                0);
        assert_int_equal(dataset_apply(dataset, &list), 0);
        return fixture_text(dataset, &PATH_ROOT);
}

/* What the peers see below path: the candidate's, and the committed generation's. */
static inline const char *candidate_text(const World *world, const char *path)
{
        Path prefix;

        assert_int_equal(path_parse(path, &prefix), 0);
        assert_non_null(store_candidate(world->store));
        return fixture_text(store_candidate(world->store), &prefix);
}

static inline const char *committed_text(const World *world, const char *path)
{
        Path prefix;

        assert_int_equal(path_parse(path, &prefix), 0);
        return fixture_text(store_committed(world->store), &prefix);
}
