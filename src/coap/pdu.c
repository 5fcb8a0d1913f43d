/* SPDX-License-Identifier: Apache-2.0 */
/* libcoap's messages <-> packets. */
#include "coap/pdu.h"

Packet pdu_view(const coap_pdu_t *pdu, ByteWriter *options)
{
        Packet packet = {.code = (uint8_t)coap_pdu_get_code(pdu)};
        coap_opt_iterator_t iterator;
        coap_opt_t *option;

        coap_option_iterator_init(pdu, &iterator, COAP_OPT_ALL);
        while ((option = coap_option_next(&iterator)))
                packet_add_option(options, iterator.number, coap_opt_value(option), coap_opt_length(option));
        if (!coap_get_data(pdu, &packet.payload_size, &packet.payload))
                packet.payload_size = 0;
        packet.options = options->data;
        packet.options_size = options->size;
        return packet;
}

bool pdu_fill(coap_pdu_t *pdu, const Packet *packet)
{
        PacketOption option;
        size_t position = 0;

        while (packet_next_option(packet, &position, &option))
                if (coap_add_option(pdu, option.number, option.size, option.data) == 0)
                        return false;
        return packet->payload_size == 0 || coap_add_data(pdu, packet->payload_size, packet->payload) == 1;
}
