/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an incoming request, where it comes in blocks (Block1): put together in memory, or handed on
 * to a sink. A part of coap/incoming. */
#pragma once

#include "coap/incoming_request.h"

/* Takes what the request brings of its body. True: the request is whole. */
bool incoming_take_body(IncomingRequest *request);

/* Where the body goes that this request opens: to the sink, which then belongs to the session's stream, or
 * with NULL into memory. */
void incoming_open_body(IncomingRequest *request, const BodySink *sink);

/* The stream's BodyResume. The block that has waited, as incoming_take() gives it, with its response; NULL:
 * none has, or it goes on waiting. */
LateRequest *incoming_resume(Incoming *incoming, uint64_t now, int result);

/* The stream will not be whole, where one is under way. */
void incoming_end_stream(Incoming *incoming, BodyEnd why);
