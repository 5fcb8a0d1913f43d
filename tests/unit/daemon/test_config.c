/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/config: values and defaults of good files, the exact messages of broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <sys/stat.h>

#include "daemon/config_fingerprint.h"
#include "daemon/config_load.h"
#include "daemon/factory_accounts.h"
#include "tests/unit/daemon/print_problems.h"
#include "util/file.h"

#define KEY "0123456789abcdeffedcba9876543210"
#define ACCOUNT                                    \
        "bootstrap:\n"                             \
        "  server:\n"                              \
        "    uri: coaps://bootstrap.example.org\n" \
        "    security_mode: psk\n"                 \
        "    identity: gateway-1\n"                \
        "    key_hex: " KEY "\n"
#define SERVER                                 \
        "servers:\n"                           \
        "  - short_server_id: 7\n"             \
        "    uri: coap://server.example.org\n" \
        "    security_mode: nosec\n"

static int parse(const char *text, Config **ret, ConfigProblems *ret_problems)
{
        return config_parse("test.yaml", (const uint8_t *)text, strlen(text), CONFIG_TO_RUN, NULL, NULL, ret,
                ret_problems);
}

/* A text that must be right; the caller frees. */
static Config *parse_valid(const char *text)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        Config *config = NULL;

        if (parse(text, &config, &problems) != 0)
                config_problems_print(&problems, "test.yaml", stderr);
        assert_non_null(config);
        assert_int_equal(problems.errors.n, 0);
        return config;
}

/* What config_problems_print() writes of one list; the caller frees. */
static char *print(const ConfigProblemList *errors, const ConfigProblemList *warnings, const char *file)
{
        ConfigProblems problems = {0};

        if (errors)
                problems.errors = *errors;
        if (warnings)
                problems.warnings = *warnings;
        return print_problems(&problems, file);
}

/* Fails unless text gives exactly this one error, "LINE:COLUMN: sentence". */
static void assert_error(const char *text, const char *wanted)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *printed = NULL, *line = NULL;
        Config *config = NULL;

        assert_int_equal(parse(text, &config, &problems), CONFIG_E_INVALID);
        assert_null(config);
        printed = print(&problems.errors, NULL, "f");
        assert_true(asprintf(&line, "f:%s\n", wanted) > 0);
        assert_string_equal(printed, line);
}

static void check_broken(const char *file)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *printed = NULL, *golden = NULL;
        _cleanup_(freep) uint8_t *expected = NULL;
        Config *config = NULL;
        size_t size;

        assert_true(asprintf(&golden, "%.*s.expected", (int)(strlen(file) - strlen(".yaml")), file) > 0);
        assert_int_equal(file_read(golden, 64 * 1024, &expected, &size), 0);

        assert_int_equal(config_load(file, CONFIG_TO_RUN, NULL, NULL, &config, &problems), CONFIG_E_INVALID);
        assert_null(config);
        assert_true(problems.errors.n > 0);
        printed = print(&problems.errors, NULL, file);
        assert_string_equal(printed, (const char *)expected);

        /* The keys of these files, in the three ways they are written. */
        assert_null(strstr(printed, "01234567"));
        assert_null(strstr(printed, "ASNF"));
        assert_null(strstr(printed, "secret"));
}

static void test_broken_files(void **state)
{
        _cleanup_(globfree) glob_t files = {0};

        assert_int_equal(glob("broken-*.yaml", 0, NULL, &files), 0);
        assert_true(files.gl_pathc >= 25);
        for (size_t i = 0; i < files.gl_pathc; i++)
                check_broken(files.gl_pathv[i]);
}

static void test_defaults(void **state)
{
        _cleanup_(config_freep) Config *config = parse_valid("endpoint: gateway\n" ACCOUNT SERVER);
        const ConfigAccount *server = &config->bootstrap_server;

        assert_string_equal(config->file, "test.yaml");
        assert_string_equal(config->endpoint, "gateway");
        assert_int_equal(config->version, LWM2M_1_1);
        assert_true(config->has_bootstrap_server);
        assert_string_equal(server->uri, "coaps://bootstrap.example.org");
        assert_int_equal(server->credential.mode, SECURITY_MODE_PSK);
        assert_int_equal(server->credential.identity.size, 9);
        assert_memory_equal(server->credential.identity.data, "gateway-1", 9);
        assert_int_equal(server->credential.key.size, 16);
        assert_memory_equal(server->credential.key.data,
                "\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10", 16);
        assert_int_equal(server->instance_id, 0);
        assert_int_equal(server->hold_off_time, 0);
        assert_int_equal(server->account_timeout, 0);

        assert_int_equal(config->bootstrap.timeout, 0);
        assert_int_equal(config->bootstrap.retry_count, 5);
        assert_int_equal(config->bootstrap.retry_delay, 60 * USEC_PER_SEC);
        assert_int_equal(config->bootstrap.retry_delay_max, 3600 * USEC_PER_SEC);
        assert_true(config->bootstrap.jitter == 1.0);
        assert_int_equal(config->bootstrap.on_failure, ON_FAILURE_RESTART);
        assert_int_equal(config->bootstrap.restart_delay, 3600 * USEC_PER_SEC);
        assert_int_equal(config->bootstrap.preferred_content_format, FORMAT_NONE);
        assert_int_equal(config->coap.ack_timeout, 2 * USEC_PER_SEC);
        assert_true(config->coap.ack_random_factor == 1.5);
        assert_int_equal(config->coap.max_retransmit, 4);
        assert_int_equal(config->coap.block_size, 1024);
        assert_int_equal(config->coap.max_body_size, 65536);
        assert_int_equal(config->registration.update_interval_max, 86400);
        assert_false(config->queue_mode.enabled);
        assert_int_equal(config->queue_mode.timeout, 0);
        assert_true(config->connectivity_monitoring);
        assert_null(config->firmware.backend);
        assert_true(config->firmware.max_size == 1ULL << 30);
        assert_false(config->firmware.has_repository);
        assert_int_equal(config->firmware.window.begin, config->firmware.window.end);
        assert_null(config->device.manufacturer);
        assert_null(config->device.software_version);
        assert_int_equal(config->device.reboot, DEVICE_BACKEND_NONE);
        assert_int_equal(config->device.factory_reset, DEVICE_BACKEND_NONE);
        assert_int_equal(config->device.set_time, DEVICE_BACKEND_NONE);
        assert_int_equal(config->device.power, DEVICE_BACKEND_NONE);

        assert_int_equal(config->n_servers, 1);
        server = &config->servers[0];
        assert_int_equal(server->short_server_id, 7);
        assert_int_equal(server->credential.mode, SECURITY_MODE_NOSEC);
        assert_int_equal(server->credential.identity.size, 0);
        assert_int_equal(server->credential.key.size, 0);
        assert_int_equal(server->lifetime, 86400);
        assert_string_equal(server->binding, "U");
        assert_true(server->bootstrap_on_registration_failure);
        assert_false(server->has_bootstrap_on_registration_failure);
        assert_false(server->communication_retry.has_retry_count);
}

static void test_byte_order_mark(void **state)
{
        config_free(parse_valid("\xef\xbb\xbf" ACCOUNT));
}

static void test_every_value(void **state)
{
        _cleanup_(config_freep) Config *config = parse_valid(
                "endpoint: 'a{{b}'\n"
                "lwm2m_version: 1.2\n" ACCOUNT "    instance_id: 65534\n"
                "    client_hold_off_time: 1min\n"
                "    bootstrap_server_account_timeout: 2147483647\n"
                "  timeout: 1d\n"
                "  retry_count: 0\n"
                "  retry_delay: 1500ms\n"
                "  retry_delay_max: 7d\n"
                "  jitter: 0\n"
                "  on_failure: stay\n"
                "  restart_delay: 1\n"
                "  preferred_content_format: senml-cbor\n"
                "servers:\n"
                "  - short_server_id: 65534\n"
                "    uri: coaps://[2001:db8::1]:5784\n"
                "    security_mode: psk\n"
                "    identity_hex: 01ff\n"
                "    key_base64: c2VjcmV0IHNlY3JldCBrZXk=\n"
                "    lifetime: 2147483647\n"
                "    binding: U\n"
                "    bootstrap_on_registration_failure: false\n"
                "    communication_retry: {retry_count: 1, retry_timer: 2, sequence_delay_timer: 4294967295,"
                " sequence_retry_count: 3}\n"
                "coap: {ack_timeout: 1.5, ack_random_factor: 3, max_retransmit: 8, block_size: 16,"
                " max_body_size: 1MiB}\n"
                "queue_mode: {enabled: true, timeout: 30s}\n"
                "registration: {update_interval_max: 2h}\n"
                "connectivity_monitoring: false\n"
                "device: {manufacturer: A, model_number: 'B{{C}', serial_number: 'no-{file:serial}', "
                "firmware_version: '{file:/etc/version}', device_type: {file: /etc/type},"
                " hardware_version: F, software_version: \"G \xc3\xa4\","
                " reboot: logind, factory_reset: accounts, set_time: timedated, power: sysfs}\n"
                "firmware_update: {backend: rauc, max_size: 2GiB, install_window: \"22:00-05:30\",\n"
                "  credentials: {identity: repository, key_hex: 0123456789abcdef0123456789abcdef}}\n");
        const ConfigCommunicationRetry *retry = &config->servers[0].communication_retry;
        const ConfigAccount *server = &config->servers[0];

        assert_string_equal(config->endpoint, "a{b}");
        assert_int_equal(config->version, LWM2M_1_2);
        assert_int_equal(config->bootstrap_server.instance_id, 65534);
        assert_int_equal(config->bootstrap_server.hold_off_time, 60);
        assert_int_equal(config->bootstrap_server.account_timeout, 2147483647);
        assert_int_equal(config->bootstrap.timeout, 86400 * USEC_PER_SEC);
        assert_int_equal(config->bootstrap.retry_count, 0);
        assert_int_equal(config->bootstrap.retry_delay, 1500 * USEC_PER_MSEC);
        assert_int_equal(config->bootstrap.retry_delay_max, 7 * 86400 * USEC_PER_SEC);
        assert_true(config->bootstrap.jitter == 0);
        assert_int_equal(config->bootstrap.on_failure, ON_FAILURE_STAY);
        assert_int_equal(config->bootstrap.restart_delay, USEC_PER_SEC);
        assert_int_equal(config->bootstrap.preferred_content_format, FORMAT_SENML_CBOR);
        assert_int_equal(config->coap.ack_timeout, 1500 * USEC_PER_MSEC);
        assert_true(config->coap.ack_random_factor == 3);
        assert_int_equal(config->coap.max_retransmit, 8);
        assert_int_equal(config->coap.block_size, 16);
        assert_int_equal(config->coap.max_body_size, 1024 * 1024);
        assert_int_equal(config->registration.update_interval_max, 7200);
        assert_true(config->queue_mode.enabled);
        assert_int_equal(config->queue_mode.timeout, 30 * USEC_PER_SEC);
        assert_false(config->connectivity_monitoring);
        assert_string_equal(config->firmware.backend, "rauc");
        assert_true(config->firmware.max_size == 2ULL << 30);
        assert_int_equal(config->firmware.window.begin, 22 * 60);
        assert_int_equal(config->firmware.window.end, 5 * 60 + 30);
        assert_true(config->firmware.has_repository);
        assert_int_equal(config->firmware.repository.mode, SECURITY_MODE_PSK);
        assert_int_equal(config->firmware.repository.identity.size, strlen("repository"));
        assert_int_equal(config->firmware.repository.key.size, 16);
        assert_string_equal(config->device.manufacturer, "A");
        assert_string_equal(config->device.model_number, "B{{C}");
        assert_string_equal(config->device.serial_number, "no-{file:./serial}");
        assert_string_equal(config->device.firmware_version, "{file:/etc/version}");
        assert_string_equal(config->device.device_type, "{file:/etc/type}");
        assert_string_equal(config->device.hardware_version, "F");
        assert_string_equal(config->device.software_version, "G \xc3\xa4");
        assert_int_equal(config->device.reboot, DEVICE_BACKEND_LOGIND);
        assert_int_equal(config->device.factory_reset, DEVICE_BACKEND_ACCOUNTS);
        assert_int_equal(config->device.set_time, DEVICE_BACKEND_TIMEDATED);
        assert_int_equal(config->device.power, DEVICE_BACKEND_SYSFS);

        assert_int_equal(server->short_server_id, 65534);
        assert_int_equal(server->credential.identity.size, 2);
        assert_int_equal(server->credential.key.size, 17);
        assert_memory_equal(server->credential.key.data, "secret secret key", 17);
        assert_int_equal(server->lifetime, 2147483647);
        assert_true(server->has_bootstrap_on_registration_failure);
        assert_false(server->bootstrap_on_registration_failure);
        assert_true(retry->has_retry_count && retry->has_retry_timer);
        assert_true(retry->has_sequence_delay_timer && retry->has_sequence_retry_count);
        assert_int_equal(retry->retry_count, 1);
        assert_int_equal(retry->retry_timer, 2);
        assert_int_equal(retry->sequence_delay_timer, 4294967295);
        assert_int_equal(retry->sequence_retry_count, 3);
}

/* Keys that do not need a file of their own: what stands at the end of their range, and just behind it. */
static void test_ranges(void **state)
{
        static const struct {
                const char *text; /* behind "bootstrap:" and its server */
                const char *error;
        } cases[] = {
                {"  timeout: 1s\n", NULL},
                {"  timeout: 999ms\n", "8:12: 'timeout' must be from 1s to 1d"},
                {"  timeout: 86401\n", "8:12: 'timeout' must be from 1s to 1d"},
                {"  retry_count: 1000\n", NULL},
                {"  retry_count: 99999999999999999999\n",
                        "8:16: 'retry_count' must be a number from 0 to 1000"},
                {"  retry_delay_max: 1min\n", NULL},
                {"  retry_delay_max: 59s\n", "8:20: 'retry_delay' is longer than 'retry_delay_max'"},
                {"  jitter: 100%\n", NULL},
                {"  jitter: 12.5%\n", NULL},
                {"  jitter: 100.1%\n", "8:11: 'jitter' must be from 0% to 100%, as in 20%"},
                {"  jitter: 0.2\n", "8:11: 'jitter' must be from 0% to 100%, as in 20%"},
                {"  jitter: '%'\n", "8:11: 'jitter' must be from 0% to 100%, as in 20%"},
                {"  restart_delay: 7d\n", NULL},
                {"  restart_delay: 0\n", "8:18: 'restart_delay' must be from 1s to 7d"},
                {"  preferred_content_format: tlv\n", NULL},
                {"  preferred_content_format: senml-json\n", NULL},
                {"  preferred_content_format: text\n",
                        "8:29: 'preferred_content_format' must be none, tlv, senml-json, senml-cbor or "
                        "lwm2m-cbor"},
                {"coap: {ack_timeout: 60s}\n", NULL},
                {"coap: {ack_timeout: 999ms}\n", "8:21: 'ack_timeout' must be from 1s to 1min"},
                {"coap: {ack_random_factor: 1.0}\n", NULL},
                {"coap: {ack_random_factor: 3.1}\n",
                        "8:27: 'ack_random_factor' must be a number from 1.0 to 3.0"},
                {"coap: {max_retransmit: 0}\n", NULL},
                {"coap: {max_retransmit: 21}\n", "8:24: 'max_retransmit' must be a number from 0 to 20"},
                {"coap: {ack_timeout: 60s, ack_random_factor: 3.0, max_retransmit: 20}\n",
                        "8:7: 'ack_timeout', 'ack_random_factor' and 'max_retransmit' together wait "
                        "377487180 s for an answer (MAX_TRANSMIT_WAIT), at most 1h is possible"},
                {"coap: {ack_timeout: 60s, ack_random_factor: 1, max_retransmit: 5}\n",
                        "8:7: 'ack_timeout', 'ack_random_factor' and 'max_retransmit' together wait "
                        "3780 s for an answer (MAX_TRANSMIT_WAIT), at most 1h is possible"},
                {"coap: {ack_timeout: 20s, ack_random_factor: 2.8, max_retransmit: 5}\n", NULL},
                {"coap: {max_retransmit: 10}\n",
                        "8:7: 'ack_timeout', 'ack_random_factor' and 'max_retransmit' together wait "
                        "6141 s for an answer (MAX_TRANSMIT_WAIT), at most 1h is possible"},
                {"coap: {max_retransmit: 9}\n", NULL},
                {"firmware_update: {}\n", NULL},
                {"firmware_update: {backend: none, credentials: {}}\n", NULL},
                {"firmware_update: {backend: org.lwm2m.FirmwareScript1}\n", NULL},
                {"firmware_update: {backend: RAUC}\n",
                        "8:28: 'backend' must be none, rauc or the bus name of a service, as in "
                        "org.lwm2m.FirmwareScript1"},
                {"firmware_update: {backend: \":1.5\"}\n",
                        "8:28: 'backend' must be none, rauc or the bus name of a service, as in "
                        "org.lwm2m.FirmwareScript1"},
                {"firmware_update: {backend: rauc}\n",
                        "8:28: 'backend: rauc' needs 'reboot: logind' in 'device'"},
                {"firmware_update: {backend: rauc}\ndevice: {reboot: logind}\n", NULL},
                {"firmware_update: {max_size: 1023KiB}\n",
                        "8:29: 'max_size' must be from 1048576 to 1099511627776 bytes"},
                {"firmware_update: {max_size: 1024GiB}\n", NULL},
                {"firmware_update: {max_size: 1TB}\n",
                        "8:29: 'max_size' must be a size: bytes, or a number and KiB, MiB or GiB"},
                {"firmware_update: {install_window: \"2-5\"}\n",
                        "8:35: 'install_window' must be two times of the day, as in \"02:00-05:00\""},
                {"firmware_update: {window: a}\n", "8:19: unknown key 'window' in 'firmware_update'"},
                {"firmware_update: {credentials: {identity: a}}\n",
                        "8:32: 'credentials' with 'security_mode: psk' needs 'key_hex', 'key_base64', "
                        "'key_file' or 'key_credential'"},
                {"firmware_update: {credentials: {key_hex: 0123456789abcdef0123456789abcdef}}\n",
                        "8:32: 'credentials' with 'security_mode: psk' needs 'identity' or "
                        "'identity_hex'"},
                {"firmware_update: {credentials: {uri: \"coaps://a\"}}\n",
                        "8:32: 'credentials' with 'security_mode: certificate' needs "
                        "'server_certificate_file' or 'server_certificate_credential'\n"
                        "f:8:33: unknown key 'uri' in 'credentials'"},
                {"connectivity_monitoring: no\n", "8:26: 'connectivity_monitoring' must be true or false"},
                {"registration: {update_interval_max: 0}\n", NULL},
                {"registration: {update_interval_max: 2147483648}\n",
                        "8:37: 'update_interval_max' must be from 0 to 2147483647s"},
                {"registration: {update_interval_max: 500ms}\n",
                        "8:37: 'update_interval_max' must be a whole number of seconds"},
                {"registration: {queue_mode: 1}\n", "8:16: unknown key 'queue_mode' in 'registration'"},
                {"queue_mode: {enabled: true}\n", NULL},
                {"queue_mode: {enabled: 1}\n", "8:23: 'enabled' must be true or false"},
                {"queue_mode: {timeout: 1d}\n", NULL},
                {"queue_mode: {timeout: 999ms}\n", "8:23: 'timeout' must be from 1s to 1d"},
                {"queue_mode: {timeout: 86401}\n", "8:23: 'timeout' must be from 1s to 1d"},
                {"queue_mode: {awake: 1s}\n", "8:14: unknown key 'awake' in 'queue_mode'"},
                {"queue_mode: true\n", "8:13: 'queue_mode' must be a mapping, lines of 'key: value'"},
                {"coap: {block_size: 2048}\n", "8:20: 'block_size' must be from 16 to 1024 bytes"},
                {"coap: {max_body_size: 1KiB}\n", NULL},
                {"coap: {max_body_size: 1023}\n",
                        "8:23: 'max_body_size' must be from 1024 to 1048576 bytes"},
                {"coap:\n", NULL},
                {"coap: {ack_timeout: , block_size: null, max_retransmit: ~}\n", NULL},
                {"device: {manufacturer: 'null'}\n", NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(freep) char *text = NULL;

                assert_true(asprintf(&text, "endpoint: gateway\n" ACCOUNT "%s", cases[i].text) > 0);
                if (cases[i].error)
                        assert_error(text, cases[i].error);
                else
                        (void)config_free(parse_valid(text));
        }
}

/* Its other keys may stand there alone. */
static void test_bootstrap_without_server(void **state)
{
        _cleanup_(config_freep) Config *config =
                parse_valid("endpoint: g\nbootstrap: {retry_count: 1}\n" SERVER);

        assert_false(config->has_bootstrap_server);
        assert_int_equal(config->bootstrap.retry_count, 1);
}

static void test_warnings(void **state)
{
        static const struct {
                const char *key;
                const char *warning; /* NULL: none */
        } cases[] = {
                {"key_hex: 000102030405060708090a0b0c0d0e0f", NULL},
                {"key_hex: 000102030405060708090a0b0c0d0e",
                        "6:15: warning: 'key_hex' gives a key of 15 bytes, at least 16 are recommended"},
                {"key_hex: 61",
                        "6:15: warning: 'key_hex' gives a key of 1 bytes, at least 16 are recommended"},
                {"key_hex: 30313233343536373839616263646566",
                        "6:15: warning: 'key_hex' gives a key that is itself hexadecimal text, it may have "
                        "been encoded twice"},
                {"key_base64: 00112233445566778899aabbccddeeff",
                        "6:18: warning: 'key_base64' looks like hexadecimal text, was 'key_hex' meant?"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(config_problems_done) ConfigProblems problems = {0};
                _cleanup_(freep) char *text = NULL, *printed = NULL, *wanted = NULL;
                _cleanup_(config_freep) Config *config = NULL;

                assert_true(asprintf(&text,
                                    "endpoint: g\nbootstrap:\n  server:\n"
                                    "    {uri: 'coaps://a', security_mode: psk, identity: g,\n\n     %s}\n",
                                    cases[i].key) > 0);
                assert_int_equal(parse(text, &config, &problems), 0);
                printed = print(NULL, &problems.warnings, "f");
                assert_true(asprintf(&wanted, "f:%s\n", cases[i].warning) > 0);
                assert_string_equal(printed, cases[i].warning ? wanted : "");
        }
}

/* The other way round: text was made hexadecimal, and stands where text is expected. */
static void test_identity_of_hexadecimal_text(void **state)
{
        static const struct {
                const char *identity;
                bool warned;
        } rows[] = {
                {"676174657761792d34373131", true},   /* "gateway-4711" */
                {"676174657761792D343731312f", true}, /* longer, in both cases */
                {"urn:imei:352099001761481", false},  /* text */
                {"35209900176148105", false},         /* a number of odd length */
                {"3520384050607040", false},          /* a number */
                {"8061746577617920", false},          /* no ASCII */
                {"676174657761797f", false},          /* no text */
                {"6761746577617", false},             /* short */
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(config_problems_done) ConfigProblems problems = {0};
                _cleanup_(freep) char *text = NULL, *printed = NULL;
                _cleanup_(config_freep) Config *config = NULL;

                assert_true(asprintf(&text,
                                    "endpoint: g\nbootstrap:\n  server: {uri: 'coaps://a', security_mode: "
                                    "psk, key_hex: " KEY ",\n   identity: '%s'}\n",
                                    rows[i].identity) > 0);
                assert_int_equal(parse(text, &config, &problems), 0);
                printed = print(NULL, &problems.warnings, "f");
                assert_string_equal(printed,
                        rows[i].warned ? "f:4:14: warning: 'identity' is hexadecimal of readable text, was "
                                         "'identity_hex' meant?\n"
                                       : "");
        }
}

static void test_preferred_content_format(void **state)
{
        static const struct {
                const char *version, *word;
                ContentFormat format;
                const char *warning; /* NULL: none */
        } cases[] = {
                {"1.1", "none", FORMAT_NONE, NULL},
                {"1.1", "tlv", FORMAT_TLV, NULL},
                {"1.1", "senml-json", FORMAT_SENML_JSON, NULL},
                {"1.1", "senml-cbor", FORMAT_SENML_CBOR, NULL},
                {"1.1", "lwm2m-cbor", FORMAT_LWM2M_CBOR,
                        "f:5:29: warning: 'preferred_content_format': 'lwm2m-cbor' came with LwM2M 1.2, a "
                        "Bootstrap Server of 'lwm2m_version' 1.1 may not know it\n"},
                {"1.2", "lwm2m-cbor", FORMAT_LWM2M_CBOR, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(config_problems_done) ConfigProblems problems = {0};
                _cleanup_(freep) char *text = NULL, *printed = NULL;
                _cleanup_(config_freep) Config *config = NULL;

                assert_true(asprintf(&text,
                                    "endpoint: g\nlwm2m_version: '%s'\nbootstrap:\n"
                                    "  server: {uri: 'coap://a', security_mode: nosec}\n"
                                    "  preferred_content_format: %s\n",
                                    cases[i].version, cases[i].word) > 0);
                assert_int_equal(parse(text, &config, &problems), 0);
                assert_int_equal(config->bootstrap.preferred_content_format, cases[i].format);
                printed = print(NULL, &problems.warnings, "f");
                assert_string_equal(printed, cases[i].warning ?: "");
        }
}

#define ONE "short_server_id: 1, uri: 'coap://s', security_mode: nosec"

/* Nobody sleeps between two Updates that come faster than sleep. */
static void test_queue_mode_without_sleep(void **state)
{
        static const struct {
                const char *keys;
                const char *warning; /* NULL: none */
        } cases[] = {
                {"queue_mode: {enabled: true}\n", NULL},
                {"queue_mode: {enabled: false, timeout: 1d}\n", NULL},
                {"queue_mode: {enabled: true, timeout: 86399}\nservers: [{" ONE ", lifetime: 30d}]\n", NULL},
                {"queue_mode: {enabled: true, timeout: 1d}\n",
                        "f:4:38: warning: the device never sleeps: an Update leaves every 86400 s "
                        "('update_interval_max'), 'timeout' keeps it awake for 86400 s after it\n"},
                {"queue_mode: {enabled: true, timeout: 1d}\nregistration: {update_interval_max: 0}\n", NULL},
                {"queue_mode: {enabled: true}\nregistration: {update_interval_max: 93}\n",
                        "f:4:13: warning: the device never sleeps: an Update leaves every 93 s "
                        "('update_interval_max'), 'timeout' keeps it awake for 93 s after it\n"},
                {"queue_mode: {enabled: true, timeout: 30s}\nservers: [{" ONE ", lifetime: 60}]\n",
                        "f:5:81: warning: the device never sleeps for server 1: its 'lifetime' wants an "
                        "Update every 30 s, 'queue_mode.timeout' is 30 s\n"},
                {"queue_mode: {enabled: true, timeout: 30s}\nservers: [{" ONE ", lifetime: 62}]\n", NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(config_problems_done) ConfigProblems problems = {0};
                _cleanup_(freep) char *text = NULL, *printed = NULL;
                _cleanup_(config_freep) Config *config = NULL;

                assert_true(asprintf(&text,
                                    "endpoint: g\nbootstrap:\n"
                                    "  server: {uri: 'coap://a', security_mode: nosec}\n%s",
                                    cases[i].keys) > 0);
                assert_int_equal(parse(text, &config, &problems), 0);
                printed = print(NULL, &problems.warnings, "f");
                assert_string_equal(printed, cases[i].warning ?: "");
        }
}

/* A fresh folder for files; removed by the group's teardown. */
static char folder[4096];

static void write_file(const char *name, const void *content, size_t size, mode_t mode)
{
        _cleanup_(freep) char *path = NULL;
        FILE *stream;

        assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
        stream = fopen(path, "w");
        assert_non_null(stream);
        assert_int_equal(fwrite(content, 1, size, stream), size);
        assert_int_equal(fclose(stream), 0);
        assert_int_equal(chmod(path, mode), 0);
}

static int load(const char *name, Config **ret, ConfigProblems *ret_problems)
{
        _cleanup_(freep) char *path = NULL;

        assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
        return config_load(path, CONFIG_TO_RUN, NULL, NULL, ret, ret_problems);
}

static void assert_load_error(const char *name, const char *wanted)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *printed = NULL;
        Config *config = NULL;

        assert_int_equal(load(name, &config, &problems), CONFIG_E_INVALID);
        assert_null(config);
        printed = print(&problems.errors, NULL, "f");
        assert_string_equal(printed, wanted);
}

static void test_files_that_cannot_be_read(void **state)
{
        _cleanup_(freep) char *large = malloc(300 * 1024), *path = NULL;

        assert_non_null(large);
        memset(large, '#', 300 * 1024);
        write_file("large.yaml", large, 300 * 1024, 0600);
        write_file("secret.yaml", "endpoint: g\n", 12, 0000);
        assert_true(asprintf(&path, "%s/fifo.yaml", folder) > 0);
        assert_int_equal(mkfifo(path, 0600), 0);

        assert_load_error("missing.yaml", "f:1:1: the file does not exist\n");
        assert_load_error("secret.yaml/missing.yaml", "f:1:1: the file does not exist\n");
        assert_load_error(".", "f:1:1: the file is a directory\n");
        assert_load_error("fifo.yaml", "f:1:1: the file is no regular file\n");
        assert_load_error("large.yaml", "f:1:1: the file is larger than 256 KiB\n");

        /* Root reads everything: be somebody else for a moment. */
        if (geteuid() == 0) {
                assert_int_equal(chmod(folder, 0755), 0);
                assert_int_equal(seteuid(65534), 0);
        }
        assert_load_error("secret.yaml",
                "f:1:1: the file may not be read by this user; for the service make it root:lwm2m-client "
                "0640, its folder 0750\n");
        if (getuid() == 0)
                assert_int_equal(seteuid(0), 0);
}

static void test_file_of_the_largest_size(void **state)
{
        static const char text[] = "endpoint: gateway\n" ACCOUNT "# ";
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *content = malloc(CONFIG_FILE_SIZE_MAX);
        _cleanup_(config_freep) Config *config = NULL;

        assert_non_null(content);
        memset(content, 'x', CONFIG_FILE_SIZE_MAX);
        memcpy(content, text, strlen(text));
        write_file("largest.yaml", content, CONFIG_FILE_SIZE_MAX, 0600);
        assert_int_equal(load("largest.yaml", &config, &problems), 0);
        assert_int_equal(problems.warnings.n, 0);
}

static void test_file_open_to_others(void **state)
{
        static const char text[] = "endpoint: gateway\n" ACCOUNT;
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(freep) char *printed = NULL;

        write_file("open.yaml", text, strlen(text), 0644);
        assert_int_equal(load("open.yaml", &config, &problems), 0);
        printed = print(NULL, &problems.warnings, "f");
        assert_string_equal(printed,
                "f:1:1: warning: the file is open to other users (mode 0644), chmod o= closes it\n");
}

static void assert_warning(const char *name, const char *wanted)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(freep) char *printed = NULL;

        assert_int_equal(load(name, &config, &problems), 0);
        printed = print(NULL, &problems.warnings, "f");
        assert_string_equal(printed, wanted);
}

static void test_file_of_others(void **state)
{
        static const char text[] = "endpoint: gateway\n" ACCOUNT;
        _cleanup_(freep) char *path = NULL;

        write_file("group.yaml", text, strlen(text), 0660);
        assert_warning("group.yaml",
                "f:1:1: warning: the file may be written by its group (mode 0660), chmod g-w ends that\n");
        write_file("nobody.yaml", text, strlen(text), 0600);
        assert_true(asprintf(&path, "%s/nobody.yaml", folder) > 0);
        if (geteuid() != 0)
                skip();
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_warning(
                "nobody.yaml", "f:1:1: warning: the file belongs to nobody, chown root makes it root's\n");
}

/* --check-config of a text in that place; what is printed of errors and warnings, or NULL. */
static void assert_check(const char *place, const char *text, const char *error, const char *warning)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(freep) char *file = NULL, *errors = NULL, *warnings = NULL;
        int r;

        assert_true(asprintf(&file, "%s/test.yaml", place) > 0);
        r = config_parse(
                file, (const uint8_t *)text, strlen(text), CONFIG_TO_CHECK, NULL, NULL, &config, &problems);
        errors = print(&problems.errors, NULL, "f");
        warnings = print(NULL, &problems.warnings, "f");
        assert_string_equal(errors, error ?: "");
        assert_string_equal(warnings, warning ?: "");
        assert_int_equal(r, error ? CONFIG_E_INVALID : 0);
}

#define KEY_AS(entry) \
        "endpoint: g\nbootstrap: {server: {uri: 'coaps://a', security_mode: psk, identity: g, " entry "}}\n"

/* What the unit's ProtectHome= and its like take away is refused by the check already. */
static void test_check_refuses_what_the_service_does_not_see(void **state)
{
        assert_check("/etc", "endpoint: '{file:/proc/sys/kernel/hostname}'\n" SERVER,
                "f:1:11: 'endpoint' names a file in /proc, where the service sees none (ProcSubset=pid; the "
                "device tree is in /sys/firmware/devicetree/base too)\n",
                NULL);
        assert_check("/etc", KEY_AS("key_file: /root/psk"),
                "f:2:83: 'key_file' names a file in /root, where the service sees none (ProtectHome=)\n",
                NULL);
        assert_check("/etc", KEY_AS("key_file: /tmp/psk"),
                "f:2:83: 'key_file' names a file in /tmp, where the service sees none (PrivateTmp=)\n",
                NULL);
        assert_check("/etc", KEY_AS("key_file: /process/psk"),
                "f:2:83: 'key_file' names a file that does not exist\n", NULL);
}

/* A credential exists inside the service only. A key file that may not be read is an error: in ExecReload=
 * the check is the service's user, and what it passes the service has to accept. */
static void test_check_warns_of_a_credential_that_it_may_not_open(void **state)
{
        assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/no-such-folder", 1), 0);
        assert_check(folder, KEY_AS("key_credential: psk"), NULL,
                "f:2:89: warning: 'key_credential' names a credential that is not there, see "
                "LoadCredential= in the unit, which a restart applies; it is not checked\n");
        assert_error(KEY_AS("key_credential: psk"),
                "2:89: 'key_credential' names a credential that is not there, see LoadCredential= in the "
                "unit, which a restart applies");
        assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);

        if (geteuid() != 0)
                skip();
        write_file("secret.key", KEY, strlen(KEY), 0600);
        assert_int_equal(chmod(folder, 0755), 0);
        assert_int_equal(seteuid(65534), 0);
        assert_check(folder, KEY_AS("key_file: secret.key"),
                "f:2:83: 'key_file' names a file that may not be read by this user; for the service make it "
                "root:lwm2m-client 0640, its folder 0750\n",
                NULL);
        assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
        assert_check("/", KEY_AS("key_credential: secret.key"), NULL,
                "f:2:89: warning: 'key_credential' names a credential that only the service itself may "
                "read; it is not checked\n");
        assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
        assert_int_equal(seteuid(0), 0);
}

static void test_key_files(void **state)
{
        static const char text[] = "endpoint: '{file:name.txt}'\n"
                                   "servers:\n"
                                   "  - {short_server_id: 1, uri: 'coaps://a', security_mode: psk, "
                                   "identity: g, key_file: psk.hex}\n"
                                   "  - {short_server_id: 2, uri: 'coaps://a', security_mode: psk, "
                                   "identity: g, key_credential: psk}\n";
        static const char hex[] = "  01 23 45 67 89 AB cd ef\n\tfedcba98 76543210 \r\n";
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(freep) char *printed = NULL;

        write_file("psk.hex", hex, strlen(hex), 0604);
        write_file("psk", "ffeeddccbbaa99887766554433221100", 32, 0600);
        write_file("name.txt", "gateway 7\n", 10, 0644);
        write_file("keys.yaml", text, strlen(text), 0600);

        assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
        assert_load_error("keys.yaml", "f:4:93: 'key_credential' needs LoadCredential= in the unit "
                                       "(there is no $CREDENTIALS_DIRECTORY)\n");
        assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
        assert_int_equal(load("keys.yaml", &config, &problems), 0);
        assert_string_equal(config->endpoint, "gateway 7");
        assert_int_equal(config->servers[0].credential.key.size, 16);
        assert_memory_equal(config->servers[0].credential.key.data,
                "\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10", 16);
        assert_int_equal(config->servers[1].credential.key.size, 16);
        assert_memory_equal(config->servers[1].credential.key.data,
                "\xff\xee\xdd\xcc\xbb\xaa\x99\x88\x77\x66\x55\x44\x33\x22\x11\x00", 16);
        printed = print(NULL, &problems.warnings, "f");
        assert_string_equal(printed,
                "f:3:87: warning: the key file is open to other users (mode 0604), chmod o= closes it\n");
        assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

/* As whoever stands a folder above gives its name. */
static void test_file_beside_a_relative_configuration(void **state)
{
        _cleanup_(freep) char *before = get_current_dir_name();

        write_file("relative.hex", KEY, strlen(KEY), 0600);
        assert_int_equal(chdir(folder), 0);
        assert_int_equal(chdir(".."), 0);
        assert_check(strrchr(folder, '/') + 1, KEY_AS("key_file: relative.hex"), NULL, NULL);
        assert_non_null(before);
        assert_int_equal(chdir(before), 0);
}

/* Each of them stands in, and says so. */
static void test_kept_values(void **state)
{
        static const char text[] = "endpoint: '{file:no-such-name}'\n"
                                   "servers:\n"
                                   "  - {short_server_id: 7, uri: 'coaps://b', security_mode: psk, "
                                   "identity: g, key_file: no-such-key}\n";
        static const char other[] = "endpoint: g\n"
                                    "servers:\n"
                                    "  - {short_server_id: 8, uri: 'coaps://b', security_mode: psk, "
                                    "identity: g, key_file: no-such-key}\n";
        _cleanup_(config_problems_done) ConfigProblems problems = {0}, others = {0};
        _cleanup_(config_freep) Config *before =
                parse_valid("endpoint: old\nservers:\n  - {short_server_id: 7, uri: 'coaps://a', "
                            "security_mode: psk, identity: g, key_hex: " KEY "}\n");
        _cleanup_(config_freep) Config *config = NULL, *none = NULL;
        _cleanup_(dataset_freep) Dataset *accounts = dataset_new();
        _cleanup_(freep) char *printed = NULL, *summary = NULL, *nothing = NULL;
        ConfigKept kept = {.endpoint = "old", .accounts = accounts};

        assert_int_equal(factory_accounts_build(before, accounts), 0);
        assert_int_equal(config_problems_summary(&problems, "f", &nothing), 0);
        assert_string_equal(nothing, "");
        assert_int_equal(config_parse("f", (const uint8_t *)text, strlen(text), CONFIG_TO_RUN, &kept, NULL,
                                 &config, &problems),
                0);
        assert_string_equal(config->endpoint, "old");
        assert_true(secret_equal(&config->servers[0].credential.key, &before->servers[0].credential.key));
        printed = print(NULL, &problems.warnings, "f");
        assert_string_equal(printed,
                "f:1:11: warning: 'endpoint' names a file that does not exist; the name of before stays\n"
                "f:3:87: warning: 'key_file' names a file that does not exist; it counts as unchanged\n");
        assert_int_equal(config_problems_summary(&problems, "f", &summary), 0);
        assert_string_equal(
                summary, "f:1:11: 'endpoint' names a file that does not exist; the name of before stays");

        /* A server of which nothing was kept. */
        assert_int_equal(config_parse("f", (const uint8_t *)other, strlen(other), CONFIG_TO_RUN, &kept, NULL,
                                 &none, &others),
                CONFIG_E_INVALID);
        assert_string_equal(others.errors.items[0].sentence, "'key_file' names a file that does not exist");
}

/* /sys/firmware/devicetree/base/serial-number ends in NUL. */
static void test_endpoint_of_the_device_tree(void **state)
{
        static const struct {
                const char *content;
                size_t size;
                const char *endpoint; /* NULL: refused */
        } rows[] = {
                {"0123\0", 5, "0123"},
                {"0123\n\0", 6, "0123"},
                {"0123\r\n", 6, "0123"},
                {"01\00023\0", 6, NULL},
                {"0123\0\0", 6, NULL},
                {"\0", 1, NULL},
                {"01\xc2\x9b", 4, NULL},
        };
        static const char text[] = "endpoint: '{file:serial}'\n" SERVER;

        write_file("tree.yaml", text, strlen(text), 0600);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(config_problems_done) ConfigProblems problems = {0};
                _cleanup_(config_freep) Config *config = NULL;

                write_file("serial", rows[i].content, rows[i].size, 0600);
                assert_int_equal(load("tree.yaml", &config, &problems), rows[i].endpoint ? 0 : 1);
                if (rows[i].endpoint)
                        assert_string_equal(config->endpoint, rows[i].endpoint);
        }
}

/* As terminals read them: CSI and the like, by an escape of YAML's. */
static void test_c1_controls(void **state)
{
        assert_error("endpoint: \"a\\u009bb\"\n" SERVER,
                "1:11: 'endpoint' must be UTF-8 text without line breaks and control characters");
        assert_error("endpoint: g\n" SERVER "device: {manufacturer: \"a\\x85\"}\n",
                "6:24: 'manufacturer' has a line break or another control character");
        assert_error("endpoint: g\nbootstrap: {server: {uri: 'coaps://a', security_mode: psk, "
                     "identity: \"\\x9b\", key_hex: " KEY "}}\n",
                "2:70: 'identity' has a line break or another control character, 'identity_hex' takes any "
                "bytes but NUL");
}

static void test_endpoint_templates(void **state)
{
        _cleanup_(config_freep) Config *machine = NULL, *host = NULL;
        char hostname[256] = "", *wanted = NULL;

        host = parse_valid("endpoint: 'gw-{hostname}-{{x}'\n" SERVER);
        assert_int_equal(gethostname(hostname, sizeof(hostname) - 1), 0);
        assert_true(asprintf(&wanted, "gw-%s-{x}", hostname) > 0);
        assert_string_equal(host->endpoint, wanted);
        free(wanted);

        /* A build machine may have no id: then that is the message. */
        if (access("/etc/machine-id", R_OK) != 0) {
                assert_error(SERVER,
                        "1:1: 'endpoint' needs {machine-id}, but this machine has none in "
                        "/etc/machine-id: systemd-machine-id-setup makes it, or set another 'endpoint'");
                return;
        }
        machine = parse_valid(SERVER);
        assert_int_equal(strlen(machine->endpoint), strlen("urn:uuid:") + 36);
        assert_memory_equal(machine->endpoint, "urn:uuid:", 9);
        assert_int_equal(machine->endpoint[9 + 8], '-');
        assert_int_equal(machine->endpoint[9 + 14], '4');
}

static void test_fingerprints(void **state)
{
        static const struct {
                const char *text;
                bool bootstrap_server_differs;
                bool servers_differ;
        } cases[] = {
                {"endpoint: g\n" ACCOUNT SERVER, false, false},
                {"# other\nendpoint: \"g\"\n" ACCOUNT "  retry_count: 1\n" SERVER "coap: {block_size: 64}\n",
                        false, false},
                {"endpoint: g\n" ACCOUNT SERVER "device: {manufacturer: x}\n", false, false},
                {"endpoint: h\n" ACCOUNT SERVER, false, true},
                {"endpoint: g\n" ACCOUNT, false, true},
                {"endpoint: g\n" SERVER, true, false},
                {"endpoint: g\n" ACCOUNT "    instance_id: 1\n" SERVER, true, false},
                {"endpoint: g\n" ACCOUNT "    client_hold_off_time: 1\n" SERVER, true, false},
                {"endpoint: g\n" ACCOUNT "    bootstrap_server_account_timeout: 1\n" SERVER, true, false},
                {"endpoint: g\n" ACCOUNT SERVER "    lifetime: 1h\n", false, true},
                {"endpoint: g\n" ACCOUNT SERVER "    bootstrap_on_registration_failure: true\n", false,
                        true},
                {"endpoint: g\n" ACCOUNT SERVER "    communication_retry: {retry_count: 5}\n", false, true},
                {"endpoint: g\nbootstrap: {server: {uri: 'coaps://bootstrap.example.org', security_mode: "
                 "psk, "
                 "identity: gateway-1, key_base64: ASNFZ4mrze/+3LqYdlQyEA==}}\n" SERVER,
                        false, false},
                {"endpoint: g\nbootstrap: {server: {uri: 'coaps://bootstrap.example.org', security_mode: "
                 "psk, "
                 "identity: gateway-2, key_hex: " KEY "}}\n" SERVER,
                        true, false},
                {"endpoint: g\nbootstrap: {server: {uri: 'coaps://bootstrap.example.org', security_mode: "
                 "psk, "
                 "identity: gateway-1, key_hex: 00" KEY "}}\n" SERVER,
                        true, false},
                {"endpoint: g\n" ACCOUNT "    server_name: a.b\n" SERVER, true, false},
                {"endpoint: g\n" ACCOUNT "    cipher_suites: [TLS_PSK_WITH_AES_128_CCM_8]\n" SERVER, true,
                        false},
                {"endpoint: g\n" ACCOUNT SERVER "trust_store: none\n", false, false},
        };
        ConfigFingerprint first = {0};

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(config_freep) Config *config = parse_valid(cases[i].text);
                ConfigFingerprint now;

                assert_int_equal(config_fingerprint(config, &now), 0);
                if (i == 0)
                        first = now;
                assert_int_equal(memcmp(now.bootstrap_server, first.bootstrap_server, SHA256_SIZE) != 0,
                        cases[i].bootstrap_server_differs);
                assert_int_equal(
                        memcmp(now.servers, first.servers, SHA256_SIZE) != 0, cases[i].servers_differ);
        }
}

/* An upgrade forgets no account: with the keys of before, the digests are those of before. */
static void test_fingerprint_of_before(void **state)
{
        _cleanup_(config_freep) Config *config = parse_valid("endpoint: g\n" ACCOUNT SERVER);
        ConfigFingerprint now;
        uint8_t sum[SHA256_SIZE];

        assert_int_equal(config_fingerprint(config, &now), 0);
        assert_int_equal(crypto_sha256(&now, sizeof(now), sum), 0);
        assert_memory_equal(sum, "\x56\x7c\xba\xfc\x76\x92\x49\xb4", 8);
}

/* At a start a key that is not there is no error of the file: it is waited for. */
static void test_state_encryption(void **state)
{
        _cleanup_(config_freep) Config *config =
                parse_valid("endpoint: g\n" SERVER "state_encryption: {key_file: no-such-file}\n");

        assert_int_equal(config->state_key.source, STATE_KEY_FILE);
        assert_int_equal(config->state_key.name[0], '/');
        assert_int_equal(config->state_key.bytes.size, 0);
        assert_int_equal(config->state_key.error, -ENOENT);
        assert_check("/", "endpoint: g\n" SERVER "state_encryption: {key_credential: a}\n", NULL,
                "f:6:36: warning: 'key_credential' is not checked: only the service gets its credentials "
                "($CREDENTIALS_DIRECTORY)\n");
        assert_error("endpoint: g\n" SERVER "state_encryption: {key_credential: a, key_file: b}\n",
                "6:39: 'key_credential' and 'key_file' exclude each other");
}

static void test_not_utf8(void **state)
{
        static const char utf16[] = "\xff\xfe"
                                    "e\0n\0d\0";
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        Config *config = NULL;

        assert_error("# Ger\xc3\xa4t\nendpoint: ger\xe4t-7\n",
                "2:14: the file holds a byte that is not UTF-8 here, it must be UTF-8 text");
        assert_error("endpoint: \xc3\xa4\xc3\n",
                "1:12: the file holds a byte that is not UTF-8 here, it must be UTF-8 text");
        assert_int_equal(config_parse("f", (const uint8_t *)utf16, sizeof(utf16) - 1, CONFIG_TO_RUN, NULL,
                                 NULL, &config, &problems),
                CONFIG_E_INVALID);
        assert_string_equal(problems.errors.items[0].sentence,
                "the file holds a byte that is not UTF-8 here, it must be UTF-8 text");
}

static void test_control_characters(void **state)
{
        static const char account[] =
                "bootstrap: {server: {uri: coap://bs.example, security_mode: nosec}}\n";
        /* C1: a terminal takes U+009B for the beginning of a sequence. */
        static const char *const texts[] = {"a\\x1b[31m", "a\\x9b31m", "a\\x85", "a\\n"};

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_(freep) char *endpoint = NULL, *device = NULL;

                assert_true(asprintf(&endpoint, "endpoint: \"%s\"\n%s", texts[i], account) > 0);
                assert_error(endpoint,
                        "1:11: 'endpoint' must be UTF-8 text without line breaks and control characters");
                assert_true(asprintf(&device, "device: {manufacturer: \"%s\"}\n%s", texts[i], account) > 0);
                assert_error(device, "1:24: 'manufacturer' has a line break or another control character");
        }
        assert_error("# \xc2\x9b\n", "1:3: the file holds a control character here, it must be UTF-8 text");
        assert_error("# \xc2\x85\n", "1:3: the file holds a control character here, it must be UTF-8 text");
}

static void test_many_values(void **state)
{
        _cleanup_(freep) char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        assert_non_null(stream);
        fputs("endpoint: [", stream);
        for (size_t i = 0; i < 20000; i++)
                fputs("x,", stream);
        fputs("]\n", stream);
        assert_int_equal(fclose(stream), 0);
        /* 16384 values: root, key, list, and 16381 of its items. */
        assert_error(text, "1:32774: the file has more than 16384 values");
}

static int setup(void **state)
{
        (void)snprintf(folder, sizeof(folder), "%s/test-config-XXXXXX", getenv("TMPDIR") ?: P_tmpdir);
        return mkdtemp(folder) && chdir(getenv("TEST_DATA")) == 0 && chdir("config") == 0 ? 0 : -1;
}

static int teardown(void **state)
{
        _cleanup_(globfree) glob_t files = {0};
        _cleanup_(freep) char *pattern = NULL;

        if (asprintf(&pattern, "%s/*", folder) < 0 || glob(pattern, 0, NULL, &files) != 0)
                return -1;
        for (size_t i = 0; i < files.gl_pathc; i++)
                (void)unlink(files.gl_pathv[i]);
        return rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_broken_files),
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_byte_order_mark),
                cmocka_unit_test(test_every_value),
                cmocka_unit_test(test_ranges),
                cmocka_unit_test(test_bootstrap_without_server),
                cmocka_unit_test(test_warnings),
                cmocka_unit_test(test_identity_of_hexadecimal_text),
                cmocka_unit_test(test_preferred_content_format),
                cmocka_unit_test(test_queue_mode_without_sleep),
                cmocka_unit_test(test_files_that_cannot_be_read),
                cmocka_unit_test(test_file_of_the_largest_size),
                cmocka_unit_test(test_file_open_to_others),
                cmocka_unit_test(test_file_of_others),
                cmocka_unit_test(test_check_refuses_what_the_service_does_not_see),
                cmocka_unit_test(test_check_warns_of_a_credential_that_it_may_not_open),
                cmocka_unit_test(test_key_files),
                cmocka_unit_test(test_file_beside_a_relative_configuration),
                cmocka_unit_test(test_kept_values),
                cmocka_unit_test(test_endpoint_of_the_device_tree),
                cmocka_unit_test(test_c1_controls),
                cmocka_unit_test(test_endpoint_templates),
                cmocka_unit_test(test_fingerprints),
                cmocka_unit_test(test_fingerprint_of_before),
                cmocka_unit_test(test_state_encryption),
                cmocka_unit_test(test_not_utf8),
                cmocka_unit_test(test_control_characters),
                cmocka_unit_test(test_many_values),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
