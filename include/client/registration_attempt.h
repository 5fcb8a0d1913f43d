/* SPDX-License-Identifier: Apache-2.0 */
/* What the registration machine knows, and its attempts: what follows when one fails, or when a registration
 * is lost (design.md 4.1; Core TS, table 6.2.1.1). Pure; now: CLOCK_BOOTTIME usec. unsigned:
 * RegistrationActions. */
#pragma once

#include "client/registration_policy.h"
#include "client/status.h"
#include "lwm2m/failure.h"
#include "lwm2m/ids.h"

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

/* Another state until deadline (CLOCK_BOOTTIME usec, 0: without an end). */
void registration_enter(RegistrationMachine *m, ServerState state, uint64_t deadline);

/* The one way into a wait after a failure, and into `failed`: neither is without its reason, nor ends before
 * the server wants to be asked again. */
unsigned registration_wait(
        RegistrationMachine *m, ServerState state, uint64_t deadline, const Failure failure[static 1]);

/* An attempt begins; _first_sequence: the first one of all. */
unsigned registration_open_attempt(RegistrationMachine *m);
unsigned registration_first_sequence(RegistrationMachine *m);
bool registration_attempt_runs(const RegistrationMachine *m);

/* The attempt has failed, and another one may help; _sequence_ended: none of the sequence's. */
unsigned registration_attempt_failed(RegistrationMachine *m, uint64_t now, const Failure failure[static 1]);
unsigned registration_sequence_ended(RegistrationMachine *m, uint64_t now, const Failure failure[static 1]);

/* A registration that stood is gone: at once again a few times, so that a server that answers and drops us
 * is not hammered, and unless it has asked to be left alone. */
unsigned registration_lost(RegistrationMachine *m, uint64_t now, const Failure failure[static 1]);

/* It waits, and what it has failed by was this device's clock. */
bool registration_waits_for_clock(const RegistrationMachine *m);

/* It waits, and not because the server has said no, or has asked for it: another way there may help. */
bool registration_waits_for_way(const RegistrationMachine *m, uint64_t now);
