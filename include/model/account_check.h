/* SPDX-License-Identifier: Apache-2.0 */
/* Consistency of the accounts that a bootstrap leaves behind. */
#pragma once

#include "model/account.h"

#define ACCOUNT_E_INCONSISTENT 1
#define ACCOUNT_REASON_SIZE    256 /* fits a diagnostic payload */
#define ACCOUNT_REPAIRS_MAX    32  /* twice the server accounts */

typedef struct AccountCheck {
        char reason[ACCOUNT_REASON_SIZE]; /* one line with the offending path; why 4.06 */
        char repairs[ACCOUNT_REPAIRS_MAX][ACCOUNT_REASON_SIZE]; /* one sentence each, to be logged */
        size_t n_repairs;
} AccountCheck;

/* Consistency check at Bootstrap-Finish on the open candidate, in the order of design.md 4.4: needed
 * Resources, repairs (applied to the candidate), refusals. What was written is known by store_was_touched.
 * 0, ACCOUNT_E_INCONSISTENT with ret->reason, or -ENOMEM. Core TS 6.1.7.6 (Bootstrap-Finish). */
int account_check(Store *store, Lwm2mVersion version, AccountCheck *ret);
