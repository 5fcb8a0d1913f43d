/* SPDX-License-Identifier: Apache-2.0 */
/* operation/observe: what a request observes, with which attributes and values, and what was kept of it. */
#include "tests/unit/operation/fixture.h"

#include "operation/observe.h"

#define COMPOSITE "text:[{\"n\":\"/3/0/16\"},{\"n\":\"/1/0\"}]"

static PathList paths_of(const Request *request)
{
        PathList paths = {.n = 0};

        assert_int_equal(observe_paths(request, &paths), 0);
        return paths;
}

static void test_paths(void **state)
{
        static const struct {
                Step step;
                const char *paths; /* NULL: it reads nothing */
        } table[] = {
                {{GET, "/3/0/0", FORMAT_NONE, NULL, 0}, "/3/0/0"},
                {{GET, "/3?pmin=1", FORMAT_NONE, NULL, 0}, "/3"},
                {{GET, "/", FORMAT_NONE, NULL, 0}, NULL},
                {{GET, "/3/0", FORMAT_CORE_LINK, NULL, 0}, NULL},
                {{GET, "/3/x", FORMAT_NONE, NULL, 0}, NULL},
                {{GET, "/3/0/1/2/3", FORMAT_NONE, NULL, 0}, NULL},
                {{METHOD_FETCH, "/", FORMAT_SENML_JSON, COMPOSITE, 0}, "/1/0 /3/0/16"},
                {{METHOD_FETCH, "/", FORMAT_SENML_JSON, "text:[", 0}, NULL},
                {{METHOD_FETCH, "/", FORMAT_TLV, "hex:c0", 0}, NULL},
                {{POST, "/3/0/4", FORMAT_NONE, NULL, 0}, NULL},
                {{PUT, "/1/0/1", FORMAT_TEXT, "text:60", 0}, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(request_done) Request request = fixture_request(&table[i].step);
                char text[256] = "";
                PathList paths;

                if (!table[i].paths) {
                        assert_int_equal(observe_paths(&request, &paths), -EINVAL);
                        continue;
                }
                paths = paths_of(&request);
                for (size_t j = 0; j < paths.n; j++)
                        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
                                j > 0 ? " " : "", PATH_TEXT(&paths.items[j]));
                assert_string_equal(text, table[i].paths);
        }
}

/* Of LwM2M 1.2 on; a list of paths has no thresholds. */
static void test_attributes(void **state)
{
        static const struct {
                Lwm2mVersion version;
                Step step;
                unsigned present;
                const char *refusal;
        } table[] = {
                {LWM2M_1_2, {GET, "/1/0/1?gt=5", FORMAT_NONE, NULL, 0}, 1U << ATTRIBUTE_GT, NULL},
                {LWM2M_1_1, {GET, "/1/0/1?gt=5", FORMAT_NONE, NULL, 0}, 0, NULL},
                {LWM2M_1_1, {GET, "/1/0/1?nonsense", FORMAT_NONE, NULL, 0}, 0, NULL},
                {LWM2M_1_2, {GET, "/1/0/7?gt=5", FORMAT_NONE, NULL, 0}, 0, "gt is for a number only"},
                {LWM2M_1_2, {GET, "/1/0?gt=5", FORMAT_NONE, NULL, 0}, 0, "gt is for a Resource only"},
                {LWM2M_1_2, {GET, "/1/0?pmin", FORMAT_NONE, NULL, 0}, 0, NULL},
                {LWM2M_1_2, {METHOD_FETCH, "/?pmax=5", FORMAT_SENML_JSON, COMPOSITE, 0},
                        1U << ATTRIBUTE_PMAX, NULL},
                {LWM2M_1_2, {METHOD_FETCH, "/?gt=5", FORMAT_SENML_JSON, COMPOSITE, 0}, 0,
                        "gt is not for a list of paths"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(table[i].version, BS SERVER_101 "/1/0/7=U");
                _cleanup_(request_done) Request request = fixture_request(&table[i].step);
                const PathList paths = paths_of(&request);
                char text[LIMIT_DIAGNOSTIC_SIZE + 1];
                AttributeValues values;
                int r;

                r = observe_attributes(&world->context, &request, &paths, &values, &world->response);
                assert_int_equal(r, table[i].refusal ? OBSERVE_REFUSED : 0);
                assert_int_equal(values.present, table[i].present);
                if (table[i].refusal) {
                        assert_int_equal(world->response.code, CODE_BAD_REQUEST);
                        assert_string_equal(response_diagnostic(&world->response, text), table[i].refusal);
                }
        }
}

/* -- Values -- */

static uint64_t device_interval(void *userdata, const Path *path)
{
        return path->id[2] == DEVICE_CURRENT_TIME   ? USEC_INFINITY
               : path->id[2] == DEVICE_ERROR_CODE   ? 30 * USEC_PER_SEC
               : path->id[2] == DEVICE_MANUFACTURER ? 20 * USEC_PER_SEC
                                                    : 0;
}

static const Source moving_device = {
        .instances = fixture_device_instances,
        .read = fixture_device_read,
        .interval = device_interval,
};

static void test_values(void **state)
{
        static const struct {
                const char *path;
                const char *values;
                bool all;
        } table[] = {
                {"/1/0/1", "/1/0/1=60"},
                {"/1", "/1/0/0=101 /1/0/1=60 /1/0/7=U"},
                {"/1/1", ""},
                {"/1/7", ""},
                {"/1/0/99", ""},
                {"/0", ""},
                {"/0/0/1", ""},
                {"/77/0", ""},
                {"/2/0", ""},
                /* What moves all the time counts only where nothing else is observed. */
                {"/3/0", "/3/0/0=Maker /3/0/11/0=0 /3/0/16=U"},
                {"/3/0", "/3/0/0=Maker /3/0/11/0=0 /3/0/13=1000 /3/0/16=U", true},
                {"/3", "/3/0/0=Maker /3/0/11/0=0 /3/0/16=U"},
                {"/3/0/13", "/3/0/13=1000"},
                {"/", "/1/0/0=101 /1/0/1=60 /1/0/7=U /3/0/0=Maker /3/0/11/0=0 /3/0/16=U"},
        };
        /* /1/0 and /3/0 are for 101 to read, nothing else is. */
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1,
                BS SERVER_101 SERVER_102 "/1/0/7=U /2/0/0=1 /2/0/1=0 /2/0/2/101=1 /2/0/3=102 "
                                         "/2/1/0=3 /2/1/1=0 /2/1/2/101=1 "
                                         "/2/1/3=102 /2/2/0=1 /2/2/1=1 /2/2/3=102");

        assert_int_equal(store_set_source(world->store, OBJECT_DEVICE, &moving_device, NULL), 0);
        world->context.requester = 101;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_STORE_VALUES};
                _cleanup_(dataset_freep) Dataset *dataset = dataset_new();
                Path path;

                assert_int_equal(path_parse(table[i].path, &path), 0);
                assert_int_equal(observe_values(&world->context, &path, table[i].all, &list), 0);
                assert_int_equal(dataset_apply(dataset, &list), 0);
                assert_string_equal(fixture_text(dataset, &PATH_ROOT), table[i].values);
        }
}

static void test_interval(void **state)
{
        static const struct {
                const char *path;
                uint64_t interval;
        } table[] = {
                {"/3/0/13", USEC_INFINITY},
                {"/3/0/11", 30 * USEC_PER_SEC},
                {"/3/0/11/0", 30 * USEC_PER_SEC},
                {"/3/0/16", 0},
                {"/3/0", 20 * USEC_PER_SEC},
                {"/3", 20 * USEC_PER_SEC},
                {"/", 20 * USEC_PER_SEC},
                {"/1", 0},
                {"/1/0/1", 0},
                {"/77", 0},
        };
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        assert_int_equal(store_set_source(world->store, OBJECT_DEVICE, &moving_device, NULL), 0);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Path path;

                assert_int_equal(path_parse(table[i].path, &path), 0);
                assert_int_equal(observe_interval(&world->context, &path), table[i].interval);
        }
}

/* -- History -- */

static void test_history(void **state)
{
        static const struct {
                int format;
                size_t max_body_size, used;
                const char *text;
        } table[] = {
                {FORMAT_SENML_JSON, 1024, 3,
                        "[{\"bn\":\"/1/0/1\",\"bt\":1700000000,\"v\":61},"
                        "{\"v\":62,\"t\":10},{\"v\":63,\"t\":20.5}]"},
                {FORMAT_SENML_JSON, 60, 1, "[{\"bn\":\"/1/0/1\",\"bt\":1700000000,\"v\":61}]"},
                {FORMAT_TEXT, 1024, 1, "61"},
        };
        RecordList lists[3] = {{.n = 0}};
        RecordMoment moments[3];

        for (size_t i = 0; i < 3; i++) {
                Value value = VALUE_INT(61 + (int64_t)i);

                assert_int_equal(record_list_add(&lists[i], &PATH_RESOURCE(1, 0, 1), &value), 0);
                moments[i] = (RecordMoment){1700000000000000 + (int64_t)i * 10000000, &lists[i]};
        }
        moments[2].time += 500000;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
                _cleanup_(request_done) Request request =
                        fixture_request(&(Step){GET, "/1/0/1", table[i].format, NULL, 0});
                const PathList paths = paths_of(&request);
                size_t used;

                world->context.max_body_size = table[i].max_body_size;
                assert_int_equal(observe_history(&world->context, &request, &paths, moments, 3, &used,
                                         &world->response),
                        0);
                assert_int_equal(world->response.code, CODE_CONTENT);
                assert_int_equal(used, table[i].used);
                assert_int_equal(world->response.payload_size, strlen(table[i].text));
                assert_memory_equal(world->response.payload, table[i].text, strlen(table[i].text));
        }
        for (size_t i = 0; i < 3; i++)
                record_list_done(&lists[i]);
}

/* Of two Object Instances 101 may read the second one alone. */
static void test_history_is_what_may_be_read(void **state)
{
        static const struct {
                int format;
                size_t from, n, used;
                const char *text; /* NULL: 4.01 */
        } table[] = {
                {FORMAT_SENML_JSON, 0, 2, 2, "[{\"bn\":\"/1/\",\"bt\":1700000010,\"n\":\"1/1\",\"v\":62}]"},
                {FORMAT_SENML_JSON, 0, 1, 1, NULL},
                {FORMAT_SENML_JSON, 1, 1, 1, "[{\"bn\":\"/1/\",\"bt\":1700000010,\"n\":\"1/1\",\"v\":62}]"},
                {FORMAT_TLV, 0, 2, 1, NULL},
        };
        RecordList lists[2] = {{.n = 0}};
        RecordMoment moments[2];

        for (size_t i = 0; i < 2; i++) {
                moments[i] = (RecordMoment){1700000000000000 + (int64_t)i * 10000000, &lists[i]};
                for (uint16_t instance = 0; instance <= i; instance++) {
                        Value value = VALUE_INT(61 + instance);

                        assert_int_equal(
                                record_list_add(&lists[i], &PATH_RESOURCE(1, instance, 1), &value), 0);
                }
        }
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1,
                        BS SERVER_101 SERVER_102 "/2/0/0=1 /2/0/1=0 /2/0/3=102 "
                                                 "/2/1/0=1 /2/1/1=1 /2/1/2/101=1 /2/1/3=102");
                _cleanup_(request_done) Request request =
                        fixture_request(&(Step){GET, "/1", table[i].format, NULL, 0});
                const PathList paths = paths_of(&request);
                size_t used;

                world->context.requester = 101;
                assert_int_equal(observe_history(&world->context, &request, &paths, moments + table[i].from,
                                         table[i].n, &used, &world->response),
                        0);
                assert_int_equal(used, table[i].used);
                assert_int_equal(world->response.code, table[i].text ? CODE_CONTENT : CODE_UNAUTHORIZED);
                if (!table[i].text)
                        continue;
                assert_int_equal(world->response.payload_size, strlen(table[i].text));
                assert_memory_equal(world->response.payload, table[i].text, strlen(table[i].text));
        }
        for (size_t i = 0; i < 2; i++)
                record_list_done(&lists[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_paths),
                cmocka_unit_test(test_attributes),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_interval),
                cmocka_unit_test(test_history),
                cmocka_unit_test(test_history_is_what_may_be_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
