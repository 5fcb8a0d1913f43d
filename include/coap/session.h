/* SPDX-License-Identifier: Apache-2.0 */
/* libcoap's session of a transport: how our settings become libcoap's. */
#pragma once

#include <coap3/coap.h>

#include "coap/resolver.h"
#include "coap/settings.h"

/* Makes the session, with a socket of its own, and sends the ClientHello where the mode is not NoSec.
 * server_name: SNI, or NULL. Both are borrowed as long as the session. NULL when libcoap refuses. */
coap_session_t *session_new(coap_context_t *context, const ResolvedAddress *to, const Credential *credential,
        const char *server_name);

/* Retransmission by the configured values, as far as libcoap can (RFC 7252, 4.8). That it gives up a request
 * counts for nothing; our own deadlines do. */
void session_set_transmission(coap_session_t *session, const CoapSettings *coap);

/* For what is sent from now on: answers of ours, or (at first) requests. */
void session_set_ack_timeout(coap_session_t *session, const CoapSettings *coap, bool is_answer);

/* What transport_is_usable() and transport_port() say. */
bool session_is_usable(const coap_session_t *session);
uint16_t session_port(const coap_session_t *session);

/* Every method of every path is the handler's: the unknown resource takes all but the one that libcoap would
 * answer by itself. 0 or -ENOMEM. */
int session_add_resources(coap_context_t *context, coap_method_handler_t handler);
