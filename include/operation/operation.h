/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M operations from a server: Request + store -> Response and effects. Pure. */
#pragma once

#include "lwm2m/body_sink.h"
#include "lwm2m/message.h"
#include "operation/call.h"
#include "model/effects.h"

typedef enum BootstrapSession {
        BOOTSTRAP_SESSION_NONE,     /* every operation is answered 4.00 */
        BOOTSTRAP_SESSION_OPEN,     /* the Bootstrap-Request has been sent and is not finished */
        BOOTSTRAP_SESSION_FINISHED, /* a Finish that is repeated is answered as before, the rest 4.00 */
} BootstrapSession;

/* A request of the Bootstrap Server. The first write, delete or Finish opens the transaction. Answers are
 * those of the closed table in lwm2m-facts.md 1.11. 0 and *ret_response, *ret_effects filled, or -ENOMEM
 * (then the caller answers 5.00, and *ret_effects says nothing). Core TS 6.1.7; /bs is matched here. */
int operation_bootstrap(OperationContext *context, BootstrapSession session, const Request *request,
        Response *ret_response, Effects *ret_effects);

/* A request of the registered LwM2M Server context->requester (Core TS 6.3), each of its operations. In this
 * order: 4.01 below /0 and /21, 4.04, 4.05 for what is never possible there, 4.01 where Access Control gives
 * no right, and while a bootstrap transaction is open 5.03 to all but what reads. 0;
 * OPERATION_LATER, where context->call allows it: a source answers that call later, and agrees to what is
 * then done by the same request with context->granted, of which the answer may come later again; or -ENOMEM.
 * *ret_effects counts with 0 alone. */
int operation_device_management(
        OperationContext *context, const Request *request, Response *ret_response, Effects *ret_effects);

/* The first block of a request of that server whose body comes in several (RFC 7959); request: with what it
 * has beside its payload; announced: bytes by Size1, 0: not said. True: the body is larger than memory may
 * be, so it goes into *ret, and *ret_response stays CODE_NONE; or *ret_response refuses it, as
 * operation_device_management() would, for its rights, its Content-Format (4.00, 4.15) and what the source
 * says. False: it is served when it is whole, as any other. resume: for a sink that waits. */
bool operation_package(OperationContext *context, const Request *request, uint64_t announced,
        BodyResume resume, BodySink *ret, Response *ret_response, Effects *ret_effects);
