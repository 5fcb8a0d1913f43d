/* SPDX-License-Identifier: Apache-2.0 */
/* From the name to the answer of the opening request. */
#include <stdio.h>

#include "coap/dtls_failure.h"
#include "coap/opening.h"
#include "util/log.h"

static void opening_set_stage(Opening *opening, OpeningState state)
{
        opening->state = state;
        opening->is_new_stage = true;
}

static void opening_fail(Opening *opening)
{
        peer_disarm(opening->peer);
        peer_disconnect(opening->peer);
        opening->state = OPENING_FAILED;
}

int opening_init(Opening *opening, Peer *peer, Resolver *resolver, NamingCallback resolved,
        ConnectionMemory *memory, const Request *request)
{
        *opening = (Opening){
                .peer = peer,
                .resolver = resolver,
                .resolved = resolved,
                .memory = memory,
        };
        return exchange_init(&opening->exchange, request, peer->coap.block_size, peer->coap.max_body_size);
}

void opening_done(Opening *opening)
{
        opening_stop(opening);
        exchange_done(&opening->exchange);
}

void opening_stop(Opening *opening)
{
        resolving_stop(&opening->resolving);
        opening->state = OPENING_IDLE;
}

void opening_hold(Opening *opening)
{
        if (opening->state == OPENING_REQUESTING)
                opening->n_addresses = opening->next_address;
        else if (!opening_is_done(opening))
                opening_stop(opening);
}

bool opening_has_session(const Opening *opening)
{
        return opening->state == OPENING_REQUESTING || opening_is_done(opening);
}

bool opening_is_fetching(const Opening *opening)
{
        return opening_has_session(opening) && opening->exchange.fetching;
}

bool opening_is_done(const Opening *opening)
{
        return opening->state == OPENING_ACCEPTED || opening->state == OPENING_ANSWERED;
}

void opening_accept(Opening *opening)
{
        if (opening->state != OPENING_REQUESTING)
                return;
        opening->state = OPENING_ACCEPTED;
        peer_disarm(opening->peer);
}

void opening_remember_silence(Opening *opening)
{
        opening->memory->last_silent = opening->addresses[opening->next_address - 1];
}

/* 0, or negative errno and the failure filled in. */
static int opening_send(Opening *opening)
{
        FailureContext context = peer_failure_context(opening->peer);
        int r;

        r = peer_send(opening->peer, &opening->exchange);
        if (opening->state != OPENING_REQUESTING) /* accepted: there is no deadline any more */
                return 0;
        if (r < 0)
                failure_set_unsent(&opening->failure, &context, r);
        else
                peer_arm(opening->peer, peer_wait(opening->peer));
        return r;
}

static int opening_request(Opening *opening)
{
        opening_set_stage(opening, OPENING_REQUESTING);
        return opening_send(opening);
}

/* 0, or negative errno. */
static int opening_connect(Opening *opening, const ResolvedAddress *address)
{
        _cleanup_(closep) int held = -1;
        int r;

        peer_disconnect(opening->peer);
        held = connection_memory_hold_port(opening->memory, address->address.ss_family);
        r = peer_connect(opening->peer, address);
        if (r >= 0)
                opening->memory->port = peer_port(opening->peer);
        return r;
}

/* At the address under way. */
static void opening_fail_handshake(Opening *opening)
{
        opening->peer->counters.handshake_failures++;
        peer_failure_handshake(opening->peer, &opening->failure);
}

static int64_t opening_wall(const Opening *opening)
{
        const Clock *clock = opening->peer->clock;

        return (int64_t)(clock_realtime(clock) - clock_boottime(clock));
}

/* 0, or negative errno and the failure filled in. */
static int opening_try(Opening *opening, const ResolvedAddress *address)
{
        Peer *peer = opening->peer;
        int r;

        connection_memory_note(opening->memory, address);
        r = opening_connect(opening, address);
        if (r < 0) {
                peer_failure_unconnected(peer, r, &opening->failure);
                return r;
        }
        exchange_restart(&opening->exchange, peer->coap.block_size);
        if (peer->credential.mode == SECURITY_MODE_NOSEC)
                return opening_request(opening);
        opening->wall = opening_wall(opening);
        opening->handshaking_until = clock_boottime(peer->clock) + peer_wait(peer);
        peer_arm(peer, peer_wait(peer));
        opening_set_stage(opening, OPENING_HANDSHAKING);
        return 0;
}

/* The next address; none left: the failure of the last one is the opening's. */
static void opening_next_address(Opening *opening)
{
        peer_disarm(opening->peer);
        do {
                if (opening->next_address >= opening->n_addresses) {
                        opening_fail(opening);
                        return;
                }
        } while (opening_try(opening, &opening->addresses[opening->next_address++]) < 0);
}

int opening_replace(Opening *opening, const Request *request)
{
        const CoapSettings *coap = &opening->peer->coap;
        Exchange exchange;
        int r;

        r = exchange_init(&exchange, request, coap->block_size, coap->max_body_size);
        if (r < 0)
                return r;
        exchange_done(&opening->exchange);
        opening->exchange = exchange;
        opening->state = OPENING_REQUESTING;
        if (opening_send(opening) < 0)
                opening_next_address(opening);
        return 0;
}

int opening_response(Opening *opening, const uint8_t *token, size_t token_size, const Packet *packet,
        Response *ret_response)
{
        int r;

        if (opening->state != OPENING_REQUESTING && opening->state != OPENING_ACCEPTED)
                return EXCHANGE_FOREIGN;
        r = exchange_take(&opening->exchange, token, token_size, packet, ret_response);
        if (r == EXCHANGE_DONE) {
                opening_accept(opening);
                opening->state = OPENING_ANSWERED;
        } else if (r == EXCHANGE_SEND && opening_send(opening) < 0)
                opening_next_address(opening);
        return r;
}

void opening_connected(Opening *opening)
{
        Peer *peer = opening->peer;
        TransportTls tls;

        if (opening->state != OPENING_HANDSHAKING)
                return;
        peer->counters.handshakes++;
        tls = transport_tls(peer->transport);
        (void)snprintf(peer->cipher, sizeof(peer->cipher), "%s", tls.cipher);
        log_full(LOG_INFO, 0, &peer->about, "%s %s (%s): DTLS session with the cipher suite %s%s.",
                peer->kind, peer->uri_text, peer->address, peer->cipher, tls.is_resumed ? ", resumed" : "");
        if (opening_request(opening) < 0)
                opening_next_address(opening);
}

/* Whoever asked is not there: the next address, now. */
static bool opening_gives_up(const Opening *opening)
{
        return opening->state == OPENING_REQUESTING || opening->state == OPENING_HANDSHAKING;
}

bool opening_is_stranded(const Opening *opening)
{
        return opening_gives_up(opening) && connection_memory_way_differs(opening->memory);
}

void opening_refused(Opening *opening)
{
        if (!opening_gives_up(opening) || !peer_failure_icmp(opening->peer, &opening->failure))
                return;
        if (opening->state == OPENING_HANDSHAKING)
                opening->peer->counters.handshake_failures++;
        opening_next_address(opening);
}

void opening_reset(Opening *opening)
{
        FailureContext context = peer_failure_context(opening->peer);

        if (!opening_gives_up(opening))
                return;
        failure_set_reset(&opening->failure, &context);
        opening_next_address(opening);
}

void opening_start(Opening *opening)
{
        opening_set_stage(opening, OPENING_RESOLVING);
        connection_memory_renew(opening->memory);
        if (!peer_is_sound(opening->peer, &opening->failure) ||
                resolving_start(&opening->resolving, opening->peer, opening->resolver, opening->resolved,
                        &opening->failure) < 0)
                opening_fail(opening);
}

void opening_resolved(Opening *opening, int error, const ResolvedAddress *addresses, size_t n)
{
        if (error != 0) {
                if (resolving_failed(&opening->resolving, error, &opening->failure))
                        opening_fail(opening);
                return;
        }
        memcpy(opening->addresses, addresses, n * sizeof(*addresses));
        opening->n_addresses = n;
        address_list_turn(opening->addresses, n, &opening->memory->last_silent);
        opening_next_address(opening);
}

/* The handshake again, at the same address, within the time that it has. False: that is over. */
static bool opening_begin_anew(Opening *opening)
{
        uint64_t now = clock_boottime(opening->peer->clock), until = opening->handshaking_until;

        if (now >= until)
                return false;
        if (opening_try(opening, &opening->addresses[opening->next_address - 1]) < 0)
                opening_next_address(opening);
        else {
                opening->handshaking_until = until;
                peer_arm(opening->peer, until - now);
        }
        return true;
}

/* Whether this end was for a reason that is gone already: the clock was set, which ends every wait of
 * libcoap and OpenSSL at once; or the server cannot do with a session that it was to resume (OpenSSL's says
 * internal_error where it asks for certificates and was told no context for them), which is forgotten. */
static bool opening_may_begin_anew(const Opening *opening, const TransportTls *tls)
{
        if (tls->alert == DTLS_ALERT_NONE)
                return llabs(opening_wall(opening) - opening->wall) >= (long long)USEC_PER_SEC;
        return tls->alert < DTLS_ALERT_OURS && tls->offers_session;
}

bool opening_dead(Opening *opening)
{
        if (opening->state == OPENING_HANDSHAKING) {
                const TransportTls tls = transport_tls(opening->peer->transport);

                if (opening_may_begin_anew(opening, &tls) && opening_begin_anew(opening))
                        return true;
                if (tls.alert == DTLS_ALERT_NONE) /* libcoap gives a silent peer up by its own clock */
                        opening_remember_silence(opening);
                opening_fail_handshake(opening);
        } else if (opening->state == OPENING_REQUESTING)
                peer_failure_lost(opening->peer, &opening->failure);
        else
                return false;
        opening_next_address(opening);
        return true;
}

void opening_network_changed(Opening *opening)
{
        if (opening->state != OPENING_RESOLVING || !connection_memory_differs(opening->memory))
                return;
        connection_memory_renew(opening->memory);
        resolving_again(&opening->resolving);
}

bool opening_late(Opening *opening)
{
        FailureContext context = peer_failure_context(opening->peer);

        if (opening->state == OPENING_RESOLVING) {
                if (!resolving_late(&opening->resolving, &opening->failure))
                        opening_fail(opening);
                return true;
        }
        if (opening->state == OPENING_HANDSHAKING)
                opening_fail_handshake(opening);
        else if (opening->state == OPENING_REQUESTING)
                failure_set_unanswered(&opening->failure, &context, peer_wait(opening->peer));
        else
                return false;
        opening_remember_silence(opening);
        opening_next_address(opening);
        return true;
}
