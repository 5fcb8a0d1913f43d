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

/* Our end of it, which libcoap forgets: from 4.3.2 on it drops each confirmable request that has come to a
 * broadcast address, and takes the address of an interface that has no broadcast address for one (of such an
 * address getifaddrs() says itself). The socket is connected, so nothing comes that was not for us. */
coap_address_t session_hide_local(coap_session_t *session);

/* What transport_is_usable() and transport_port() say; local: of session_hide_local(). */
bool session_is_usable(const coap_session_t *session, const coap_address_t *local);
uint16_t session_port(const coap_address_t *local);

/* Every method of every path is the handler's: the unknown resource takes all but the one that libcoap would
 * answer by itself. 0 or -ENOMEM. */
int session_add_resources(coap_context_t *context, coap_method_handler_t handler);
