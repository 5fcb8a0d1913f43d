/* SPDX-License-Identifier: Apache-2.0 */
/* A CoAP message without its transport: code, options, payload. What lies behind it needs neither libcoap
 * nor a socket, and is tested without them. */
#pragma once

#include "util/bytes.h"
#include "util/macro.h"

/* Option numbers (RFC 7252, 5.10; RFC 7641, 7959, 7967, 9175) */
typedef enum OptionNumber {
        OPTION_IF_MATCH = 1,
        OPTION_URI_HOST = 3,
        OPTION_ETAG = 4,
        OPTION_IF_NONE_MATCH = 5,
        OPTION_OBSERVE = 6,
        OPTION_URI_PORT = 7,
        OPTION_LOCATION_PATH = 8,
        OPTION_URI_PATH = 11,
        OPTION_CONTENT_FORMAT = 12,
        OPTION_MAX_AGE = 14,
        OPTION_URI_QUERY = 15,
        OPTION_ACCEPT = 17,
        OPTION_BLOCK2 = 23,
        OPTION_BLOCK1 = 27,
        OPTION_SIZE2 = 28,
        OPTION_SIZE1 = 60,
        OPTION_NO_RESPONSE = 258,
        OPTION_REQUEST_TAG = 292,
} OptionNumber;

#define OPTION_IS_CRITICAL(number) (((number)&1) != 0) /* RFC 7252, 5.4.6 */

/* Of one message: a datagram of 1472 bytes (libcoap's receive buffer) whose options are all empty takes 4
 * bytes for each. */
#define PACKET_OPTIONS_SIZE (4 * 1472)

/* A view, all of it borrowed. Options lie flat in ascending order, each as number, length (two bytes each,
 * big-endian) and value. */
typedef struct Packet {
        uint8_t code;
        const uint8_t *options;
        size_t options_size;
        const uint8_t *payload;
        size_t payload_size;
} Packet;

typedef struct PacketOption {
        uint16_t number;
        const uint8_t *data;
        size_t size;
} PacketOption;

/* Append one option; numbers must ascend. The error is the writer's, sticky. _uint writes the shortest form
 * (RFC 7252, 3.2). */
void packet_add_option(ByteWriter *options, uint16_t number, const void *data, size_t size);
void packet_add_uint(ByteWriter *options, uint16_t number, uint32_t value);

/* The option at *position (0 at first), which moves behind it. False at the end. */
bool packet_next_option(const Packet *packet, size_t *position, PacketOption *ret);

/* An option's value as a number; at most 4 bytes long, which the caller has checked. */
uint32_t packet_option_uint(const PacketOption *option);

/* A packet whose bytes are its own: options, then payload, wiped when freed. */
typedef struct PacketCopy {
        Packet packet;
        uint8_t *bytes;
} PacketCopy;

/* *ret is filled in, packet_copy_done follows; 0, or -ENOMEM: it is untouched. */
int packet_copy(const Packet *packet, PacketCopy *ret);

/* Empty and reusable afterwards. */
void packet_copy_done(PacketCopy *copy);

/* FNV-1a, 64 bits: recognises a repetition and names a representation, protects nothing. */
#define HASH_INIT 0xcbf29ce484222325ULL
uint64_t hash_bytes(uint64_t hash, const void *data, size_t size);

/* Over code, options and payload. */
uint64_t packet_hash(const Packet *packet);
