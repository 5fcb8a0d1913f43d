/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/config_objects: what `objects:` becomes, and the sentence and place of everything that is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/config_load.h"
#include "tests/unit/daemon/print_problems.h"

#define ACCOUNT                                                                                     \
        "endpoint: g\n"                                                                             \
        "servers: [{short_server_id: 1, uri: 'coap://server.example.org', security_mode: nosec}]\n" \
        "objects:\n" /* the next line is the fourth */

/* One instance, a Resource of each kind; several instances, one that is always there; and one that is wrong.
 */
static const struct {
        const char *name, *text;
} definitions[] = {
        {"1000.yaml", "object: 1000\n"
                      "name: Everything\n"
                      "resources:\n"
                      "  0: {name: S, operations: RW, type: string}\n"
                      "  1: {name: I, operations: R, type: integer, range: [-5, 5]}\n"
                      "  2: {name: U, operations: R, type: unsigned}\n"
                      "  3: {name: F, operations: R, type: float}\n"
                      "  4: {name: B, operations: R, type: boolean}\n"
                      "  5: {name: O, operations: R, type: opaque}\n"
                      "  6: {name: T, operations: R, type: time}\n"
                      "  7: {name: L, operations: R, type: objlnk}\n"
                      "  8: {name: C, operations: R, type: corelnk}\n"
                      "  9: {name: M, operations: R, type: integer, multiple: true, range: [0, 9]}\n"
                      "  10: {name: E, operations: E, mandatory: true}\n"
                      "  11: {name: W, operations: W, type: string, mandatory: true}\n"},
        {"3303.yaml", "object: 3303\n"
                      "name: Temperature\n"
                      "multiple: true\n"
                      "resources:\n"
                      "  5700: {name: Sensor Value, operations: R, type: float, mandatory: true,\n"
                      "    range: [-50, 150]}\n"
                      "  5701: {name: Sensor Units, operations: R, type: string}\n"},
        {"3304.yaml", "object: 3303\nname: Humidity\nresources: {5700: {name: V, operations: R}}\n"},
        {"4.yaml", "object: 4\nname: Link\nresources: {0: {name: V, operations: R, type: integer}}\n"},
        {"7.yaml", "object: 7\nname: Bytes\nresources: {0: {name: V, operations: R, type: integer}}\n"},
};

static char folder[4096];

static const char *path_of(const char *name)
{
        static char path[sizeof(folder) + 64];

        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        return path;
}

static int parse_for(ConfigPurpose purpose, const char *file, const char *text, Config **ret,
        ConfigProblems *ret_problems)
{
        static const ConfigKept kept = {.endpoint = "g"};
        _cleanup_(object_directories_freep) ObjectDirectories *directories = NULL;

        assert_int_equal(object_directories_new(&directories), 0);
        assert_int_equal(object_directories_add(directories, folder), 0);
        return config_parse(file, (const uint8_t *)text, strlen(text), purpose,
                purpose == CONFIG_AS_KEPT ? &kept : NULL, directories, ret, ret_problems);
}

/* The caller frees. */
static Config *parse_valid(const char *text)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *printed = NULL;
        Config *config = NULL;

        (void)parse_for(CONFIG_TO_RUN, "/etc/f", text, &config, &problems);
        printed = print_problems(&problems, "f");
        assert_string_equal(printed, "");
        assert_non_null(config);
        return config;
}

static void assert_problems_of(
        ConfigPurpose purpose, const char *file, const char *text, const char *wanted, bool valid)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(freep) char *printed = NULL;

        assert_int_equal(parse_for(purpose, file, text, &config, &problems), valid ? 0 : CONFIG_E_INVALID);
        printed = print_problems(&problems, "f");
        assert_string_equal(printed, wanted);
}

static void assert_problems(ConfigPurpose purpose, const char *text, const char *wanted, bool valid)
{
        assert_problems_of(purpose, "/etc/f", text, wanted, valid);
}

static void assert_record(const Record *record, const char *path, Value value)
{
        assert_string_equal(PATH_TEXT(&record->path), path);
        assert_true(value_equal(&record->value, &value));
}

#define BYTES(t, text, n) ((Value){.type = (t), .bytes = {(uint8_t *)(text), (n)}})

static void test_constants_of_every_type(void **state)
{
        _cleanup_(config_freep) Config *config = parse_valid(ACCOUNT "  - object: 1000\n"
                                                                     "    values:\n"
                                                                     "      9: [3, 1, 2]\n"
                                                                     "      0: a text\n"
                                                                     "      1: -5\n"
                                                                     "      2: 18446744073709551615\n"
                                                                     "      3: 21.5\n"
                                                                     "      4: true\n"
                                                                     "      5: base64:AP8=\n"
                                                                     "      6: 2026-01-31T10:00:00Z\n"
                                                                     "      7: \"3:0\"\n"
                                                                     "      8: </3/0>\n"
                                                                     "      11: w\n");
        const ConfigObject *object = config->objects;
        const Record *records = object->values.items;

        assert_int_equal(config->n_objects, 1);
        assert_int_equal(object->object, 1000);
        assert_int_equal(object->instance, 0);
        assert_int_equal(object->n_files, 0);
        assert_int_equal(object->values.n, 13);
        assert_record(&records[0], "/1000/0/0", BYTES(VALUE_STRING, "a text", 6));
        assert_record(&records[1], "/1000/0/1", VALUE_INT(-5));
        assert_record(
                &records[2], "/1000/0/2", (Value){.type = VALUE_UNSIGNED, .unsigned_integer = UINT64_MAX});
        assert_record(&records[3], "/1000/0/3", (Value){.type = VALUE_FLOAT, .real = 21.5});
        assert_record(&records[4], "/1000/0/4", VALUE_BOOL(true));
        assert_record(&records[5], "/1000/0/5", BYTES(VALUE_OPAQUE, "\0\xff", 2));
        assert_record(&records[6], "/1000/0/6", (Value){.type = VALUE_TIME, .integer = 1769853600});
        assert_record(&records[7], "/1000/0/7", (Value){.type = VALUE_OBJLNK, .link = {3, 0}});
        assert_record(&records[8], "/1000/0/8", BYTES(VALUE_CORELNK, "</3/0>", 6));
        assert_record(&records[9], "/1000/0/9/0", VALUE_INT(3));
        assert_record(&records[10], "/1000/0/9/1", VALUE_INT(1));
        assert_record(&records[11], "/1000/0/9/2", VALUE_INT(2));
        assert_record(&records[12], "/1000/0/11", BYTES(VALUE_STRING, "w", 1));
}

static void test_files(void **state)
{
        _cleanup_(config_freep) Config *config = parse_valid(ACCOUNT
                "  - object: 3303\n"
                "    instance: 2\n"
                "    values:\n"
                "      5701: {file: unit}\n"
                "      5700: {file: /sys/class/thermal/thermal_zone0/temp, scale: 0.001, offset: -1e1, "
                "interval: 100ms}\n");
        const ConfigObject *object = config->objects;

        assert_int_equal(object->instance, 2);
        assert_int_equal(object->values.n, 0);
        assert_int_equal(object->n_files, 2);
        assert_int_equal(object->files[0].resource, 5700);
        assert_string_equal(object->files[0].path, "/sys/class/thermal/thermal_zone0/temp");
        assert_true(object->files[0].scale == 0.001 && object->files[0].offset == -10);
        assert_int_equal(object->files[0].interval, 100 * USEC_PER_MSEC);
        assert_int_equal(object->files[1].resource, 5701);
        assert_string_equal(object->files[1].path, "/etc/unit");
        assert_true(object->files[1].scale == 1 && object->files[1].offset == 0);
        assert_int_equal(object->files[1].interval, 10 * USEC_PER_SEC);
}

static void test_instances_are_sorted(void **state)
{
        static const uint16_t ids[][2] = {{1000, 0}, {3303, 0}, {3303, 7}, {3303, 65534}};
        _cleanup_(config_freep) Config *config =
                parse_valid(ACCOUNT "  - {object: 3303, instance: 65534, values: {5700: 1}}\n"
                                    "  - {object: 3303, values: {5700: 1}}\n"
                                    "  - {object: 1000}\n"
                                    "  - {object: 3303, instance: 7, values: {5700: 1}}\n");

        assert_int_equal(config->n_objects, ELEMENTSOF(ids));
        for (size_t i = 0; i < ELEMENTSOF(ids); i++) {
                assert_int_equal(config->objects[i].object, ids[i][0]);
                assert_int_equal(config->objects[i].instance, ids[i][1]);
        }
}

#define VALUE_OF(values) ACCOUNT "  - {object: 1000, values: {" values "}}\n"

/* An entry, and what is said of it. */
static const struct {
        const char *text, *errors;
} wrong_entries[] = {
        {ACCOUNT "  object: 3303\n", "f:4:3: 'objects' must be a list, each entry begins with '- '\n"},
        {ACCOUNT "  - 3303\n", "f:4:5: 'objects' must be a mapping, lines of 'key: value'\n"},
        {ACCOUNT "  - {instance: 0}\n", "f:4:5: 'objects' needs 'object'\n"},
        {ACCOUNT "  - {object: 65535}\n", "f:4:14: 'object' must be a number from 0 to 65534\n"},
        {ACCOUNT "  - {object: 1000, instance: -1}\n",
                "f:4:30: 'instance' must be a number from 0 to 65534\n"},
        {ACCOUNT "  - {object: 1000, instances: 1}\n",
                "f:4:20: unknown key 'instances' in 'objects', did you mean 'instance'?\n"},
        {ACCOUNT "  - {object: 1000, object: 1000}\n",
                "f:4:20: duplicate key 'object', the first one is in line 4\n"},
        {ACCOUNT "  - {object: 3}\n", "f:4:14: Object 3 is the client's own\n"},
        {ACCOUNT "  - {object: 7}\n", "f:4:14: Object 7 is the client's own\n"},
        {ACCOUNT "  - {object: 4}\n",
                "f:4:14: Object 4 is the client's own, unless 'connectivity_monitoring' is false\n"},
        {ACCOUNT "  - {object: 3305}\n",
                "f:4:14: no object directory has 3305.yaml, the Object's definition, see "
                "lwm2m-objects(7)\n"},
        {ACCOUNT "  - {object: 1000, instance: 1}\n",
                "f:4:30: 'instance' must be 0: Object 1000 (Everything) has one instance\n"},
        {ACCOUNT "  - {object: 1000}\n  - {object: 1000}\n",
                "f:5:5: Object Instance /1000/0 stands there twice\n"},
        {ACCOUNT "  - {object: 3303}\n",
                "f:4:5: 'values' needs 5700 (Sensor Value), which each instance of Object 3303 "
                "(Temperature) has\n"},
        {ACCOUNT "  - {object: 3303, values: {5701: Cel, 5700: }}\n",
                "f:4:5: 'values' needs 5700 (Sensor Value), which each instance of Object 3303 "
                "(Temperature) has\n"},
        {ACCOUNT "  - {object: 3303, values: [5700]}\n",
                "f:4:28: 'values' must be a mapping, lines of 'key: value'\n"},
        {ACCOUNT "  - {object: 3303, values: {5700: 150.1}}\n",
                "f:4:35: 5700 (Sensor Value): the value is out of range\n"},
        {VALUE_OF("temperature: 1"),
                "f:4:29: each key in 'values' must be a Resource ID, 0 to 65534, with ': ' behind it\n"},
        {VALUE_OF("5700:1"),
                "f:4:29: each key in 'values' must be a Resource ID, 0 to 65534, with ': ' behind it\n"},
        {VALUE_OF("0: a, 0: {file: /f}"), "f:4:35: duplicate key '0', the first one is in line 4\n"},
        {VALUE_OF("99: 1"), "f:4:29: Object 1000 (Everything) has no Resource 99\n"},
        {VALUE_OF("10: 1"), "f:4:29: 10 (E) is executed and has no value\n"},
        {VALUE_OF("0: [a]"), "f:4:32: 0 (S) must be text\n"},
        {VALUE_OF("1: 1.5"), "f:4:32: 1 (I) must be a whole number\n"},
        {VALUE_OF("1: 6"), "f:4:32: 1 (I): the value is out of range\n"},
        {VALUE_OF("2: -1"), "f:4:32: 2 (U) must be a whole number, 0 or more\n"},
        {VALUE_OF("3: warm"), "f:4:32: 3 (F) must be a number, as 21.5\n"},
        {VALUE_OF("3: /sys/class/thermal/thermal_zone0/temp"),
                "f:4:32: 3 (F) must be a number, as 21.5; a file that holds it is {file: /path}\n"},
        {VALUE_OF("4: yes"), "f:4:32: 4 (B) must be true or false\n"},
        {VALUE_OF("5: AP8="), "f:4:32: 5 (O) must be base64: and bytes in Base64\n"},
        {VALUE_OF("6: today"), "f:4:32: 6 (T) must be a time, as 2026-01-31T10:00:00Z\n"},
        {VALUE_OF("7: /3/0"), "f:4:32: 7 (L) must be an Object Instance, as 3:0\n"},
        {VALUE_OF("9: 1"), "f:4:32: 9 (M) has several values: write a list, as [1, 2]\n"},
        {VALUE_OF("9: {file: /f}"), "f:4:32: 9 (M) has several values: write a list, as [1, 2]\n"},
        {VALUE_OF("9: []"), "f:4:32: 9 (M) must have 1 to 256 values\n"},
        {VALUE_OF("9: [1, x, 10]"),
                "f:4:36: 9 (M) must be a whole number\nf:4:39: 9 (M): the value is out of range\n"},
        {VALUE_OF("3: {scale: 2}"), "f:4:32: '3' needs 'file'\n"},
        {VALUE_OF("3: {file: [a]}"), "f:4:39: 'file' must be a single value\n"},
        {VALUE_OF("3: {file: /f, scale: x}"), "f:4:50: 'scale' must be a number, as 0.001\n"},
        {VALUE_OF("3: {file: /f, interval: 99ms}"), "f:4:53: 'interval' must be from 100ms to 1d\n"},
        {VALUE_OF("3: {file: /f, interval: 2d}"), "f:4:53: 'interval' must be from 100ms to 1d\n"},
        {VALUE_OF("3: {files: /f}"), "f:4:32: '3' needs 'file'\n"
                                     "f:4:33: unknown key 'files' in '3', did you mean 'file'?\n"},
        {VALUE_OF("0: {file: /f, scale: 2}"), "f:4:43: 'scale' is for numbers, 0 (S) must be text\n"},
        {VALUE_OF("4: {file: /f, offset: 2}"),
                "f:4:43: 'offset' is for numbers, 4 (B) must be true or false\n"},
};

static void test_wrong_entries(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(wrong_entries); i++)
                assert_problems(CONFIG_TO_RUN, wrong_entries[i].text, wrong_entries[i].errors, false);
}

/* Who mends the first hundred runs the check again. */
static void test_many_wrong_values(void **state)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *text = NULL, *printed = NULL;
        Config *config = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        assert_non_null(stream);
        fputs(ACCOUNT "  - object: 1000\n    values:\n      9: [", stream);
        for (size_t i = 0; i < 150; i++)
                fputs("10, ", stream);
        fputs("]\n", stream);
        assert_int_equal(fclose(stream), 0);
        assert_int_equal(parse_for(CONFIG_TO_RUN, "/etc/f", text, &config, &problems), CONFIG_E_INVALID);
        printed = print_problems(&problems, "f");
        assert_non_null(strstr(printed, ": and 50 more\n"));
}

/* All that is wrong with it, with its place. */
static void test_wrong_definition(void **state)
{
        _cleanup_(freep) char *wanted = NULL;

        assert_true(
                asprintf(&wanted,
                        "f:4:14: the definition of the Object is wrong: %1$s/3304.yaml:1:9: 'object' is "
                        "another one than that of the file's name, 3304.yaml\n"
                        "f:4:14: the definition of the Object is wrong: %1$s/3304.yaml:3:19: Resource 5700 "
                        "needs 'type'\n",
                        folder) > 0);
        assert_problems(CONFIG_TO_RUN, ACCOUNT "  - {object: 3304}\n", wanted, false);
        assert_problems(CONFIG_TO_CHECK, ACCOUNT "  - {object: 3304}\n", wanted, false);
}

static void test_connectivity_monitoring_of_others(void **state)
{
        _cleanup_(config_freep) Config *config =
                parse_valid("connectivity_monitoring: false\n" ACCOUNT "  - {object: 4}\n");

        assert_int_equal(config->n_objects, 1);
}

/* Whatever has become of an Object, the device goes on without it. */
static void test_what_is_wrong_by_now_is_left_out(void **state)
{
        static const char text[] = ACCOUNT "  - {object: 3305}\n"
                                           "  - {object: 3303, values: {5700: 200}}\n"
                                           "  - {object: 3303, instance: 1, values: {5700: 20}}\n"
                                           "  - {object: 1000, values: {99: 1}}\n"
                                           "  - {object: 3304, unknown: 1}\n";
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(freep) char *printed = NULL;

        assert_int_equal(parse_for(CONFIG_AS_KEPT, "/etc/f", text, &config, &problems), 0);
        printed = print_problems(&problems, "f");
        assert_string_equal(printed,
                "f:4:14: warning: no object directory has 3305.yaml, the Object's definition, see "
                "lwm2m-objects(7); the Object "
                "Instance is left out\n"
                "f:5:35: warning: 5700 (Sensor Value): the value is out of range; the Object Instance is "
                "left out\n"
                "f:7:29: warning: Object 1000 (Everything) has no Resource 99; the Object Instance is left "
                "out\n"
                "f:8:20: warning: unknown key 'unknown' in 'objects'; the Object Instance is left out\n");
        assert_int_equal(config->n_objects, 1);
        assert_int_equal(config->objects[0].object, 3303);
        assert_int_equal(config->objects[0].instance, 1);
}

/* A constant in a long form: a mistake, but nothing that goes wrong. */
static void test_scale_of_nothing(void **state)
{
        static const char *const scales[] = {"0", "0.0", "-0", "0e5"};

        for (size_t i = 0; i < ELEMENTSOF(scales); i++) {
                _cleanup_(freep) char *text = NULL;

                assert_true(asprintf(&text,
                                    ACCOUNT "  - {object: 1000, values: {3: {file: /etc/passwd, "
                                            "scale: %s}}}\n",
                                    scales[i]) > 0);
                assert_problems(CONFIG_TO_RUN, text,
                        "f:4:59: warning: 'scale' is 0: whatever the file holds, the value is that of "
                        "'offset'\n",
                        true);
        }
}

/* A file whose value would never come: not an error, since it may be another machine's. */
static void test_check_warns_of_what_the_service_does_not_see(void **state)
{
        static const struct {
                const char *file, *warning;
        } table[] = {
                {"/etc/passwd", NULL},
                {"/homes/a", "/homes/a, which does not exist"},
                {"/sys", "/sys, which is a directory"},
                {"/proc/self/statm", NULL},
                {"/proc/loadavg", "a file in /proc, where the service sees none (ProcSubset=pid; the device "
                                  "tree is in "
                                  "/sys/firmware/devicetree/base too)"},
                {"/home/value", "a file in /home, where the service sees none (ProtectHome=)"},
                {"/root/value", "a file in /root, where the service sees none (ProtectHome=)"},
                {"/run/user/0/value", "a file in /run/user, where the service sees none (ProtectHome=)"},
                {"/tmp/value", "a file in /tmp, where the service sees none (PrivateTmp=)"},
                {"/var/tmp/value", "a file in /var/tmp, where the service sees none (PrivateTmp=)"},
                {"/dev/iio:device0", "a file in /dev, where the service sees none (PrivateDevices=)"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(freep) char *text = NULL, *wanted = NULL;

                assert_true(asprintf(&text, ACCOUNT "  - {object: 1000, values: {3: {file: '%s'}}}\n",
                                    table[i].file) > 0);
                assert_true(
                        asprintf(&wanted, "f:4:39: warning: 'file' names %s\n", table[i].warning ?: "") > 0);
                assert_problems(CONFIG_TO_CHECK, text, table[i].warning ? wanted : "", true);
                assert_problems(CONFIG_TO_RUN, text, "", true);
        }
}

/* A link is followed to where the service would look in vain, and to what is its own. */
static void test_check_follows_links(void **state)
{
        static const struct {
                const char *target, *warning;
        } table[] = {
                {"/proc/self/statm", ""},
                {"/proc/loadavg",
                        "f:4:39: warning: 'file' names a file in /proc, where the service sees none "
                        "(ProcSubset=pid; the device tree is in /sys/firmware/devicetree/base too)\n"},
        };
        _cleanup_(freep) char *text = NULL, *link = strdup(path_of("link"));

        assert_non_null(link);
        assert_true(asprintf(&text, ACCOUNT "  - {object: 1000, values: {3: {file: '%s'}}}\n", link) > 0);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(symlink(table[i].target, link), 0);
                assert_problems_of(CONFIG_TO_CHECK, path_of("f"), text, table[i].warning, true);
                assert_int_equal(unlink(link), 0);
        }
}

/* As many as there may be, and one more. */
static void test_number_of_instances(void **state)
{
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(freep) char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        assert_non_null(stream);
        fputs(ACCOUNT, stream);
        for (unsigned i = 0; i < LIMIT_INSTANCES; i++)
                fprintf(stream, "  - {object: 3303, instance: %u, values: {5700: 1}}\n", i);
        assert_int_equal(fflush(stream), 0);
        config = parse_valid(text);
        assert_int_equal(config->n_objects, LIMIT_INSTANCES);
        fputs("  - {object: 3303, instance: 64, values: {5700: 1}}\n", stream);
        assert_int_equal(fclose(stream), 0);
        assert_problems(CONFIG_TO_RUN, text, "f:68:5: Object 3303 has more than 64 instances\n", false);
}

static void test_number_of_objects(void **state)
{
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(freep) char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        assert_non_null(stream);
        fputs(ACCOUNT, stream);
        for (unsigned i = 2000; i < 2065; i++) {
                char name[sizeof("65534.yaml")];
                FILE *file;

                (void)snprintf(name, sizeof(name), "%u.yaml", i);
                file = fopen(path_of(name), "w");
                assert_non_null(file);
                fprintf(file, "object: %u\nname: N\nresources: {0: {name: E, operations: E}}\n", i);
                assert_int_equal(fclose(file), 0);
                if (i == 2064) {
                        assert_int_equal(fflush(stream), 0);
                        config = parse_valid(text);
                        assert_int_equal(config->n_objects, 64);
                }
                fprintf(stream, "  - {object: %u}\n", i);
        }
        assert_int_equal(fclose(stream), 0);
        assert_problems(CONFIG_TO_RUN, text, "f:68:5: there are more than 64 Objects\n", false);
}

/* Without object directories there is no Object. */
static void test_without_directories(void **state)
{
        static const char text[] = ACCOUNT "  - {object: 3303, values: {5700: 1}}\n";
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        Config *config = NULL;

        assert_int_equal(config_parse("f", (const uint8_t *)text, strlen(text), CONFIG_TO_RUN, NULL, NULL,
                                 &config, &problems),
                CONFIG_E_INVALID);
        assert_string_equal(problems.errors.items[0].sentence,
                "no object directory has 3303.yaml, the Object's definition, see lwm2m-objects(7)");
}

static int setup(void **state)
{
        (void)snprintf(folder, sizeof(folder), "%s/test-objects-XXXXXX", getenv("TMPDIR") ?: P_tmpdir);
        if (!mkdtemp(folder))
                return -1;
        for (size_t i = 0; i < ELEMENTSOF(definitions); i++) {
                FILE *file = fopen(path_of(definitions[i].name), "w");

                if (!file || fputs(definitions[i].text, file) < 0 || fclose(file) != 0)
                        return -1;
        }
        return 0;
}

static int teardown(void **state)
{
        for (unsigned i = 0; i < 4000; i++) {
                char name[sizeof("65534.yaml")];

                (void)snprintf(name, sizeof(name), "%u.yaml", i);
                (void)unlink(path_of(name));
        }
        return rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_constants_of_every_type),
                cmocka_unit_test(test_files),
                cmocka_unit_test(test_instances_are_sorted),
                cmocka_unit_test(test_wrong_entries),
                cmocka_unit_test(test_many_wrong_values),
                cmocka_unit_test(test_wrong_definition),
                cmocka_unit_test(test_connectivity_monitoring_of_others),
                cmocka_unit_test(test_what_is_wrong_by_now_is_left_out),
                cmocka_unit_test(test_scale_of_nothing),
                cmocka_unit_test(test_check_warns_of_what_the_service_does_not_see),
                cmocka_unit_test(test_check_follows_links),
                cmocka_unit_test(test_number_of_instances),
                cmocka_unit_test(test_number_of_objects),
                cmocka_unit_test(test_without_directories),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
