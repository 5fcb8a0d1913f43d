/* SPDX-License-Identifier: Apache-2.0 */
/* A Bootstrap Server that takes so many requests a second, duplicates included, in the order in which they
 * came. What it cannot take at once waits, what finds no room is lost: nobody is told. */
#pragma once

#include "calendar.h"

/* What a device has sent; attempt: to which of its attempts it belongs, as the token tells. */
typedef struct Datagram {
        uint32_t device, attempt;
        uint32_t at; /* ms: an answer is there */
} Datagram;

typedef struct Ring {
        Datagram *items;
        size_t size, first, n;
} Ring;

typedef struct Server {
        Ring waiting;
        Ring answers; /* under way */
        double rate;  /* a millisecond */
        double budget;
} Server;

/* There and back; the same for all. */
#define ROUND_TRIP_MSEC 50

static inline Ring ring(size_t size)
{
        return (Ring){.items = fleet_allocate(size, sizeof(Datagram)), .size = size};
}

static inline bool ring_put(Ring *ring, Datagram datagram)
{
        if (ring->n == ring->size)
                return false;
        ring->items[(ring->first + ring->n++) % ring->size] = datagram;
        return true;
}

static inline Datagram ring_take(Ring *ring)
{
        Datagram datagram = ring->items[ring->first];

        ring->first = (ring->first + 1) % ring->size;
        ring->n--;
        return datagram;
}

/* rate: requests a second; room: how many may wait. */
static inline void server_init(Server *server, unsigned rate, size_t room)
{
        *server = (Server){
                .waiting = ring(room),
                .answers = ring((size_t)rate * ROUND_TRIP_MSEC / 1000 + rate / 1000 + 2),
                .rate = (double)rate / 1000,
        };
}

static inline void server_done(Server *server)
{
        free(server->waiting.items);
        free(server->answers.items);
}

/* One millisecond's work. */
static inline void server_work(Server *server, uint32_t now)
{
        server->budget += server->rate;
        while (server->waiting.n > 0 && server->budget >= 1) {
                Datagram datagram = ring_take(&server->waiting);

                server->budget -= 1;
                datagram.at = now + ROUND_TRIP_MSEC;
                if (!ring_put(&server->answers, datagram))
                        abort();
        }
        if (server->waiting.n == 0)
                server->budget = MIN_OF(server->budget, 1.0); /* time that has passed is no store of work */
}
