/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection has sent and received. */
#include "coap/counters.h"

#define HEADER_SIZE 4 /* bytes; RFC 7252, 3 */

/* Bytes behind the first one that an option's delta or length takes (RFC 7252, 3.1). */
static size_t extended_size(size_t value)
{
        if (value < 13)
                return 0;
        return value < 269 ? 1 : 2;
}

size_t counters_message_size(size_t token_size, const Packet *packet)
{
        size_t size = HEADER_SIZE + token_size, position = 0;
        uint16_t last = 0;
        PacketOption option;

        while (packet_next_option(packet, &position, &option)) {
                size += 1 + extended_size((size_t)(option.number - last)) + extended_size(option.size) +
                        option.size;
                last = option.number;
        }
        return packet->payload_size > 0 ? size + 1 + packet->payload_size : size;
}

void traffic_add(Traffic *traffic, size_t size)
{
        traffic->datagrams++;
        traffic->bytes += size;
        traffic->largest = MAX_OF(traffic->largest, size);
}

static void count(Counters *counters, Traffic *traffic, size_t token_size, const Packet *packet)
{
        if (!counters->secured)
                traffic_add(traffic, counters_message_size(token_size, packet));
        counters->last_message = clock_boottime(counters->clock);
}

void counters_sent(Counters *counters, size_t token_size, const Packet *packet)
{
        count(counters, &counters->sent, token_size, packet);
}

void counters_received(Counters *counters, size_t token_size, const Packet *packet)
{
        count(counters, &counters->received, token_size, packet);
}
