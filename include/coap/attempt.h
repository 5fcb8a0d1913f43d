/* SPDX-License-Identifier: Apache-2.0 */
/* An attempt: from the name over each of its addresses to the answer of the opening request (design.md
 * section 3, rule 9). */
#pragma once

#include "coap/connection_state.h"

void attempt_start(Connection *connection);

/* Of the address under way. attempt_refused: ICMP, or a Reset of the opening request; an open NoSec session
 * outlives both, there the deadline of the request decides. */
void attempt_connected(Connection *connection);
void attempt_refused(Connection *connection, EndpointEvent event);

/* The session failed; the deadline has passed. False: no attempt is under way. */
bool attempt_dead(Connection *connection);
bool attempt_late(Connection *connection);

/* A response. True: it was that of the opening request. */
bool attempt_response(Connection *connection, const uint8_t *token, size_t token_size, const Packet *packet);
