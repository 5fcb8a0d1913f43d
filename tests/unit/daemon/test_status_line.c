/* SPDX-License-Identifier: Apache-2.0 */
/* Each state is one sentence; "systemctl status" needs no manual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "daemon/status_line.h"

#define NOW   (1700000000 * USEC_PER_SEC) /* Tue 2023-11-14 22:13:20 UTC */
#define URI   "coaps://bs.example.org:5684"
#define IN(s) (NOW + (s)*USEC_PER_SEC)
#define AT(s) "Tue 2023-11-14 22:13:" #s " UTC"

static void sentences(void **state)
{
        static const struct {
                Status status;
                SubStatus sub_status;
                unsigned attempt;
                uint64_t next;
                FailureName error;
                size_t n_registered, n_servers;
                const char *expected;
                bool by_network;
        } cases[] = {
                {STATUS_INITIAL, SUB_STATUS_LOADING, 0, 0, 0, 0, 0, "Loading the accounts."},
                {STATUS_INITIAL, SUB_STATUS_NO_ACCOUNT, 0, 0, 0, 0, 0,
                        "No account is left, waiting for \"lwm2mctl reset\" or a changed configuration."},
                {STATUS_BOOTSTRAPPING, SUB_STATUS_HOLD_OFF, 0, IN(10), 0, 0, 0,
                        "Holding off before bootstrapping from " URI ", which begins at " AT(30) "."},
                {STATUS_BOOTSTRAPPING, SUB_STATUS_RESOLVING, 1, 0, 0, 0, 0,
                        "Bootstrapping from " URI ": attempt 1 of 6, resolving the name."},
                {STATUS_BOOTSTRAPPING, SUB_STATUS_HANDSHAKING, 2, 0, FAILURE_TIMEOUT, 0, 0,
                        "Bootstrapping from " URI ": attempt 2 of 6, in the DTLS handshake."},
                {STATUS_BOOTSTRAPPING, SUB_STATUS_PROVISIONING, 1, 0, 0, 0, 0,
                        "Bootstrapping from " URI ": attempt 1 of 6, receiving the accounts."},
                {STATUS_BOOTSTRAPPING, SUB_STATUS_RETRY_WAIT, 3, IN(30), FAILURE_TIMEOUT, 0, 0,
                        "Bootstrapping from " URI
                        ": attempt 3 of 6, next at " AT(50) ". Timeout: No answer."},
                {STATUS_BOOTSTRAPPING, SUB_STATUS_RETRY_WAIT, 3, IN(30) + 999999, FAILURE_TIMEOUT, 0, 0,
                        "Bootstrapping from " URI
                        ": attempt 3 of 6, next at " AT(50) ". Timeout: No answer."},
                {STATUS_BOOTSTRAPPING, SUB_STATUS_REQUESTING, 3, 0, FAILURE_TIMEOUT, 0, 0,
                        "Bootstrapping from " URI
                        ": attempt 3 of 6, waiting for the answer, as the network has changed.",
                        true},
                {STATUS_REGISTERING, SUB_STATUS_RESOLVING, 0, 0, FAILURE_TIMEOUT, 0, 1,
                        "Registering with 1 LwM2M Server, resolving the name, as the network has changed.",
                        true},
                {STATUS_BOOTSTRAPPED, SUB_STATUS_COMMITTED, 0, 0, 0, 0, 2,
                        "Bootstrapped with 2 LwM2M Servers."},
                {STATUS_REGISTERING, SUB_STATUS_REQUESTING, 0, 0, 0, 0, 1,
                        "Registering with 1 LwM2M Server, waiting for the answer."},
                {STATUS_REGISTERING, SUB_STATUS_RETRY_WAIT, 0, IN(10), FAILURE_REFUSED, 0, 2,
                        "Registering with 2 LwM2M Servers, next attempt at " AT(30) ". Refused: No answer."},
                {STATUS_REGISTERED, SUB_STATUS_IDLE, 0, 0, 0, 2, 2, "Registered with 2 LwM2M Servers."},
                {STATUS_REGISTERED, SUB_STATUS_UPDATING, 0, 0, 0, 1, 1, "Registered with 1 LwM2M Server."},
                {STATUS_REGISTERED, SUB_STATUS_IDLE, 0, 0, FAILURE_STORAGE_FAILED, 1, 1,
                        "Registered with 1 LwM2M Server. StorageFailed: No answer."},
                {STATUS_REGISTERED, SUB_STATUS_PARTIAL, 0, 0, 0, 1, 2,
                        "Registered with 1 of 2 LwM2M Servers, not with 2 (retry-wait)."},
                {STATUS_QUEUE_MODE, SUB_STATUS_SLEEPING, 0, 0, 0, 0, 1,
                        "Registered, sleeping in Queue Mode."},
                {STATUS_FAILURE, SUB_STATUS_RETRY_WAIT, 6, IN(10), FAILURE_BOOTSTRAP_REJECTED, 0, 0,
                        "Failed, beginning again at " AT(30) ". BootstrapRejected: No answer."},
                {STATUS_FAILURE, SUB_STATUS_STOPPED, 6, 0, FAILURE_TIMEOUT, 0, 0,
                        "Failed, waiting for \"lwm2mctl restart\". Timeout: No answer."},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                ClientState client = {
                        .status = cases[i].status,
                        .sub_status = cases[i].sub_status,
                        .attempt = cases[i].attempt,
                        .retry_count = 5,
                        .next_retry_timestamp = cases[i].next,
                        .bootstrap_server_uri = URI,
                        .by_network = cases[i].by_network,
                };
                ClientServer servers[2] = {{.short_server_id = 1}, {.short_server_id = 2}};
                char line[512];

                for (size_t k = 0; k < cases[i].n_servers; k++)
                        servers[k].state = k < cases[i].n_registered ? SERVER_REGISTERED : SERVER_RETRY_WAIT;
                failure_set(&client.last_error, cases[i].error, "No answer");
                status_line_format(&client, servers, cases[i].n_servers, line, sizeof(line));
                assert_string_equal(line, cases[i].expected);
        }
}

static void each_missing_server_is_named(void **state)
{
        ClientServer servers[] = {
                {.short_server_id = 7, .state = SERVER_RETRY_WAIT},
                {.short_server_id = 1, .state = SERVER_UPDATING},
                {.short_server_id = 300, .state = SERVER_DISABLED},
        };
        ClientState client = {.status = STATUS_REGISTERED, .sub_status = SUB_STATUS_PARTIAL};
        char line[512];

        failure_set(&servers[0].last_error, FAILURE_REFUSED, "No.");
        status_line_format(&client, servers, ELEMENTSOF(servers), line, sizeof(line));
        assert_string_equal(line,
                "Registered with 1 of 3 LwM2M Servers, not with 7 (Refused), not with 300 (disabled).");
}

/* Suspended is also what remains when the others have failed; and Disable() is the operator's, no server's.
 */
static void each_server_of_a_suspended_client_is_named(void **state)
{
        ClientServer servers[] = {
                {.short_server_id = 7, .state = SERVER_DISABLED, .next_retry_timestamp = IN(30)},
                {.short_server_id = 9, .state = SERVER_FAILED, .next_retry_timestamp = IN(10)},
                {.short_server_id = 11, .state = SERVER_FAILED},
        };
        ClientState client = {.status = STATUS_SUSPENDED, .sub_status = SUB_STATUS_DISABLED};
        char line[512];

        failure_set(&servers[1].last_error, FAILURE_TIMEOUT, "No.");
        status_line_format(&client, servers, 1, line, sizeof(line));
        assert_string_equal(
                line, "Suspended, next attempt at " AT(50) ", not registered with 7 (disabled).");
        status_line_format(&client, servers, 3, line, sizeof(line));
        assert_string_equal(line,
                "Suspended, next attempt at " AT(
                        30) ", not registered with 7 (disabled), "
                            "not registered with 9 (Timeout), not registered with 11 (failed).");
}

static void a_sentence_ends_once(void **state)
{
        ClientState client = {.status = STATUS_FAILURE, .sub_status = SUB_STATUS_STOPPED};
        char line[512];

        failure_set(&client.last_error, FAILURE_REFUSED, "Look there.");
        status_line_format(&client, NULL, 0, line, sizeof(line));
        assert_string_equal(line, "Failed, waiting for \"lwm2mctl restart\". Refused: Look there.");
}

static void a_configuration_problem_is_told_once(void **state)
{
        ClientState client = {.status = STATUS_INITIAL, .configuration_problem = "f:1:1: wrong"};
        char line[512];

        status_line_format(&client, NULL, 0, line, sizeof(line));
        assert_string_equal(
                line, "Loading the accounts. Not all of the configuration file is in force: f:1:1: wrong.");
        client.status = STATUS_REGISTERED;
        failure_set(&client.last_error, FAILURE_INVALID_CONFIGURATION,
                "The old configuration stays in force, f:1:1: wrong; correct the file and reload it.");
        status_line_format(&client, NULL, 0, line, sizeof(line));
        assert_string_equal(line,
                "Registered with 0 LwM2M Servers. InvalidConfiguration: The old configuration stays in "
                "force, f:1:1: wrong; correct the file and reload it.");
}

static void long_line_is_cut(void **state)
{
        ClientState client = {.status = STATUS_REGISTERED};
        char line[16];

        memset(line, 'x', sizeof(line));
        status_line_format(&client, NULL, 0, line, 12);
        assert_string_equal(line, "Registered ");
        assert_int_equal(line[12], 'x');
        status_line_format(&client, NULL, 0, line, 1);
        assert_string_equal(line, "");
}

static void firmware_is_a_sentence_of_its_own(void **state)
{
        static const struct {
                FirmwareShown shown;
                const char *expected;
        } cases[] = {
                {{.state = FIRMWARE_IDLE, .result = FIRMWARE_RESULT_FAILED}, "Registered."},
                {{.state = FIRMWARE_DOWNLOADING, .received = 1024},
                        "Registered. Firmware update: downloading, 1024 bytes."},
                {{.state = FIRMWARE_DOWNLOADING, .received = 1024, .total = 4096},
                        "Registered. Firmware update: downloading, 1024 of 4096 bytes."},
                {{.state = FIRMWARE_DOWNLOADED}, "Registered. Firmware update: downloaded."},
                {{.state = FIRMWARE_DOWNLOADED, .install_at = IN(10)},
                        "Registered. Firmware update: downloaded, to be installed at " AT(30) "."},
                {{.state = FIRMWARE_UPDATING, .progress = 45},
                        "Registered. Firmware update: installing, 45 %."},
                {{.state = FIRMWARE_DOWNLOADING, .received = 9, .step = FIRMWARE_STEP_VERIFYING},
                        "Registered. Firmware update: verifying."},
                {{.state = FIRMWARE_UPDATING, .progress = 100, .step = FIRMWARE_STEP_REBOOTING},
                        "Registered. Firmware update: installed, the machine has to be rebooted."},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char line[256] = "Registered.";

                status_line_add_firmware(&cases[i].shown, line, sizeof(line));
                assert_string_equal(line, cases[i].expected);
                status_line_add_firmware(NULL, line, sizeof(line));
                assert_string_equal(line, cases[i].expected);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sentences),
                cmocka_unit_test(each_missing_server_is_named),
                cmocka_unit_test(each_server_of_a_suspended_client_is_named),
                cmocka_unit_test(a_sentence_ends_once),
                cmocka_unit_test(a_configuration_problem_is_told_once),
                cmocka_unit_test(long_line_is_cut),
                cmocka_unit_test(firmware_is_a_sentence_of_its_own),
        };

        /* Times are local. */
        if (setenv("TZ", "UTC", 1) < 0)
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
