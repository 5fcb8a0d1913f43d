/* SPDX-License-Identifier: Apache-2.0 */
/* block_server FILE: a CoAP server that answers each GET with the block of FILE that it asks for by Block2,
 * as fast as one socket can, and knows nothing of whom it answers. Prints its port, on 127.0.0.1. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK2    23
#define BLOCK_MAX 1024
#define SZX_MAX   6

typedef struct Request {
        uint8_t id[2], token[8];
        size_t token_size;
        uint32_t num;
        unsigned szx;
} Request;

/* Of an option: its delta or length, with what stands behind the first byte. */
static bool read_extended(const uint8_t **at, const uint8_t *end, unsigned nibble, unsigned *ret)
{
        if (nibble == 13 && end - *at >= 1)
                *ret = 13 + *(*at)++;
        else if (nibble == 14 && end - *at >= 2) {
                *ret = 269 + (unsigned)((*at)[0] << 8 | (*at)[1]);
                *at += 2;
        } else if (nibble < 13)
                *ret = nibble;
        else
                return false;
        return true;
}

/* Whether it is a GET. */
static bool read_request(const uint8_t *data, size_t size, Request *ret)
{
        const uint8_t *at = data + 4, *end = data + size;
        unsigned number = 0, delta, length;

        if (size < 4 || data[1] != 1 || (data[0] & 15) > 8 || (size_t)(data[0] & 15) > size - 4)
                return false;
        *ret = (Request){.id = {data[2], data[3]}, .token_size = data[0] & 15, .szx = SZX_MAX};
        memcpy(ret->token, at, ret->token_size);
        at += ret->token_size;
        while (at < end && *at != 0xFF) {
                uint8_t head = *at++;
                uint32_t value = 0;

                if (!read_extended(&at, end, head >> 4, &delta) ||
                        !read_extended(&at, end, head & 15, &length) || (size_t)(end - at) < length)
                        return false;
                number += delta;
                for (unsigned i = 0; i < length && i < 4; i++)
                        value = value << 8 | at[i];
                if (number == BLOCK2) {
                        ret->num = value >> 4;
                        ret->szx = (value & 7) < SZX_MAX ? value & 7 : SZX_MAX;
                }
                at += length;
        }
        return true;
}

/* An acknowledgement with 2.05, ETag (4), Content-Format (12) octets, Block2 (23) and Size2 (28). */
static size_t make_answer(const Request *request, const uint8_t *body, size_t total, uint8_t *ret)
{
        size_t block = (size_t)16 << request->szx, from = request->num * block, n = 0, size;
        uint32_t option;

        size = from >= total ? 0 : total - from < block ? total - from : block;
        option = request->num << 4 | (from + size < total ? 8U : 0) | request->szx;
        ret[n++] = (uint8_t)(0x60 | request->token_size);
        ret[n++] = 0x45;
        ret[n++] = request->id[0];
        ret[n++] = request->id[1];
        memcpy(ret + n, request->token, request->token_size);
        n += request->token_size;
        memcpy(ret + n,
                "\x44"
                "v1.0"
                "\x81\x2A"
                "\xB3",
                8);
        n += 8;
        for (int shift = 16; shift >= 0; shift -= 8)
                ret[n++] = (uint8_t)(option >> shift);
        ret[n++] = 0x54;
        for (int shift = 24; shift >= 0; shift -= 8)
                ret[n++] = (uint8_t)(total >> shift);
        ret[n++] = 0xFF;
        memcpy(ret + n, body + from, size);
        return n + size;
}

int main(int argc, char **argv)
{
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t length = sizeof(address);
        uint8_t in[2048], out[64 + BLOCK_MAX];
        const uint8_t *body;
        struct stat st;
        Request request;
        int fd, file;

        file = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (file < 0 || fstat(file, &st) < 0 || fd < 0 ||
                bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
                getsockname(fd, (struct sockaddr *)&address, &length) < 0) {
                perror("block_server");
                return 1;
        }
        body = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (body == MAP_FAILED)
                return 1;
        (void)printf("%u\n", ntohs(address.sin_port));
        (void)fflush(stdout);
        for (;;) {
                ssize_t n;

                length = sizeof(address);
                n = recvfrom(fd, in, sizeof(in), 0, (struct sockaddr *)&address, &length);
                if (n > 0 && read_request(in, (size_t)n, &request))
                        (void)sendto(fd, out, make_answer(&request, body, (size_t)st.st_size, out), 0,
                                (struct sockaddr *)&address, length);
        }
}
