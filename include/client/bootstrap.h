/* SPDX-License-Identifier: Apache-2.0 */
/* The bootstrap side of the client: does what its machine says, holds the session with the Bootstrap Server.
 */
#pragma once

#include "client/bootstrap_machine.h"
#include "client/context.h"
#include "model/account.h"

typedef struct Bootstrap Bootstrap;

/* Called from the loop. */
typedef struct BootstrapHandler {
        void (*changed)(void *userdata);
        void (*failed)(void *userdata, const Failure *failure); /* an attempt */
        void (*proven)(
                void *userdata); /* the Bootstrap Server has answered, or was answered: once an attempt */
        void (*exhausted)(void *userdata); /* the series; nothing of it runs any more */
        void (*commit)(void *userdata); /* a Finish was accepted: commit and store, before the 2.04 leaves */
        void (*finished)(void *userdata); /* the 2.04 has left; the series has ended well */
} BootstrapHandler;

/* The context and the handler are borrowed. 0 or negative errno. */
int bootstrap_new(ClientContext *context, const BootstrapHandler *handler, void *userdata, Bootstrap **ret);
Bootstrap *bootstrap_free(Bootstrap *bootstrap); /* lingering connections too */

/* The Bootstrap-Server Account and policy for the next attempts; the account's content is taken over. NULL:
 * there is none. */
void bootstrap_set_account(Bootstrap *bootstrap, Account *account, const BootstrapPolicy *policy);
const Account *bootstrap_account(const Bootstrap *bootstrap); /* or NULL */

/* now: without hold-off and with a fresh counter. An account must be set. Each attempt and what came of it
 * is told to the context's history. */
void bootstrap_begin(Bootstrap *bootstrap, BootstrapTrigger trigger, bool now);
void bootstrap_abort(Bootstrap *bootstrap, const char *why); /* a sentence for the history */
/* An operator does not wait for what the server has asked for (Max-Age). */
void bootstrap_ignore_wait(Bootstrap *bootstrap);
void bootstrap_forget_attempts(Bootstrap *bootstrap);

/* When the network has changed. Its name is asked for again, where it is not known yet. */
void bootstrap_network_changed(Bootstrap *bootstrap);
/* The attempt has to begin anew, not counted: what it has written is rolled
 * back. */
bool bootstrap_is_stranded(const Bootstrap *bootstrap);
void bootstrap_renew_session(Bootstrap *bootstrap);
/* The last attempt has failed without a no of the server, and went another way than one would go now: to
 * begin the next one at once, not counted, where one is waited for. */
bool bootstrap_way_differs(const Bootstrap *bootstrap);
void bootstrap_begin_early(Bootstrap *bootstrap);
/* The clock was set: what waits for that (ClockNotSet) begins at once. */
void bootstrap_clock_was_set(Bootstrap *bootstrap);

const BootstrapMachine *bootstrap_machine(const Bootstrap *bootstrap);
