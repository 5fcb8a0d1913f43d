/* SPDX-License-Identifier: Apache-2.0 */
/* How a connection and what it is made of end: libcoap must not see anything released inside a callback of
 * its own (design.md section 3, rule 4), and a callback of ours may close what called it. So whatever is
 * closed while a call is under way is destroyed when the outermost call has returned. */
#pragma once

#include <sys/queue.h>

#include "util/macro.h"

/* A part of an object that ends so, zeroed at first. */
typedef struct Remains {
        STAILQ_ENTRY(Remains) entries;
        void (*destroy)(void *object);
        void *object;
} Remains;

/* One for objects that call each other. */
typedef struct Lifetime {
        unsigned calls; /* under way */
        STAILQ_HEAD(, Remains) closed;
} Lifetime;

void lifetime_init(Lifetime *lifetime);

/* Around each call that may end one of the objects. lifetime_leave destroys in the order of closing; the
 * last one may be what the lifetime itself is a part of. */
void lifetime_enter(Lifetime *lifetime);
void lifetime_leave(Lifetime *lifetime);

/* Calls destroy(object): at once where no call is under way. Once for each remains. */
void lifetime_end(Lifetime *lifetime, Remains *remains, void (*destroy)(void *object), void *object);
