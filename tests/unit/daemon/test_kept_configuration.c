/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/kept_configuration: what was accepted last, bit by bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "daemon/config_load.h"
#include "daemon/factory_accounts.h"
#include "daemon/kept_configuration.h"
#include "util/file.h"
#include "util/log.h"

#define TEXT                                       \
        "endpoint: gateway\n"                      \
        "bootstrap:\n"                             \
        "  server:\n"                              \
        "    uri: coaps://bootstrap.example.org\n" \
        "    security_mode: psk\n"                 \
        "    identity: gateway\n"                  \
        "    key_hex: 0123456789abcdeffedcba9876543210\n"

static char folder[4096];
static StateVault vault;

static Config *make_config(const char *text, Dataset *accounts)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        Config *config = NULL;

        assert_int_equal(config_parse("test.yaml", (const uint8_t *)text, strlen(text), CONFIG_TO_RUN, NULL,
                                 NULL, &config, &problems),
                0);
        assert_int_equal(factory_accounts_build(config, accounts), 0);
        return config;
}

static ino_t inode(void)
{
        _cleanup_(freep) char *path = NULL;
        struct stat st;

        assert_true(asprintf(&path, "%s/" KEPT_CONFIGURATION, folder) > 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        return st.st_ino;
}

static void test_round_trip(void **state)
{
        _cleanup_(dataset_freep) Dataset *accounts = dataset_new();
        _cleanup_(kept_configuration_done) KeptConfiguration kept = {0};
        _cleanup_(config_freep) Config *config = make_config(TEXT, accounts);
        ino_t before;

        assert_int_equal(kept_configuration_read(&vault, &kept), -ENOENT);
        assert_int_equal(kept_configuration_write(&vault, config, accounts), 0);
        assert_int_equal(kept_configuration_read(&vault, &kept), 0);
        assert_int_equal(kept.text.size, strlen(TEXT));
        assert_memory_equal(kept.text.data, TEXT, strlen(TEXT));
        assert_string_equal(kept.endpoint, "gateway");
        assert_true(dataset_equal(kept.accounts, accounts));

        before = inode(); /* what is kept already is not written again */
        assert_int_equal(kept_configuration_write(&vault, config, accounts), 0);
        assert_int_equal(inode(), before);
        config_forget_text(config);
        assert_int_equal(config->text.size, 0);
}

/* The text accepted last is read without key files, hostnames and the like. */
static void test_kept_text_needs_nothing_of_the_machine(void **state)
{
        static const char text[] = "endpoint: '{hostname}-{file:no-such-file}'\n"
                                   "bootstrap:\n"
                                   "  server:\n"
                                   "    uri: coaps://bootstrap.example.org\n"
                                   "    security_mode: psk\n"
                                   "    identity: gateway\n"
                                   "    key_file: no-such-key\n"
                                   "coap: {ack_timeout: 60, max_retransmit: 20}\n"; /* of an older version */
        _cleanup_(dataset_freep) Dataset *accounts = dataset_new();
        _cleanup_(config_freep) Config *config = make_config(TEXT, accounts), *again = NULL;
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        const ConfigKept kept = {.endpoint = "gateway", .accounts = accounts};

        assert_int_equal(config_parse("f", (const uint8_t *)text, strlen(text), CONFIG_AS_KEPT, &kept, NULL,
                                 &again, &problems),
                0);
        assert_int_equal(problems.warnings.n, 0);
        assert_string_equal(again->endpoint, "gateway");
        assert_true(secret_equal(
                &again->bootstrap_server.credential.key, &config->bootstrap_server.credential.key));
}

static void test_each_flipped_bit_is_seen(void **state)
{
        _cleanup_(dataset_freep) Dataset *accounts = dataset_new();
        _cleanup_(config_freep) Config *config = make_config(TEXT, accounts);
        _cleanup_(freep) char *path = NULL;
        _cleanup_(freep) uint8_t *data = NULL;
        size_t size = 0;

        assert_int_equal(kept_configuration_write(&vault, config, accounts), 0);
        assert_true(asprintf(&path, "%s/" KEPT_CONFIGURATION, folder) > 0);
        assert_int_equal(file_read(path, 100000, &data, &size), 0);
        for (size_t i = 0; i < size; i++) {
                KeptConfiguration kept = {0};
                FILE *stream;

                data[i] ^= 0x10;
                stream = fopen(path, "w");
                assert_non_null(stream);
                assert_int_equal(fwrite(data, 1, size, stream), size);
                assert_int_equal(fclose(stream), 0);
                data[i] ^= 0x10;
                if (kept_configuration_read(&vault, &kept) != -ENOENT || kept.accounts)
                        fail_msg("byte %zu", i);
        }
}

static int set_up(void **state)
{
        log_set_level(LOG_EMERG);
        (void)snprintf(folder, sizeof(folder), "%s/test-kept-XXXXXX", getenv("TMPDIR") ?: P_tmpdir);
        return mkdtemp(folder) ? state_vault_open(folder, &vault) : -1;
}

static int tear_down(void **state)
{
        state_vault_done(&vault);
        (void)file_remove(folder, KEPT_CONFIGURATION);
        return rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
                cmocka_unit_test_setup_teardown(
                        test_kept_text_needs_nothing_of_the_machine, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_each_flipped_bit_is_seen, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
