/* SPDX-License-Identifier: Apache-2.0 */
/* The call under way, one at a time: from the question to what the script has led to, which is kept. */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "script/results.h"
#include "script/run.h"

#define BACKEND_OBJECT_PATH      "/org/lwm2m/FirmwareBackend1"
#define BACKEND_OBJECT_INTERFACE "org.lwm2m.FirmwareBackend1"

/* The longest that a call can take: Install of interface.md 7. */
#define CALL_LIMIT_MAX_USEC (60 * 60 * USEC_PER_SEC)

typedef struct Calls Calls;

/* script, state_directory: outlive the Calls. ended(userdata): the call under way has been answered, and
 * there is none; usable: another one can be begun, else something of the script survives SIGKILL, and the
 * whole service has to end. 0, or negative errno, which is told: what became of earlier ids cannot be read.
 */
int calls_new(sd_event *event, const char *script, const char *state_directory,
        void (*ended)(void *userdata, bool usable), void *userdata, Calls **ret);

/* Progress goes there. NULL: there is none any more, and nobody to answer; what goes on goes on. */
void calls_set_bus(Calls *calls, sd_bus *bus);

/* Whether one is under way. */
bool calls_busy(const Calls *calls);

/* What became of VERB_INSTALL or VERB_BOOTED of an id, or NULL; lives until the next call ends. */
const Result *calls_known(const Calls *calls, Verb verb, const char *id);

/* Begins the call that message is, while there is none. package: claimed (package.h), duplicated; -1 with
 * VERB_BOOTED. id: valid, "" with VERB_VERIFY. An installation is verified first. 0: it is answered when it
 * is over; negative errno: nothing was begun. */
int calls_begin(Calls *calls, sd_bus_message *message, Verb asked, int package, const char *id);

/* Whether the call under way is the installation of this id: then message is answered together with it. */
bool calls_join(Calls *calls, const char *id, sd_bus_message *message);

/* The service has to end. What can be asked again is ended; an installation goes on, and ended() follows. */
void calls_stop(Calls *calls);

/* NULL. What is under way dies. */
Calls *calls_free(Calls *calls);
DEFINE_CLEANUP(Calls *, calls_free)

/* Answers one call. 0 or negative errno. */
int call_answer(sd_bus_message *message, Verb asked, const RunEnd *end);
