/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of what the client itself finds to have failed (interface.md section 4); those of a
 * connection are coap/connection_failure.h's. */
#pragma once

#include "lwm2m/failure.h"
#include "lwm2m/message.h"
#include "model/account.h"

/* uri: of the Bootstrap Server; endpoint: the Endpoint Client Name; timeout: usec. */
void failure_set_bootstrap_rejected(
        Failure *failure, const char *uri, const char *endpoint, const Response *response);
void failure_set_bootstrap_silent(Failure *failure, const char *uri, const char *endpoint, uint64_t timeout);

/* refusal: why the last Finish was answered 4.06. */
void failure_set_bootstrap_inconsistent(
        Failure *failure, const char *uri, const char *refusal, uint64_t timeout);

/* The connection could not even be begun; error: negative errno. */
void failure_set_bootstrap_unopened(Failure *failure, const char *uri, int error);
void failure_set_registration_unopened(Failure *failure, const Account *account, int error);

void failure_set_registration_rejected(
        Failure *failure, const Account *account, const char *endpoint, const Response *response);

/* A 2.01 whose Location-Path is no use: absent, or as response->location_problem says. */
void failure_set_no_location(Failure *failure, const Account *account, const Response *response);

/* cause: why the Update was not answered. */
void failure_set_update(Failure *failure, const Failure *cause);

void failure_set_update_rejected(Failure *failure, const Account *account, const Response *response);

/* The network has taken the way of its attempt once too often; of its session. */
void failure_set_bootstrap_stranded(Failure *failure, const char *uri);
void failure_set_registration_stranded(Failure *failure, const Account *account);
void failure_set_session_stranded(Failure *failure, const Account *account);

/* Its time ended before an attempt of its own failed. */
void failure_set_registration_late(Failure *failure, const Account *account);

/* It had failed before the accounts were tried the last of which failed by cause. */
void failure_set_given_up(Failure *failure, const Account *account, const Failure *cause);

/* Neither an LwM2M Server nor a Bootstrap-Server Account is left. */
void failure_set_nothing_to_try(Failure *failure);
