/* SPDX-License-Identifier: Apache-2.0 */
/* Hand-made CoAP datagrams (RFC 7252, 3) for the tests: nothing shared with the code under test. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { CON, NON, ACK, RST };

/* RFC 7252, 12.2; RFC 7641, 6; RFC 7959, 6; RFC 7967, 6 */
enum {
        W_IF_MATCH = 1,
        W_ETAG = 4,
        W_OBSERVE = 6,
        W_LOCATION_PATH = 8,
        W_URI_PATH = 11,
        W_CONTENT_FORMAT = 12,
        W_URI_QUERY = 15,
        W_ACCEPT = 17,
        W_BLOCK2 = 23,
        W_BLOCK1 = 27,
        W_SIZE2 = 28,
        W_SIZE1 = 60,
        W_NO_RESPONSE = 258,
};

/* A block option's value (RFC 7959, 2.2) */
#define W_BLOCK(number, more, szx) ((uint32_t)((number) << 4 | (more) << 3 | (szx)))

#define WIRE_OPTIONS_MAX 32

typedef struct WireOption {
        unsigned number;
        size_t size;
        uint8_t value[300];
} WireOption;

typedef struct Wire {
        int type;
        uint8_t code;
        uint16_t mid;
        size_t token_size;
        uint8_t token[8];
        size_t n_options;
        WireOption options[WIRE_OPTIONS_MAX];
        size_t payload_size;
        uint8_t payload[2048];
} Wire;

static inline void wire_add(Wire *wire, unsigned number, const void *value, size_t size)
{
        WireOption *option = &wire->options[wire->n_options++];

        assert(wire->n_options <= WIRE_OPTIONS_MAX && size <= sizeof(option->value));
        option->number = number;
        option->size = size;
        memcpy(option->value, value, size);
}

static inline void wire_add_text(Wire *wire, unsigned number, const char *text)
{
        wire_add(wire, number, text, strlen(text));
}

static inline void wire_add_uint(Wire *wire, unsigned number, uint32_t value)
{
        uint8_t bytes[4];
        size_t n = 0;

        for (int shift = 24; shift >= 0; shift -= 8)
                if (n > 0 || value >> shift & 0xff)
                        bytes[n++] = (uint8_t)(value >> shift);
        wire_add(wire, number, bytes, n);
}

static inline void wire_set_payload(Wire *wire, const void *payload, size_t size)
{
        assert(size <= sizeof(wire->payload));
        memcpy(wire->payload, payload, size);
        wire->payload_size = size;
}

static inline const WireOption *wire_option(const Wire *wire, unsigned number, size_t nth)
{
        for (size_t i = 0; i < wire->n_options; i++)
                if (wire->options[i].number == number && nth-- == 0)
                        return &wire->options[i];
        return NULL;
}

/* A confirmable request of the peer's. */
static inline Wire wire_request(uint16_t mid, uint8_t method, const char *segment)
{
        Wire wire = {
                .type = CON, .code = method, .mid = mid, .token_size = 2, .token = {0xaa, (uint8_t)mid}};

        if (segment)
                wire_add_text(&wire, W_URI_PATH, segment);
        return wire;
}

/* -1: not there */
static inline int64_t wire_uint(const Wire *wire, unsigned number)
{
        const WireOption *option = wire_option(wire, number, 0);
        int64_t value = 0;

        if (!option)
                return -1;
        for (size_t i = 0; i < option->size; i++)
                value = value << 8 | option->value[i];
        return value;
}

static inline uint8_t wire_nibble(size_t value, uint8_t **ext)
{
        if (value < 13)
                return (uint8_t)value;
        if (value < 269) {
                *(*ext)++ = (uint8_t)(value - 13);
                return 13;
        }
        *(*ext)++ = (uint8_t)((value - 269) >> 8);
        *(*ext)++ = (uint8_t)(value - 269);
        return 14;
}

static inline size_t wire_build(const Wire *wire, uint8_t *buffer)
{
        uint8_t *p = buffer;
        unsigned last = 0;

        *p++ = (uint8_t)(0x40 | wire->type << 4 | wire->token_size);
        *p++ = wire->code;
        *p++ = (uint8_t)(wire->mid >> 8);
        *p++ = (uint8_t)wire->mid;
        memcpy(p, wire->token, wire->token_size);
        p += wire->token_size;
        for (size_t i = 0; i < wire->n_options; i++) {
                const WireOption *option = &wire->options[i];
                uint8_t *head = p++;
                uint8_t delta = wire_nibble(option->number - last, &p), size = wire_nibble(option->size, &p);

                *head = (uint8_t)(delta << 4 | size);
                memcpy(p, option->value, option->size);
                p += option->size;
                last = option->number;
        }
        if (wire->payload_size > 0) {
                *p++ = 0xff;
                memcpy(p, wire->payload, wire->payload_size);
                p += wire->payload_size;
        }
        return (size_t)(p - buffer);
}

static inline size_t wire_extended(uint8_t nibble, const uint8_t **p)
{
        size_t value = nibble;

        if (nibble == 13)
                value = 13 + *(*p)++;
        else if (nibble == 14) {
                value = 269 + ((size_t)(*p)[0] << 8 | (*p)[1]);
                *p += 2;
        }
        return value;
}

/* The datagrams come from the code under test: a malformed one fails the test. */
static inline void wire_parse(const uint8_t *data, size_t size, Wire *ret)
{
        const uint8_t *p = data + 4, *end = data + size;
        unsigned number = 0;

        assert(size >= 4 && data[0] >> 6 == 1);
        *ret = (Wire){.type = data[0] >> 4 & 3, .code = data[1], .mid = (uint16_t)(data[2] << 8 | data[3])};
        ret->token_size = data[0] & 15;
        assert(ret->token_size <= 8);
        memcpy(ret->token, p, ret->token_size);
        p += ret->token_size;
        while (p < end && *p != 0xff) {
                uint8_t head = *p++;
                size_t length;

                number += (unsigned)wire_extended(head >> 4, &p);
                length = wire_extended(head & 15, &p);
                assert(p + length <= end);
                wire_add(ret, number, p, length);
                p += length;
        }
        if (p < end) {
                p++;
                assert(p < end);
                wire_set_payload(ret, p, (size_t)(end - p));
        }
}
