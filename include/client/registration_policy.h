/* SPDX-License-Identifier: Apache-2.0 */
/* How an LwM2M Server wants to be registered with, and the times that follow from it (Core TS 6.2 and table
 * 6.2.1.1). Pure. */
#pragma once

#include "util/macro.h"

/* Times in usec. */
typedef struct RegistrationPolicy {
        uint64_t initial_delay;        /* /1/x/14: before the first attempt, until the first success */
        uint64_t retry_count;          /* /1/x/17 attempts in a sequence, at least 1 */
        uint64_t retry_timer;          /* /1/x/18: before attempt n + 1: * 2^(n-1) */
        uint64_t sequence_delay;       /* /1/x/19, USEC_INFINITY: never */
        uint64_t sequence_retry_count; /* /1/x/20 sequences, at least 1 */
        int64_t lifetime;              /* /1/x/1, s; 0: infinite */
        uint64_t update_interval_max;  /* an Update at the latest after this; 0: by the lifetime alone */
        uint64_t queue_timeout;        /* asleep so long after the last message, in Queue Mode */
} RegistrationPolicy;

/* A server may allow no delay at all; nobody is hammered. usec */
#define REGISTRATION_DELAY_MIN USEC_PER_SEC

/* A delay that a server asks for is at most a month, which is as good as any longer one; usec. */
#define REGISTRATION_DELAY_MAX (31 * 86400 * USEC_PER_SEC)

/* When a registration that is renewed now needs the next Update; CLOCK_BOOTTIME usec, 0: never. */
uint64_t registration_update_at(const RegistrationPolicy *policy, uint64_t now);

/* usec between attempts n and n + 1 of a sequence, n from 1; REGISTRATION_DELAY_MIN at least. */
uint64_t registration_attempt_delay(const RegistrationPolicy *policy, uint64_t attempt);

/* When the next sequence begins, if the last one has ended now; CLOCK_BOOTTIME usec, 0: never. */
uint64_t registration_sequence_at(const RegistrationPolicy *policy, uint64_t now);
