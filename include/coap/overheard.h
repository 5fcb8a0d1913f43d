/* SPDX-License-Identifier: Apache-2.0 */
/* What libcoap reads and tells nobody of: empty messages, and datagrams that are none of CoAP's. They are
 * looked at before libcoap takes them, for the trace alone, and so at level debug alone. */
#pragma once

#include <coap3/coap.h>

#include "coap/trace.h"

/* The datagram that waits at the socket of a session without DTLS, if any, is told to the trace where
 * libcoap will not hand it on. local: of session_hide_local(). *socket: of the session, -1 at first; found
 * here, not owned. Whether it was. */
bool overheard_datagram(
        const Trace *trace, const coap_session_t *session, const coap_address_t *local, int *socket);
