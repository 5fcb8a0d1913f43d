/* SPDX-License-Identifier: Apache-2.0 */
/* The Bootstrap Sequence (Core TS 6.1.2) as a pure step function: what is tried after what, until something
 * registers or everything has failed (design.md 9.1 - 9.6). It knows neither accounts nor servers, only
 * facts about them; core.c carries its actions out. */
#pragma once

#include "client/history.h"

/* The order of design.md 9.3. */
typedef enum SequenceTrial {
        TRY_SERVERS,   /* the LwM2M Servers in force */
        TRY_BOOTSTRAP, /* the Bootstrap-Server Account in force */
        TRY_BOOTSTRAP_OF_LAST_GOOD,
        TRY_BOOTSTRAP_OF_CONFIGURATION,
        TRY_SERVERS_OF_LAST_GOOD,
        TRY_SERVERS_OF_CONFIGURATION,
        TRY_NOTHING, /* all of them have failed */
        _SEQUENCE_TRIAL_MAX,
} SequenceTrial;

typedef enum SequenceState {
        SEQUENCE_LOADING,   /* before START */
        SEQUENCE_RUNNING,   /* something is tried, or registered */
        SEQUENCE_COMMITTED, /* a Finish was accepted, its 2.04 has not left yet */
        SEQUENCE_FAILURE,   /* waits for restart_delay or Restart() */
        SEQUENCE_STOPPING,
        _SEQUENCE_STATE_MAX,
} SequenceState;

/* Times in usec. */
typedef struct SequencePolicy {
        unsigned retry_count; /* of a series: 1 + retry_count Finishes may lead nowhere, then the next one */
        uint64_t restart_delay; /* after everything has failed; 0: Restart() begins again (on_failure: stay)
                                 */
} SequencePolicy;

/* What holds when an event comes. */
typedef struct SequenceFacts {
        /* 1 << SequenceTrial: there is such an account, and it differs from those before it in the order.
         * Looked at only once the accounts in force have failed. */
        unsigned known;
        bool series_runs; /* a series of bootstrap attempts */
        bool any_server;  /* there is an LwM2M Server in force */
        bool all_failed;  /* each LwM2M Server in force counts as failed, or there is none */
        /* CLOCK_BOOTTIME usec: since when that server is registered, asleep included, which is so the
         * longest; 0: none is */
        uint64_t registered_since;
        bool any_disabled;     /* a Disable has an end that a server or an operator has chosen */
        bool bootstrap_wanted; /* /1/x/16 is true on one of them, or there is none */
        bool bootstrapped;     /* the servers in force come from a bootstrap */
        bool proven;           /* one of them has been registered since */
        bool replaced;         /* at FINISHED: it brought another Bootstrap-Server Account */
        bool purge_due;        /* /0/x/12 of the stored Bootstrap-Server Account has ended */
} SequenceFacts;

typedef enum SequenceEvent {
        SEQUENCE_EVENT_START,
        SEQUENCE_EVENT_RESTART,   /* Restart() */
        SEQUENCE_EVENT_RESET,     /* Reset(), a Reload of servers or endpoint: as before the start */
        SEQUENCE_EVENT_RENEWED,   /* a Reload changed the Bootstrap-Server Account */
        SEQUENCE_EVENT_BOOTSTRAP, /* Bootstrap() */
        SEQUENCE_EVENT_ASKED,     /* a registered server has executed /1/x/9 */
        SEQUENCE_EVENT_REGISTERED,
        SEQUENCE_EVENT_FINISH,    /* accepted and committed, the 2.04 is on its way */
        SEQUENCE_EVENT_FINISHED,  /* the 2.04 has left, its accounts are in force */
        SEQUENCE_EVENT_EXHAUSTED, /* a series has failed */
        SEQUENCE_EVENT_CHANCE,    /* another way, or a set clock: why all had failed may be gone */
        SEQUENCE_EVENT_CHANGED,   /* servers or series are in another state: look again */
        SEQUENCE_EVENT_TIMER,     /* the deadline has come */
        SEQUENCE_EVENT_STOP,
        _SEQUENCE_EVENT_MAX,
} SequenceEvent;

typedef enum SequenceAction {
        SEQUENCE_ACTION_ABORT_SERIES = 1 << 0,    /* ends the series without a verdict, rolls back */
        SEQUENCE_ACTION_FORGET_ATTEMPTS = 1 << 1, /* the attempt counter returns to 0 */
        SEQUENCE_ACTION_RESTORE = 1 << 2,         /* the stored accounts are in force again */
        SEQUENCE_ACTION_TRY = 1 << 3,             /* those of .trial are, in memory */
        SEQUENCE_ACTION_RENEW = 1 << 4,           /* fresh sessions, without De-register */
        SEQUENCE_ACTION_PROVE = 1 << 5,           /* a registration speaks for the servers in force */
        SEQUENCE_ACTION_PURGE = 1 << 6,           /* the Bootstrap-Server Account goes */
        SEQUENCE_ACTION_BEGIN_AT_LAST = 1 << 7,   /* servers that have not had their turn yet have it now */
        SEQUENCE_ACTION_GIVE_UP = 1 << 8,         /* every server has failed by now */
        SEQUENCE_ACTION_HALT = 1 << 9,          /* failed servers begin no sequence of their own any more */
        SEQUENCE_ACTION_BEGIN_SERIES = 1 << 10, /* Client Hold Off Time and counter as they are */
        SEQUENCE_ACTION_BEGIN_SERIES_NOW = 1 << 11, /* attempt 1 at once */
        SEQUENCE_ACTION_FAILED = 1 << 12,           /* everything has failed: an operator is told */
} SequenceAction;

typedef struct SequenceMachine {
        SequencePolicy policy;
        SequenceState state;
        SequenceTrial trial;
        SequenceTrial furthest; /* how far the order has come in this round */
        uint64_t until;    /* the end of `failure`, or when the servers in force together count as failed */
        bool at_last;      /* what is left of .until belongs to servers that had not had their turn */
        uint64_t deadline; /* the same while it is waited for: CLOCK_BOOTTIME usec, 0: none */
        uint64_t registered_since; /* as in the facts of the last step */
        bool ever_registered;
        uint64_t registered_at;   /* CLOCK_BOOTTIME usec at which a registration that lasts, or the first,
                                     stood last */
        unsigned finishes;        /* accepted since .furthest, which no registration has followed */
        bool at_once;             /* the next series has no hold-off: this round is a restart */
        BootstrapTrigger trigger; /* of the series that runs, or is the next one */
} SequenceMachine;

/* Servers in force that are neither registered nor failed together count as failed after this, and those of
 * a further Finish in the same round after the shorter time (design.md 9.4). */
#define SEQUENCE_SERVERS_USEC       (2 * 86400 * USEC_PER_SEC)
#define SEQUENCE_SERVERS_AGAIN_USEC (3600 * USEC_PER_SEC)

/* So long before that time the servers that others keep waiting (/1/x/13), or that wait by themselves
 * (/1/x/14), begin all the same: five attempts with the default values fit in. */
#define SEQUENCE_AT_LAST_USEC (1800 * USEC_PER_SEC)

/* A registration that is lost sooner leaves the round as it is: a server that takes every registration and
 * drops it must not keep the others from their turn. The default of /1/x/18: Core TS, table 6.2.1.1. */
#define SEQUENCE_LASTS_USEC (60 * USEC_PER_SEC)

/* So long after a registration proven accounts of a bootstrap may forbid another one by /1/x/16 (9.3). */
#define SEQUENCE_FORBIDS_USEC (86400 * USEC_PER_SEC)

/* One step; now: CLOCK_BOOTTIME usec. Returns SequenceActions, to be done in the order of their values. An
 * event that means nothing in a state changes nothing. Whatever was done, CHANGED follows, with new facts.
 */
unsigned sequence_machine_step(
        SequenceMachine *machine, SequenceEvent event, const SequenceFacts *facts, uint64_t now);

/* Whether this step looks at .known, which costs reading a file. */
bool sequence_machine_decides(
        const SequenceMachine *machine, SequenceEvent event, const SequenceFacts *facts, uint64_t now);
