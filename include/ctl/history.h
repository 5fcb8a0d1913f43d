/* SPDX-License-Identifier: Apache-2.0 */
/* The series of bootstrap attempts as they come over the bus, the reply of GetHistory(). */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/format.h"

/* Strings are borrowed from the message. */
typedef struct HistoryOperation {
        const char *method, *path, *code; /* code "": no answer */
        uint32_t size;                    /* of the payload, in bytes */
        uint64_t start, duration;         /* CLOCK_REALTIME; usec */
} HistoryOperation;

typedef struct HistoryOperations {
        HistoryOperation *operations; /* owned */
        size_t n;
} HistoryOperations;

typedef struct HistorySeries {
        uint64_t start, end; /* CLOCK_REALTIME, usec; end 0: it is still on */
        const char *trigger, *server, *result, *sentence;
        uint32_t attempts;
        HistoryOperations operations; /* of the last attempt */
        uint32_t operation_count;     /* those that were left out, too */
} HistorySeries;

typedef struct History {
        HistorySeries *series; /* newest first; owned */
        size_t n;
} History;

/* Reads aa{sv}; what is unknown is skipped, what is missing is "" or 0. 0, negative errno of sd-bus or
 * -ENOMEM; history_done() in either case. */
int history_read(sd_bus_message *message, History *ret);
void history_done(History *history);

/* Fills an empty table: a head, and a row for each operation from this one on. 0 or negative errno; the
 * table is the caller's. */
int history_operations_to_table(const HistorySeries *series, size_t first, Table *table);
