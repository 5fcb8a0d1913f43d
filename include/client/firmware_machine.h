/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware Update as a pure step function (design.md 14.1; Core TS, Appendix E.6; lwm2m-facts.md 2.8): what
 * each event leads to in each phase. daemon/firmware carries it out. */
#pragma once

#include "client/firmware.h"
#include "util/clock.h"

/* What is under way. It is kept on the disk, so that a start goes on with it. */
typedef enum FirmwarePhase {
        FIRMWARE_PHASE_IDLE,
        FIRMWARE_PHASE_RECEIVING,  /* a server writes Package */
        FIRMWARE_PHASE_FETCHING,   /* from the Package URI */
        FIRMWARE_PHASE_VERIFYING,  /* the back end does */
        FIRMWARE_PHASE_READY,      /* for Execute of Update */
        FIRMWARE_PHASE_WAITING,    /* executed, until the install window opens */
        FIRMWARE_PHASE_PREPARING,  /* nothing has been changed yet */
        FIRMWARE_PHASE_INSTALLING, /* the back end has been asked, or is just about to be */
        FIRMWARE_PHASE_REBOOTING,  /* it has installed, and a reboot is needed */
        FIRMWARE_PHASE_CONFIRMING, /* the machine has been rebooted, the back end is asked what runs */
        _FIRMWARE_PHASE_MAX,
} FirmwarePhase;

/* "idle" "receiving" "fetching" "verifying" "ready" "waiting" "preparing" "installing" "rebooting"
 * "confirming" */
DECLARE_STRING_TABLE(firmware_phase, FirmwarePhase);

#define FIRMWARE_REBOOT_TIMEOUT (60 * 60 * USEC_PER_SEC) /* design.md 14.4 */
#define FIRMWARE_MARK_SIZE      256 /* that the back end has stored; bus/firmware_backend.h */
#define FIRMWARE_DEFER_UNSET    (-1)
#define FIRMWARE_SEVERITY_UNSET 1 /* Mandatory: the registry's default of /5/0/11 */

/* All of it is kept on the disk, but for what of it is CLOCK_BOOTTIME in WAITING. */
typedef struct FirmwareMachine {
        FirmwarePhase phase;
        FirmwareResult result;
        char text[FIRMWARE_TEXT_SIZE]; /* why; "" */
        FirmwareDelivery delivery;
        uint16_t sender;                                            /* of what is pushed: Short Server ID */
        char uri[FIRMWARE_URI_SIZE];                                /* /5/0/1, as it was written */
        char name[FIRMWARE_NAME_SIZE], version[FIRMWARE_NAME_SIZE]; /* /5/0/6, /5/0/7 */
        char mark[FIRMWARE_MARK_SIZE];                              /* of the installation */
        uint64_t changed_at; /* /5/0/12, CLOCK_REALTIME usec; 0: never */
        /* Of WAITING, CLOCK_REALTIME usec: when it will be installed, and when at the latest; 0: when the
         * window opens */
        uint64_t install_at, defer_until;
        uint64_t defer_by;  /* defer_until, CLOCK_BOOTTIME usec, so that nobody who sets the clock moves it;
                             * 0:  not known since the start */
        uint64_t reboot_by; /* of REBOOTING, CLOCK_BOOTTIME usec */
        /* Written by servers */
        uint8_t severity;  /* /5/0/11 */
        int64_t max_defer; /* /5/0/13, s; FIRMWARE_DEFER_UNSET: as long as the window is closed */
        bool automatic;    /* /5/0/14 */
} FirmwareMachine;

#define FIRMWARE_MACHINE_INIT \
        ((FirmwareMachine){.severity = FIRMWARE_SEVERITY_UNSET, .max_defer = FIRMWARE_DEFER_UNSET})

typedef enum FirmwareEventType {
        FIRMWARE_EVENT_PACKAGE,     /* .sender begins to write Package; again: anew */
        FIRMWARE_EVENT_URI,         /* Package URI .uri was written; .result, .text: what is wrong with it */
        FIRMWARE_EVENT_RESET,       /* an empty Package URI, an empty or NUL package */
        FIRMWARE_EVENT_TRANSFERRED, /* the package is on the disk */
        FIRMWARE_EVENT_VERIFIED,    /* .result, .name, .version, .text, .opens_at */
        FIRMWARE_EVENT_EXECUTE,     /* of Update; .opens_at */
        FIRMWARE_EVENT_INSTALL,     /* the operator's Install(): now */
        FIRMWARE_EVENT_CANCEL,      /* of a server, or the operator's; .text: whose */
        FIRMWARE_EVENT_TIMER,       /* a deadline may have come, or the clock was set; .opens_at */
        FIRMWARE_EVENT_MAY_REBOOT,  /* .result: whether the machine can be rebooted afterwards, .text */
        FIRMWARE_EVENT_PREPARED,    /* .result, .text, .mark */
        FIRMWARE_EVENT_INSTALLED,   /* .result, .text, .reboot */
        FIRMWARE_EVENT_BOOTED,      /* .result, .text */
        FIRMWARE_EVENT_FAILED,      /* what is under way: .result, .text */
        FIRMWARE_EVENT_BACKEND,     /* the configuration names another one, which has verified nothing */
        FIRMWARE_EVENT_START,       /* of the daemon; .rebooted: the machine has been since the last one */
        _FIRMWARE_EVENT_TYPE_MAX,
} FirmwareEventType;

/* Texts may be NULL: "". Borrowed. */
typedef struct FirmwareEvent {
        FirmwareEventType type;
        FirmwareResult result; /* FIRMWARE_RESULT_INITIAL: nothing is wrong */
        uint16_t sender;       /* Short Server ID */
        const char *text;      /* why, a sentence */
        const char *uri;       /* of URI */
        const char *name, *version, *mark;
        bool reboot;       /* one is needed before the installation counts */
        bool rebooted;     /* of START */
        uint64_t opens_at; /* CLOCK_REALTIME usec: the install window does, or is open since; 0: is open */
} FirmwareEvent;

/* To be done in the order of their values. */
typedef enum FirmwareAction {
        FIRMWARE_ACTION_BEGIN = 1 << 0,      /* an update begins, for the history */
        FIRMWARE_ACTION_STOP = 1 << 1,       /* nobody waits any more for what is under way */
        FIRMWARE_ACTION_NEW_ID = 1 << 2,     /* of an installation: none that was before */
        FIRMWARE_ACTION_MARK = 1 << 3,       /* in the runtime directory, which a reboot clears */
        FIRMWARE_ACTION_STORE = 1 << 4,      /* the machine: before what follows */
        FIRMWARE_ACTION_REMOVE = 1 << 5,     /* the package */
        FIRMWARE_ACTION_RECEIVE = 1 << 6,    /* what the sender writes, from its beginning */
        FIRMWARE_ACTION_FETCH = 1 << 7,      /* from the URI, from where it has stopped */
        FIRMWARE_ACTION_VERIFY = 1 << 8,     /* VERIFIED comes */
        FIRMWARE_ACTION_MAY_REBOOT = 1 << 9, /* MAY_REBOOT comes */
        FIRMWARE_ACTION_PREPARE = 1 << 10,   /* PREPARED comes */
        FIRMWARE_ACTION_INSTALL = 1 << 11,   /* INSTALLED comes */
        FIRMWARE_ACTION_RESUME = 1 << 12,    /* an installation that was under way: INSTALLED comes */
        FIRMWARE_ACTION_REBOOT = 1 << 13,
        FIRMWARE_ACTION_CONFIRM = 1 << 14, /* BOOTED comes */
        FIRMWARE_ACTION_STRINGS = 1 << 15, /* what Device says of the machine may have changed */
        FIRMWARE_ACTION_END = 1 << 16,     /* of the update, for the history */
        FIRMWARE_ACTION_TELL = 1 << 17,    /* State or Update Result is another one */
} FirmwareAction;

/* /5/0/3 */
FirmwareState firmware_machine_state(const FirmwareMachine *machine);

/* Why an event that a server or an operator brings about has no place in the phase, a sentence without its
 * full stop, as a diagnostic text; NULL: it has one. Of PACKAGE, URI, RESET, EXECUTE, INSTALL, CANCEL.
 * sender: of PACKAGE. Static. */
const char *firmware_machine_refuses(
        const FirmwareMachine *machine, FirmwareEventType type, uint16_t sender);

/* The next deadline: CLOCK_REALTIME usec of *ret_realtime, CLOCK_BOOTTIME usec of *ret_boottime; 0: none. */
void firmware_machine_deadline(
        const FirmwareMachine *machine, uint64_t *ret_realtime, uint64_t *ret_boottime);

/* One step; realtime and boottime: now, in usec of these clocks. Returns FirmwareActions; 0 where the event
 * has no place in the phase, and then nothing has changed. */
unsigned firmware_step(
        FirmwareMachine *machine, const FirmwareEvent *event, uint64_t realtime, uint64_t boottime);
