/* SPDX-License-Identifier: Apache-2.0 */
/* Further requests of an open connection, one after the other. */
#pragma once

#include "coap/connection_state.h"

#define REQUEST_QUEUE_MAX 16 /* waiting at once: an Update, a De-register, and notifications to come */

/* Appends a copy. callback: NULL for the last request of connection_close_with. 0, -ENOMEM, -ENOBUFS. */
int request_queue_add(
        Connection *connection, const Request *request, ConnectionAnswer callback, void *userdata);

/* Sends the first one unless one is under way, and arms its deadline. */
void request_queue_next(Connection *connection);

/* Sends the message that is due of the one under way. An error is told by the timer: the caller may be
 * connection_request. */
void request_queue_send(Connection *connection);

/* A response. True: it was that of the request under way. */
bool request_queue_response(
        Connection *connection, const uint8_t *token, size_t token_size, const Packet *packet);

/* The deadline of the request under way has passed. */
void request_queue_late(Connection *connection);

/* The peer answered the request under way with a Reset: it has failed. */
void request_queue_reset(Connection *connection);

/* Drops all without a callback. */
void request_queue_drop(Connection *connection);
