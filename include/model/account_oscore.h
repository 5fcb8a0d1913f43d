/* SPDX-License-Identifier: Apache-2.0 */
/* Links from accounts to OSCORE Object Instances, /0/x/17 -> /21/y (Core TS, Appendix E.1). */
#pragma once

#include "model/account_report.h"
#include "model/store.h"

/* Whether a Security Object Instance asks for OSCORE: true and the value of /0/x/17. The null link is none.
 */
bool account_oscore_link(const Dataset *dataset, uint16_t security_instance, Path *ret);

/* The lowest Security Object Instance that links this OSCORE Object Instance, or ID_INVALID. */
uint16_t account_of_oscore(const Dataset *dataset, uint16_t oscore_instance);

/* At Bootstrap-Finish: links of the dataset lead to an OSCORE Object Instance, each to one of its own. What
 * the transaction of store has left alone is not held against it. 0 or ACCOUNT_E_INCONSISTENT with the
 * reason. */
int account_check_oscore(const Store *store, const Dataset *dataset, AccountCheck *check);
