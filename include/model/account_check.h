/* SPDX-License-Identifier: Apache-2.0 */
/* Consistency of the accounts that a bootstrap leaves behind. */
#pragma once

#include "model/account.h"
#include "model/account_report.h"

/* Consistency check at Bootstrap-Finish on the open candidate, in the order of design.md 4.4: needed
 * Resources, repairs (applied to the candidate), refusals. What was written is known by store_was_touched.
 * 0, ACCOUNT_E_INCONSISTENT with ret->reason and without repairs, or -ENOMEM. Core TS 6.1.7.6
 * (Bootstrap-Finish). */
int account_check(Store *store, Lwm2mVersion version, AccountCheck *ret);

/* Whether either half of the accounts, the Bootstrap-Server Account and the rest, leaves another one the
 * room to take its place: what a Finish is refused without, and a Write of a server. */
bool account_leaves_room(const Dataset *dataset);

/* Whether a change takes that room. False where there was none before, as an older daemon may have left it.
 */
bool account_takes_room(const Dataset *before, const Dataset *after);
