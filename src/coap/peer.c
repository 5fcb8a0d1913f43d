/* SPDX-License-Identifier: Apache-2.0 */
/* The peer of a connection. */
#include "coap/dtls_failure.h"
#include "coap/peer.h"

#define TIMER_ACCURACY_USEC (10 * USEC_PER_MSEC)

/* What is wrong with the URI is told when the name is to be resolved, like everything that goes wrong with
 * an account. */
static void peer_set_uri(Peer *peer)
{
        if (!security_mode_is_supported(peer->credential.mode))
                peer->uri_reason = "comes with a security mode that cannot be used";
        else if (uri_parse(peer->uri_text, &peer->uri, &peer->uri_reason) == 0 &&
                 peer->uri.scheme != security_mode_scheme(peer->credential.mode))
                peer->uri_reason = "does not fit the security mode (coap: nosec, coaps: psk, certificate)";
}

static int peer_copy_settings(Peer *peer, const ConnectionSettings *settings)
{
        int r;

        peer->coap = settings->coap;
        peer->uri_text = strdup(settings->uri);
        peer->kind = strdup(settings->peer_kind);
        peer->trust_store = strdup(settings->trust_store ?: TRUST_STORE_SYSTEM);
        if (!peer->uri_text || !peer->kind || !peer->trust_store)
                return -ENOMEM;
        peer->about = (LogAbout){.short_server_id = settings->short_server_id, .server_uri = peer->uri_text};
        r = credential_copy(&peer->credential, settings->credential);
        if (r < 0)
                return r;
        peer_set_uri(peer);
        (void)uri_name(&peer->uri, peer->name);
        return 0;
}

int peer_init(Peer *peer, sd_event *event, const Clock *clock, Lifetime *lifetime,
        const ConnectionSettings *settings, const TransportHandler *handler,
        sd_event_time_handler_t deadline, void *userdata)
{
        int r;

        *peer = (Peer){
                .event = sd_event_ref(event),
                .clock = clock,
                .counters = {.clock = clock},
                .lifetime = lifetime,
                .handler = handler,
                .userdata = userdata,
                .end = USEC_INFINITY,
                .icmp = _TRANSPORT_EVENT_MAX,
        };
        r = peer_copy_settings(peer, settings);
        if (r < 0)
                return r;
        r = sd_event_add_time(
                event, &peer->timer, CLOCK_BOOTTIME, 0, TIMER_ACCURACY_USEC, deadline, userdata);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(peer->timer, "connection-deadline");
        return sd_event_source_set_enabled(peer->timer, SD_EVENT_OFF);
}

void peer_shut(Peer *peer)
{
        peer->timer = sd_event_source_disable_unref(peer->timer);
        peer_disconnect(peer);
}

void peer_done(Peer *peer)
{
        peer_shut(peer);
        incoming_done(&peer->incoming);
        credential_done(&peer->credential);
        free(peer->uri_text);
        free(peer->kind);
        free(peer->trust_store);
        peer->event = sd_event_unref(peer->event);
}

void peer_arm(Peer *peer, uint64_t wait)
{
        uint64_t at = MIN_OF(clock_boottime(peer->clock) + wait, peer->end);

        (void)sd_event_source_set_time(peer->timer, at);
        (void)sd_event_source_set_enabled(peer->timer, SD_EVENT_ONESHOT);
}

void peer_limit(Peer *peer, uint64_t wait)
{
        peer->end = clock_boottime(peer->clock) + wait;
        peer_arm(peer, wait);
}

void peer_disarm(Peer *peer)
{
        (void)sd_event_source_set_enabled(peer->timer, SD_EVENT_OFF);
}

uint64_t peer_wait(const Peer *peer)
{
        return coap_settings_max_transmit_wait(&peer->coap);
}

FailureContext peer_failure_context(const Peer *peer)
{
        return (FailureContext){peer->kind, peer->uri_text, peer->address, &peer->credential};
}

void peer_note_icmp(Peer *peer, TransportEvent event)
{
        peer->icmp = event;
}

bool peer_failure_icmp(const Peer *peer, Failure *failure)
{
        FailureContext context = peer_failure_context(peer);

        if (peer->icmp == TRANSPORT_REFUSED)
                failure_set_refused(failure, &context);
        else if (peer->icmp == TRANSPORT_UNREACHABLE)
                failure_set_no_route(failure, &context, EHOSTUNREACH);
        return peer->icmp != _TRANSPORT_EVENT_MAX;
}

bool peer_is_sound(const Peer *peer, Failure *failure)
{
        FailureContext context = peer_failure_context(peer);
        CredentialFault fault;

        if (peer->uri_reason) {
                failure_set_uri(failure, &context, peer->uri_reason);
                return false;
        }
        if (!credential_check(&peer->credential, &fault)) {
                failure_set_credential(failure, &context, fault.text);
                return false;
        }
        return true;
}

void peer_failure_unconnected(const Peer *peer, int error, Failure *failure)
{
        FailureContext context = peer_failure_context(peer);

        switch (-error) {
        case EPROTONOSUPPORT:
                failure_set_suites(failure, &context);
                break;
        case EKEYREJECTED:
                failure_set_credential(failure, &context,
                        "client certificate, or a CA's in its chain, has a key or signature that is too "
                        "weak for OpenSSL's security level here");
                break;
        case ENOMEM: /* ours, not the network's */
                failure_set_unsent(failure, &context, error);
                break;
        default:
                failure_set_no_route(failure, &context, -error);
        }
}

void peer_failure_handshake(const Peer *peer, Failure *failure)
{
        FailureContext context = peer_failure_context(peer);
        const TransportTls tls = transport_tls(peer->transport);

        if (tls.verdict->name != FAILURE_NONE) /* our own alert says less */
                failure_set_verdict(failure, &context, tls.verdict);
        else if (tls.lacks_certificate && tls.alert >= 0 && tls.alert < DTLS_ALERT_OURS)
                failure_set_no_certificate(failure, &context, tls.alert);
        else
                failure_set_handshake(failure, &context, tls.alert);
}

void peer_failure_lost(const Peer *peer, Failure *failure)
{
        FailureContext context = peer_failure_context(peer);
        const TransportTls tls = transport_tls(peer->transport);

        if (tls.verdict->name != FAILURE_NONE)
                failure_set_verdict(failure, &context, tls.verdict);
        else
                failure_set_lost(failure, &context, tls.alert);
}

/* The name of the account, else of the URI; neither is an address, which RFC 6066, 3 leaves out. */
static const char *peer_server_name(const Peer *peer)
{
        const char *name = peer->credential.server_name ?: peer->name;

        return name[0] ? name : NULL;
}

/* What its certificate has to carry: RFC 7925, 4.4.1. */
static const char *peer_reference(const Peer *peer)
{
        const char *name = peer->name[0] ? peer->name : peer->uri.host;

        return peer->credential.server_name ?: name;
}

int peer_connect(Peer *peer, const ResolvedAddress *address)
{
        TransportSettings settings = {
                .clock = peer->clock,
                .address = address,
                .credential = &peer->credential,
                .server_name = peer_server_name(peer),
                .reference = peer_reference(peer),
                .trust_store = peer->trust_store,
                .counters = &peer->counters,
                .coap = &peer->coap,
                .about = &peer->about,
        };
        int r;

        peer_disconnect(peer);
        peer->counters.secured = peer->credential.mode != SECURITY_MODE_NOSEC;
        incoming_done(&peer->incoming);
        incoming_init(&peer->incoming, peer->coap.block_size, peer->coap.max_body_size);
        address_format(address, peer->address);
        r = address_check_route(address);
        if (r < 0)
                return r;
        return transport_open(
                peer->event, peer->lifetime, &settings, peer->handler, peer->userdata, &peer->transport);
}

void peer_disconnect(Peer *peer)
{
        incoming_end_stream(&peer->incoming, BODY_SESSION_LOST);
        peer->transport = transport_close(peer->transport);
}

bool peer_is_stranded(const Peer *peer)
{
        return peer->transport && !transport_is_usable(peer->transport);
}

uint16_t peer_port(const Peer *peer)
{
        return transport_port(peer->transport);
}

int peer_send(Peer *peer, Exchange *exchange)
{
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        Packet packet;
        int r;

        r = exchange_message(exchange, peer->name, &options, &packet);
        if (r < 0)
                return r;
        peer->icmp = _TRANSPORT_EVENT_MAX;
        return transport_send(peer->transport, exchange->token, sizeof(exchange->token), &packet);
}
