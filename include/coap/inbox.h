/* SPDX-License-Identifier: Apache-2.0 */
/* What arrives over a session: the peer's requests and responses. */
#pragma once

#include <coap3/coap.h>

#include "coap/counters.h"
#include "coap/dedup.h"
#include "coap/trace.h"

/* A request of the peer, message->hash aside. True: *ret_answer is to be sent; it stays valid as long as the
 * lifetime's outermost call. False: no response, a confirmable one is acknowledged. From inside libcoap. */
typedef bool (*InboxRequest)(void *userdata, const MessageKey *message, bool confirmable,
        const Packet *packet, Packet *ret_answer);

/* A response. False: it belongs to nothing, the peer gets a Reset. Likewise from inside libcoap. */
typedef bool (*InboxResponse)(void *userdata, const uint8_t *token, size_t token_size, const Packet *packet);

/* All borrowed. */
typedef struct Inbox {
        const Trace *trace;
        Counters *counters;
        InboxRequest request;
        InboxResponse response;
        void *userdata;
} Inbox;

/* What libcoap's handlers were called with: hands it on, and fills in the response, or says what libcoap is
 * to do. */
void inbox_request(const Inbox *inbox, const coap_pdu_t *pdu, coap_pdu_t *response);
coap_response_t inbox_response(const Inbox *inbox, const coap_pdu_t *pdu);
