/* SPDX-License-Identifier: Apache-2.0 */
/* What libcoap reads and tells nobody of. */
#include <poll.h>
#include <sys/socket.h>

#include "coap/overheard.h"

#define HEADER_SIZE   4    /* bytes; RFC 7252, 3 */
#define TOKEN_SIZE    8    /* bytes at most; RFC 7252, 3 */
#define END_MARK      0xff /* of the options; RFC 7252, 3 */
#define DATAGRAM_SIZE 1472 /* bytes that libcoap reads of one */
#define SOCKETS_MAX   1024 /* descriptors that are looked at: systemd's LimitNOFILE= */

static bool is_same(const struct sockaddr_storage *a, socklen_t size, const coap_address_t *b)
{
        return size == b->size && memcmp(a, &b->addr, size) == 0;
}

/* libcoap does not give its socket away; it is the one with both addresses of the session. */
static int find_socket(const coap_session_t *session, const coap_address_t *local)
{
        const coap_address_t *remote = coap_session_get_addr_remote(session);

        for (int fd = STDERR_FILENO + 1; fd < SOCKETS_MAX; fd++) {
                struct sockaddr_storage own = {0}, peer = {0};
                socklen_t own_size = sizeof(own), peer_size = sizeof(peer);

                if (getsockname(fd, (struct sockaddr *)&own, &own_size) == 0 &&
                        is_same(&own, own_size, local) &&
                        getpeername(fd, (struct sockaddr *)&peer, &peer_size) == 0 &&
                        is_same(&peer, peer_size, remote))
                        return fd;
        }
        return -1;
}

/* Bytes of an option's delta or length behind the first one (RFC 7252, 3.1), or -1: reserved. */
static int read_extended(ByteReader *reader, unsigned nibble, uint64_t *ret)
{
        *ret = nibble;
        if (nibble < 13)
                return 0;
        if (nibble == 15 || !byte_reader_uint(reader, nibble - 12, ret))
                return -1;
        *ret += nibble == 13 ? 13 : 269;
        return 0;
}

/* NULL: it is a message; else what is wrong with it. */
static const char *find_fault(const uint8_t *data, size_t size)
{
        ByteReader reader = BYTE_READER(data, size);
        const uint8_t *skipped;
        uint64_t first, delta, length;

        if (size < HEADER_SIZE)
                return "shorter than a header";
        if (data[0] >> 6 != 1)
                return "another version";
        if ((data[0] & 15) > TOKEN_SIZE ||
                !byte_reader_take(&reader, HEADER_SIZE + (data[0] & 15U), &skipped))
                return "no such token";
        if (data[1] == 0)
                return size > HEADER_SIZE ? "an empty one with a content" : NULL;
        while (byte_reader_uint(&reader, 1, &first)) {
                if (first == END_MARK)
                        return reader.position == size ? "no payload behind its mark" : NULL;
                if (read_extended(&reader, (unsigned)first >> 4, &delta) < 0 ||
                        read_extended(&reader, first & 15, &length) < 0 ||
                        !byte_reader_take(&reader, length, &skipped))
                        return "a broken option";
        }
        return NULL;
}

/* And no error: recv() would take it away, MSG_PEEK or not, and libcoap would never hear of it. */
static bool has_datagram(int fd)
{
        struct pollfd waiting = {.fd = fd, .events = POLLIN};

        return poll(&waiting, 1, 0) > 0 && !(waiting.revents & POLLERR);
}

bool overheard_datagram(
        const Trace *trace, const coap_session_t *session, const coap_address_t *local, int *socket)
{
        uint8_t data[DATAGRAM_SIZE];
        const char *fault;
        ssize_t n;

        if (!trace_is_on())
                return false;
        if (*socket < 0)
                *socket = find_socket(session, local);
        if (*socket < 0 || !has_datagram(*socket))
                return false;
        n = recv(*socket, data, sizeof(data), MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
        if (n < 0)
                return false;
        fault = (size_t)n > sizeof(data) ? "longer than any" : find_fault(data, (size_t)n);
        if (fault)
                trace_garbage(trace, (size_t)n, fault);
        else if (data[1] == 0)
                trace_empty(trace, "<-", trace_type((unsigned)data[0] >> 4 & 3));
        return fault || data[1] == 0;
}
