/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a connection share. */
#include "coap/connection_state.h"
#include "coap/request_queue.h"

void connection_free(Connection *connection)
{
        request_queue_drop(connection);
        exchange_done(&connection->opening);
        secret_done(&connection->identity);
        secret_done(&connection->key);
        free(connection->uri_text);
        free(connection->peer_kind);
        sd_event_unref(connection->event);
        free(connection);
}

void connection_pin(Connection *connection)
{
        connection->pins++;
}

void connection_unpin(Connection *connection)
{
        if (--connection->pins == 0 && connection->closed)
                connection_free(connection);
}

void connection_disarm(Connection *connection)
{
        (void)sd_event_source_set_enabled(connection->timer, SD_EVENT_OFF);
}

void connection_arm(Connection *connection, uint64_t wait)
{
        (void)sd_event_source_set_time(connection->timer, clock_boottime(connection->clock) + wait);
        (void)sd_event_source_set_enabled(connection->timer, SD_EVENT_ONESHOT);
}

uint64_t connection_wait(const Connection *connection)
{
        return coap_settings_max_transmit_wait(&connection->coap);
}

FailureContext connection_context(const Connection *connection)
{
        return (FailureContext){connection->peer_kind, connection->uri_text, connection->address};
}

bool connection_is_open(const Connection *connection)
{
        return connection->state == STATE_OPEN ||
               (connection->state == STATE_REQUESTING && connection->accepted);
}

int connection_send(Connection *connection, Exchange *exchange)
{
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        Packet packet;
        int r;

        r = exchange_message(exchange, &options, &packet);
        if (r < 0)
                return r;
        return endpoint_send(connection->endpoint, exchange->token, sizeof(exchange->token), &packet);
}

void connection_fail(Connection *connection)
{
        connection->state = STATE_FAILED;
        connection_disarm(connection);
        request_queue_drop(connection);
        connection->endpoint = endpoint_close(connection->endpoint);
        connection->handler.failed(connection->userdata, &connection->failure);
}

void connection_finish(Connection *connection)
{
        if (connection->done)
                connection->done(connection->done_userdata);
        (void)connection_close(connection);
}

void connection_lose(Connection *connection)
{
        FailureContext context = connection_context(connection);

        failure_set_lost(&connection->failure, &context);
        if (connection->state == STATE_CLOSING)
                connection_finish(connection);
        else
                connection_fail(connection);
}
