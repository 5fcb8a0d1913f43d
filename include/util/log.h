/* SPDX-License-Identifier: Apache-2.0 */
/* The log: journal with fields when stderr is connected to it, else one plain line on stderr. */
#pragma once

#include <stdint.h>
#include <syslog.h>

#include "util/macro.h"
#include "util/message_ids.h"

/* What a line is about: the fields that the journal keeps beside it. What is not set (NULL, "" or 0) has no
 * field. Never a secret. */
typedef struct LogAbout {
        const char *message_id;              /* MESSAGE_ID, the kind of event: util/message_ids.h */
        const char *status;                  /* LWM2M_STATUS */
        const char *sub_status;              /* LWM2M_SUBSTATUS */
        const char *old_status;              /* LWM2M_OLD_STATUS */
        const char *error;                   /* LWM2M_ERROR, a name of LastError */
        unsigned short_server_id;            /* LWM2M_SHORT_SERVER_ID */
        const char *server_uri;              /* LWM2M_SERVER_URI, of the Bootstrap Server, too */
        const char *path;                    /* LWM2M_PATH, of an Object, Instance, Resource or request */
        unsigned attempt;                    /* LWM2M_ATTEMPT, of a series of bootstrap attempts */
        const char *config_file;             /* CONFIG_FILE */
        unsigned config_line, config_column; /* CONFIG_LINE, CONFIG_COLUMN */
} LogAbout;

/* Decides once where the log goes: to the journal when $JOURNAL_STREAM names stderr's device and inode. */
void log_open(void);

/* Waits, at most two seconds, until the journal has looked at every line: it finds the unit of a line by the
 * process that wrote it. For a process that ends soon after it has begun, whose reason `journalctl -u` would
 * not show else. */
void log_drain(void);

/* Where it goes, in the words of LogControl1: "journal" or "console". */
const char *log_target(void);

/* The most verbose level that is written, LOG_EMERG .. LOG_DEBUG; LOG_INFO until set. */
void log_set_level(int level);
int log_get_level(void);

/* Name ("debug", "info", "notice", "warning", "err", "crit", "alert", "emerg") or number 0..7 <-> level.
 * log_level_from_string: level, or -EINVAL. */
int log_level_from_string(const char *text);
const char *log_level_to_string(int level);

/* Writes one line. error: 0, or an errno of either sign, which sets %m. Returns -abs(error), so that a
 * function can log and return in one line. about: may be NULL. */
int log_full(int level, int error, const LogAbout *about, const char *format, ...) _printf_(4, 5);

/* Of lines that a peer can bring about as often as it likes: one in LOG_QUIET_USEC is told, the others are
 * of level debug. */
#define LOG_QUIET_USEC (10 * USEC_PER_SEC) /* six lines a minute at most */
typedef struct LogQuiet {
        uint64_t told_at; /* CLOCK_BOOTTIME usec; 0: never */
} LogQuiet;

/* The level of the next one. now: CLOCK_BOOTTIME usec. */
int log_quiet(LogQuiet *quiet, uint64_t now, int level);

/* A line whose kind alone is to be told; id: MESSAGE_ID_... */
#define log_event(level, id, ...) log_full(level, 0, &(LogAbout){.message_id = (id)}, __VA_ARGS__)
#define log_event_errno(level, error, id, ...) \
        log_full(level, error, &(LogAbout){.message_id = (id)}, __VA_ARGS__)

/* What is a notice or more has a kind: log_event(). */
#define log_debug(...) log_full(LOG_DEBUG, 0, NULL, __VA_ARGS__)
#define log_info(...)  log_full(LOG_INFO, 0, NULL, __VA_ARGS__)

#define log_oom() log_event_errno(LOG_ERR, ENOMEM, MESSAGE_ID_INTERNAL_ERROR, "Out of memory.")
