/* SPDX-License-Identifier: Apache-2.0 */
/* Values that an LwM2M Server sends: what of them may be set. */
#pragma once

#include "lwm2m/message.h"
#include "operation/tree.h"

/* Whether the Resource that a path of length 3 or 4 names exists and has this one of its Operations. */
bool values_allow(const Tree *tree, const Path *path, unsigned operation);

/* Moves over, in their order, the values of Resources that servers can write; the rest stays. 0 or -ENOMEM.
 */
int values_take(const Tree *tree, RecordList *records, RecordList *ret);

/* Whether one of the values is an Object Link that points to nothing that this client shows: neither to an
 * Object Instance, nor to an Object (65535), nor nowhere (65535:65535). The response is 4.00 then. Core TS,
 * table 6.3.3. */
bool values_refuse_links(const Tree *tree, const RecordList *values, Response *response);
