/* SPDX-License-Identifier: Apache-2.0 */
/* Registration with one LwM2M Server as a pure step function (design.md 4.1, 4.9; Core TS 6.2 and
 * table 6.2.1.1). */
#pragma once

#include "client/registration_attempt.h"
#include "coap/connection.h"

typedef enum RegistrationEventType {
        REGISTRATION_EVENT_BEGIN,     /* its turn has come: the sequences start */
        REGISTRATION_EVENT_BEGIN_NOW, /* they start at once, where they have not yet */
        REGISTRATION_EVENT_STAGE,     /* the connection entered .stage */
        REGISTRATION_EVENT_ANSWERED,  /* .code answers Register; .failure unless it is 2.01 */
        REGISTRATION_EVENT_FAILED,    /* the connection failed or was lost: .failure */
        /* .code answers Update, CODE_NONE: no answer; .failure unless it is 2.04 */
        REGISTRATION_EVENT_UPDATE_ANSWERED,
        REGISTRATION_EVENT_UPDATE,  /* an Update is due now with .parts */
        REGISTRATION_EVENT_DISABLE, /* for .duration usec */
        REGISTRATION_EVENT_TIMER,   /* the deadline has come; .last_message */
        REGISTRATION_EVENT_HALT,    /* every server failed: no own restart any more */
        REGISTRATION_EVENT_GIVE_UP, /* it counts as failed from now on, by .failure where it has none yet */
        /* The way to the server is another one than that of the last attempt, which it has failed by: its
         * wait is interrupted */
        REGISTRATION_EVENT_NETWORK,
        /* The network has taken the way of the session, or of the attempt: anew, not counted; .failure */
        REGISTRATION_EVENT_STRANDED,
        REGISTRATION_EVENT_CLOCK, /* the clock was set: a wait for that is over */
        REGISTRATION_EVENT_HEARD, /* the server has sent a message: whoever was asleep is awake */
} RegistrationEventType;

typedef struct RegistrationEvent {
        RegistrationEventType type;
        ConnectionStage stage;
        uint8_t code;
        unsigned parts; /* UpdateParts */
        uint64_t duration;
        /* of ANSWERED and UPDATE_ANSWERED, usec: so long the server wants to be left alone; 0: it does not
         * say */
        uint64_t wait;
        uint64_t last_message; /* of TIMER, CLOCK_BOOTTIME usec: the last one in either direction; 0: none */
        const Failure *failure; /* what has failed; without one no event leads to a wait or to `failed` */
} RegistrationEvent;

/* The server takes messages of ours: a registration stands, and does not sleep. */
bool registration_is_awake(const RegistrationMachine *machine);

#define UPDATE_PENDING (1U << 31) /* an Update is due even without parts */

/* One step; now: CLOCK_BOOTTIME usec. Returns RegistrationActions, to be done in the order of their values.
 */
unsigned registration_step(RegistrationMachine *machine, const RegistrationEvent *event, uint64_t now);

/* The account has another policy. It counts from the next delay on, but a failed server that was never to be
 * tried again (/1/x/19 = 2^32-1), and now is, waits from now on, and so does one that is to stay awake for
 * another time: look at the deadline. */
void registration_set_policy(RegistrationMachine *machine, const RegistrationPolicy *policy, uint64_t now);
