/* SPDX-License-Identifier: Apache-2.0 */
/* The observations of an LwM2M Server, and what they share: what observations.c (what begins and ends them)
 * and notifying.c (what is sent) work on. */
#pragma once

#include "client/notification_store.h"
#include "client/observed.h"
#include "client/timer.h"
#include "util/log.h"

typedef struct Server Server;

/* The one confirmable notification under way. */
typedef struct Outstanding {
        uint64_t number;      /* of the connection's; 0: none */
        uint64_t observation; /* whose it is */
        uint64_t stored;      /* what is kept up to this one is in it; 0: nothing */
} Outstanding;

typedef struct Observations {
        Server *server;
        Attributes attributes;
        Observed *items[LIMIT_OBSERVATIONS]; /* in the order of their age */
        size_t n;
        uint64_t last_id;
        NotificationStore store;
        Outstanding outstanding;
        bool awake;        /* messages may go to the server */
        bool silent;       /* it has not acknowledged, and not answered the Update since */
        unsigned silences; /* in a row without an acknowledgement */
        uint64_t asked_at; /* CLOCK_BOOTTIME usec: that Update comes then; 0: it has left */
        sd_event_source *silence_timer;
        sd_event_source *timer;
        sd_event_source *task; /* some are touched */
        size_t turn;           /* whose turn it is */
        LogQuiet quiet;        /* of those that end by an error */
} Observations;

OperationContext observation_set_context(const Observations *observations);
uint64_t observation_set_now(const Observations *observations);

/* A number of the account's Server Object Instance, as it is now. */
int64_t observation_set_number(const Observations *observations, uint16_t resource, int64_t otherwise);
AttributeValues observation_set_defaults(const Observations *observations); /* /1/x/2, /1/x/3 */
bool observation_set_is_storing(const Observations *observations);          /* /1/x/6 */

/* The timer, once deadlines have changed. */
void observation_set_arm(Observations *observations);

/* It is stepped in its turn. */
void observation_set_touch(Observations *observations, Observed *observed);

Observed *observation_set_find(const Observations *observations, uint64_t id); /* or NULL */

/* Without a word to anybody, and with: who shows how many there are. */
void observation_set_remove(Observations *observations, size_t at);
void observation_set_tell(Observations *observations);
void observation_set_end(Observations *observations, const Observed *observed);
