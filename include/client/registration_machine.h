/* SPDX-License-Identifier: Apache-2.0 */
/* Registration with one LwM2M Server as a pure step function (design.md 4.1, 4.9; Core TS 6.2 and
 * table 6.2.1.1). */
#pragma once

#include "client/registration_policy.h"
#include "client/status.h"
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

typedef enum RegistrationAction {
        REGISTRATION_ACTION_CLOSE = 1 << 0, /* close the connection */
        /* De-register over the connection, not waited for, then close it */
        REGISTRATION_ACTION_DEREGISTER = 1 << 1,
        REGISTRATION_ACTION_OPEN = 1 << 2,       /* open a connection with Register */
        REGISTRATION_ACTION_UPDATE = 1 << 3,     /* send an Update with .sending */
        REGISTRATION_ACTION_REGISTERED = 1 << 4, /* the server has answered 2.01 */
} RegistrationAction;

typedef struct RegistrationMachine {
        RegistrationPolicy policy;
        ServerState state;
        Lwm2mVersion announced; /* lowered by 4.12, in memory only */
        uint64_t attempt;       /* in the sequence, from 1 */
        uint64_t sequence;      /* from 1 */
        uint64_t deadline;      /* CLOCK_BOOTTIME usec, 0: none */
        /* A registration that stands has two of them, .deadline is the earlier one. CLOCK_BOOTTIME usec, 0:
         * never. */
        uint64_t update_at;
        uint64_t sleep_at; /* asleep from then on, unless a message comes or goes before */
        bool queue_mode;   /* the registration, or the attempt, announces it */
        bool asleep;       /* until the server's 2.04 to an Update, or a request of its own */
        /* CLOCK_BOOTTIME usec: the server has asked not to be asked before; a wait that is shortened still
         * lasts so long. 0: it has not. */
        uint64_t not_before;
        bool begun;     /* its turn has come: state idle only waits for the initial delay, or .not_before */
        bool succeeded; /* since the account was bootstrapped: no initial delay any more */
        uint64_t registered_at; /* CLOCK_BOOTTIME usec of the last 2.01 */
        uint64_t clock_unset;   /* clock_patience() */
        uint64_t losses;        /* registrations in a row that were lost within LOSS_WINDOW */
        unsigned refusals;      /* failures in a row that were final (Failure.is_final) */
        unsigned pending;       /* UpdateParts to be sent, with UPDATE_PENDING */
        unsigned sending;       /* UpdateParts of the Update under way */
        Failure last_error;     /* why it waits, has failed, or is tried again; gone with the next 2.01 */
        bool by_network;        /* the attempt under way is one that the network has caused */
        unsigned anew;          /* how often it has begun anew: NETWORK_LIMIT_ANEW */
        ServerState resumed;    /* what such an attempt has interrupted, ... */
        uint64_t resumed_until; /* ... and goes back to until then; 0: nothing */
} RegistrationMachine;

/* The server takes messages of ours: a registration stands, and does not sleep. */
bool registration_is_awake(const RegistrationMachine *machine);

/* It waits, and what it has failed by was this device's clock. */
bool registration_waits_for_clock(const RegistrationMachine *machine);

/* It waits, and not because the server has said no, or has asked for it: another way there may help. */
bool registration_waits_for_way(const RegistrationMachine *machine, uint64_t now);

#define UPDATE_PENDING (1U << 31) /* an Update is due even without parts */

/* One step; now: CLOCK_BOOTTIME usec. Returns RegistrationActions, to be done in the order of their values.
 */
unsigned registration_step(RegistrationMachine *machine, const RegistrationEvent *event, uint64_t now);

/* The account has another policy. It counts from the next delay on, but a failed server that was never to be
 * tried again (/1/x/19 = 2^32-1), and now is, waits from now on, and so does one that is to stay awake for
 * another time: look at the deadline. */
void registration_set_policy(RegistrationMachine *machine, const RegistrationPolicy *policy, uint64_t now);
