/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/firmware_updates: the last updates, what of a URI is shown, and the line of the journal of each
 * Update Result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "daemon/firmware_updates.h"
#include "util/log.h"
#include "util/message_ids.h"

static char last_line[1024];
static const char *last_kind;
static int last_level;

int __wrap_log_full(int level, int error, const LogAbout *about, const char *format, ...);

int __wrap_log_full(int level, int error, const LogAbout *about, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(last_line, sizeof(last_line), format, ap);
        va_end(ap);
        last_kind = about->message_id;
        last_level = level;
        return -abs(error);
}

static const char *version_now = "1.0";

static const char *on_version(void *userdata)
{
        return version_now;
}

static const FirmwareHandler handler = {.version = on_version};

static Firmware *new_firmware(void)
{
        Firmware *firmware = calloc(1, sizeof(*firmware));

        assert_non_null(firmware);
        firmware->clock = &clock_system;
        firmware->handler = &handler;
        firmware_record_init(&firmware->record);
        return firmware;
}

static void test_shown_uri(void **state)
{
        static const struct {
                const char *uri, *shown;
        } cases[] = {
                {"", ""},
                {"coap://a/b", "coap://a/b"},
                {"https://user:secret@host:8443/image?token=secret#x", "https://host:8443/image"},
                {"https://a@b@host/x@y", "https://host/x@y"},
                {"https://host?secret", "https://host"},
                {"https://host/a?b=c://user@d", "https://host/a"},
                {"user:secret@host/path", "host/path"},
                {"a\x1b[31mb", "a [31mb"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char shown[FIRMWARE_URI_SIZE];

                firmware_updates_shown_uri(cases[i].uri, shown);
                assert_string_equal(shown, cases[i].shown);
        }
}

static void test_history(void **state)
{
        _cleanup_(freep) Firmware *firmware = new_firmware();
        FirmwareMachine *m = &firmware->record.machine;
        const FirmwareHistory *history = &firmware->record.history;

        for (unsigned i = 0; i < FIRMWARE_HISTORY_MAX + 2; i++) {
                version_now = "1.0";
                m->delivery = FIRMWARE_PULL;
                (void)snprintf(m->uri, sizeof(m->uri), "coaps://me:secret@host/%u", i);
                firmware_updates_begin(firmware);
                assert_int_equal(history->updates[0].end, 0);
                firmware->bytes = i;
                m->result = FIRMWARE_RESULT_SUCCESS;
                (void)snprintf(m->name, sizeof(m->name), "name %u", i);
                firmware_updates_end(firmware);
        }
        assert_int_equal(history->n, FIRMWARE_HISTORY_MAX);
        for (unsigned i = 0; i < FIRMWARE_HISTORY_MAX; i++) {
                char text[64];

                (void)snprintf(text, sizeof(text), "coaps://host/%u", FIRMWARE_HISTORY_MAX + 1 - i);
                assert_string_equal(history->updates[i].uri, text);
                assert_true(history->updates[i].start > 0 &&
                            history->updates[i].end >= history->updates[i].start);
                assert_int_equal(history->updates[i].size, FIRMWARE_HISTORY_MAX + 1 - i);
                assert_int_equal(strlen(history->updates[i].id), FIRMWARE_ID_SIZE - 1);
                if (i > 0)
                        assert_string_not_equal(history->updates[i].id, history->updates[i - 1].id);
        }
        /* Told twice, it has ended once. */
        m->result = FIRMWARE_RESULT_FAILED;
        firmware_updates_end(firmware);
        assert_int_equal(history->updates[0].result, FIRMWARE_RESULT_SUCCESS);
        assert_string_equal(history->updates[0].version_after, "1.0");
        version_now = "2.0";
        assert_true(firmware_updates_version(firmware));
        assert_false(firmware_updates_version(firmware));
        assert_string_equal(history->updates[0].version_before, "1.0");
        assert_string_equal(history->updates[0].version_after, "2.0");
}

static void test_a_line_for_each_result(void **state)
{
        static const struct {
                FirmwareResult result;
                const char *kind;
                int level;
        } lines[] = {
                {FIRMWARE_RESULT_SUCCESS, MESSAGE_ID_FIRMWARE_UPDATED, LOG_NOTICE},
                {FIRMWARE_RESULT_NO_SPACE, MESSAGE_ID_FIRMWARE_NO_SPACE, LOG_ERR},
                {FIRMWARE_RESULT_NO_MEMORY, MESSAGE_ID_FIRMWARE_NO_MEMORY, LOG_ERR},
                {FIRMWARE_RESULT_CONNECTION_LOST, MESSAGE_ID_FIRMWARE_CONNECTION_LOST, LOG_ERR},
                {FIRMWARE_RESULT_INTEGRITY, MESSAGE_ID_FIRMWARE_INTEGRITY, LOG_ERR},
                {FIRMWARE_RESULT_UNSUPPORTED_PACKAGE, MESSAGE_ID_FIRMWARE_UNSUPPORTED_PACKAGE, LOG_ERR},
                {FIRMWARE_RESULT_INVALID_URI, MESSAGE_ID_FIRMWARE_INVALID_URI, LOG_ERR},
                {FIRMWARE_RESULT_FAILED, MESSAGE_ID_FIRMWARE_FAILED, LOG_ERR},
                {FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL, MESSAGE_ID_FIRMWARE_UNSUPPORTED_PROTOCOL, LOG_ERR},
                {FIRMWARE_RESULT_CANCELLED, MESSAGE_ID_FIRMWARE_CANCELLED, LOG_NOTICE},
                {FIRMWARE_RESULT_DEFERRED, MESSAGE_ID_FIRMWARE_DEFERRED, LOG_NOTICE},
        };
        _cleanup_(freep) Firmware *firmware = new_firmware();
        FirmwareMachine *m = &firmware->record.machine;

        assert_int_equal(ELEMENTSOF(lines) + 1, _FIRMWARE_RESULT_MAX);
        strcpy(m->uri, "coaps://me:secret@host/path?key=secret");
        strcpy(m->text, "The reason.");
        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                m->result = lines[i].result;
                firmware_updates_tell(firmware, FIRMWARE_DOWNLOADING);
                assert_string_equal(last_kind, lines[i].kind);
                assert_int_equal(last_level, lines[i].level);
                assert_non_null(strstr(last_line, firmware_result_sentence(lines[i].result)));
                assert_non_null(strstr(last_line, "The reason."));
                assert_non_null(strstr(last_line, "from coaps://host/path:"));
                assert_null(strstr(last_line, "secret"));
        }
}

static void test_a_line_for_each_state(void **state)
{
        _cleanup_(freep) Firmware *firmware = new_firmware();
        FirmwareMachine *m = &firmware->record.machine;

        m->phase = FIRMWARE_PHASE_RECEIVING;
        m->sender = 101;
        firmware_updates_tell(firmware, FIRMWARE_IDLE);
        assert_string_equal(last_kind, MESSAGE_ID_FIRMWARE_STATE);
        assert_string_equal(last_line, "Firmware update pushed by LwM2M Server 101: downloading.");
        last_line[0] = '\0';
        m->phase = FIRMWARE_PHASE_VERIFYING; /* the same State */
        firmware_updates_tell(firmware, FIRMWARE_DOWNLOADING);
        assert_string_equal(last_line, "");
        m->phase = FIRMWARE_PHASE_READY;
        strcpy(m->name, "gateway");
        strcpy(m->version, "2.0");
        firmware_updates_tell(firmware, FIRMWARE_DOWNLOADING);
        assert_string_equal(last_line, "Firmware update of gateway 2.0: downloaded.");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_shown_uri),
                cmocka_unit_test(test_history),
                cmocka_unit_test(test_a_line_for_each_result),
                cmocka_unit_test(test_a_line_for_each_state),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
