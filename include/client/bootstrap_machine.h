/* SPDX-License-Identifier: Apache-2.0 */
/* A series of bootstrap attempts as a pure step function (design.md 4.2, 4.3; Core TS 6.1.7): no clock, no
 * socket. */
#pragma once

#include "coap/connection.h"

typedef enum BootstrapPhase {
        BOOTSTRAP_IDLE, /* no series runs */
        BOOTSTRAP_HOLD_OFF,
        BOOTSTRAP_RESOLVING,
        BOOTSTRAP_HANDSHAKING,
        BOOTSTRAP_REQUESTING,
        BOOTSTRAP_PROVISIONING,
        BOOTSTRAP_RETRY_WAIT,
        _BOOTSTRAP_PHASE_MAX,
} BootstrapPhase;

/* Times in usec. */
typedef struct BootstrapPolicy {
        unsigned retry_count; /* 1 + retry_count attempts */
        uint64_t retry_delay; /* before retry n: * 2^(n-1), at most retry_delay_max, plus jitter */
        uint64_t retry_delay_max;
        double jitter;     /* 0.0 .. 1.0 of hold-off and delays, added at random */
        uint64_t hold_off; /* /0/x/11 */
        uint64_t timeout;  /* of the session: without a Finish */
        bool has_format;   /* a pct is configured */
        bool has_pack;     /* LwM2M 1.2: an attempt opens with a Bootstrap-Pack-Request */
} BootstrapPolicy;

typedef enum BootstrapEventType {
        BOOTSTRAP_EVENT_BEGIN, /* at start, after failed registrations, on /1/x/9, after Reset: with hold-off
                                */
        BOOTSTRAP_EVENT_BEGIN_NOW, /* Bootstrap(), Restart(), end of restart_delay: attempt 1 at once */
        BOOTSTRAP_EVENT_STAGE,     /* the connection entered .stage */
        /* .code answers the request under way; a 2.05 with a Bootstrap-Pack: it could not be used */
        BOOTSTRAP_EVENT_ANSWERED,
        BOOTSTRAP_EVENT_UNANSWERED, /* the Bootstrap-Pack-Request met silence or a Reset */
        BOOTSTRAP_EVENT_FAILED,     /* the connection failed or was lost */
        BOOTSTRAP_EVENT_OPERATION,  /* an operation was answered; .success */
        BOOTSTRAP_EVENT_BLOCK,      /* a block extended what the server writes or answers */
        BOOTSTRAP_EVENT_REFUSED,    /* a Finish was answered 4.06 */
        BOOTSTRAP_EVENT_FINISHED,   /* a Finish, or a Bootstrap-Pack, was accepted */
        BOOTSTRAP_EVENT_TIMER,      /* the deadline has come */
        /* The way to the server is another one than that of the last attempt: the wait is interrupted */
        BOOTSTRAP_EVENT_NETWORK,
        BOOTSTRAP_EVENT_STRANDED, /* the network has taken the way of the attempt: anew, not counted */
        BOOTSTRAP_EVENT_CLOCK,    /* the clock was set: a wait for that is over */
        BOOTSTRAP_EVENT_ABORT,    /* Restart(), Reset(), Reload, stop: the series ends without a verdict */
} BootstrapEventType;

typedef struct BootstrapEvent {
        BootstrapEventType type;
        ConnectionStage stage;
        uint8_t code;
        uint64_t wait; /* of ANSWERED, usec: so long the server wants to be left alone; 0: it does not say */
        bool success;
        bool of_the_way;  /* FAILED: nobody has said no (failure_is_of_the_way) */
        bool lost;        /* FAILED: a session that was there is gone */
        bool clock_unset; /* FAILED: by ClockNotSet */
} BootstrapEvent;

typedef enum BootstrapAction {
        BOOTSTRAP_ACTION_OPEN = 1 << 0,   /* open a connection with the request that is wanted */
        BOOTSTRAP_ACTION_CLOSE = 1 << 1,  /* close the connection, roll the transaction back */
        BOOTSTRAP_ACTION_SILENT = 1 << 2, /* the session timer ended: ServerSilent */
        /* the session timer ended after a 4.06: InconsistentConfiguration */
        BOOTSTRAP_ACTION_REFUSED = 1 << 3,
        BOOTSTRAP_ACTION_EXHAUSTED = 1 << 4, /* the series has failed */
        /* the pct was refused, or nothing came of the Bootstrap-Pack-Request: the Bootstrap-Request without,
         * over the same session */
        BOOTSTRAP_ACTION_REQUEST = 1 << 5,
        BOOTSTRAP_ACTION_ROLLBACK = 1 << 6, /* roll the transaction back, before that */
} BootstrapAction;

typedef struct BootstrapMachine {
        BootstrapPolicy policy;
        BootstrapPhase phase;
        unsigned attempt;     /* 0: none since the last reset; 1 .. 1 + retry_count */
        uint64_t deadline;    /* CLOCK_BOOTTIME usec, 0: none */
        uint64_t session_end; /* the deadline is never moved past it */
        /* CLOCK_BOOTTIME usec: the server has asked not to be asked before. No event moves a wait in front
         * of it, but for FINISHED, ABORT and bootstrap_forget_wait(). 0: it has not. */
        uint64_t not_before;
        bool without_format;    /* the server refused the pct */
        bool without_pack;      /* the server has no Bootstrap-Pack; whoever sets the account remembers it */
        bool pack;              /* the request under way is a Bootstrap-Pack-Request */
        bool pack_lost;         /* it has cost the last attempt its session: this one is without */
        bool refused;           /* a Finish of this attempt was answered 4.06 */
        bool of_the_way;        /* the last attempt has failed, but not by a no of the server */
        bool by_network;        /* the attempt under way is one that the network has caused */
        unsigned anew;          /* how often this attempt has begun anew: NETWORK_LIMIT_ANEW */
        uint64_t clock_unset;   /* clock_patience() */
        bool repeats;           /* what it waits for is the same attempt once more */
        uint64_t resumed_until; /* what such an attempt has interrupted goes on until then; 0: nothing */
} BootstrapMachine;

/* A session lasts no longer, or .timeout where that is longer: a Bootstrap Server that only ever reads would
 * hold the device for good. A hundred times the certificates of an account over a link of seconds fit in. */
#define BOOTSTRAP_SESSION_USEC (3600 * USEC_PER_SEC)

/* One step. now: CLOCK_BOOTTIME usec. random: 0.0 .. 1.0. Returns BootstrapActions, to be done in the order
 * CLOSE, SILENT or REFUSED, EXHAUSTED, OPEN; ROLLBACK, REQUEST. An event that means nothing in a phase
 * changes nothing. */
unsigned bootstrap_step(BootstrapMachine *machine, const BootstrapEvent *event, uint64_t now, double random);

/* Whether this attempt's Bootstrap-Request carries the pct. */
bool bootstrap_sends_format(const BootstrapMachine *machine);

/* Whether an answer to the Bootstrap-Pack-Request means that this server has none, whoever asks: 4.04, 4.05
 * and 5.01. It is not asked for one again. */
bool bootstrap_lacks_pack(uint8_t code);

/* Whether an answer refuses only the pct: 4.15, or the first 4.00 of a series to a request with it (Core TS
 * 6.1.7.1); it is asked again at once, not counted, and for the rest of the series without. */
bool bootstrap_refuses_format(const BootstrapMachine *machine, uint8_t code);

/* An operator, or another account, does not wait for what the server had asked for. */
void bootstrap_forget_wait(BootstrapMachine *machine);

/* It waits for a retry, and what the last attempt has failed by was this device's clock. */
bool bootstrap_waits_for_clock(const BootstrapMachine *machine);

/* It waits for a retry, and not because the server has said no, or has asked for it: another way there may
 * help. */
bool bootstrap_waits_for_way(const BootstrapMachine *machine, uint64_t now);

/* The attempt counter returns to 0 (design.md 4.2, last paragraph). */
void bootstrap_reset_counter(BootstrapMachine *machine);

/* An attempt is at work: resolving, handshaking, requesting, provisioning. */
bool bootstrap_attempt_runs(const BootstrapMachine *machine);

/* A session is open: operations of the Bootstrap Server are allowed. */
bool bootstrap_in_session(const BootstrapMachine *machine);
