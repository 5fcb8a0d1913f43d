/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration's accounts as Object Instances of /0 and /1 (Core TS, Appendix E.1 and E.2). */
#pragma once

#include "daemon/config.h"
#include "model/dataset.h"

/* Adds bootstrap.server on its instance id in /0, then the servers in their order on the lowest free ids of
 * /0 and /1. What the file leaves open is not written, so that the Resource's own default holds, except for
 * /1/x/6, which every Server instance has. dataset: without instances of /0 and /1, the caller's. 0,
 * DATASET_E_LIMIT or -ENOMEM; then partly done. */
int factory_accounts_build(const Config *config, Dataset *dataset);
