/* SPDX-License-Identifier: Apache-2.0 */
/* client/sends: one after the other, and what becomes of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/error.h"
#include "client/sends.h"

static const Account account = {.short_server_id = 101, .uri = (char *)"coap://a"};
static const Failure silence = {FAILURE_TIMEOUT, "it did not answer"};

typedef struct Outcome {
        unsigned calls;
        int error;
        char sentence[FAILURE_SENTENCE_SIZE];
} Outcome;

static void on_sent(void *userdata, int error, const char *sentence)
{
        Outcome *outcome = userdata;

        outcome->calls++;
        outcome->error = error;
        (void)strncpy(outcome->sentence, sentence, sizeof(outcome->sentence) - 1);
}

static int add(Sends *sends, Method number, Outcome *outcome)
{
        Request request = REQUEST_INIT;

        request.method = number;
        return sends_add(sends, &request, on_sent, outcome);
}

static void test_one_after_the_other(void **state)
{
        Response changed = {.code = CODE_CHANGED};
        Outcome first = {.calls = 0}, second = {.calls = 0};
        Sends sends;

        sends_init(&sends);
        assert_false(sends_wait(&sends));
        assert_int_equal(add(&sends, METHOD_POST, &first), 0);
        assert_int_equal(add(&sends, METHOD_PUT, &second), 0);
        assert_true(sends_wait(&sends));
        assert_int_equal(sends_begin(&sends)->method, METHOD_POST);
        assert_false(sends_wait(&sends));
        sends_answered(&sends, &account, &changed, NULL);
        assert_int_equal(first.calls, 1);
        assert_int_equal(first.error, 0);
        assert_int_equal(second.calls, 0);
        assert_true(sends_wait(&sends));
        assert_int_equal(sends_begin(&sends)->method, METHOD_PUT);
        sends_answered(&sends, &account, &changed, NULL);
        assert_int_equal(second.calls, 1);
        assert_false(sends_wait(&sends));
}

static void test_outcomes(void **state)
{
        static const struct {
                int code; /* CODE_NONE: silence */
                const char *text;
                int error;
                const char *sentence;
        } rows[] = {
                {CODE_CHANGED, "", 0, ""},
                {CODE_NOT_FOUND, "", CLIENT_E_REJECTED,
                        "LwM2M Server 101 at coap://a answered 4.04 to a Send."},
                {CODE_BAD_REQUEST, "no", CLIENT_E_REJECTED,
                        "LwM2M Server 101 at coap://a answered 4.00 to a Send: \"no\"."},
                {CODE_CREATED, "", CLIENT_E_REJECTED,
                        "LwM2M Server 101 at coap://a answered 2.01 to a Send."},
                {CODE_NONE, "", CLIENT_E_NOT_ANSWERED, "it did not answer"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Response response = RESPONSE_INIT;
                Outcome outcome = {.calls = 0};
                Sends sends;

                sends_init(&sends);
                response.code = (uint8_t)rows[i].code;
                response.payload = (uint8_t *)rows[i].text;
                response.payload_size = strlen(rows[i].text);
                assert_int_equal(add(&sends, METHOD_POST, &outcome), 0);
                (void)sends_begin(&sends);
                sends_answered(&sends, &account, rows[i].code == CODE_NONE ? NULL : &response, &silence);
                assert_int_equal(outcome.calls, 1);
                assert_int_equal(outcome.error, rows[i].error);
                assert_string_equal(outcome.sentence, rows[i].sentence);
        }
}

/* What is under way goes with the session, what waits with the registration. */
static void test_ends(void **state)
{
        Outcome first = {.calls = 0}, second = {.calls = 0};
        Sends sends;

        sends_init(&sends);
        assert_int_equal(add(&sends, METHOD_POST, &first), 0);
        assert_int_equal(add(&sends, METHOD_PUT, &second), 0);
        sends_lose(&sends, &account);
        assert_int_equal(first.calls, 0);
        (void)sends_begin(&sends);
        sends_lose(&sends, &account);
        assert_int_equal(first.calls, 1);
        assert_int_equal(first.error, CLIENT_E_NOT_REGISTERED);
        assert_string_equal(first.sentence,
                "The session with LwM2M Server 101 at coap://a has ended before a Send was answered.");
        assert_true(sends_wait(&sends));
        sends_end(&sends, &account);
        assert_int_equal(second.calls, 1);
        assert_string_equal(
                second.sentence, "The registration with LwM2M Server 101 at coap://a has ended.");
        assert_false(sends_wait(&sends));
}

static void test_limit(void **state)
{
        Outcome outcome = {.calls = 0};
        Sends sends;

        sends_init(&sends);
        for (size_t i = 0; i < LIMIT_SENDS; i++)
                assert_int_equal(add(&sends, METHOD_POST, &outcome), 0);
        assert_int_equal(add(&sends, METHOD_POST, &outcome), CLIENT_E_TOO_MANY_SENDS);
        assert_int_equal(outcome.calls, 0);
        sends_end(&sends, &account);
        assert_int_equal(outcome.calls, LIMIT_SENDS);
        assert_int_equal(add(&sends, METHOD_POST, &outcome), 0);
        sends_end(&sends, &account);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_after_the_other),
                cmocka_unit_test(test_outcomes),
                cmocka_unit_test(test_ends),
                cmocka_unit_test(test_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
