/* SPDX-License-Identifier: Apache-2.0 */
/* libcoap's session: address, credentials, transmission parameters. */
#include "coap/network_path.h"
#include "coap/session.h"
#include "coap/verification.h"
#include "lwm2m/message.h"
#include "util/certificate_facts.h"

#define MTU              1440 /* bytes; beyond 1472 libcoap cuts a datagram silently */
#define NSTART           3    /* a request of ours, a De-register behind a lost one, a notification */
#define ACK_TIMEOUT_MIN  USEC_PER_SEC /* libcoap ignores less */
#define BACKOFF_MAX_MSEC INT32_MAX    /* libcoap counts milliseconds in 32 bits */

/* max_retransmit 0, which libcoap ignores: its one retransmission comes behind every deadline. That of an
 * answer soon behind its own, since nothing is known of those after it as long as libcoap keeps it. */
#define ACK_TIMEOUT_ONCE (3600 * USEC_PER_SEC)

static coap_fixed_point_t fixed_point(double value)
{
        unsigned thousandths = (unsigned)(value * 1000 + 0.5);

        return (coap_fixed_point_t){(uint16_t)(thousandths / 1000), (uint16_t)(thousandths % 1000)};
}

static uint64_t ack_timeout_of(const CoapSettings *coap, bool is_answer)
{
        if (coap->max_retransmit > 0)
                return MAX_OF(coap->ack_timeout, ACK_TIMEOUT_MIN);
        return is_answer ? coap_settings_max_transmit_wait(coap) + ACK_TIMEOUT_MIN : ACK_TIMEOUT_ONCE;
}

void session_set_ack_timeout(coap_session_t *session, const CoapSettings *coap, bool is_answer)
{
        coap_session_set_ack_timeout(
                session, fixed_point((double)ack_timeout_of(coap, is_answer) / USEC_PER_SEC));
}

void session_set_transmission(coap_session_t *session, const CoapSettings *coap)
{
        uint64_t ack_timeout = ack_timeout_of(coap, false);
        double longest = (double)ack_timeout / USEC_PER_MSEC * coap->ack_random_factor;
        unsigned n = MAX_OF(coap->max_retransmit, 1U);

        while (n > 1 && longest * (double)(1U << n) > BACKOFF_MAX_MSEC)
                n--;
        session_set_ack_timeout(session, coap, false);
        coap_session_set_ack_random_factor(session, fixed_point(coap->ack_random_factor));
        coap_session_set_max_retransmit(session, (uint16_t)n);
        coap_session_set_nstart(session, NSTART);
        coap_session_set_mtu(session, MTU);
}

/* Only the structures are copied: what they point to is read again when libcoap makes another handshake by
 * itself. */
static coap_session_t *session_new_psk(coap_context_t *context, const coap_address_t *address,
        const Credential *credential, const char *server_name)
{
        coap_dtls_cpsk_t psk = {
                .version = COAP_DTLS_CPSK_SETUP_VERSION,
                .client_sni = (char *)server_name,
                .psk_info.identity = {credential->identity.size, credential->identity.data},
                .psk_info.key = {credential->key.size, credential->key.data},
        };

        return coap_new_client_session_psk2(context, NULL, address, COAP_PROTO_DTLS, &psk);
}

/* libcoap checks nothing itself, but has to believe that it does: else it does not ask who is there. Without
 * an own certificate none is sent. */
static coap_session_t *session_new_certificate(coap_context_t *context, const coap_address_t *address,
        const Credential *credential, const char *server_name)
{
        const Secret *key = &credential->key;
        const uint8_t *rest = credential->identity.data, *certificate = NULL;
        size_t rest_size = credential->identity.size, size = 0;
        coap_dtls_pki_t pki = {
                .version = COAP_DTLS_PKI_SETUP_VERSION,
                .verify_peer_cert = 1,
                .check_common_ca = 1,
                .cert_chain_validation = 1,
                .cert_chain_verify_depth = VERIFICATION_DEPTH,
                .client_sni = (char *)server_name,
                .pki_key.key_type = COAP_PKI_KEY_ASN1,
        };

        if (certificate_chain_next(&rest, &rest_size, &certificate, &size)) {
                pki.pki_key.key.asn1.public_cert = certificate;
                pki.pki_key.key.asn1.public_cert_len = size;
                pki.pki_key.key.asn1.private_key = key->data;
                pki.pki_key.key.asn1.private_key_len = key->size;
                pki.pki_key.key.asn1.private_key_type =
                        private_key_type(key) == PRIVATE_KEY_RSA ? COAP_ASN1_PKEY_RSA : COAP_ASN1_PKEY_EC;
        }
        return coap_new_client_session_pki(context, NULL, address, COAP_PROTO_DTLS, &pki);
}

coap_session_t *session_new(coap_context_t *context, const ResolvedAddress *to, const Credential *credential,
        const char *server_name)
{
        coap_address_t address;

        coap_address_init(&address);
        assert(to->size <= sizeof(address.addr));
        memcpy(&address.addr, &to->address, to->size);
        address.size = to->size;
        if (credential->mode == SECURITY_MODE_NOSEC)
                return coap_new_client_session(context, NULL, &address, COAP_PROTO_UDP);
        return credential->mode == SECURITY_MODE_CERTIFICATE
                       ? session_new_certificate(context, &address, credential, server_name)
                       : session_new_psk(context, &address, credential, server_name);
}

coap_address_t session_hide_local(coap_session_t *session)
{
        /* It is const to us alone: the session is the transport's own, and libcoap does not ask for the
         * address of a client's session but to judge what comes to it. */
        coap_address_t *local = (coap_address_t *)coap_session_get_addr_local(session);
        const coap_address_t before = *local;

        if (local->addr.sa.sa_family == AF_INET)
                local->addr.sin.sin_addr.s_addr = htonl(INADDR_ANY);
        return before;
}

bool session_is_usable(const coap_session_t *session, const coap_address_t *local)
{
        const coap_address_t *remote = coap_session_get_addr_remote(session);
        ResolvedAddress address = {.size = remote->size};

        memcpy(&address.address, &remote->addr, remote->size);
        return network_path_is_usable(&local->addr.sa, &address);
}

uint16_t session_port(const coap_address_t *local)
{
        return local->addr.sa.sa_family == AF_INET6 ? local->addr.sin6.sin6_port : local->addr.sin.sin_port;
}

static int add_resource(coap_context_t *context, coap_resource_t *resource, coap_method_handler_t handler)
{
        if (!resource)
                return -ENOMEM;
        for (int method = METHOD_GET; method <= METHOD_IPATCH; method++)
                coap_register_request_handler(resource, (coap_request_t)method, handler);
        coap_add_resource(context, resource);
        return 0;
}

int session_add_resources(coap_context_t *context, coap_method_handler_t handler)
{
        int r;

        r = add_resource(context, coap_resource_unknown_init2(handler, 0), handler);
        if (r < 0)
                return r;
        return add_resource(
                context, coap_resource_init(coap_make_str_const(COAP_DEFAULT_URI_WELLKNOWN), 0), handler);
}
