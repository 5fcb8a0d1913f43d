/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/arguments: what the words of the command line mean, and the message for each wrong one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <syslog.h>

#include "daemon/arguments.h"

#define WORDS_MAX 6

/* Parses program name and words with stderr in *ret_message (the caller's). */
static int parse(const char *const *words, Arguments *ret, char **ret_message)
{
        char *argv[WORDS_MAX + 2] = {(char *)"lwm2m-clientd"};
        FILE *before = stderr;
        int argc = 1, r;
        size_t size;

        for (; words[argc - 1]; argc++)
                argv[argc] = (char *)words[argc - 1];
        stderr = open_memstream(ret_message, &size);
        assert_non_null(stderr);
        r = arguments_parse(argc, argv, ret);
        fclose(stderr);
        stderr = before;
        return r;
}

static void test_right_words(void **state)
{
        static const struct {
                const char *words[WORDS_MAX + 1];
                Arguments arguments;
        } cases[] = {
                {{NULL}, {ARGUMENTS_RUN, NULL, (char *)"/state", false, LOG_INFO}},
                {{"--config=a.yaml"}, {ARGUMENTS_RUN, "a.yaml", (char *)"/state", false, LOG_INFO}},
                {{"--config", "a.yaml"}, {ARGUMENTS_RUN, "a.yaml", (char *)"/state", false, LOG_INFO}},
                {{"--state-directory=/x", "--no-bus"}, {ARGUMENTS_RUN, NULL, (char *)"/x", true, LOG_INFO}},
                {{"--state-directory", "/x:y"}, {ARGUMENTS_RUN, NULL, (char *)"/x:y", false, LOG_INFO}},
                {{"--log-level=debug"}, {ARGUMENTS_RUN, NULL, (char *)"/state", false, LOG_DEBUG}},
                {{"--log-level", "3"}, {ARGUMENTS_RUN, NULL, (char *)"/state", false, LOG_ERR}},
                {{"--check-config"}, {ARGUMENTS_CHECK_CONFIG, NULL, (char *)"/state", false, LOG_INFO}},
                {{"--print-endpoint", "--config=b"},
                        {ARGUMENTS_PRINT_ENDPOINT, "b", (char *)"/state", false, LOG_INFO}},
                {{"--help", "--check-config"}, {ARGUMENTS_HELP, NULL, (char *)"/state", false, LOG_INFO}},
                {{"-h"}, {ARGUMENTS_HELP, NULL, (char *)"/state", false, LOG_INFO}},
                {{"--check-config", "--version"},
                        {ARGUMENTS_VERSION, NULL, (char *)"/state", false, LOG_INFO}},
        };

        assert_int_equal(setenv("STATE_DIRECTORY", "/state:/second", 1), 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const Arguments *wanted = &cases[i].arguments;
                _cleanup_(freep) char *message = NULL;
                Arguments arguments;

                assert_int_equal(parse(cases[i].words, &arguments, &message), 0);
                assert_string_equal(message, "");
                assert_int_equal(arguments.action, wanted->action);
                if (wanted->config)
                        assert_string_equal(arguments.config, wanted->config);
                else
                        assert_non_null(strstr(arguments.config, "/lwm2m-client/lwm2m-client.yaml"));
                assert_string_equal(arguments.state_directory, wanted->state_directory);
                assert_int_equal(arguments.no_bus, wanted->no_bus);
                assert_int_equal(arguments.log_level, wanted->log_level);
                arguments_done(&arguments);
        }
}

static void test_state_directory_by_default(void **state)
{
        static const char *const none[] = {NULL};
        _cleanup_(arguments_done) Arguments arguments = {0};
        _cleanup_(freep) char *message = NULL;

        assert_int_equal(setenv("STATE_DIRECTORY", "", 1), 0);
        assert_int_equal(parse(none, &arguments, &message), 0);
        assert_non_null(strstr(arguments.state_directory, "/lib/lwm2m-client"));
}

static void test_object_directories(void **state)
{
        static const struct {
                const char *words[WORDS_MAX + 1];
                size_t n;
        } cases[] = {
                {{NULL}, 2}, /* the defaults */
                {{"--object-directory=/a"}, 1},
                {{"--object-directory=/a", "--object-directory", "/b", "--object-directory=/c"}, 3},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(arguments_done) Arguments arguments = {0};
                _cleanup_(freep) char *message = NULL;

                assert_int_equal(parse(cases[i].words, &arguments, &message), 0);
                assert_int_equal(object_directories_count(arguments.definitions), cases[i].n);
        }
}

static void test_too_many_object_directories(void **state)
{
        char *argv[OBJECT_DIRECTORIES_MAX + 3] = {(char *)"lwm2m-clientd"};
        Arguments arguments;

        for (int i = 1; i <= OBJECT_DIRECTORIES_MAX + 1; i++)
                argv[i] = (char *)"--object-directory=/a";
        assert_int_equal(arguments_parse(OBJECT_DIRECTORIES_MAX + 2, argv, &arguments), -EINVAL);
        assert_int_equal(arguments_parse(OBJECT_DIRECTORIES_MAX + 1, argv, &arguments), 0);
        arguments_done(&arguments);
}

static void test_wrong_words(void **state)
{
        static const struct {
                const char *words[WORDS_MAX + 1];
                const char *message;
        } cases[] = {
                {{"--foo"}, "unknown option --foo, --help lists them"},
                {{"--foo=1"}, "unknown option --foo=1, --help lists them"},
                {{"-x"}, "unknown option -x, --help lists them"},
                {{"-xy"}, "unknown option -x, --help lists them"},
                {{"--no-bus=yes"}, "--no-bus takes no value"},
                {{"--version=1"}, "--version takes no value"},
                {{"--help=1"}, "--help takes no value"},
                {{"--config"}, "--config needs a value"},
                {{"--config="}, "--config needs a file"},
                {{"--state-directory="}, "--state-directory needs a directory"},
                {{"--object-directory="}, "--object-directory needs a directory"},
                {{"--log-level=loud"}, "--log-level: 'loud' is none of debug, info, notice, warning, err, "
                                       "crit, alert, emerg"},
                {{"--log-level="},
                        "--log-level: '' is none of debug, info, notice, warning, err, crit, alert, emerg"},
                {{"start"}, "unexpected word 'start', --help lists the options"},
                {{"--no-bus", "start", "--foo"}, "unexpected word 'start', --help lists the options"},
                {{"--", "start"}, "unexpected word 'start', --help lists the options"},
                {{"--check-config", "--print-endpoint"},
                        "--check-config and --print-endpoint exclude each other"},
                {{"--print-endpoint", "--check-config"},
                        "--check-config and --print-endpoint exclude each other"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *message = NULL, *wanted = NULL;
                Arguments arguments = {.log_level = 4711};

                assert_int_equal(parse(cases[i].words, &arguments, &message), -EINVAL);
                assert_true(asprintf(&wanted, "lwm2m-clientd: %s\n", cases[i].message) > 0);
                assert_string_equal(message, wanted);
                assert_int_equal(arguments.log_level, 4711);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_right_words),
                cmocka_unit_test(test_state_directory_by_default),
                cmocka_unit_test(test_object_directories),
                cmocka_unit_test(test_too_many_object_directories),
                cmocka_unit_test(test_wrong_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
