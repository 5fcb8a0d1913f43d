/* SPDX-License-Identifier: Apache-2.0 */
/* A CoAP message without its transport. */
#include "coap/packet.h"
#include "util/secret.h"

void packet_add_option(ByteWriter *options, uint16_t number, const void *data, size_t size)
{
        byte_writer_add_uint(options, 2, number);
        byte_writer_add_uint(options, 2, size);
        byte_writer_add(options, data, size);
}

void packet_add_uint(ByteWriter *options, uint16_t number, uint32_t value)
{
        size_t n = 0;

        while (n < sizeof(value) && value >> (8 * n))
                n++;
        byte_writer_add_uint(options, 2, number);
        byte_writer_add_uint(options, 2, n);
        if (n > 0)
                byte_writer_add_uint(options, n, value);
}

bool packet_next_option(const Packet *packet, size_t *position, PacketOption *ret)
{
        ByteReader reader = BYTE_READER(packet->options, packet->options_size);
        uint64_t number, size;
        PacketOption option;

        reader.position = *position;
        if (!byte_reader_uint(&reader, 2, &number) || !byte_reader_uint(&reader, 2, &size) ||
                !byte_reader_take(&reader, size, &option.data))
                return false;
        option.number = (uint16_t)number;
        option.size = size;
        *position = reader.position;
        *ret = option;
        return true;
}

uint32_t packet_option_uint(const PacketOption *option)
{
        uint32_t value = 0;

        assert(option->size <= sizeof(value));
        for (size_t i = 0; i < option->size; i++)
                value = value << 8 | option->data[i];
        return value;
}

int packet_copy(const Packet *packet, PacketCopy *ret)
{
        size_t size = packet->options_size + packet->payload_size;
        PacketCopy copy = {.packet = *packet};

        copy.packet.options = copy.packet.payload = NULL;
        if (size > 0) {
                copy.bytes = malloc(size);
                if (!copy.bytes)
                        return -ENOMEM;
                copy.packet.options = copy.bytes;
                copy.packet.payload = copy.bytes + packet->options_size;
        }
        if (packet->options_size > 0)
                memcpy(copy.bytes, packet->options, packet->options_size);
        if (packet->payload_size > 0)
                memcpy(copy.bytes + packet->options_size, packet->payload, packet->payload_size);
        *ret = copy;
        return 0;
}

void packet_copy_done(PacketCopy *copy)
{
        secret_free_bytes(copy->bytes, copy->packet.options_size + copy->packet.payload_size);
        *copy = (PacketCopy){.bytes = NULL};
}

uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
        const uint8_t *bytes = data;

        for (size_t i = 0; i < size; i++)
                hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
        return hash;
}

uint64_t packet_hash(const Packet *packet)
{
        uint64_t hash = hash_bytes(HASH_INIT, &packet->code, sizeof(packet->code));

        hash = hash_bytes(hash, &packet->options_size, sizeof(packet->options_size));
        hash = hash_bytes(hash, packet->options, packet->options_size);
        return hash_bytes(hash, packet->payload, packet->payload_size);
}
