/* SPDX-License-Identifier: Apache-2.0 */
/* The two halves of the accounts, which are proven apart (design.md 9.2): the Bootstrap-Server Account, and
 * everything else, the LwM2M Server accounts. */
#pragma once

#include "model/account.h"

/* Whether both have the same Bootstrap-Server Account, at whatever instance, or both none. *ret. 0 or
 * -ENOMEM. */
int account_same_bootstrap(const Dataset *a, const Dataset *b, bool *ret);

/* Whether both have a Bootstrap-Server Account of the same Bootstrap Server: URI, security mode and
 * credentials are equal, whatever else is not. */
bool account_same_bootstrap_server(const Dataset *a, const Dataset *b);

/* Whether both are equal but for the Bootstrap-Server Account and the times of a bootstrap, /1/x/12. *ret. 0
 * or -ENOMEM. */
int account_same_servers(const Dataset *a, const Dataset *b, bool *ret);

/* *ret: a new dataset with the LwM2M Server accounts of the one and the Bootstrap-Server Account of the
 * other; NULL: that half stays empty. 0, -ENOMEM, or DATASET_E_LIMIT: the second finds no free instance. */
int account_join(const Dataset *servers, const Dataset *bootstrap, Dataset **ret);

/* Whether a dataset has a usable LwM2M Server account. *ret. 0 or -ENOMEM. */
int account_has_servers(const Dataset *dataset, Lwm2mVersion version, bool *ret);
