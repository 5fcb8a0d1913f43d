/* SPDX-License-Identifier: Apache-2.0 */
/* Whose credential a repository gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/repository_credential.h"
#include "model/account_credential.h"

static const Credential *configured;
static Dataset *accounts;

static Credential psk(const char *identity)
{
        Credential credential = CREDENTIAL(SECURITY_MODE_PSK);

        assert_int_equal(secret_set(&credential.identity, identity, strlen(identity)), 0);
        assert_int_equal(secret_set(&credential.key, "0123456789abcdef", 16), 0);
        return credential;
}

static void set_integer(uint16_t object, uint16_t instance, uint16_t resource, int64_t value)
{
        assert_int_equal(dataset_set_integer(
                                 accounts, &PATH_RESOURCE(object, instance, resource), VALUE_INTEGER, value),
                0);
}

/* An LwM2M Server account; of instance 0 the Bootstrap-Server Account. */
static void add_account(uint16_t instance, const char *uri, const char *identity)
{
        Credential credential = identity ? psk(identity) : CREDENTIAL(SECURITY_MODE_NOSEC);

        assert_int_equal(dataset_set_bytes(accounts, &PATH_RESOURCE(OBJECT_SECURITY, instance, SECURITY_URI),
                                 VALUE_STRING, uri, strlen(uri)),
                0);
        assert_int_equal(account_write_credential(accounts, instance, &credential), 0);
        credential_done(&credential);
        assert_int_equal(
                dataset_set_boolean(accounts,
                        &PATH_RESOURCE(OBJECT_SECURITY, instance, SECURITY_BOOTSTRAP_SERVER), instance == 0),
                0);
        if (instance == 0)
                return;
        set_integer(OBJECT_SECURITY, instance, SECURITY_SHORT_SERVER_ID, instance);
        set_integer(OBJECT_SERVER, instance, SERVER_SHORT_SERVER_ID, instance);
        set_integer(OBJECT_SERVER, instance, SERVER_LIFETIME, 300);
}

static int setup(void **state)
{
        configured = NULL;
        accounts = dataset_new();
        assert_non_null(accounts);
        add_account(0, "coaps://bootstrap.example", "bootstrap");
        add_account(1, "coap://Repository.example:5684", NULL);
        add_account(2, "coaps://Repository.example.:5684/path", "account");
        add_account(3, "coaps://[2001:DB8::1]", "address");
        return 0;
}

static int teardown(void **state)
{
        accounts = dataset_free(accounts);
        return 0;
}

static void assert_found(const char *uri, const char *identity)
{
        Credential found = {0};

        if (!identity) {
                assert_int_equal(repository_credential(accounts, uri, configured, &found), 0);
                return;
        }
        assert_int_equal(repository_credential(accounts, uri, configured, &found), 1);
        assert_int_equal(found.mode, SECURITY_MODE_PSK);
        assert_int_equal(found.identity.size, strlen(identity));
        assert_memory_equal(found.identity.data, identity, strlen(identity));
        credential_done(&found);
}

static void of_the_account_at_the_same_host_and_port(void **state)
{
        assert_found("coaps://repository.EXAMPLE/image?v=2", "account");
        assert_found("coaps://bootstrap.example:5684/image", "bootstrap");
        assert_found("coaps://[2001:db8::1]/image", "address");
        assert_found("coaps://repository.example:5685/image", NULL);
        assert_found("coaps://example/image", NULL);
}

static void else_the_configured_one(void **state)
{
        Credential credential = psk("configured");

        configured = &credential;
        assert_found("coaps://repository.example/image", "account");
        assert_found("coaps://other.example/image", "configured");
        credential_done(&credential);
}

static void none_without_dtls(void **state)
{
        Credential credential = psk("configured");

        configured = &credential;
        assert_found("coap://repository.example:5684/image", NULL);
        assert_found("https://repository.example:5684/image", NULL);
        credential_done(&credential);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(of_the_account_at_the_same_host_and_port, setup, teardown),
                cmocka_unit_test_setup_teardown(else_the_configured_one, setup, teardown),
                cmocka_unit_test_setup_teardown(none_without_dtls, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
