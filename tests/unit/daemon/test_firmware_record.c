/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/firmware_record: what a start finds of an update, whole, truncated, altered, or of another version.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/firmware_record.h"
#include "daemon/package_file.h"
#include "daemon/state_directory.h"
#include "util/crypto.h"
#include "util/file.h"
#include "util/log.h"

static char folder[] = "/tmp/lwm2m-firmware-record-XXXXXX";
static StateVault vault;

/* Every field holds something, the texts as much as they can. */
static FirmwareRecord *filled(void)
{
        FirmwareRecord *record = calloc(1, sizeof(*record));
        FirmwareMachine *m = &record->machine;

        firmware_record_init(record);
        m->phase = FIRMWARE_PHASE_INSTALLING;
        m->result = FIRMWARE_RESULT_DEFERRED;
        m->delivery = FIRMWARE_PUSH;
        m->sender = 65534;
        m->changed_at = 1;
        m->install_at = 2;
        m->defer_until = 3;
        m->reboot_by = 4;
        m->severity = 2;
        m->max_defer = UINT32_MAX;
        m->automatic = true;
        memset(m->text, 't', sizeof(m->text) - 1);
        memset(m->uri, '\x01', sizeof(m->uri) - 1); /* what a server has written */
        memset(m->name, 'n', sizeof(m->name) - 1);
        memset(m->version, 'v', sizeof(m->version) - 1);
        memset(m->mark, 'm', sizeof(m->mark) - 1);
        memset(record->id, '0', sizeof(record->id) - 1);
        memset(record->backend, 'b', sizeof(record->backend) - 1);
        record->received = UINT64_MAX;
        record->total = 1ULL << 40;
        record->elapsed = 77;
        memset(record->validator, '\xe9', sizeof(record->validator) - 1); /* obs-text: RFC 9110, 5.6.4 */
        record->history.n = FIRMWARE_HISTORY_MAX;
        for (size_t i = 0; i < FIRMWARE_HISTORY_MAX; i++) {
                FirmwareUpdate *update = &record->history.updates[i];

                memset(update->id, 'i', sizeof(update->id) - 1);
                update->start = i + 1;
                update->end = i;
                update->delivery = FIRMWARE_PULL;
                update->size = UINT64_MAX - i;
                update->result = FIRMWARE_RESULT_SUCCESS;
                memset(update->uri, 'u', sizeof(update->uri) - 1);
                memset(update->name, 'n', sizeof(update->name) - 1);
                memset(update->version, 'v', sizeof(update->version) - 1);
                memset(update->text, 't', sizeof(update->text) - 1);
                memset(update->version_before, 'b', sizeof(update->version_before) - 1);
                memset(update->version_after, 'a', sizeof(update->version_after) - 1);
        }
        return record;
}

static bool is_new(const FirmwareRecord *record)
{
        _cleanup_(freep) FirmwareRecord *other = malloc(sizeof(*other));

        firmware_record_init(other);
        return memcmp(record, other, sizeof(*other)) == 0;
}

static bool exists(const char *name)
{
        _cleanup_(freep) char *path = NULL;

        assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
        return access(path, F_OK) == 0;
}

static void test_round_trip(void **state)
{
        _cleanup_(freep) FirmwareRecord *record = filled(), *again = calloc(1, sizeof(*again));

        firmware_record_read(&vault, again);
        assert_true(is_new(again));
        assert_int_equal(firmware_record_write(&vault, record), 0);
        firmware_record_read(&vault, again);
        assert_memory_equal(record, again, sizeof(*record));
        assert_int_equal(file_remove(folder, STATE_FIRMWARE), 0);
}

/* Each byte that is missing or another one: refused, and nothing of it is taken. */
static void test_damage(void **state)
{
        _cleanup_(freep) FirmwareRecord *record = filled(), *again = calloc(1, sizeof(*again));
        _cleanup_(freep) uint8_t *data = NULL;
        unsigned version;
        size_t size;

        record->history.n = 1;
        assert_int_equal(firmware_record_encode(record, &data, &size), 0);
        for (size_t i = 0; i < size; i++) {
                assert_int_equal(firmware_record_decode(data, i, again, &version), STATE_FILE_E_DAMAGED);
                assert_true(is_new(again));
        }
        for (size_t i = 0; i < size; i++) {
                data[i] ^= 0x40;
                assert_true(firmware_record_decode(data, size, again, &version) > 0);
                assert_true(is_new(again));
                data[i] ^= 0x40;
        }
        assert_int_equal(firmware_record_decode(data, size, again, &version), 0);
}

/* A digest proves nothing of who made it: what a right one goes with is checked, too. */
static void test_content_that_is_none(void **state)
{
        _cleanup_(freep) FirmwareRecord *record = filled(), *again = calloc(1, sizeof(*again));
        _cleanup_(freep) uint8_t *data = NULL;
        unsigned version;
        size_t size;

        record->machine.max_defer = -2;
        assert_int_equal(firmware_record_encode(record, &data, &size), 0);
        assert_int_equal(firmware_record_decode(data, size, again, &version), STATE_FILE_E_DAMAGED);
        data[11] = 'X'; /* the phase's word */
        assert_int_equal(crypto_sha256(data, size - SHA256_SIZE, data + size - SHA256_SIZE), 0);
        assert_int_equal(firmware_record_decode(data, size, again, &version), STATE_FILE_E_DAMAGED);
}

static void test_what_cannot_be_used_is_put_aside(void **state)
{
        static const struct {
                const char *content;
                size_t size;
                const char *aside;
        } cases[] = {
                {"", 0, STATE_FIRMWARE ".broken"},
                {"nonsense", 8, STATE_FIRMWARE ".broken"},
                {"LWM2MFW\n\0\2later", 15, STATE_FIRMWARE ".format-2"},
        };
        _cleanup_(freep) FirmwareRecord *record = filled();

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                assert_int_equal(
                        file_write_atomic(folder, STATE_FIRMWARE, cases[i].content, cases[i].size), 0);
                firmware_record_read(&vault, record);
                assert_true(is_new(record));
                assert_false(exists(STATE_FIRMWARE));
                assert_true(exists(cases[i].aside));
                assert_int_equal(file_remove(folder, cases[i].aside), 0);
        }
}

/* Firmware Update decides itself what a Reset leaves of it. */
static void test_reset_leaves_it(void **state)
{
        _cleanup_(freep) FirmwareRecord *record = filled();

        assert_int_equal(firmware_record_write(&vault, record), 0);
        assert_int_equal(file_write_atomic(folder, PACKAGE_FILE_NAME, "p", 1), 0);
        assert_int_equal(file_write_atomic(folder, STATE_LAST_GOOD, "l", 1), 0);
        state_directory_clear(&vault);
        assert_true(exists(STATE_FIRMWARE) && exists(PACKAGE_FILE_NAME));
        assert_false(exists(STATE_LAST_GOOD));
        assert_true(state_directory_is_ours(STATE_FIRMWARE));
        assert_true(state_directory_is_ours(PACKAGE_FILE_NAME));
        assert_int_equal(file_remove(folder, STATE_FIRMWARE), 0);
        assert_int_equal(file_remove(folder, PACKAGE_FILE_NAME), 0);
}

static int make_folder(void **state)
{
        log_set_level(LOG_EMERG);
        assert_non_null(mkdtemp(folder));
        return state_vault_open(folder, &vault);
}

static int remove_folder(void **state)
{
        state_vault_done(&vault);
        return rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_damage),
                cmocka_unit_test(test_content_that_is_none),
                cmocka_unit_test(test_what_cannot_be_used_is_put_aside),
                cmocka_unit_test(test_reset_leaves_it),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
