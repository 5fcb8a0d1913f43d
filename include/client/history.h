/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the last series of bootstrap attempts (design.md 4.2), for operators. Pure. Stamps are
 * CLOCK_REALTIME usec by the offset of the moment: history_shift() moves them when the clock is set. */
#pragma once

#include "lwm2m/failure.h"
#include "lwm2m/message.h"

#define HISTORY_SERIES_MAX     20 /* interface.md section 3, GetHistory */
#define HISTORY_OPERATIONS_MAX 64 /* of one series: likewise */
#define HISTORY_PATH_SIZE      32 /* "/65535/65535/65535/65535"; what else a peer asks for is cut */

/* Why a series has begun. */
typedef enum BootstrapTrigger {
        TRIGGER_NO_ACCOUNT,          /* there is no LwM2M Server */
        TRIGGER_REGISTRATION_FAILED, /* with each of them */
        TRIGGER_SERVER_REQUEST,      /* /1/x/9 */
        TRIGGER_METHOD,              /* Bootstrap() */
        TRIGGER_RESTART,             /* Restart(), or the end of `failure`, without an LwM2M Server */
        _BOOTSTRAP_TRIGGER_MAX,
} BootstrapTrigger;

DECLARE_STRING_TABLE(bootstrap_trigger, BootstrapTrigger);

typedef enum HistoryResult {
        HISTORY_RUNNING,
        HISTORY_FINISHED,
        HISTORY_FAILED,  /* by HistorySeries.failure */
        HISTORY_ABORTED, /* without a verdict: a method, a Reload, or the daemon's end */
        _HISTORY_RESULT_MAX,
} HistoryResult;

/* A request of ours, or of the Bootstrap Server, and its answer. */
typedef struct HistoryOperation {
        uint64_t start;
        uint64_t duration; /* usec, until the answer, or nobody waited for it any more */
        uint32_t payload;  /* bytes: of what a GET has brought, of what any other method has sent */
        uint8_t method;    /* Method */
        uint8_t code;      /* Code; CODE_NONE: no answer (yet) */
        char path[HISTORY_PATH_SIZE];
} HistoryOperation;

typedef struct HistorySeries {
        uint64_t start, end; /* end 0: still on */
        bool this_boot;      /* the stamps move with the clock */
        BootstrapTrigger trigger;
        unsigned attempts; /* as the machine counts them */
        HistoryResult result;
        FailureName failure; /* of the last attempt that has failed */
        char *server;        /* URI; owned */
        char *sentence;      /* owned; NULL: "" */
        /* Of the last attempt: the first one, and the last ones behind it. Owned. */
        HistoryOperation *operations;
        size_t n_operations;
        unsigned operation_count; /* how many there were */
        size_t asked;             /* 1 + place of our request that waits for its answer; 0: none does */
} HistorySeries;

typedef struct History {
        HistorySeries *series[HISTORY_SERIES_MAX]; /* newest first; owned */
        size_t n;
        unsigned changes; /* counts beginnings and ends of series */
} History;

void history_done(History *history);

/* The series that is on, always the newest; NULL: none is. What is told below without one is ignored. */
const HistorySeries *history_running(const History *history);

/* A series begins; the oldest one goes where there is no room. None may be on. Without memory nothing is
 * remembered of it. */
void history_begin(History *history, BootstrapTrigger trigger, const char *server, uint64_t now);

/* An attempt begins; counted: not the one before once more. */
void history_attempt(History *history, bool counted);

/* Our request leaves; one before it that has no answer is not waited for any more. */
void history_ask(History *history, const Request *request, uint64_t now);

/* Its answer; NULL: nobody waits for one any more. */
void history_answered(History *history, const Response *response, uint64_t now);

/* The peer's request, which began at start, was answered. */
void history_operation(
        History *history, const Request *request, const Response *response, uint64_t start, uint64_t now);

/* The last operation has taken until now. */
void history_prolong(History *history, uint64_t now);

/* An attempt has failed. */
void history_failed(History *history, const Failure *failure);

/* The series that is on ends, and is forgotten where it had no attempt. HISTORY_FAILED: by the last failure.
 * HISTORY_ABORTED: why, a sentence. */
void history_end(History *history, HistoryResult result, const char *why, uint64_t now);

/* The clock was set by so many usec. */
void history_shift(History *history, int64_t by);

/* The stamps by now are of an earlier boot. */
void history_forget_boot(History *history);

/* "running", "finished", "aborted" or a name of LastError. Static. */
const char *history_result(const HistorySeries *series);

/* The inverse: result and failure. False: it is no such word. */
bool history_set_result(HistorySeries *series, const char *word);
