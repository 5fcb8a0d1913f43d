/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a session's incoming requests: repetition? body complete? further block of an answer? else it
 * is to be served; and of its Response back into a packet. */
#pragma once

#include "coap/incoming_body.h"
#include "coap/incoming_request.h"

void incoming_init(Incoming *incoming, size_t block_size, size_t max_body_size);
void incoming_done(Incoming *incoming);

/* Whether the message, its hash aside, has been served already. True: *ret_answer is to be sent again, valid
 * until the next incoming_end; its code is CODE_NONE as long as the answer is still to come. */
bool incoming_repeats(const Incoming *incoming, uint64_t now, const MessageKey *message,
        const Packet *packet, Packet *ret_answer);

/* Takes a request that is none. True: it is whole, request->response is to be filled in. incoming_end
 * follows in both cases; packet is borrowed until then. */
bool incoming_begin(IncomingRequest *request, Incoming *incoming, uint64_t now, const MessageKey *message,
        bool confirmable, const Packet *packet);

/* While the request is served: whether fewer than LIMIT_LATE_ANSWERS wait. */
bool incoming_can_answer_later(const IncomingRequest *request);

/* To be called while the request is served, whose response stays CODE_NONE: the answer comes later, and a
 * repetition asks nobody until then. Returns its handle, which no other request of this process gets; 0:
 * LIMIT_LATE_ANSWERS wait already, or out of memory. */
uint64_t incoming_answer_later(IncomingRequest *request);

/* True: *ret_answer is to be sent, valid until the next incoming_end. False: no response, and a repetition
 * is asked again, but where the answer comes later. Frees what the request holds. */
bool incoming_end(IncomingRequest *request, Packet *ret_answer);

/* The answer has come: the request is the caller's, who fills in in.response and in.now, calls
 * incoming_end() and frees it. NULL: nothing waits under that handle. */
LateRequest *incoming_take(Incoming *incoming, uint64_t handle);

/* The answer to a request of before as it is now: a notification, in blocks of at most block_size bytes (0:
 * ours). Where it is larger than one, response's payload is taken over and *ret_packet is the first block
 * (RFC 7959, 2.6); awaited: the rest of it is kept whatever else is asked meanwhile, and *ret_divided is
 * true: incoming_notified() follows. *ret_packet borrows from response, from options, which the caller ends,
 * and until the next call from incoming. 0 or -ENOMEM. */
int incoming_notification(Incoming *incoming, uint64_t now, const Packet *request, size_t block_size,
        bool awaited, Response *response, ByteWriter *options, Packet *ret_packet, bool *ret_divided);

/* It has left under that number: requests for its further blocks tell it. */
void incoming_notified(Incoming *incoming, uint64_t number);
