/* SPDX-License-Identifier: Apache-2.0 */
/* A renewed credential of the configuration goes into the account that is stored (design.md 9.9). */
#pragma once

#include "model/account.h"

/* Gives each account of dataset the credential that configured has for it, where it is the
 * configuration's: the same Short Server ID (or Bootstrap-Server Account), URI and security mode, and the
 * credentials that it had in before. before: the configured accounts so far, NULL: not known, then the
 * former will do. What a bootstrap has given other credentials stays. *ret_changed: something was replaced.
 * 0, DATASET_E_LIMIT or -ENOMEM, then partly done. */
int account_renew_credentials(
        Dataset *dataset, const Dataset *before, const Dataset *configured, bool *ret_changed);
