/* SPDX-License-Identifier: Apache-2.0 */
/* One bootstrap attempt: the session with the Bootstrap Server, from the first request to the end of what
 * lingers after Finish. Asks, answers, and tells what that means. */
#pragma once

#include "client/bootstrap_machine.h"
#include "client/context.h"
#include "model/account.h"

typedef struct BootstrapAttempt BootstrapAttempt;

/* Called from the loop, never from inside the functions below. event and gone may free the attempt. */
typedef struct BootstrapAttemptHandler {
        /* What the machine is to know. BOOTSTRAP_EVENT_FINISHED: the candidate is checked, to be committed
         * and stored before this returns; the answer leaves afterwards. */
        void (*event)(void *userdata, const BootstrapEvent *event);
        void (*failed)(void *userdata, const Failure *failure); /* why; BOOTSTRAP_EVENT follows */
        void (*proven)(void *userdata); /* the Bootstrap Server has answered, or was answered: once */
        void (*refused)(void *userdata, const char *reason);     /* a Finish, with 4.06 */
        void (*gone)(void *userdata, BootstrapAttempt *attempt); /* it lingers no longer: to be freed */
} BootstrapAttemptHandler;

/* Opens a connection with the request that the machine wants. What is borrowed outlives the
 * attempt, but for machine, account and memory, which count until it lingers. 0 or -ENOMEM, -E2BIG (the
 * endpoint); what else is wrong is told by failed(). */
int bootstrap_attempt_open(ClientContext *context, const BootstrapMachine *machine, const Account *account,
        ConnectionMemory *memory, const BootstrapAttemptHandler *handler, void *userdata,
        BootstrapAttempt **ret);

/* Closes the connection at once. Returns NULL; NULL is fine. */
BootstrapAttempt *bootstrap_attempt_free(BootstrapAttempt *attempt);
DEFINE_CLEANUP(BootstrapAttempt *, bootstrap_attempt_free)

/* The request that the machine wants now, over the same session. 0 or as above. */
int bootstrap_attempt_request(BootstrapAttempt *attempt);

/* connection_network_changed() and connection_is_stranded() of its connection. */
void bootstrap_attempt_network_changed(BootstrapAttempt *attempt);
bool bootstrap_attempt_is_stranded(const BootstrapAttempt *attempt);

/* After Finish: for COAP_LINGER_USEC a repeated Finish is answered as before, and everything else with 4.00;
 * then, or when the session is lost, gone(). No other call of the handler any more. */
void bootstrap_attempt_linger(BootstrapAttempt *attempt);
