/* SPDX-License-Identifier: Apache-2.0 */
/* client/events: which journal messages carry a MESSAGE_ID that an operator acts upon. */
#include "../model/fixture.h"
#include "client/client.h"
#include "lwm2m/content_format.h"
#include "util/log.h"
#include "util/message_ids.h"

/* Accounts whose URI fails at once: of 101 the only attempt, of 102 the first of two. */
#define UNUSABLE_101 "/0/1/0=coap:// /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=60 /1/0/17=1 "
#define UNUSABLE_102 "/0/2/0=coap:// /0/2/2=3 /0/2/10=102 /1/1/0=102 /1/1/1=60 /1/1/17=2 "

#define FAILURES_MAX 4

/* What was logged of a server's failure. */
static struct {
        unsigned server;
        char message_id[33];
} failures[FAILURES_MAX];
static size_t n_failures;

int __wrap_log_full(int level, int error, const LogAbout *about, const char *format, ...) _printf_(4, 5);

int __wrap_log_full(int level, int error, const LogAbout *about, const char *format, ...)
{
        if (about && about->error && about->short_server_id != 0 && n_failures < FAILURES_MAX) {
                failures[n_failures].server = about->short_server_id;
                (void)snprintf(failures[n_failures].message_id, sizeof(failures[0].message_id), "%s",
                        about->message_id ? about->message_id : "");
                n_failures++;
        }
        return -abs(error);
}

static int on_save(void *userdata, const Dataset *dataset, unsigned flags, uint64_t last_bootstrap)
{
        return 0;
}

static const ClientStorage storage = {.save = on_save};

/* "All retries are used up" says the catalog: a failed attempt that is tried again does not. */
static void only_used_up_sequences_have_the_message_id(void **state)
{
        _cleanup_(dataset_freep) Dataset *factory = dataset_new();
        _cleanup_(store_freep) Store *store = fixture_store(UNUSABLE_101 UNUSABLE_102);
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        const ClientSettings settings = {
                .endpoint = "test",
                .version = LWM2M_1_1,
                .preferred_content_format = FORMAT_NONE,
                .coap = {USEC_PER_SEC, 1.0, 0, 1024, 1024},
        };
        Client *client;

        assert_return_code(sd_event_new(&event), 0);
        assert_return_code(client_new(event, &clock_system, store, &settings,
                                   &(ClientAccounts){.factory = factory, .directory = "/state"}, &storage,
                                   NULL, &client),
                0);
        client_start(client);
        while (n_failures < 2)
                assert_true(sd_event_run(event, 10 * USEC_PER_SEC) > 0);

        for (size_t i = 0; i < n_failures; i++)
                assert_string_equal(failures[i].message_id, failures[i].server == 101
                                                                    ? MESSAGE_ID_REGISTRATION_FAILED
                                                                    : MESSAGE_ID_ATTEMPT_FAILED);
        (void)client_free(client);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_used_up_sequences_have_the_message_id),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
