/* SPDX-License-Identifier: Apache-2.0 */
/* Every CoAP message in one line of level debug (design.md section 13): "CoAP PEER -> CON POST /rd, format
 * 40, 53 bytes", "CoAP PEER <- ACK 2.01 /rd, 0 bytes, 3.2 ms", "CoAP PEER <- RST empty"; and each datagram
 * that is none: "CoAP PEER <- 17 bytes that are no CoAP message: another version". Never a body, nor a
 * query, which may hold what is secret. Nothing is done at another level. */
#pragma once

#include "coap/address_list.h"
#include "coap/packet.h"
#include "lwm2m/limits.h"
#include "util/clock.h"
#include "util/log.h"

#define TRACE_PATH_SIZE 128 /* bytes of a path shown */
#define TRACE_REQUESTS  2   /* of ours under way at once: one, and a De-register behind a lost one */

/* A request of ours, for the line of its answer. */
typedef struct TracedRequest {
        uint8_t token[LIMIT_TOKEN_SIZE];
        size_t token_size;
        uint64_t time; /* usec, CLOCK_BOOTTIME; 0: none */
        char path[TRACE_PATH_SIZE];
} TracedRequest;

/* Of one session. */
typedef struct Trace {
        const Clock *clock;
        const LogAbout *about;
        char peer[ADDRESS_TEXT_SIZE];
        TracedRequest requests[TRACE_REQUESTS];
} Trace;

/* about: who the peer is; it and the clock are borrowed. */
void trace_init(Trace *trace, const Clock *clock, const LogAbout *about, const ResolvedAddress *address);

bool trace_is_on(void);

/* "CON", "NON", "ACK", "RST"; type: 0..3 (RFC 7252, 3). */
const char *trace_type(unsigned type);

/* direction: "->" from us, "<-" from the peer. */
void trace_empty(const Trace *trace, const char *direction, const char *type);

/* A message of ours that is not acknowledged has left again. */
void trace_repeated(const Trace *trace);

/* A datagram of the peer of so many bytes that is no message. fault: what is wrong with it. */
void trace_garbage(const Trace *trace, size_t size, const char *fault);

/* A request of ours, confirmable; the peer's answer. token_size: up to LIMIT_TOKEN_SIZE; type: "CON" ... */
void trace_sent(Trace *trace, const uint8_t *token, size_t token_size, const Packet *request);
void trace_answer(
        const Trace *trace, const char *type, const uint8_t *token, size_t token_size, const Packet *answer);

/* A request of the peer; returns what our answer's duration is counted from (0: a notification has none). */
uint64_t trace_received(const Trace *trace, const char *type, const Packet *request);
void trace_answered(const Trace *trace, const char *type, const Packet *request, const Packet *answer,
        uint64_t received);
