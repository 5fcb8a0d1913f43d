/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/metrics_text: each metric with HELP and TYPE, labels as the format wants them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "daemon/metrics_text.h"

static const ClientState state = {
        .status = STATUS_FAILURE,
        .last_error = {.name = FAILURE_DECRYPT_ERROR},
        .next_retry_timestamp = 1767225600000042,
        .configuration_problem = "a problem",
};

static char *text_of(const Metrics *metrics)
{
        char *text;
        size_t size;

        assert_int_equal(metrics_text(metrics, &text, &size), 0);
        assert_int_equal(strlen(text), size);
        return text;
}

static void assert_lines(const char *text, const char *const lines[], size_t n)
{
        for (size_t i = 0; i < n; i++) {
                char line[256];

                (void)snprintf(line, sizeof(line), "\n%s\n", lines[i]);
                if (!strstr(text, line))
                        fail_msg("no line %s in\n%s", lines[i], text);
        }
}

static void test_client(void **unused)
{
        static const char *const lines[] = {
                "# HELP lwm2m_client_status 1 for the Status of the client, 0 for all others.",
                "# TYPE lwm2m_client_status gauge",
                "lwm2m_client_status{state=\"failure\"} 1",
                "lwm2m_client_status{state=\"registered\"} 0",
                "lwm2m_client_last_error{name=\"DecryptError\"} 1",
                "lwm2m_client_last_error{name=\"Timeout\"} 0",
                "lwm2m_client_next_retry_timestamp_seconds 1767225600.000042",
                "lwm2m_client_last_bootstrap_timestamp_seconds 0.000000",
                "lwm2m_client_configuration_problem 1",
                "# TYPE lwm2m_client_sent_bytes_total counter",
                "lwm2m_client_sent_bytes_total 18446744073709551615",
        };
        const Metrics metrics = {
                .version = "1",
                .state = &state,
                .counters.values[CLIENT_COUNTER_BYTES_SENT] = UINT64_MAX,
        };
        _cleanup_(freep) char *text = text_of(&metrics);

        assert_lines(text, lines, ELEMENTSOF(lines));
        assert_null(strstr(text, "name=\"\""));
        assert_null(strstr(text, "short_server_id="));
}

static void test_servers(void **unused)
{
        static const char *const lines[] = {
                "lwm2m_client_server_info{short_server_id=\"1\",security_mode=\"psk\","
                "uri=\"coaps://a/\\\\\\\"\\n\"} 1",
                "lwm2m_client_server_state{short_server_id=\"1\",state=\"failed\"} 1",
                "lwm2m_client_server_state{short_server_id=\"65534\",state=\"idle\"} 1",
                "lwm2m_client_server_state{short_server_id=\"65534\",state=\"failed\"} 0",
                "lwm2m_client_server_lifetime_seconds{short_server_id=\"1\"} 86400",
                "lwm2m_client_server_next_update_timestamp_seconds{short_server_id=\"1\"} 1.500000",
                "lwm2m_client_server_registrations_total{short_server_id=\"65534\"} 7",
        };
        const Metrics metrics = {
                .version = "1",
                .state = &state,
                .n_servers = 2,
                .servers[0].shown = {.short_server_id = 1,
                        .uri = "coaps://a/\\\"\n",
                        .security_mode = "psk",
                        .state = SERVER_FAILED,
                        .lifetime = 86400,
                        .next_update_timestamp = 1500000},
                .servers[1].shown = {.short_server_id = 65534, .uri = "coap://b", .security_mode = "nosec"},
                .servers[1].counters.values[CLIENT_COUNTER_REGISTRATIONS] = 7,
        };
        _cleanup_(freep) char *text = text_of(&metrics);

        assert_lines(text, lines, ELEMENTSOF(lines));
        assert_null(strstr(text, "lwm2m_client_server_bootstraps_total"));
}

/* Nothing without a back end. */
static void test_firmware(void **unused)
{
        static const char *const lines[] = {
                "# TYPE lwm2m_client_firmware_state gauge",
                "lwm2m_client_firmware_state{state=\"updating\"} 1",
                "lwm2m_client_firmware_state{state=\"idle\"} 0",
                "lwm2m_client_firmware_result{result=\"deferred\"} 1",
                "lwm2m_client_firmware_result{result=\"initial\"} 0",
                "# TYPE lwm2m_client_firmware_updates_total counter",
                "lwm2m_client_firmware_updates_total{result=\"success\"} 7",
                "lwm2m_client_firmware_updates_total{result=\"deferred\"} 4294967295",
        };
        const FirmwareShown shown = {.state = FIRMWARE_UPDATING, .result = FIRMWARE_RESULT_DEFERRED};
        const FirmwareHistory updates = {
                .ended = {[FIRMWARE_RESULT_SUCCESS] = 7, [FIRMWARE_RESULT_DEFERRED] = UINT32_MAX},
        };
        Metrics metrics = {.version = "1", .state = &state, .firmware = &shown, .updates = &updates};
        _cleanup_(freep) char *text = text_of(&metrics), *without = NULL;

        assert_lines(text, lines, ELEMENTSOF(lines));
        assert_null(strstr(text, "updates_total{result=\"initial\"}"));
        metrics.firmware = NULL;
        without = text_of(&metrics);
        assert_null(strstr(without, "firmware"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_client),
                cmocka_unit_test(test_firmware),
                cmocka_unit_test(test_servers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
