/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to one server account: resolve, handshake, the opening request on each address until one
 * answers, then requests both ways. The only door to libcoap. */
#pragma once

#include <systemd/sd-event.h>

#include "coap/answer_sink.h"
#include "coap/connection_handler.h"
#include "coap/connection_memory.h"
#include "coap/counters.h"
#include "coap/notification.h"
#include "coap/resolver.h"
#include "coap/settings.h"
#include "lwm2m/failure.h"
#include "lwm2m/message.h"
#include "util/clock.h"

typedef struct Connection Connection;

/* Starts: resolve, handshake where the mode wants it, then the opening request on each address in turn (rule
 * 9). The opening request is copied. 0, or -ENOMEM (nothing was started); whatever else is wrong, with the
 * account or with the network, is told by failed(). */
int connection_open(sd_event *event, const Clock *clock, Resolver *resolver,
        const ConnectionSettings *settings, ConnectionMemory *memory, const Request *opening,
        const ConnectionHandler *handler, void *userdata, Connection **ret);

/* Another opening request in the place of the one under way or answered: over the same session, with a
 * deadline of its own, from then on also at further addresses. It is copied; what came of the other one, or
 * may yet come, does not count any more. For a connection that has a session (its stage is requesting, or it
 * is open). 0, or -ENOMEM: nothing has changed. */
int connection_reopen(Connection *connection, const Request *opening);

/* Closes at once (DTLS with close_notify); safe inside every callback, frees libcoap's side from the loop.
 * No callback comes afterwards. Returns NULL; NULL is fine. */
Connection *connection_close(Connection *connection);
DEFINE_CLEANUP(Connection *, connection_close)

/* response: NULL when there was no answer before MAX_TRANSMIT_WAIT; then failure says why. */
typedef void (*ConnectionAnswer)(void *userdata, const Response *response, const Failure *failure);

/* Sends a further request over the open connection; body over block_size by Block1. The request is copied.
 * Several may wait; they leave one after the other. callback is called once, later, unless the connection
 * fails or is closed before: one that is not open, or has no room for the request, fails so, from the loop.
 */
void connection_request(
        Connection *connection, const Request *request, ConnectionAnswer callback, void *userdata);

/* Sends a GET over the open connection, of which a 2.05 goes into the sink as it comes, in blocks (RFC
 * 7959), one asked for at a time; from range on, where it is still the same representation, else from the
 * beginning. Request, range and sink are copied. Else as connection_request(). An opening request for the
 * same body is answered by its first block where max_body_size is below that: nothing of it is kept then. */
void connection_request_to(
        Connection *connection, const Request *request, const AnswerRange *range, const AnswerSink *sink);

/* Behind BODY_WAIT, from the loop: the next block is asked for, or the end is told. */
void connection_resume(Connection *connection);

/* Inside handler.request: whether connection_answer_later() has room, out of memory aside. */
bool connection_can_answer_later(const Connection *connection);

/* To be called inside handler.request, whose response then stays CODE_NONE: the answer comes later. The
 * empty ACK leaves at once (none for a non-confirmable request), and a repetition is acknowledged and asks
 * nobody. Returns a handle for connection_answer(), never 0 and none that another request of this process
 * has had; 0: LIMIT_LATE_ANSWERS requests wait already, or out of memory: 5.03 is to be answered now. Each
 * handle is to be answered some time (design.md 10.3); with the session (the connection's end, another
 * address) all of them are void. */
uint64_t connection_answer_later(Connection *connection);

/* The answer that was promised, not CODE_NONE: a message of its own, confirmable where the request was,
 * retransmitted by libcoap, in blocks as ever; copied. A repetition of the request gets it again. What
 * becomes of it touches neither the session nor a request of ours. A handle that is void or unknown is
 * ignored. */
void connection_answer(Connection *connection, uint64_t handle, const Response *response);

/* Sends a notification: the answer to request as it is now (RFC 7641, 4.2). request is the observation's
 * own, as handler.request has had it, with its token; response is copied, and has observe. One larger than a
 * block is sent as its first block, the server fetches the others (RFC 7959, 2.6). callback (may be NULL) is
 * called once for a confirmable one, later, unless the connection fails or is closed before; TIMED_OUT is
 * after MAX_TRANSMIT_WAIT. While a request of ours waits for its acknowledgement, too, that of the
 * notification may be noticed only after it. Nothing of it touches a request of ours. Returns a number for
 * the callback, never 0; 0: it has not been sent: no open session, LIMIT_NOTIFICATIONS confirmable ones
 * are under way, or the network refuses. */
uint64_t connection_notify(Connection *connection, const Request *request, const Response *response,
        bool confirmable, NotificationCallback callback, void *userdata);

/* Nobody wants the rest of that notification's blocks any more: where its first one has been acknowledged,
 * callback tells ACKNOWLEDGED, later. One that is not under way is ignored. */
void connection_forgo_rest(Connection *connection, uint64_t number);

/* What has been sent and received since it was taken last, at first since connection_open(). Borrowed. */
const Counters *connection_counters(const Connection *connection);

/* The same, and what is counted begins anew: so the largest datagram of any time is known, and a connection
 * that ends leaves nothing behind but its last words. last_message stays. */
Counters connection_take_counters(Connection *connection);

/* Builds the last request from the answer to the opening one. 0, or anything else: there is nothing to say.
 */
typedef int (*ConnectionLast)(const Response *answer, Request *ret);

/* Closes and frees itself when last's request is answered, or there is none, or timeout (usec) has passed.
 * An opening request that has been sent is waited for within that time, so that nothing stays behind. done
 * (may be NULL) is called once, from the loop. The caller gives the connection up at once: no callback of
 * its handler, of its requests and of its notifications comes any more. ret_counters (may be NULL): what
 * has been counted since it was taken last, the last request among it where it has left by now. */
void connection_close_with(Connection *connection, ConnectionLast last, uint64_t timeout,
        void (*done)(void *userdata), void *userdata, Counters *ret_counters);

/* Another session is needed: the address of this one is gone, or packets leave by another link; or, as long
 * as nobody has answered, the way to the peer is another one. To be asked when the network has changed; it
 * costs some system calls. */
bool connection_is_stranded(const Connection *connection);

/* The network has changed: a name that is not known yet is asked for again, now. */
void connection_network_changed(Connection *connection);

/* "127.0.0.1:5683", "[::1]:5684", or "" before an address is tried; and the cipher suite's name or "" .
 * Borrowed. */
const char *connection_peer_address(const Connection *connection);
const char *connection_cipher(const Connection *connection);

/* Once at start and at exit: libcoap's global state, its log into ours at LOG_DEBUG and without payloads. */
void connection_global_init(void);
void connection_global_done(void);
