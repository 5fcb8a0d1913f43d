/* SPDX-License-Identifier: Apache-2.0 */
/* What the last attempt at an account leaves for the next one. */
#include "coap/connection_memory.h"

#include <netinet/in.h>
#include <unistd.h>

void connection_memory_renew(ConnectionMemory *memory)
{
        memory->n_tried = 0;
        memory->network = network_digest();
}

void connection_memory_note(ConnectionMemory *memory, const ResolvedAddress *address)
{
        size_t n = memory->n_tried;
        bool again = n > 0 && memcmp(&memory->tried[n - 1].address, address, sizeof(*address)) == 0;
        size_t i = again ? n - 1 : n;

        assert(i < ELEMENTSOF(memory->tried));
        memory->tried[i].address = *address;
        memory->tried[i].path = network_path_to(address);
        memory->n_tried = i + 1;
}

int connection_memory_hold_port(const ConnectionMemory *memory, int family)
{
        const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = memory->port};
        const struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = memory->port};
        bool is_6 = family == AF_INET6;
        int fd;

        if (memory->port == 0)
                return -1;
        fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -1;
        if (bind(fd, is_6 ? (const struct sockaddr *)&any6 : (const struct sockaddr *)&any,
                    is_6 ? sizeof(any6) : sizeof(any)) < 0) {
                (void)close(fd);
                return -1;
        }
        return fd;
}

static bool differs(const ConnectionMemory *memory, size_t i)
{
        NetworkPath now = network_path_to(&memory->tried[i].address);

        return !network_path_equal(&now, &memory->tried[i].path);
}

bool connection_memory_differs(const ConnectionMemory *memory)
{
        if (memory->n_tried == 0)
                return network_digest() != memory->network;
        for (size_t i = 0; i < memory->n_tried; i++)
                if (differs(memory, i))
                        return true;
        return false;
}

bool connection_memory_way_differs(const ConnectionMemory *memory)
{
        return memory->n_tried > 0 && differs(memory, memory->n_tried - 1);
}
