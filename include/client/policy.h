/* SPDX-License-Identifier: Apache-2.0 */
/* What an account asks for as the policy of a machine. A server must not park the device: what it wrote is
 * clamped here, where it is read; the stored value stays as it is (design.md 9.4). */
#pragma once

#include "client/bootstrap_machine.h"
#include "client/registration_machine.h"
#include "client/sequence_machine.h"
#include "client/settings.h"
#include "lwm2m/message.h"
#include "model/account.h"

/* design.md 9.4 */
#define POLICY_HOLD_OFF_MAX       3600        /* /0/x/11, s */
#define POLICY_INITIAL_DELAY_MAX  3600        /* /1/x/14, s */
#define POLICY_RETRY_COUNT_MAX    100         /* /1/x/17 */
#define POLICY_RETRY_TIMER_MAX    86400       /* /1/x/18, s */
#define POLICY_SEQUENCE_DELAY_MAX (7 * 86400) /* /1/x/19, s; but for "never" */
#define POLICY_SEQUENCE_COUNT_MAX 100         /* /1/x/20 */

#define POLICY_WAIT_MAX 3600 /* Max-Age of a refusal, s; design.md 9.11 */

#define POLICY_NOTE_SIZE 256

/* account: of an LwM2M Server. configured: the account of the configuration with the same Short Server ID,
 * whose own values are not clamped, or NULL. reterr_note: which values are clamped, as part of a sentence;
 * "" for none. */
RegistrationPolicy policy_of_server(const Account *account, const Account *configured,
        const ClientSettings *settings, char reterr_note[POLICY_NOTE_SIZE]);

/* account: the Bootstrap-Server Account. configured: it is the configuration's own. proven: it has answered
 * before; a Client Hold Off Time that comes from an account which never has counts as 0. */
BootstrapPolicy policy_of_bootstrap(
        const Account *account, bool configured, bool proven, const ClientSettings *settings);

/* How long the server that gave this answer wants to be left alone, usec: Max-Age of a 5.03 (RFC
 * 7252, 5.9.3.4) or of a 4.29 (RFC 8516, 4), at most POLICY_WAIT_MAX. 0: it does not say; then the delays of
 * the policy count alone, whose defaults are no shorter than the 60 s of an absent Max-Age (RFC
 * 7252, 5.10.5). */
uint64_t policy_wait_of(const Response *response);

/* What is tried after what, by `bootstrap:` of the configuration alone. */
SequencePolicy policy_of_sequence(const ClientSettings *settings);
