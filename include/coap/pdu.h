/* SPDX-License-Identifier: Apache-2.0 */
/* libcoap's messages <-> packets. */
#pragma once

#include <coap3/coap.h>

#include "coap/packet.h"

/* A view of what came: the options are copied into the writer, which the caller ends after the packet; its
 * error tells when they did not fit. The payload is the PDU's. */
Packet pdu_view(const coap_pdu_t *pdu, ByteWriter *options);

/* Options and payload of the packet into a PDU that has a token already. False: they do not fit. */
bool pdu_fill(coap_pdu_t *pdu, const Packet *packet);
