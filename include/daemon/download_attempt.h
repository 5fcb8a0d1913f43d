/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt at a repository: what daemon/firmware_download has of each transport. */
#pragma once

#include <systemd/sd-event.h>

#include "coap/resolver.h"
#include "coap/settings.h"
#include "lwm2m/body_sink.h"
#include "lwm2m/failure.h"
#include "lwm2m/firmware.h"
#include "util/clock.h"

#define DOWNLOAD_VALIDATOR_SIZE 255 /* bytes; a longer one is none: twice what servers in use make */

/* All but event, clock and resolver is borrowed until the attempt has been freed, too. */
typedef struct AttemptSettings {
        sd_event *event;
        const Clock *clock;
        Resolver *resolver;
        const char *uri;
        uint64_t offset;       /* bytes that are there; 0: none */
        const char *validator; /* of those; not "" where offset is not 0 */
        const char *trust_store;
        const Credential *credential; /* NULL: none */
        CoapSettings coap;
} AttemptSettings;

/* What became of it. text: a sentence, borrowed. */
typedef struct AttemptEnd {
        FirmwareResult result; /* FIRMWARE_RESULT_INITIAL: the package is whole, as far as can be told */
        bool is_final;         /* another attempt would end the same way */
        uint64_t wait;         /* usec that the repository asks to be left alone; 0: it does not */
        const char *text;
} AttemptEnd;

/* All called from the loop, never from inside start() and resume(); each may free the attempt. begun and
 * write: as in DownloadHandler; where they return less than 0 nothing is called any more. */
typedef struct AttemptHandler {
        int (*begun)(void *userdata, uint64_t total, const char *validator, uint64_t offset);
        int (*write)(void *userdata, const uint8_t *data, size_t size);
        void (*ended)(void *userdata, const AttemptEnd *end);
} AttemptHandler;

typedef struct DownloadTransport {
        /* 0 and *ret, or -ENOMEM or what sd-event says. */
        int (*start)(
                const AttemptSettings *settings, const AttemptHandler *handler, void *userdata, void **ret);
        void (*resume)(void *attempt);
        void (*free)(void *attempt);
} DownloadTransport;
