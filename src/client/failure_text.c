/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of what the client itself finds to have failed. */
#include "client/failure_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "client/policy.h"

/* The server's own words behind its code: ': "no bootstrap config"', or nothing. */
#define QUOTED_ARGS(text) (text)[0] ? ": \"" : "", (text), (text)[0] ? "\"" : ""

/* How long the server asks to be left alone, where it does: " (Max-Age 300 s)". */
#define MAX_AGE_SIZE sizeof(" (Max-Age 4294967295 s)")
static const char *max_age(const Response *response, char buffer[MAX_AGE_SIZE])
{
        buffer[0] = '\0';
        if (policy_wait_of(response) > 0)
                (void)snprintf(buffer, MAX_AGE_SIZE, " (Max-Age %" PRIu32 " s)", response->max_age);
        return buffer;
}

/* What to look at. A server that asks for time knows the device well enough; one that does not know what it
 * is asked for may be another kind of server. */
#define CHECK_ARGS(response, kind, endpoint, rest)                                               \
        asks_for_time(response) ? "It cannot serve this device now; check its load and its log." \
        : is_lost(response)     ? "Check that the URI, with its path, is that of " kind          \
                              ", and that it knows Endpoint Client Name "                        \
                            : "Check that it knows Endpoint Client Name ",                       \
                asks_for_time(response) ? "" : (endpoint), asks_for_time(response) ? "" : (rest)
static bool asks_for_time(const Response *response)
{
        return response->code == CODE_UNAVAILABLE || response->code == CODE_TOO_MANY_REQUESTS;
}

static bool is_lost(const Response *response)
{
        return response->code == CODE_NOT_FOUND || response->code == CODE_METHOD_NOT_ALLOWED;
}

static FailureName unopened(int error)
{
        return error == -EINVAL ? FAILURE_CREDENTIAL_UNUSABLE : FAILURE_CONNECTION_LOST;
}

void failure_set_bootstrap_rejected(
        Failure *failure, const char *uri, const char *endpoint, const Response *response)
{
        char text[LIMIT_DIAGNOSTIC_SIZE + 1], age[MAX_AGE_SIZE];

        (void)response_diagnostic(response, text);
        failure_set(failure, FAILURE_BOOTSTRAP_REJECTED,
                "The Bootstrap Server at %s answered %u.%02u%s to the Bootstrap-Request%s%s%s. %s%s%s", uri,
                CODE_ARGS(response->code), max_age(response, age), QUOTED_ARGS(text),
                CHECK_ARGS(response, "a Bootstrap Server", endpoint, " and has a configuration for it."));
}

void failure_set_bootstrap_silent(Failure *failure, const char *uri, const char *endpoint, uint64_t timeout)
{
        failure_set(failure, FAILURE_SERVER_SILENT,
                "The Bootstrap Server at %s accepted the Bootstrap-Request "
                "but sent no Bootstrap-Finish within %llu s of its last operation. "
                "Check that it has a configuration for Endpoint Client Name %s.",
                uri, (unsigned long long)(timeout / USEC_PER_SEC), endpoint);
}

void failure_set_bootstrap_inconsistent(
        Failure *failure, const char *uri, const char *refusal, uint64_t timeout)
{
        failure_set(failure, FAILURE_INCONSISTENT_CONFIGURATION,
                "The Bootstrap Server at %s finished with accounts that cannot work (%s) "
                "and did not correct them within %llu s. "
                "Check this device's configuration on that server.",
                uri, refusal, (unsigned long long)(timeout / USEC_PER_SEC));
}

void failure_set_bootstrap_unopened(Failure *failure, const char *uri, int error)
{
        failure_set(failure, unopened(error),
                "No connection to the Bootstrap Server at %s could be begun: %s. "
                "Check bootstrap.server in the configuration: URI, security mode and key.",
                uri, strerror(-error));
}

void failure_set_registration_unopened(Failure *failure, const Account *account, int error)
{
        failure_set(failure, unopened(error),
                "No connection to LwM2M Server %u at %s could be begun: %s. "
                "Check its URI, security mode and key.",
                account->short_server_id, account->uri, strerror(-error));
}

void failure_set_registration_rejected(
        Failure *failure, const Account *account, const char *endpoint, const Response *response)
{
        char text[LIMIT_DIAGNOSTIC_SIZE + 1], age[MAX_AGE_SIZE];

        (void)response_diagnostic(response, text);
        failure_set(failure, FAILURE_REGISTRATION_REJECTED,
                "LwM2M Server %u at %s answered %u.%02u%s to Register%s%s%s. %s%s%s",
                account->short_server_id, account->uri, CODE_ARGS(response->code), max_age(response, age),
                QUOTED_ARGS(text), CHECK_ARGS(response, "an LwM2M Server", endpoint, " and allows it."));
}

void failure_set_no_location(Failure *failure, const Account *account, const Response *response)
{
        const char *problem = response->location_problem;

        failure_set(failure, FAILURE_REGISTRATION_REJECTED,
                "LwM2M Server %u at %s answered 2.01 to Register with%s a Location-Path%s%s, "
                "so the registration could be neither updated nor ended. That server needs a correction.",
                account->short_server_id, account->uri, problem ? "" : "out", problem ? " " : "",
                problem ? problem : "");
}

void failure_set_update(Failure *failure, const Failure *cause)
{
        failure_set(failure, cause->name, "An Update failed, registering anew. %s", cause->sentence);
}

void failure_set_update_rejected(Failure *failure, const Account *account, const Response *response)
{
        char text[LIMIT_DIAGNOSTIC_SIZE + 1], age[MAX_AGE_SIZE];

        (void)response_diagnostic(response, text);
        failure_set(failure, FAILURE_REGISTRATION_REJECTED,
                "LwM2M Server %u at %s answered %u.%02u%s to an Update%s%s%s, registering anew. "
                "It may have restarted, or have dropped the registration.",
                account->short_server_id, account->uri, CODE_ARGS(response->code), max_age(response, age),
                QUOTED_ARGS(text));
}

void failure_set_bootstrap_stranded(Failure *failure, const char *uri)
{
        failure_set(failure, FAILURE_CONNECTION_LOST,
                "The network has changed again and again during one attempt at the Bootstrap Server at %s. "
                "Check the link.",
                uri);
}

void failure_set_registration_stranded(Failure *failure, const Account *account)
{
        failure_set(failure, FAILURE_CONNECTION_LOST,
                "The network has changed again and again during one attempt at LwM2M Server %u at %s. "
                "Check the link.",
                account->short_server_id, account->uri);
}

void failure_set_session_stranded(Failure *failure, const Account *account)
{
        failure_set(failure, FAILURE_CONNECTION_LOST,
                "The network has changed: the address of the session with LwM2M Server %u at %s is gone, "
                "or packets leave by another link; registering anew. Check the link where this is frequent.",
                account->short_server_id, account->uri);
}

void failure_set_registration_late(Failure *failure, const Account *account)
{
        failure_set(failure, FAILURE_TIMEOUT,
                "LwM2M Server %u at %s was not reached in the time that all servers together have. "
                "Check the retry Resources /1/%u/13 to /1/%u/20 that it was given.",
                account->short_server_id, account->uri, account->server_instance, account->server_instance);
}

void failure_set_given_up(Failure *failure, const Account *account, const Failure *cause)
{
        failure_set(failure, cause->name,
                "LwM2M Server %u at %s had failed before, and so has what was tried in its place. %s",
                account->short_server_id, account->uri, cause->sentence);
}

void failure_set_nothing_to_try(Failure *failure)
{
        failure_set(failure, FAILURE_INCONSISTENT_CONFIGURATION,
                "There is no account that could be tried. Check bootstrap.server and servers in the "
                "configuration, and reset the stored accounts with \"lwm2mctl reset\".");
}
