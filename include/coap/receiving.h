/* SPDX-License-Identifier: Apache-2.0 */
/* What the peer of a connection asks: who serves it, or where its body goes, and what becomes of that when
 * the peer falls silent. */
#pragma once

#include "coap/connection_handler.h"
#include "coap/opening.h"

typedef struct Receiving {
        Peer *peer;
        Opening *opening;
        const ConnectionHandler *handler; /* NULL: nobody is asked any more */
        void *userdata;
        IncomingRequest *serving; /* that handler->request is asked for, or NULL */
        sd_event_source *timer;   /* of the body that goes into a sink */
} Receiving;

/* All borrowed. 0 or negative errno, receiving_done in both cases. */
int receiving_init(Receiving *receiving, Peer *peer, Opening *opening, const ConnectionHandler *handler,
        void *userdata);
void receiving_done(Receiving *receiving);

/* Nobody is asked any more. Also before receiving_init(). */
void receiving_stop(Receiving *receiving);

/* TransportHandler.request */
bool receiving_request(Receiving *receiving, const MessageKey *message, bool confirmable,
        const Packet *packet, Packet *ret_answer);

/* connection_can_answer_later(), connection_answer_later() */
bool receiving_can_answer_later(const Receiving *receiving);
uint64_t receiving_answer_later(Receiving *receiving);
