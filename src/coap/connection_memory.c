/* SPDX-License-Identifier: Apache-2.0 */
/* What the last attempt at an account leaves for the next one. */
#include "coap/connection_memory.h"

void connection_memory_renew(ConnectionMemory *memory)
{
        memory->n_tried = 0;
        memory->network = network_digest();
}

void connection_memory_note(ConnectionMemory *memory, const ResolvedAddress *address)
{
        size_t i = memory->n_tried;

        assert(i < ELEMENTSOF(memory->tried));
        memory->tried[i].address = *address;
        memory->tried[i].path = network_path_to(address);
        memory->n_tried++;
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
