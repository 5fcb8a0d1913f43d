/* SPDX-License-Identifier: Apache-2.0 */
/* libcoap's session: address, credentials, transmission parameters. */
#include "coap/session.h"

#define MTU              1440 /* bytes; beyond 1472 libcoap cuts a datagram silently */
#define NSTART           2    /* one request of ours at a time, and a De-register behind a lost one */
#define ACK_TIMEOUT_MIN  USEC_PER_SEC /* libcoap ignores less */
#define BACKOFF_MAX_MSEC INT32_MAX    /* libcoap counts milliseconds in 32 bits */

/* max_retransmit 0, which libcoap ignores: its one retransmission comes behind every deadline. */
#define ACK_TIMEOUT_ONCE (3600 * USEC_PER_SEC)

static coap_fixed_point_t fixed_point(double value)
{
        unsigned thousandths = (unsigned)(value * 1000 + 0.5);

        return (coap_fixed_point_t){(uint16_t)(thousandths / 1000), (uint16_t)(thousandths % 1000)};
}

void session_set_transmission(coap_session_t *session, const CoapSettings *coap)
{
        uint64_t ack_timeout =
                coap->max_retransmit > 0 ? MAX_OF(coap->ack_timeout, ACK_TIMEOUT_MIN) : ACK_TIMEOUT_ONCE;
        double longest = (double)ack_timeout / USEC_PER_MSEC * coap->ack_random_factor;
        unsigned n = MAX_OF(coap->max_retransmit, 1U);

        while (n > 1 && longest * (double)(1U << n) > BACKOFF_MAX_MSEC)
                n--;
        coap_session_set_ack_timeout(session, fixed_point((double)ack_timeout / USEC_PER_SEC));
        coap_session_set_ack_random_factor(session, fixed_point(coap->ack_random_factor));
        coap_session_set_max_retransmit(session, (uint16_t)n);
        coap_session_set_nstart(session, NSTART);
        coap_session_set_mtu(session, MTU);
}

coap_session_t *session_new(coap_context_t *context, const ResolvedAddress *to, const Credential *credential,
        const char *server_name)
{
        coap_dtls_cpsk_t psk = {.version = COAP_DTLS_CPSK_SETUP_VERSION};
        coap_address_t address;

        coap_address_init(&address);
        assert(to->size <= sizeof(address.addr));
        memcpy(&address.addr, &to->address, to->size);
        address.size = to->size;
        if (credential->mode == SECURITY_MODE_NOSEC)
                return coap_new_client_session(context, NULL, &address, COAP_PROTO_UDP);
        psk.client_sni = (char *)server_name;
        psk.psk_info.identity = (coap_bin_const_t){credential->identity.size, credential->identity.data};
        psk.psk_info.key = (coap_bin_const_t){credential->key.size, credential->key.data};
        return coap_new_client_session_psk2(context, NULL, &address, COAP_PROTO_DTLS, &psk);
}
