/* SPDX-License-Identifier: Apache-2.0 */
/* Access Control at the end of a bootstrap. */
#pragma once

#include "model/account_report.h"
#include "model/store.h"

/* For LwM2M Servers whose accounts are in what store has committed and no more in dataset, the repaired
 * candidate (removed, or of another Short Server ID): their ACL entries go, what they owned goes to the
 * account with most of Write and Delete, the lowest of equals, or to the Bootstrap Server where no account
 * has a right; and an Access Control Object Instance goes with the Object Instance that it was for (Core TS
 * 6.1.7.6, unbootstrapping; lwm2m-facts.md 1.8). Each is reported, and so is what the bootstrap wrote that
 * gives nobody a right. 0 or -ENOMEM, then partly done. */
int access_settle(Store *store, Dataset *dataset, AccountCheck *check);
