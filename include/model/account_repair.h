/* SPDX-License-Identifier: Apache-2.0 */
/* What is put right at Bootstrap-Finish, because most servers never correct. */
#pragma once

#include "model/account_report.h"
#include "model/dataset.h"

/* Repairs the Security and Server Object Instances of a candidate whose needed Resources are there
 * (design.md 4.4): a Server Object Instance without a Security one is dropped; what makes no account that
 * this client can use is kept unused; a new Bootstrap-Server Account takes the place of that of committed,
 * and one that was overwritten moves to the lowest free id. Each is reported. 0, ACCOUNT_E_INCONSISTENT
 * where there is no room, or -ENOMEM; then partly done. */
int account_repair(const Dataset *committed, Dataset *dataset, AccountCheck *check);
