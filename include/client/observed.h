/* SPDX-License-Identifier: Apache-2.0 */
/* One observation of an LwM2M Server: the request that it consists of, its machine, how it has been sent. */
#pragma once

#include "client/observation.h"
#include "model/attributes.h"
#include "operation/observe.h"

#define OBSERVED_NON_MAX      4                          /* every fifth is confirmable: design.md 10.5 */
#define OBSERVED_CONFIRM_USEC (24 * 3600 * USEC_PER_SEC) /* RFC 7641, 4.5 */

typedef struct Observed {
        uint64_t id;     /* never that of another one */
        Request request; /* owned; run again for each notification */
        Path *paths;     /* owned; as many as the machine has items */
        Observation observation;
        bool brings_attributes; /* those of the request count, not those that are attached */
        AttributeValues own;
        bool touched;   /* to be looked at in this turn of the loop */
        bool unfetched; /* what is kept has been sent, and not been fetched as a whole */
        bool unkept;    /* what waits could not be kept: it waits in the machine */
        /* CLOCK_BOOTTIME usec: it is gone, and not looked at until then; 0: it is not put off */
        uint64_t put_off_until;
        uint32_t sequence;     /* of the last notification */
        unsigned non;          /* in a row that were not confirmable */
        uint64_t confirmed_at; /* CLOCK_BOOTTIME usec: the server has last shown that it wants it */
} Observed;

/* Takes up what the request, which was answered just now, observes; attached and defaults are those of its
 * server. 0, -EINVAL (it reads nothing), -EMSGSIZE (LIMIT_OBSERVED_PAYLOAD), -E2BIG (more than maximum
 * paths), -ENOMEM, or OBSERVE_REFUSED and the error in *response. */
int observed_new(const OperationContext *context, const Request *request, size_t maximum,
        const Attributes *attached, const AttributeValues *defaults, uint64_t now, Observed **ret,
        Response *response);
Observed *observed_free(Observed *observed);
DEFINE_CLEANUP(Observed *, observed_free)

bool observed_has_token(const Observed *observed, const Request *request);
bool observed_is_about(const Observed *observed, const Request *request); /* the same paths */
bool observed_is_same(const Observed *observed, const Request *request);  /* and query, and Accept */

/* Notes in the machine's items that a value at or below path is another one; returns whether one is
 * concerned. */
bool observed_note_change(Observed *observed, const Path *path);

/* The attributes in effect for each path; to be done again when one of them has changed. */
void observed_set_attributes(
        Observed *observed, const Attributes *attached, const AttributeValues *defaults);

/* One step, with what it asks to look at: TIMER or LOST. 1: to notify now; 0; negative errno. */
int observed_step(
        Observed *observed, const OperationContext *context, ObservationEventType type, uint64_t now);

/* CLOCK_BOOTTIME usec of its next step by TIMER, 0: none. */
uint64_t observed_deadline(const Observed *observed);

/* Appends all that the server would read, for Notification Storing. 0 or negative errno. */
int observed_read(const Observed *observed, const OperationContext *context, RecordList *list);

/* Whether the next notification is to be confirmable; by_default: /1/x/26 says so. */
bool observed_is_confirmable(const Observed *observed, bool by_default, uint64_t now);

/* How many of its notifications may be kept. */
size_t observed_history_maximum(const Observed *observed);

/* "/3/0/7", or "3 paths" */
#define OBSERVED_TEXT_SIZE (PATH_TEXT_MAX + sizeof(" and 18446744073709551615 more"))
const char *observed_describe(const Observed *observed, char buffer[OBSERVED_TEXT_SIZE]);
