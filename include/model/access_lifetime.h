/* SPDX-License-Identifier: Apache-2.0 */
/* Access Control Object Instances that come and go with what they are for, where an LwM2M Server creates or
 * deletes it (Core TS 7.3.1; lwm2m-facts.md 4.6, 4.7). */
#pragma once

#include "model/store.h"

/* Opens a transaction in which the Access Control Object Instance for a new Object Instance is there: owned
 * by its creator, who has every right then, in the place of one that was left from another time. Where
 * Access Control decides nothing none is made: it would take everybody's rights on everything else. 0,
 * DATASET_E_LIMIT (no room for it; no transaction is open), -EBUSY, -ENOMEM. */
int access_begin_create(Store *store, const Path *instance, uint16_t owner);

/* Likewise, in which none is there for an Object Instance that goes. 0, -EBUSY, -ENOMEM. */
int access_begin_remove(Store *store, const Path *instance);

/* What of dataset, of whatever generation, outlasts the daemon: a copy without the Access Control Object
 * Instances of what LwM2M Servers have created, which does not. NULL: all of it does. 0 or -ENOMEM. */
int access_copy_lasting(const Store *store, const Dataset *dataset, Dataset **ret);

/* Ends either: the Object Instance has come or gone, or has not. True when the accounts were changed, which
 * are to be stored then. */
bool access_end(Store *store, bool done);
