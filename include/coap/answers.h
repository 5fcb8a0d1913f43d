/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to a peer that are no part of an exchange under way: those that come later, and notifications. */
#pragma once

#include "coap/notification.h"
#include "coap/peer.h"

/* Sends the response that stands in it, confirmable where the request was, or nothing where nobody wants it
 * (RFC 7967). Its request is ended, late stays the caller's. */
void answers_send(Peer *peer, LateRequest *late);

/* The answer that incoming_answer_later() has promised, confirmable where the request was. Where nothing
 * waits under the handle nothing is sent. */
void answers_send_later(Peer *peer, uint64_t handle, const Response *response);

/* A request of the peer has been answered: where with a block of a notification, that has gone on. */
void answers_fetched(Peer *peer, const IncomingRequest *request);

/* See connection_notify(). The peer has a session. */
uint64_t answers_notify(Peer *peer, const Request *request, const Response *response, bool confirmable,
        NotificationCallback callback, void *userdata);
