/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/state_directory, state_vault: which keys open what, what is written anew, what is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "daemon/package_disk.h"
#include "daemon/state_directory.h"
#include "daemon/state_lock.h"
#include "daemon/storage.h"
#include "util/file.h"
#include "util/log.h"

#define SECRET "0123456789secret"

static char folder[64], key_path[80], other_path[80];
static StateKey key, other;

static void write_file(const char *path, const void *data, size_t size)
{
        FILE *stream = fopen(path, "w");

        assert_non_null(stream);
        assert_int_equal(fwrite(data, 1, size, stream), size);
        assert_int_equal(fclose(stream), 0);
}

static void make_key(const char *path, char digit, StateKey *ret)
{
        char text[2 * AES_KEY_SIZE];

        memset(text, digit, sizeof(text));
        write_file(path, text, sizeof(text));
        assert_int_equal(state_key_read(STATE_KEY_FILE, path, strlen(path), ret), 0);
}

static int set_up(void **state)
{
        log_set_level(LOG_EMERG);
        (void)snprintf(folder, sizeof(folder), "/tmp/test-state-directory-XXXXXX");
        if (!mkdtemp(folder) || chdir(folder) < 0 || mkdir("state", 0700) < 0)
                return -1;
        (void)snprintf(key_path, sizeof(key_path), "%s/key", folder);
        (void)snprintf(other_path, sizeof(other_path), "%s/other", folder);
        make_key(key_path, '1', &key);
        make_key(other_path, '2', &other);
        return 0;
}

static int tear_down(void **state)
{
        state_key_done(&key);
        state_key_done(&other);
        state_directory_clear(&(StateVault){.directory = (char *)"state"});
        for (size_t i = 0; i < 4; i++)
                (void)file_remove(
                        "state", (const char *[]){"current", "configuration", "lock", "foreign"}[i]);
        (void)unlink(key_path);
        (void)unlink(other_path);
        return rmdir("state") < 0 || chdir("/") < 0 || rmdir(folder) < 0 ? -1 : 0;
}

/* By one of the keys, or plain. */
static StateVault vault_of(const StateKey *by)
{
        return (StateVault){.directory = (char *)"state", .key = by ? *by : (StateKey){0}};
}

static void write_accounts(const StateKey *by, const char *name)
{
        _cleanup_(dataset_freep) Dataset *dataset = dataset_new();
        const StateVault vault = vault_of(by);
        const StateFile file = {.dataset = dataset};

        assert_non_null(dataset);
        assert_int_equal(dataset_set_bytes(dataset, &PATH_RESOURCE(OBJECT_SECURITY, 0, SECURITY_SECRET_KEY),
                                 VALUE_OPAQUE, SECRET, strlen(SECRET)),
                0);
        assert_int_equal(state_directory_write(&vault, name, &file), 0);
}

static int read_accounts(const StateKey *by, const char *name)
{
        const StateVault vault = vault_of(by);
        StateFile file = {0};
        int r = state_directory_read(&vault, name, &file);

        state_file_done(&file);
        return r;
}

static bool is_clear(const char *name)
{
        _cleanup_(freep) uint8_t *data = NULL;
        char path[80];
        size_t size = 0;

        (void)snprintf(path, sizeof(path), "state/%s", name);
        assert_int_equal(file_read(path, STATE_VAULT_FILE_MAX, &data, &size), 0);
        return memmem(data, size, SECRET, strlen(SECRET)) != NULL;
}

static bool is_locked(const StateKey *by, Failure *ret)
{
        const StateVault vault = vault_of(by);

        return state_directory_is_locked(&vault, ret);
}

static void test_key_of_the_file_itself(void **state)
{
        _cleanup_(state_key_done) StateKey third = {0};

        write_accounts(&key, STATE_CURRENT);
        assert_false(is_clear(STATE_CURRENT));
        assert_int_equal(read_accounts(&key, STATE_CURRENT), 0);
        /* Encryption was turned off, the key was changed, or the YAML is lost: the header leads to it. */
        assert_int_equal(read_accounts(NULL, STATE_CURRENT), 0);
        assert_int_equal(read_accounts(&other, STATE_CURRENT), 0);
        assert_int_equal(unlink(key_path), 0);
        assert_int_equal(read_accounts(&key, STATE_CURRENT), 0);
        assert_int_equal(read_accounts(NULL, STATE_CURRENT), STATE_FILE_E_LOCKED);
        assert_int_equal(read_accounts(&other, STATE_CURRENT), STATE_FILE_E_LOCKED);
        /* Another key in its place. */
        make_key(key_path, '3', &third);
        assert_int_equal(read_accounts(NULL, STATE_CURRENT), STATE_FILE_E_LOCKED);
}

static void test_moved_key(void **state)
{
        StateKey moved = key;

        write_accounts(&key, STATE_CURRENT);
        assert_int_equal(unlink(key_path), 0);
        moved.name = other_path;
        assert_int_equal(read_accounts(&moved, STATE_CURRENT), 0);
}

static void test_what_is_locked(void **state)
{
        const StateKey missing = {.source = STATE_KEY_FILE, .name = key_path, .error = -ENOENT};
        StateVault plain = vault_of(NULL);
        Failure failure = {0};

        assert_false(is_locked(NULL, &failure));
        assert_false(is_locked(&key, &failure));
        assert_true(is_locked(&missing, &failure)); /* a first start, too: nothing may be written plain */
        assert_int_equal(failure.name, FAILURE_CREDENTIAL_UNUSABLE);
        assert_non_null(strstr(failure.sentence, key_path));

        write_accounts(NULL, STATE_CURRENT);
        assert_false(is_locked(&key, &failure));
        assert_true(is_locked(&missing, &failure));

        write_accounts(&key, STATE_CURRENT);
        write_accounts(&key, STATE_LAST_GOOD);
        assert_int_equal(unlink(key_path), 0);
        assert_false(is_locked(&key, &failure));
        assert_true(is_locked(NULL, &failure));
        assert_true(is_locked(&other, &failure));
        assert_non_null(strstr(failure.sentence, "state/current"));
        assert_non_null(strstr(failure.sentence, key_path));
        /* What counts decides. */
        write_accounts(&other, STATE_CURRENT);
        assert_false(is_locked(&other, &failure));
        assert_int_equal(file_remove("state", STATE_CURRENT), 0);
        assert_true(is_locked(&other, &failure));
        write_file("state/current", "damaged", 7);
        assert_true(is_locked(&other, &failure));
        assert_non_null(strstr(failure.sentence, "state/last-good"));
        /* Locked is not damaged. */
        assert_int_equal(
                state_directory_take(&plain, STATE_LAST_GOOD, &(StateFile){0}), STATE_FILE_E_LOCKED);
        assert_int_equal(access("state/last-good", F_OK), 0);
}

static void test_missing_key_writes_nothing(void **state)
{
        const StateKey missing = {.source = STATE_KEY_FILE, .name = key_path, .error = -ENOENT};
        const StateVault vault = vault_of(&missing);

        assert_int_equal(state_vault_write(&vault, STATE_CURRENT, SECRET, strlen(SECRET)), -ENOKEY);
        assert_int_equal(access("state/current", F_OK), -1);
}

static void test_renew(void **state)
{
        static const char *const ours[] = {
                "current", "last-good", "configuration", "current.broken", "last-good.format-9"};
        const StateKey *const keys[] = {&key, &other, NULL};
        struct stat before, after;

        for (size_t i = 0; i < ELEMENTSOF(ours); i++) {
                char path[80];

                (void)snprintf(path, sizeof(path), "state/%s", ours[i]);
                write_file(path, SECRET, strlen(SECRET));
        }
        write_accounts(NULL, STATE_CURRENT);
        write_file("state/.current.tmp", SECRET, strlen(SECRET));
        write_file("state/" STATE_LOCK, SECRET, strlen(SECRET));
        write_file("state/foreign", SECRET, strlen(SECRET));
        for (size_t k = 0; k < ELEMENTSOF(keys); k++) {
                const StateVault vault = vault_of(keys[k]);

                state_directory_renew(&vault);
                for (size_t i = 0; i < ELEMENTSOF(ours); i++)
                        assert_int_equal(is_clear(ours[i]), !keys[k]);
                assert_int_equal(read_accounts(keys[k], STATE_CURRENT), 0);
        }
        assert_int_equal(access("state/.current.tmp", F_OK), -1);
        assert_true(is_clear(STATE_LOCK) && is_clear("foreign"));
        /* What is as wanted is not written again. */
        assert_int_equal(stat("state/current", &before), 0);
        state_directory_renew(&(StateVault){.directory = (char *)"state"});
        assert_int_equal(stat("state/current", &after), 0);
        assert_int_equal(before.st_ino, after.st_ino);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void package_is_not_cleared(void **state)
{
        const StateVault vault = vault_of(NULL);

        write_file("state/" PACKAGE_FILE_NAME, "1", 1);
        write_file("state/" PACKAGE_FILE_NAME ".broken", "1", 1);
        state_directory_clear(&vault);
        assert_int_equal(access("state/" PACKAGE_FILE_NAME, F_OK), 0);
        assert_int_equal(access("state/" PACKAGE_FILE_NAME ".broken", F_OK), -1);
        assert_true(state_directory_is_ours(PACKAGE_FILE_NAME));
        assert_int_equal(unlink("state/" PACKAGE_FILE_NAME), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_key_of_the_file_itself),
                TEST(test_moved_key),
                TEST(test_what_is_locked),
                TEST(test_missing_key_writes_nothing),
                TEST(test_renew),
                TEST(package_is_not_cleared),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
