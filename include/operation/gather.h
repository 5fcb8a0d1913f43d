/* SPDX-License-Identifier: Apache-2.0 */
/* What an LwM2M Server may read: of a Read, a Read-Composite, a Send, an observation, and whatever else
 * leaves out what is not there, cannot be read, or is not for this server (Core TS 6.3.1, 6.3.8, 6.4.6). */
#pragma once

#include "lwm2m/path.h"
#include "operation/tree.h"

/* Appends the values at or below path, sorted. Left out are Object Instances on which call->requester has no
 * right to read (Access Control; nobody has one on accounts; the client itself, 0, has it on all else),
 * Resources that servers may not read, and what is not there. As tree_read(). */
int gather_path(const Tree *tree, SourceCall *call, const Path *path, RecordList *list);

/* The same of several paths, simplified. */
int gather(const Tree *tree, SourceCall *call, const PathList *paths, RecordList *list);
