/* SPDX-License-Identifier: Apache-2.0 */
/* The back end of Firmware Update: a service of the system bus that verifies packages and installs them,
 * either one with org.lwm2m.FirmwareBackend1 or RAUC (interface.md section 7). Asked, never waited for.
 *
 * One question at a time. A question ends with one call of the handler, from the loop and never before the
 * function that asks has returned; by then the next one may be asked. None waits for ever: each has a
 * deadline in CLOCK_BOOTTIME, behind which it has failed. A back end that leaves the bus in the middle, and
 * a bus that does, is asked again when it is back: Verify changes nothing, and Install and Booted give the
 * first result of an id again. So the daemon's user can read the package at each of these moments. */
#pragma once

#include "bus/firmware_question.h"

typedef struct FirmwareBackend FirmwareBackend;

#define FIRMWARE_BACKEND_RAUC "rauc" /* the name that is no bus name */

/* All are called from the loop. What ends a question is the last that is done for it, and may free the back
 * end, as a Reload does that has waited for the end of an installation; progress() may not. */
typedef struct FirmwareBackendHandler {
        void (*verified)(void *userdata, const FirmwareVerdict *verdict);
        void (*prepared)(void *userdata, const FirmwareVerdict *verdict);
        /* Of firmware_backend_install() and firmware_backend_resume(). */
        void (*installed)(void *userdata, const FirmwareVerdict *verdict);
        void (*booted)(void *userdata, const FirmwareVerdict *verdict);
        /* While an installation is under way. percent: 0..100, which may go back; text: printable UTF-8. */
        void (*progress)(void *userdata, unsigned percent, const char *text);
} FirmwareBackendHandler;

/* Whether firmware_backend_new() takes the name: FIRMWARE_BACKEND_RAUC or a well-known bus name. */
bool firmware_backend_is_name(const char *name);

/* event is referenced; clock, bus and handler are borrowed for the back end's lifetime. Whether there is
 * such a service is found out when it is asked. 0; -EINVAL: no such name; or -ENOMEM. */
int firmware_backend_new(sd_event *event, const Clock *clock, Bus *bus, const char *name,
        const FirmwareBackendHandler *handler, void *userdata, FirmwareBackend **ret);
/* Nothing is told any more. What the back end does goes on. */
FirmwareBackend *firmware_backend_free(FirmwareBackend *backend);
DEFINE_CLEANUP(FirmwareBackend *, firmware_backend_free)

/* Each returns 0: the handler will be called; -EBUSY: another question is under way; or -ENOMEM. path: of
 * the package, absolute, which nobody writes any more; a descriptor of its own is opened each time. id,
 * mark: shorter than FIRMWARE_BACKEND_MARK_SIZE, UTF-8; copied. */

/* Whether the package is whole, from whom it should be, and for this device. */
int firmware_backend_verify(FirmwareBackend *backend, const char *path);

/* Gives the mark that is to be stored before firmware_backend_install(), by which the outcome is known after
 * a restart or a reboot. */
int firmware_backend_prepare(FirmwareBackend *backend);

/* Installs the package. id: no earlier installation's. */
int firmware_backend_install(FirmwareBackend *backend, const char *path, const char *id);

/* After a restart of the daemon in the middle of an installation: how it has ended, or will. */
int firmware_backend_resume(FirmwareBackend *backend, const char *path, const char *id, const char *mark);

/* After the reboot that an installation has asked for: whether the machine runs what was installed. */
int firmware_backend_booted(FirmwareBackend *backend, const char *id, const char *mark);

/* What is under way is not waited for any more, and not told. */
void firmware_backend_cancel(FirmwareBackend *backend);
