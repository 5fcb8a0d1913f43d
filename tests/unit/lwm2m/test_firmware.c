/* SPDX-License-Identifier: Apache-2.0 */
/* Words and sentences of Firmware Update. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lwm2m/firmware.h"
#include "lwm2m/ids.h"

static void test_words(void **state)
{
        for (FirmwareState i = 0; i < _FIRMWARE_STATE_MAX; i++)
                assert_int_equal(firmware_state_from_string(firmware_state_to_string(i)), i);
        for (FirmwareResult i = 0; i < _FIRMWARE_RESULT_MAX; i++)
                assert_int_equal(firmware_result_from_string(firmware_result_to_string(i)), i);
        assert_string_equal(firmware_state_to_string(FIRMWARE_UPDATING), "updating");
        assert_string_equal(firmware_delivery_to_string(FIRMWARE_PUSH), "push");
        assert_null(firmware_result_to_string(_FIRMWARE_RESULT_MAX));
}

/* Each that an operator can meet. */
static void test_sentences(void **state)
{
        assert_string_equal(firmware_result_sentence(FIRMWARE_RESULT_INITIAL), "");
        for (FirmwareResult i = FIRMWARE_RESULT_SUCCESS; i < _FIRMWARE_RESULT_MAX; i++) {
                const char *sentence = firmware_result_sentence(i);

                assert_true(strlen(sentence) > 20);
                assert_int_equal(sentence[strlen(sentence) - 1], '.');
        }
        assert_string_equal(firmware_result_sentence(_FIRMWARE_RESULT_MAX), "");
}

/* The registry's numbers: 0 to 9 in version 1.0. */
static void test_what_1_0_can_say(void **state)
{
        assert_int_equal(firmware_result_of_1_0(FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL), 9);
        assert_int_equal(firmware_result_of_1_0(FIRMWARE_RESULT_CANCELLED), 0);
        assert_int_equal(firmware_result_of_1_0(FIRMWARE_RESULT_DEFERRED), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_sentences),
                cmocka_unit_test(test_what_1_0_can_say),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
