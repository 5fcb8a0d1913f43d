/* SPDX-License-Identifier: Apache-2.0 */
/* How a connection and what it is made of end. */
#include "coap/lifetime.h"

void lifetime_init(Lifetime *lifetime)
{
        lifetime->calls = 0;
        STAILQ_INIT(&lifetime->closed);
}

void lifetime_enter(Lifetime *lifetime)
{
        lifetime->calls++;
}

void lifetime_leave(Lifetime *lifetime)
{
        Remains *remains, *next;

        assert(lifetime->calls > 0);
        if (--lifetime->calls > 0)
                return;
        remains = STAILQ_FIRST(&lifetime->closed);
        STAILQ_INIT(&lifetime->closed);
        for (; remains; remains = next) {
                next = STAILQ_NEXT(remains, entries);
                remains->destroy(remains->object);
        }
}

void lifetime_end(Lifetime *lifetime, Remains *remains, void (*destroy)(void *object), void *object)
{
        if (lifetime->calls == 0) {
                destroy(object);
                return;
        }
        *remains = (Remains){.destroy = destroy, .object = object};
        STAILQ_INSERT_TAIL(&lifetime->closed, remains, entries);
}
