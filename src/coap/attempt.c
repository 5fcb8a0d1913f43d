/* SPDX-License-Identifier: Apache-2.0 */
/* From the name to the answer of the opening request. */
#include <netdb.h>
#include <stdio.h>

#include "coap/address_list.h"
#include "coap/attempt.h"
#include "coap/credentials.h"
#include "coap/dtls_failure.h"

static void attempt_next_address(Connection *connection);

static void attempt_set_stage(Connection *connection, ConnectionState state, ConnectionStage stage)
{
        connection->state = state;
        connection->handler.stage(connection->userdata, stage);
}

/* The address under way was silent: the next attempt starts behind it. */
static void attempt_remember_silence(Connection *connection)
{
        connection->memory->last_silent = connection->addresses[connection->next_address - 1];
}

/* The address has failed while it was being tried: the next one, now. */
static void attempt_give_up_address(Connection *connection)
{
        connection->endpoint = endpoint_close(connection->endpoint);
        attempt_next_address(connection);
}

static void attempt_send(Connection *connection)
{
        FailureContext context = connection_context(connection);
        int r;

        r = connection_send(connection, &connection->opening);
        if (connection->accepted)
                return;
        connection_arm(connection, connection_wait(connection));
        if (r < 0) {
                failure_set_unsent(&connection->failure, &context, r);
                attempt_give_up_address(connection);
        }
}

static void attempt_request(Connection *connection)
{
        attempt_set_stage(connection, STATE_REQUESTING, CONNECTION_REQUESTING);
        if (!connection->closed && connection->state == STATE_REQUESTING)
                attempt_send(connection);
}

/* The answer to the opening request; the connection is open now. */
static void attempt_take_answer(Connection *connection, Response *response)
{
        bool was_accepted = connection->accepted;

        connection->state = STATE_OPEN;
        if (!was_accepted)
                connection_disarm(connection);
        connection->handler.answered(connection->userdata, response);
        response_done(response);
}

bool attempt_response(Connection *connection, const uint8_t *token, size_t token_size, const Packet *packet)
{
        Response response = RESPONSE_INIT;
        int r;

        if (connection->state != STATE_REQUESTING)
                return false;
        r = exchange_take(&connection->opening, token, token_size, packet, &response);
        if (r == EXCHANGE_DONE)
                attempt_take_answer(connection, &response);
        else if (r == EXCHANGE_SEND)
                attempt_send(connection);
        return r != EXCHANGE_FOREIGN;
}

void attempt_connected(Connection *connection)
{
        if (connection->state != STATE_HANDSHAKING)
                return;
        connection_disarm(connection);
        (void)snprintf(
                connection->cipher, sizeof(connection->cipher), "%s", endpoint_cipher(connection->endpoint));
        attempt_request(connection);
}

void attempt_refused(Connection *connection, EndpointEvent event)
{
        FailureContext context = connection_context(connection);

        if ((connection->state != STATE_REQUESTING || connection->accepted) &&
                connection->state != STATE_HANDSHAKING)
                return;
        switch (event) {
        case ENDPOINT_REFUSED:
                failure_set_refused(&connection->failure, &context);
                break;
        case ENDPOINT_UNREACHABLE:
                failure_set_no_route(&connection->failure, &context, EHOSTUNREACH);
                break;
        case ENDPOINT_RESET:
        case ENDPOINT_CONNECTED:
        case ENDPOINT_DEAD:
        case _ENDPOINT_EVENT_MAX:
                failure_set_reset(&connection->failure, &context);
                break;
        }
        attempt_give_up_address(connection);
}

/* 0, or negative errno and the failure filled in. */
static int attempt_open_endpoint(Connection *connection, const ResolvedAddress *address)
{
        bool secure = connection->mode == SECURITY_MODE_PSK;
        EndpointSettings settings = {
                .address = address,
                .identity = secure ? &connection->identity : NULL,
                .key = secure ? &connection->key : NULL,
                .coap = &connection->coap,
        };
        FailureContext context = connection_context(connection);
        int r;

        r = address_check_route(address);
        if (r == 0)
                r = endpoint_open(connection->event, connection->clock, &settings,
                        connection->endpoint_handler, connection, &connection->endpoint);
        if (r < 0)
                failure_set_no_route(&connection->failure, &context, -r);
        return r;
}

/* The next address; none left: the failure of the last one is the connection's. */
static void attempt_next_address(Connection *connection)
{
        const ResolvedAddress *address;

        connection_disarm(connection);
        do {
                if (connection->next_address >= connection->n_addresses) {
                        connection_fail(connection);
                        return;
                }
                address = &connection->addresses[connection->next_address++];
                address_format(address, connection->address);
        } while (attempt_open_endpoint(connection, address) < 0);

        exchange_restart(&connection->opening, connection->coap.block_size);
        if (connection->mode == SECURITY_MODE_PSK) {
                connection_arm(connection, connection_wait(connection));
                attempt_set_stage(connection, STATE_HANDSHAKING, CONNECTION_HANDSHAKING);
        } else
                attempt_request(connection);
}

static void on_resolved(void *userdata, int error, const ResolvedAddress *addresses, size_t n)
{
        Connection *connection = userdata;
        FailureContext context = connection_context(connection);

        connection->query = NULL;
        connection_pin(connection);
        if (error != 0) {
                failure_set_unresolved(&connection->failure, &context, connection->uri.host, error);
                connection_fail(connection);
        } else {
                memcpy(connection->addresses, addresses, n * sizeof(*addresses));
                connection->n_addresses = n;
                address_list_turn(connection->addresses, n, &connection->memory->last_silent);
                attempt_next_address(connection);
        }
        connection_unpin(connection);
}

/* 0, or the failure filled in. */
static int attempt_resolve(Connection *connection)
{
        char host[sizeof(connection->uri.host) + sizeof(connection->uri.scope)];
        FailureContext context = connection_context(connection);
        const char *reason;
        int r;

        if (connection->uri_reason) {
                failure_set_uri(&connection->failure, &context, connection->uri_reason);
                return -EINVAL;
        }
        reason = credentials_check(connection->mode, &connection->identity, &connection->key);
        if (reason) {
                failure_set_credential(&connection->failure, &context, reason);
                return -EINVAL;
        }
        (void)snprintf(host, sizeof(host), "%s%s%s", connection->uri.host,
                connection->uri.scope[0] ? "%" : "", connection->uri.scope);
        connection_arm(connection, connection_wait(connection));
        r = resolver_query(connection->resolver, host, connection->uri.port, on_resolved, connection,
                &connection->query);
        if (r < 0)
                failure_set_unresolved(&connection->failure, &context, connection->uri.host, EAI_MEMORY);
        return r;
}

void attempt_start(Connection *connection)
{
        attempt_set_stage(connection, STATE_RESOLVING, CONNECTION_RESOLVING);
        if (!connection->closed && connection->state == STATE_RESOLVING && attempt_resolve(connection) < 0)
                connection_fail(connection);
}

bool attempt_dead(Connection *connection)
{
        FailureContext context = connection_context(connection);
        int alert = endpoint_alert(connection->endpoint);

        if (connection->state == STATE_HANDSHAKING) {
                if (alert == DTLS_ALERT_NONE) /* libcoap gives a silent peer up by its own clock */
                        attempt_remember_silence(connection);
                failure_set_handshake(&connection->failure, &context, alert);
        } else if (connection->state == STATE_REQUESTING && !connection->accepted)
                failure_set_lost(&connection->failure, &context);
        else
                return false;
        attempt_give_up_address(connection);
        return true;
}

static void attempt_resolved_late(Connection *connection)
{
        FailureContext context = connection_context(connection);

        resolver_cancel(TAKE_PTR(connection->query));
        failure_set_resolved_late(
                &connection->failure, &context, connection->uri.host, connection_wait(connection));
        connection_fail(connection);
}

bool attempt_late(Connection *connection)
{
        FailureContext context = connection_context(connection);

        if (connection->state == STATE_RESOLVING) {
                attempt_resolved_late(connection);
                return true;
        }
        if (connection->state == STATE_HANDSHAKING)
                failure_set_handshake(&connection->failure, &context, endpoint_alert(connection->endpoint));
        else if (connection->state == STATE_REQUESTING && !connection->accepted)
                failure_set_unanswered(&connection->failure, &context, connection_wait(connection));
        else
                return false;
        attempt_remember_silence(connection);
        attempt_give_up_address(connection);
        return true;
}
