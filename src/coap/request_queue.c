/* SPDX-License-Identifier: Apache-2.0 */
/* Further requests over an open session. */
#include "coap/request_queue.h"

void request_queue_init(RequestQueue *queue, Peer *peer)
{
        *queue = (RequestQueue){.peer = peer};
        STAILQ_INIT(&queue->tasks);
}

static void task_free(Task *task)
{
        exchange_done(&task->exchange);
        free(task);
}

void request_queue_drop(RequestQueue *queue)
{
        Task *task;

        while ((task = STAILQ_FIRST(&queue->tasks))) {
                STAILQ_REMOVE_HEAD(&queue->tasks, tasks);
                task_free(task);
        }
        if (queue->sent)
                peer_disarm(queue->peer);
        queue->sent = queue->paused = false;
}

/* A failure to send is told by the timer: the caller may be whoever asks for the request. */
static void request_queue_send(RequestQueue *queue)
{
        queue->send_error = peer_send(queue->peer, &STAILQ_FIRST(&queue->tasks)->exchange);
        peer_arm(queue->peer, queue->send_error < 0 ? 0 : peer_wait(queue->peer));
}

static void request_queue_next(RequestQueue *queue)
{
        if (queue->sent || STAILQ_EMPTY(&queue->tasks))
                return;
        queue->sent = true;
        request_queue_send(queue);
}

/* 0, -ENOMEM, -ENOBUFS. */
static int task_new(RequestQueue *queue, const Request *request, Task **ret)
{
        const CoapSettings *coap = &queue->peer->coap;
        Task *task;
        size_t n = 0;
        int r;

        STAILQ_FOREACH (task, &queue->tasks, tasks)
                n++;
        if (n >= LIMIT_REQUESTS)
                return -ENOBUFS;
        task = calloc(1, sizeof(*task));
        if (!task)
                return -ENOMEM;
        r = exchange_init(&task->exchange, request, coap->block_size, coap->max_body_size);
        if (r < 0) {
                free(task);
                return r;
        }
        *ret = task;
        return 0;
}

static void request_queue_append(RequestQueue *queue, Task *task)
{
        STAILQ_INSERT_TAIL(&queue->tasks, task, tasks);
        request_queue_next(queue);
}

int request_queue_add(RequestQueue *queue, const Request *request, RequestCallback callback, void *userdata)
{
        Task *task;
        int r;

        r = task_new(queue, request, &task);
        if (r < 0)
                return r;
        task->callback = callback;
        task->userdata = userdata;
        request_queue_append(queue, task);
        return 0;
}

int request_queue_add_stream(
        RequestQueue *queue, const Request *request, const AnswerRange *range, const AnswerSink *sink)
{
        Task *task;
        int r;

        r = task_new(queue, request, &task);
        if (r < 0)
                return r;
        answer_stream_init(&task->stream, sink, range, queue->peer->coap.block_size);
        exchange_stream(&task->exchange, &task->stream);
        request_queue_append(queue, task);
        return 0;
}

/* Ends the first task with its answer, or with failure, and sends the next one. The callback may drop the
 * queue. */
static void request_queue_end(RequestQueue *queue, const Response *response, const Failure *failure)
{
        Task *task = STAILQ_FIRST(&queue->tasks);

        STAILQ_REMOVE_HEAD(&queue->tasks, tasks);
        queue->sent = queue->paused = false;
        peer_disarm(queue->peer);
        if (task->callback)
                task->callback(task->userdata, response, failure);
        else
                task->stream.sink.ended(
                        task->stream.sink.userdata, task->stream.is_whole, response, failure);
        task_free(task);
        request_queue_next(queue);
}

/* step: of the exchange under way; response: with EXCHANGE_DONE. */
static void request_queue_follow(RequestQueue *queue, int step, Response *response)
{
        switch (step) {
        case EXCHANGE_DONE:
                request_queue_end(queue, response, NULL);
                response_done(response);
                break;
        case EXCHANGE_SEND:
                request_queue_send(queue);
                break;
        case EXCHANGE_WAIT:
                queue->paused = true;
                peer_disarm(queue->peer);
                break;
        case EXCHANGE_STOP:
                request_queue_end(queue, NULL, NULL);
                break;
        default: /* EXCHANGE_FOREIGN, -ENOMEM */
                break;
        }
}

bool request_queue_response(
        RequestQueue *queue, const uint8_t *token, size_t token_size, const Packet *packet)
{
        Response response = RESPONSE_INIT;
        int r;

        if (!queue->sent || queue->paused)
                return false;
        r = exchange_take(&STAILQ_FIRST(&queue->tasks)->exchange, token, token_size, packet, &response);
        request_queue_follow(queue, r, &response);
        return r != EXCHANGE_FOREIGN;
}

void request_queue_resume(RequestQueue *queue)
{
        Response response = RESPONSE_INIT;

        if (!queue->paused)
                return;
        queue->paused = false;
        request_queue_follow(
                queue, (int)exchange_resume(&STAILQ_FIRST(&queue->tasks)->exchange, &response), &response);
}

void request_queue_reset(RequestQueue *queue)
{
        FailureContext context = peer_failure_context(queue->peer);
        Failure failure;

        if (!queue->sent || queue->paused)
                return;
        failure_set_reset(&failure, &context);
        request_queue_end(queue, NULL, &failure);
}

bool request_queue_is_waiting(const RequestQueue *queue)
{
        return queue->sent && !queue->paused && queue->send_error >= 0;
}

void request_queue_late(RequestQueue *queue)
{
        FailureContext context = peer_failure_context(queue->peer);
        Failure failure;

        if (!queue->sent || queue->paused)
                return;
        if (queue->send_error < 0)
                failure_set_unsent(&failure, &context, queue->send_error);
        else if (!peer_failure_icmp(queue->peer, &failure))
                failure_set_unanswered(&failure, &context, peer_wait(queue->peer));
        request_queue_end(queue, NULL, &failure);
}
