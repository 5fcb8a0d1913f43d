/* SPDX-License-Identifier: Apache-2.0 */
/* Further requests over an open session, one after the other. */
#pragma once

#include <sys/queue.h>

#include "coap/peer.h"

/* response: NULL when there was no answer; then failure says why. */
typedef void (*RequestCallback)(void *userdata, const Response *response, const Failure *failure);

typedef struct Task {
        STAILQ_ENTRY(Task) tasks;
        Exchange exchange;
        RequestCallback callback; /* NULL: the answer goes into the stream */
        void *userdata;
        AnswerStream stream;
} Task;

typedef struct RequestQueue {
        Peer *peer;
        STAILQ_HEAD(, Task) tasks; /* the first one is under way */
        bool sent;
        bool paused;    /* the stream of the task under way waits */
        int send_error; /* of the task under way, negative errno: its deadline is now */
} RequestQueue;

void request_queue_init(RequestQueue *queue, Peer *peer);

/* Appends a copy and sends it when its turn has come. callback is called once, later, unless the queue is
 * dropped. 0, -ENOMEM, -ENOBUFS. */
int request_queue_add(RequestQueue *queue, const Request *request, RequestCallback callback, void *userdata);

/* Likewise, for an answer that goes into a sink, from range on. */
int request_queue_add_stream(
        RequestQueue *queue, const Request *request, const AnswerRange *range, const AnswerSink *sink);

/* The sink has waited, and goes on. */
void request_queue_resume(RequestQueue *queue);

/* A response. True: it was that of the request under way. */
bool request_queue_response(
        RequestQueue *queue, const uint8_t *token, size_t token_size, const Packet *packet);

/* A request has been sent and is not answered yet. */
bool request_queue_is_waiting(const RequestQueue *queue);

/* The deadline of the request under way has passed. */
void request_queue_late(RequestQueue *queue);

/* The peer answered the request under way with a Reset: it has failed. */
void request_queue_reset(RequestQueue *queue);

/* Drops all without a callback. */
void request_queue_drop(RequestQueue *queue);
