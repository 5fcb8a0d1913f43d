/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware Update as operators see it, and what they may ask for (interface.md section 7). */
#pragma once

#include "lwm2m/firmware.h"
#include "util/macro.h"

#define FIRMWARE_HISTORY_MAX 20  /* interface.md section 7, GetHistory */
#define FIRMWARE_NAME_SIZE   256 /* /5/0/6 and /5/0/7: at most 255 bytes */
#define FIRMWARE_URI_SIZE    256 /* /5/0/1: likewise */
#define FIRMWARE_TEXT_SIZE   257 /* as a diagnostic text, LIMIT_DIAGNOSTIC_SIZE */
#define FIRMWARE_ID_SIZE     33  /* 128 bits in hexadecimal */

/* What State alone does not say. */
typedef enum FirmwareStep {
        FIRMWARE_STEP_NONE,
        FIRMWARE_STEP_VERIFYING, /* of downloading: the back end looks at the package */
        FIRMWARE_STEP_REBOOTING, /* of updating: it is installed, and a reboot is needed */
} FirmwareStep;

/* The update as it is now. Texts are never NULL, "" where there is none; printable UTF-8, no secret. */
typedef struct FirmwareShown {
        FirmwareState state;
        FirmwareResult result;
        FirmwareStep step;
        const char *text;    /* why the result is what it is, or what an update waits for; a sentence */
        const char *name;    /* /5/0/6 */
        const char *version; /* /5/0/7 */
        const char *uri;     /* without userinfo and query; "": it is, or was, pushed */
        uint64_t received;   /* bytes of the package */
        uint64_t total;      /* likewise; 0: not known */
        unsigned progress;   /* of the installation, percent, 0..100 */
        uint64_t install_at; /* CLOCK_REALTIME usec: the installation waits until then; 0: it does not */
        bool can_cancel;     /* FirmwareFace.cancel would do it */
        bool can_install;    /* FirmwareFace.install would do it */
} FirmwareShown;

/* One update, from the first byte or the Package URI to its end. */
typedef struct FirmwareUpdate {
        char id[FIRMWARE_ID_SIZE];
        uint64_t start, end; /* CLOCK_REALTIME usec; end 0: still on */
        FirmwareDelivery delivery;
        char uri[FIRMWARE_URI_SIZE]; /* without userinfo and query; "": pushed */
        char name[FIRMWARE_NAME_SIZE], version[FIRMWARE_NAME_SIZE]; /* as the back end's Verify has said */
        uint64_t size;                                              /* bytes of the package that came */
        FirmwareResult result; /* FIRMWARE_RESULT_INITIAL: still on, or a server has begun anew */
        char text[FIRMWARE_TEXT_SIZE];
        /* /3/0/3 when it began, and when it had ended; "": there is none */
        char version_before[FIRMWARE_NAME_SIZE], version_after[FIRMWARE_NAME_SIZE];
} FirmwareUpdate;

typedef struct FirmwareHistory {
        FirmwareUpdate updates[FIRMWARE_HISTORY_MAX]; /* newest first */
        size_t n;
        uint32_t ended[_FIRMWARE_RESULT_MAX]; /* updates, since the daemon has started; not kept */
} FirmwareHistory;

/* What bus/ asks, on the event loop. What changes is told by bus_firmware_changed(), bytes alone at most
 * once a second. */
typedef struct FirmwareFace {
        /* Borrowed until the next turn of the loop. NULL: there is no back end, so no Object 5. */
        const FirmwareShown *(*shown)(void *userdata);
        /* Cancel(), as Execute of /5/0/10: 0; or CLIENT_E_WRONG_STATE with *ret_text, static: why, as a
         * diagnostic text has it, a sentence without capital and full stop. */
        int (*cancel)(void *userdata, const char **ret_text);
        /* Install(), now, whatever the install window says: the same. */
        int (*install)(void *userdata, const char **ret_text);
        /* Borrowed until the next turn of the loop; there without a back end, too. */
        const FirmwareHistory *(*history)(void *userdata);
} FirmwareFace;
