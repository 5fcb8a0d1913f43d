/* SPDX-License-Identifier: Apache-2.0 */
/* What the client proves itself with to a repository of packages (design.md 14.3). */
#pragma once

#include "lwm2m/credential.h"
#include "model/dataset.h"

/* For coaps: that of the account whose URI names the same host and port, else other (NULL: none). Of what is
 * no coaps URI none. 1 and *ret, zeroed before, the caller's
 * to be done; 0: none; or -ENOMEM. */
int repository_credential(
        const Dataset *accounts, const char *uri, const Credential *other, Credential *ret);
