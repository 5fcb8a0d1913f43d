/* SPDX-License-Identifier: Apache-2.0 */
/* What an observation asks beside the Read, or Read-Composite, that it consists of (Core TS 6.4). */
#pragma once

#include "lwm2m/message.h"
#include "model/attribute.h"
#include "operation/context.h"

/* What the request is about: the path of a Read, or those of a Read-Composite. 0, -ENOMEM, or -EINVAL: it is
 * neither. */
int observe_paths(const Request *request, PathList *ret);

/* The attributes that the request has brought with it for its observation (LwM2M 1.2; before, a query says
 * nothing), none: they are those that are attached. 0, or OBSERVE_REFUSED and *response is the error. */
#define OBSERVE_REFUSED 1
int observe_attributes(const OperationContext *context, const Request *request, const PathList *paths,
        AttributeValues *ret, Response *response);

/* Appends what the requester may read at path now, sorted; nothing where there is nothing. Not all: what is
 * to be notified for pmax alone (observe_interval) is left out of what is more than that Resource. 0, or
 * negative errno. */
int observe_values(const OperationContext *context, const Path *path, bool all, RecordList *list);

/* Whether a change at or below path is notified confirmably in any case: Source.is_reliable. */
bool observe_is_reliable(const OperationContext *context, const Path *path);

/* usec: what is at or below path moves by itself, and is worth a look so often; 0: each change is told;
 * USEC_INFINITY: for pmax alone. */
uint64_t observe_interval(const OperationContext *context, const Path *path);

/* Answers as the request would have been at n moments, 1 to LIMIT_STORED_RECORDS: with their times where the
 * format has some, else at the first one; a moment without a time is alone; of all that, what the requester
 * may read now (Core TS, 7.3). *ret_used: how many of them are in the answer, which has max_body_size. 0 and
 * the answer: an error where not even one fits, 4.01 where it may read nothing of what was there; or
 * -ENOMEM. */
int observe_history(const OperationContext *context, const Request *request, const PathList *paths,
        const RecordMoment *moments, size_t n, size_t *ret_used, Response *response);
