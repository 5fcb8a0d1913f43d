/* SPDX-License-Identifier: Apache-2.0 */
/* Further requests of an open connection. */
#include "coap/request_queue.h"

static void task_free(Task *task)
{
        exchange_done(&task->exchange);
        free(task);
}

void request_queue_drop(Connection *connection)
{
        Task *task;

        while ((task = STAILQ_FIRST(&connection->tasks))) {
                STAILQ_REMOVE_HEAD(&connection->tasks, tasks);
                task_free(task);
        }
        connection->task_sent = false;
}

int request_queue_add(
        Connection *connection, const Request *request, ConnectionAnswer callback, void *userdata)
{
        Task *task;
        size_t n = 0;
        int r;

        STAILQ_FOREACH (task, &connection->tasks, tasks)
                n++;
        if (n >= REQUEST_QUEUE_MAX)
                return -ENOBUFS;
        task = malloc(sizeof(*task));
        if (!task)
                return -ENOMEM;
        task->callback = callback;
        task->userdata = userdata;
        r = exchange_init(
                &task->exchange, request, connection->coap.block_size, connection->coap.max_body_size);
        if (r < 0) {
                free(task);
                return r;
        }
        STAILQ_INSERT_TAIL(&connection->tasks, task, tasks);
        return 0;
}

/* Ends the first task with its answer, or with failure, and sends the next one. */
static void request_queue_end(Connection *connection, const Response *response, const Failure *failure)
{
        Task *task = STAILQ_FIRST(&connection->tasks);

        STAILQ_REMOVE_HEAD(&connection->tasks, tasks);
        connection->task_sent = false;
        connection_disarm(connection);
        if (connection->state == STATE_CLOSING)
                connection_finish(connection);
        else
                task->callback(task->userdata, response, failure);
        task_free(task);
        if (!connection->closed)
                request_queue_next(connection);
}

void request_queue_send(Connection *connection)
{
        connection->send_error = connection_send(connection, &STAILQ_FIRST(&connection->tasks)->exchange);
        if (connection->send_error < 0)
                connection_arm(connection, 0);
}

void request_queue_next(Connection *connection)
{
        if (connection->task_sent || STAILQ_EMPTY(&connection->tasks) || !connection_is_open(connection))
                return;
        connection->task_sent = true;
        connection_arm(connection, connection_wait(connection));
        request_queue_send(connection);
}

bool request_queue_response(
        Connection *connection, const uint8_t *token, size_t token_size, const Packet *packet)
{
        Response response = RESPONSE_INIT;
        int r;

        if (!connection->task_sent)
                return false;
        r = exchange_take(&STAILQ_FIRST(&connection->tasks)->exchange, token, token_size, packet, &response);
        if (r == EXCHANGE_DONE) {
                request_queue_end(connection, &response, NULL);
                response_done(&response);
        } else if (r == EXCHANGE_SEND) {
                if (connection->state != STATE_CLOSING)
                        connection_arm(connection, connection_wait(connection));
                request_queue_send(connection);
        }
        return r != EXCHANGE_FOREIGN;
}

void request_queue_reset(Connection *connection)
{
        FailureContext context = connection_context(connection);
        Failure failure;

        if (!connection->task_sent)
                return;
        failure_set_reset(&failure, &context);
        request_queue_end(connection, NULL, &failure);
}

void request_queue_late(Connection *connection)
{
        FailureContext context = connection_context(connection);
        Failure failure;

        if (connection->send_error < 0)
                failure_set_unsent(&failure, &context, connection->send_error);
        else
                failure_set_unanswered(&failure, &context, connection_wait(connection));
        request_queue_end(connection, NULL, &failure);
}
