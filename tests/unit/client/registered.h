/* SPDX-License-Identifier: Apache-2.0 */
/* A client that is registered with one server; that server, the Device Object and the clock are the test's
 * own. There is no Bootstrap Server. */
#pragma once

#include "client/fake_peers.h"
#include "client/fake_storage.h"

static struct {
        FakeStorage storage;
        Store *store;
        Client *client;
        Connection *connection; /* of the first server */
} registered;

static bool fake_provision(Connection *connection)
{
        return false;
}

static const char *fake_pack(Connection *connection)
{
        return "";
}

/* All that is due until then. */
static inline void pass(uint64_t usec)
{
        const uint64_t end = fake_now + usec;

        fake_run_tasks();
        while (fake_now < end)
                fake_advance(end);
}

/* In the journal. */
static inline bool was_said(const char *sentence)
{
        for (size_t i = 0; i < MIN_OF(fake_history_n, (size_t)FAKE_HISTORY_LINES); i++)
                if (strstr(fake_history[i], sentence))
                        return true;
        return false;
}

/* "5" not confirmable, "5!" confirmable, "4.04!" an error, in their order. */
static inline void assert_sent(const char *expected)
{
        char text[1024] = "";
        size_t n = 0;

        for (size_t i = 0; i < fake_n_notifications; i++) {
                const FakeNotification *each = &fake_notifications[i];

                n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s", i > 0 ? " " : "", each->text,
                        each->confirmable ? "!" : "");
                assert_true(n < sizeof(text));
        }
        assert_string_equal(text, expected);
}

/* At the start of time. The account as fixture_dataset() takes it, of coap://s0.example at least; the source
 * is that of Device. One at a time, until registered_done(). */
static inline void registered_init(
        Lwm2mVersion version, const char *account, const Source *source, void *userdata)
{
        const ClientSettings settings = {
                .endpoint = "test",
                .version = version,
                .preferred_content_format = FORMAT_NONE,
                .coap = {USEC_PER_SEC, 1.0, 0, 1024, 1024},
        };
        _cleanup_(dataset_freep) Dataset *configured = fixture_dataset(account);
        const ClientAccounts accounts = {.factory = configured, .directory = "/state"};

        (void)snprintf(fake_servers[0].uri, sizeof(fake_servers[0].uri), "coap://s0.example");
        fake_servers[0].mode = PEER_LIVES;
        memset(fake_handles, 0, sizeof(fake_handles));
        fake_last_handle = 0;
        fake_n_notifications = 0;
        fake_now = FAKE_START;
        registered.store = fixture_store(account);
        assert_int_equal(store_set_source(registered.store, OBJECT_DEVICE, source, userdata), 0);
        assert_int_equal(client_new(NULL, &fake_clock, registered.store, &settings, &accounts,
                                 &fake_client_storage, &registered.storage, &registered.client),
                0);
        client_start(registered.client);
        pass(USEC_PER_SEC);
        registered.connection = TAILQ_FIRST(&fake_connections);
        assert_non_null(registered.connection);
}

static inline void registered_done(void)
{
        (void)client_free(registered.client);
        (void)store_free(registered.store);
        fake_storage_done(&registered.storage);
        memset(&registered, 0, sizeof(registered));
}
