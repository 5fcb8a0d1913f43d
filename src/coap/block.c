/* SPDX-License-Identifier: Apache-2.0 */
/* A block of a body, and what tells which body it is of. */
#include "coap/block.h"

int block_parse(const PacketOption *option, Block *ret)
{
        uint32_t value;

        if (option->size > 3)
                return -EINVAL;
        value = packet_option_uint(option);
        if ((value & 7) > BLOCK_SZX_MAX)
                return -EINVAL;
        *ret = (Block){.number = value >> 4, .more = value & 8, .szx = value & 7};
        return 0;
}

uint32_t block_value(const Block *block)
{
        return block->number << 4 | (block->more ? 8U : 0U) | block->szx;
}

size_t block_size(uint8_t szx)
{
        return (size_t)16 << szx;
}

uint8_t block_szx(size_t size)
{
        uint8_t szx = 0;

        while (szx < BLOCK_SZX_MAX && block_size(szx + 1) <= size)
                szx++;
        return szx;
}

size_t block_offset(const Block *block)
{
        return (size_t)block->number << (block->szx + 4);
}

bool block_fits(const Block *block, size_t size)
{
        return block->more ? size == block_size(block->szx) : size <= block_size(block->szx);
}

bool block_is_old(uint64_t time, uint64_t now)
{
        return now > time && now - time > BLOCK_LIFETIME_USEC;
}

static bool option_in_key(uint16_t number, BlockKey kind)
{
        if (kind == BLOCK_KEY_PLACE)
                return number == OPTION_URI_PATH;
        if (kind == BLOCK_KEY_ANSWER)
                return number == OPTION_URI_PATH || number == OPTION_URI_QUERY || number == OPTION_ACCEPT;
        switch (number) {
        case OPTION_OBSERVE:
        case OPTION_BLOCK1:
        case OPTION_BLOCK2:
        case OPTION_SIZE1:
        case OPTION_SIZE2:
        case OPTION_NO_RESPONSE:
                return false;
        default:
                return true;
        }
}

int block_key(const Packet *request, BlockKey kind, ByteWriter *ret)
{
        ByteWriter key = BYTE_WRITER(PACKET_OPTIONS_SIZE + 1);
        PacketOption option;
        size_t position = 0;

        byte_writer_add_u8(&key, request->code);
        while (packet_next_option(request, &position, &option))
                if (option_in_key(option.number, kind))
                        packet_add_option(&key, option.number, option.data, option.size);
        if (key.error < 0) {
                int r = key.error;

                byte_writer_done(&key);
                return r;
        }
        *ret = key;
        return 0;
}

bool block_key_equal(const ByteWriter *a, const ByteWriter *b)
{
        return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}
