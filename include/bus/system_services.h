/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon asks of other services of the system bus: logind (org.freedesktop.login1(5)) and timedated
 * (org.freedesktop.timedate1(5)). Asked, never waited for; nobody is asked interactively. */
#pragma once

#include "bus/bus.h"

/* A service that says nothing for so long has failed: two questions in a row fit into the 10 s after which a
 * server that waits gets 5.03 (design.md 10.3). */
#define SYSTEM_SERVICE_TIMEOUT (4500 * USEC_PER_MSEC)

/* The D-Bus errors that make a difference; everything else is SERVICE_REFUSED. */
typedef enum ServiceResult {
        SERVICE_DONE,
        SERVICE_REFUSED,     /* it says no, or the policy of the bus or polkit does */
        SERVICE_MISSING,     /* there is no bus, or no such service on it */
        SERVICE_SILENT,      /* no answer in time, or its connection has ended before */
        SERVICE_BAD_REQUEST, /* it does not know what it was given */
} ServiceResult;

typedef struct ServiceReply {
        ServiceResult result;
        const char *service; /* "logind", "timedated" */
        /* Done: the string that the reply holds, "" where it holds none. Else the error's message. Borrowed
         * for the call. */
        const char *text;
} ServiceReply;

#define SERVICE_NAME_SIZE 256 /* D-Bus Specification, Valid Names: at most 255 bytes */

/* Called once for each question, from the loop, unless the bus is freed before. */
typedef void (*ServiceReplied)(void *userdata, const ServiceReply *reply);

typedef enum SystemService {
        SERVICE_LOGIND,
        SERVICE_TIMEDATED,
} SystemService;

/* Each returns 0: replied will be called; or negative errno: it will not, and -ENOTCONN says that there is
 * no bus. bus may be NULL. */

/* Asks the bus, and not the service, whether it is there, running or to be started when it is called:
 * SERVICE_DONE or SERVICE_MISSING. */
int service_look_for(Bus *bus, SystemService service, ServiceReplied replied, void *userdata);

/* The same of any service, by its bus name, less than SERVICE_NAME_SIZE bytes, which is what the reply calls
 * it. */
int service_look_for_name(Bus *bus, const char *name, ServiceReplied replied, void *userdata);

/* CanReboot(): the reply's text is "yes", "no", "challenge" or "na". */
int service_can_reboot(Bus *bus, ServiceReplied replied, void *userdata);

/* Reboot(). */
int service_reboot(Bus *bus, ServiceReplied replied, void *userdata);

/* SetTime(): CLOCK_REALTIME usec, over 0. */
int service_set_time(Bus *bus, int64_t usec, ServiceReplied replied, void *userdata);

/* SetTimezone(): a name of the IANA database. */
int service_set_timezone(Bus *bus, const char *name, ServiceReplied replied, void *userdata);

/* Puts into text, in one line without a full stop, what has become of a question that was not done. */
void service_failure(const ServiceReply *reply, char *text, size_t size);

/* The same for what one of the functions above returns. Static. */
const char *service_unreachable(int r);
