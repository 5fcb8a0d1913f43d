/* SPDX-License-Identifier: Apache-2.0 */
/* When an observation notifies, as a pure step function (design.md 10.5; Core TS 6.4, 7.3.2; facts 5.1). */
#pragma once

#include "client/observed_value.h"

/* One path of what is observed; a composite observation has several. */
typedef struct ObservedItem {
        AttributeValues
                attributes; /* in effect, the account's defaults among them; the caller may change them */
        /* usec: it moves by itself and is looked at so far apart; 0: each change is told; USEC_INFINITY: it
         * moves, and is looked at for pmax alone */
        uint64_t interval;
        ObservedValue notified; /* owned; in the last notification */
        ObservedValue seen;     /* owned; with is_seen: when it was looked at since */
        bool is_seen;
        uint64_t looked_at; /* CLOCK_BOOTTIME usec */
        bool changed;       /* told so since it was looked at; the caller may set it before a TIMER */
        bool due;           /* its condition has been met since the last notification */
        bool look;          /* of OBSERVATION_ACTION_LOOK */
} ObservedItem;

typedef struct Observation {
        ObservedItem *items; /* owned */
        size_t n;
        uint64_t notified_at; /* CLOCK_BOOTTIME usec */
        uint64_t deadline;    /* CLOCK_BOOTTIME usec of the next TIMER, 0: none */
        bool held;            /* nothing can be sent at the moment; the caller sets it */
        bool missed; /* it was stepped so: once it is not held any more, it is to be stepped again */
        bool lost;   /* the last notification has not arrived; the caller may set it before a TIMER */
} Observation;

typedef enum ObservationEventType {
        OBSERVATION_EVENT_CHANGED, /* .item may have another value */
        OBSERVATION_EVENT_LOOKED,  /* .item was looked at: .value, which is taken over */
        /* The deadline has come; or attributes, held or changed are other ones */
        OBSERVATION_EVENT_TIMER,
        OBSERVATION_EVENT_UNSEEN, /* out of memory where it was to be looked at: again in 2 s */
        OBSERVATION_EVENT_LOST, /* the last notification has not arrived: what is there then is told again */
} ObservationEventType;

typedef struct ObservationEvent {
        ObservationEventType type;
        size_t item;
        ObservedValue *value;
} ObservationEvent;

typedef enum ObservationAction {
        /* Look at the items that have .look, and step with LOOKED for each, with the same now */
        OBSERVATION_ACTION_LOOK = 1 << 0,
        /* Notify what has just been looked at */
        OBSERVATION_ACTION_NOTIFY = 1 << 1,
} ObservationAction;

/* It begins with the first answer: n items, which are taken over, with .attributes, .interval and what each
 * was in that answer as .notified, else zeroes. */
void observation_begin(Observation *observation, ObservedItem *items, size_t n, uint64_t now);

/* One step; now: CLOCK_BOOTTIME usec. Returns ObservationActions, at most one. A condition that was met
 * while pmin lasts, or while the observation was held, stays met: the notification then has the value of its
 * moment. */
unsigned observation_step(Observation *observation, const ObservationEvent *event, uint64_t now);

void observation_done(Observation *observation);
