/* SPDX-License-Identifier: Apache-2.0 */
/* client/status: the closed vocabularies and the Status of several servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/status.h"

/* The words of the contract, in the order of the enums; one more or one less is a change of the contract. */
static const char *const statuses[] = {
        "initial",
        "bootstrapping",
        "bootstrapped",
        "registering",
        "registered",
        "suspended",
        "queue-mode",
        "failure",
};

static const char *const sub_statuses[] = {
        "loading",
        "no-account",
        "hold-off",
        "resolving",
        "handshaking",
        "requesting",
        "provisioning",
        "retry-wait",
        "committed",
        "idle",
        "updating",
        "partial",
        "disabled",
        "sleeping",
        "stopped",
};

static const char *const server_states[] = {
        "idle",
        "resolving",
        "handshaking",
        "requesting",
        "registered",
        "updating",
        "retry-wait",
        "disabled",
        "sleeping",
        "failed",
};

static void test_status_words(void **state)
{
        assert_int_equal(_STATUS_MAX, ELEMENTSOF(statuses));
        for (int i = 0; i < _STATUS_MAX; i++) {
                assert_string_equal(status_to_string((Status)i), statuses[i]);
                assert_int_equal(status_from_string(statuses[i]), i);
        }
        assert_null(status_to_string(_STATUS_MAX));
        assert_int_equal(status_from_string("Registered"), -EINVAL);
        assert_int_equal(status_from_string(""), -EINVAL);
        assert_int_equal(status_from_string(NULL), -EINVAL);
}

static void test_sub_status_words(void **state)
{
        assert_int_equal(_SUB_STATUS_MAX, ELEMENTSOF(sub_statuses));
        for (int i = 0; i < _SUB_STATUS_MAX; i++) {
                assert_string_equal(sub_status_to_string((SubStatus)i), sub_statuses[i]);
                assert_int_equal(sub_status_from_string(sub_statuses[i]), i);
        }
        assert_null(sub_status_to_string(_SUB_STATUS_MAX));
}

static void test_server_state_words(void **state)
{
        assert_int_equal(_SERVER_STATE_MAX, ELEMENTSOF(server_states));
        for (int i = 0; i < _SERVER_STATE_MAX; i++) {
                assert_string_equal(server_state_to_string((ServerState)i), server_states[i]);
                assert_int_equal(server_state_from_string(server_states[i]), i);
        }
        assert_null(server_state_to_string(_SERVER_STATE_MAX));
}

#define SERVERS(...)                                   \
        .servers = (const ServerState[]){__VA_ARGS__}, \
        .n = sizeof((const ServerState[]){__VA_ARGS__}) / sizeof(ServerState)

static const struct {
        const ServerState *servers;
        size_t n;
        SubStatus failure; /* passed in; retry-wait unless the row is about failure */
        Status status;
        SubStatus sub_status;
} rows[] = {
        /* one server */
        {SERVERS(SERVER_IDLE), SUB_STATUS_RETRY_WAIT, STATUS_REGISTERING, SUB_STATUS_RETRY_WAIT},
        {SERVERS(SERVER_RESOLVING), SUB_STATUS_RETRY_WAIT, STATUS_REGISTERING, SUB_STATUS_RESOLVING},
        {SERVERS(SERVER_HANDSHAKING), SUB_STATUS_RETRY_WAIT, STATUS_REGISTERING, SUB_STATUS_HANDSHAKING},
        {SERVERS(SERVER_REQUESTING), SUB_STATUS_RETRY_WAIT, STATUS_REGISTERING, SUB_STATUS_REQUESTING},
        {SERVERS(SERVER_RETRY_WAIT), SUB_STATUS_RETRY_WAIT, STATUS_REGISTERING, SUB_STATUS_RETRY_WAIT},
        {SERVERS(SERVER_REGISTERED), SUB_STATUS_RETRY_WAIT, STATUS_REGISTERED, SUB_STATUS_IDLE},
        {SERVERS(SERVER_UPDATING), SUB_STATUS_RETRY_WAIT, STATUS_REGISTERED, SUB_STATUS_UPDATING},
        {SERVERS(SERVER_DISABLED), SUB_STATUS_RETRY_WAIT, STATUS_SUSPENDED, SUB_STATUS_DISABLED},
        {SERVERS(SERVER_SLEEPING), SUB_STATUS_RETRY_WAIT, STATUS_QUEUE_MODE, SUB_STATUS_SLEEPING},
        {SERVERS(SERVER_FAILED), SUB_STATUS_RETRY_WAIT, STATUS_FAILURE, SUB_STATUS_RETRY_WAIT},
        {SERVERS(SERVER_FAILED), SUB_STATUS_STOPPED, STATUS_FAILURE, SUB_STATUS_STOPPED},
        /* none */
        {NULL, 0, SUB_STATUS_STOPPED, STATUS_FAILURE, SUB_STATUS_STOPPED},
        /* failure only if every server is failed */
        {SERVERS(SERVER_FAILED, SERVER_FAILED), SUB_STATUS_STOPPED, STATUS_FAILURE, SUB_STATUS_STOPPED},
        {SERVERS(SERVER_FAILED, SERVER_RETRY_WAIT), SUB_STATUS_STOPPED, STATUS_REGISTERING,
                SUB_STATUS_RETRY_WAIT},
        {SERVERS(SERVER_FAILED, SERVER_DISABLED), SUB_STATUS_STOPPED, STATUS_SUSPENDED, SUB_STATUS_DISABLED},
        {SERVERS(SERVER_FAILED, SERVER_SLEEPING), SUB_STATUS_STOPPED, STATUS_QUEUE_MODE,
                SUB_STATUS_SLEEPING},
        /* the best of registered, queue-mode, registering, suspended */
        {SERVERS(SERVER_SLEEPING, SERVER_REGISTERED), SUB_STATUS_STOPPED, STATUS_REGISTERED,
                SUB_STATUS_IDLE},
        {SERVERS(SERVER_RESOLVING, SERVER_SLEEPING), SUB_STATUS_STOPPED, STATUS_QUEUE_MODE,
                SUB_STATUS_SLEEPING},
        {SERVERS(SERVER_DISABLED, SERVER_SLEEPING), SUB_STATUS_STOPPED, STATUS_QUEUE_MODE,
                SUB_STATUS_SLEEPING},
        {SERVERS(SERVER_DISABLED, SERVER_RETRY_WAIT), SUB_STATUS_STOPPED, STATUS_REGISTERING,
                SUB_STATUS_RETRY_WAIT},
        /* registering: requesting > handshaking > resolving > retry-wait */
        {SERVERS(SERVER_RETRY_WAIT, SERVER_RESOLVING), SUB_STATUS_STOPPED, STATUS_REGISTERING,
                SUB_STATUS_RESOLVING},
        {SERVERS(SERVER_RESOLVING, SERVER_HANDSHAKING, SERVER_IDLE), SUB_STATUS_STOPPED, STATUS_REGISTERING,
                SUB_STATUS_HANDSHAKING},
        {SERVERS(SERVER_HANDSHAKING, SERVER_REQUESTING, SERVER_RESOLVING), SUB_STATUS_STOPPED,
                STATUS_REGISTERING, SUB_STATUS_REQUESTING},
        /* registered: partial > updating > idle; disabled and sleeping do not make it partial, failed and
           retrying do */
        {SERVERS(SERVER_REGISTERED, SERVER_REGISTERED), SUB_STATUS_STOPPED, STATUS_REGISTERED,
                SUB_STATUS_IDLE},
        {SERVERS(SERVER_REGISTERED, SERVER_UPDATING), SUB_STATUS_STOPPED, STATUS_REGISTERED,
                SUB_STATUS_UPDATING},
        {SERVERS(SERVER_REGISTERED, SERVER_DISABLED), SUB_STATUS_STOPPED, STATUS_REGISTERED,
                SUB_STATUS_IDLE},
        {SERVERS(SERVER_REGISTERED, SERVER_FAILED), SUB_STATUS_STOPPED, STATUS_REGISTERED,
                SUB_STATUS_PARTIAL},
        {SERVERS(SERVER_REGISTERED, SERVER_RETRY_WAIT), SUB_STATUS_STOPPED, STATUS_REGISTERED,
                SUB_STATUS_PARTIAL},
        {SERVERS(SERVER_REGISTERED, SERVER_IDLE), SUB_STATUS_STOPPED, STATUS_REGISTERED, SUB_STATUS_PARTIAL},
        {SERVERS(SERVER_UPDATING, SERVER_REQUESTING), SUB_STATUS_STOPPED, STATUS_REGISTERED,
                SUB_STATUS_PARTIAL},
        {SERVERS(SERVER_UPDATING, SERVER_SLEEPING, SERVER_DISABLED), SUB_STATUS_STOPPED, STATUS_REGISTERED,
                SUB_STATUS_UPDATING},
};

static void test_status_of_servers(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Status status = _STATUS_MAX;
                SubStatus sub_status = _SUB_STATUS_MAX;

                status_of_servers(rows[i].servers, rows[i].n, rows[i].failure, &status, &sub_status);
                if (status != rows[i].status || sub_status != rows[i].sub_status)
                        fail_msg("row %zu: %s/%s instead of %s/%s", i, status_to_string(status),
                                sub_status_to_string(sub_status), status_to_string(rows[i].status),
                                sub_status_to_string(rows[i].sub_status));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_status_words),
                cmocka_unit_test(test_sub_status_words),
                cmocka_unit_test(test_server_state_words),
                cmocka_unit_test(test_status_of_servers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
