/* SPDX-License-Identifier: Apache-2.0 */
/* How long a repository is waited for, and how often it is asked (design.md 14.3): pure. All times are usec
 * of CLOCK_BOOTTIME. */
#pragma once

#include "util/clock.h"
#include "util/macro.h"

/* All of design.md 14.3 but the delays. */
#define DOWNLOAD_SILENCE_USEC  (60 * USEC_PER_SEC)           /* without a byte: ends an attempt */
#define DOWNLOAD_TIME_USEC     (24 * 60 * 60 * USEC_PER_SEC) /* in all */
#define DOWNLOAD_RETRIES       5                             /* counted anew at each of: */
#define DOWNLOAD_RETRIES_BYTES (1024 * 1024)
/* Before the first retry; each further one waits twice as long, the last 160 s. So the five outlast a
 * repository that is started anew, or a link that is down for five minutes. */
#define DOWNLOAD_DELAY_USEC (10 * USEC_PER_SEC)
/* Added at random, of the delay: a fleet does not come back as one. */
#define DOWNLOAD_JITTER 0.5
/* What a repository may ask for with Retry-After */
#define DOWNLOAD_DELAY_MAX_USEC (60 * 60 * USEC_PER_SEC)

/* Owns nothing. */
typedef struct DownloadPatience {
        uint64_t start;   /* of this run of the daemon */
        uint64_t left;    /* usec of DOWNLOAD_TIME_USEC at the start */
        unsigned retries; /* since counted */
        uint64_t counted; /* bytes, the most there were when retries was zero */
        uint64_t silence; /* when silence ends the attempt; 0: none is under way */
        bool is_held;     /* the repository is not waited for: the disk is */
        uint64_t next;    /* when the next attempt begins; 0: none is waited for */
} DownloadPatience;

/* elapsed: usec that have gone by before now; received: bytes that are there. */
void download_patience_init(DownloadPatience *patience, uint64_t now, uint64_t elapsed, uint64_t received);

/* An attempt begins. */
void download_patience_begin(DownloadPatience *patience, uint64_t now);

/* The repository has said something; received: bytes of the package that are there by now. */
void download_patience_heard(DownloadPatience *patience, uint64_t now, uint64_t received);

/* Nothing is expected of the repository, or is again. */
void download_patience_hold(DownloadPatience *patience, uint64_t now, bool hold);

/* The attempt has failed. wish: usec that the repository has asked to wait, 0: none; random: 0.0 .. 1.0.
 * True: there is another one, at the deadline. */
bool download_patience_failed(DownloadPatience *patience, uint64_t now, uint64_t wish, double random);

typedef enum DownloadVerdict {
        DOWNLOAD_WAIT,   /* until the deadline */
        DOWNLOAD_BEGIN,  /* the next attempt is due */
        DOWNLOAD_SILENT, /* the attempt under way has failed */
        DOWNLOAD_OVER,   /* it has taken too long in all */
} DownloadVerdict;

DownloadVerdict download_patience_judge(const DownloadPatience *patience, uint64_t now);

/* When to judge next. Never 0. */
uint64_t download_patience_deadline(const DownloadPatience *patience);

uint64_t download_patience_elapsed(const DownloadPatience *patience, uint64_t now);
