/* SPDX-License-Identifier: Apache-2.0 */
/* The download of a package from the repository that Package URI names (/5/0/1; design.md 14.3): coap and
 * coaps by daemon/firmware_coap, http and https by daemon/firmware_http. It tries again by itself, as
 * daemon/download_patience says, and goes on where it stopped while the package is still the same one. */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/download_attempt.h"

/* Whether this build has it: Firmware Update Protocol Support, /5/0/8, lists those. */
bool download_has_protocol(FirmwareProtocol protocol);

/* What becomes of a Write of uri to /5/0/1, before anything is asked: FIRMWARE_RESULT_INITIAL (0), it can be
 * tried; _INVALID_URI (7); _UNSUPPORTED_PROTOCOL (9), a scheme that this build does not have. In
 * *reterr_reason (may be NULL) what is wrong, to be read behind "the URI ", without the URI itself. Static.
 */
FirmwareResult download_support(const char *uri, const char **reterr_reason);

/* Borrowed during firmware_download_new() only, but for the resolver. */
typedef struct DownloadSettings {
        const char *uri;         /* download_support() has agreed */
        uint64_t offset;         /* bytes of the package that are there already; 0: none */
        uint64_t elapsed;        /* usec that it has taken so far, of DOWNLOAD_TIME_USEC; 0: it begins */
        uint64_t max_size;       /* bytes of a package */
        const char *validator;   /* what begun() has told of those bytes; "" or NULL: offset is as 0 */
        const char *trust_store; /* TRUST_STORE_*, or the absolute path of a file or folder; NULL: system */
        const Credential *credential; /* for coaps; NULL: none, the server's certificate by trust_store */
        CoapSettings coap;
        Resolver *resolver; /* borrowed until the end */
} DownloadSettings;

typedef struct DownloadHandler DownloadHandler;
typedef struct FirmwareDownload FirmwareDownload;

/* All called from the loop, never from inside firmware_download_new(); each may free the download. */
struct DownloadHandler {
        /* The repository has begun to send, at byte offset of the package, once in each attempt that comes
         * so far. offset is what has been written so far (of DownloadSettings at first), or 0: it is another
         * package, or the repository cannot go on, and what was written before is void. total: bytes of the
         * whole package, 0: not said. validator: an ETag or Last-Modified, "": it cannot be gone on with;
         * borrowed. Returns as write does. */
        int (*begun)(void *userdata, uint64_t total, const char *validator, uint64_t offset);
        /* The next bytes of the package, in order; at most DOWNLOAD_WRITE_SIZE. 0; BODY_WAIT: they are
         * taken, and no more come before firmware_download_resume(); anything else: nothing more comes at
         * all, nor ended(). */
        int (*write)(void *userdata, const uint8_t *data, size_t size);
        /* An attempt has failed, and another one will be made; text says what happened, with whom, a
         * sentence; borrowed. NULL: nobody asks. */
        void (*waits)(void *userdata, const char *text);
        /* Once, the last call. FIRMWARE_RESULT_INITIAL: the whole package has been written; else the Update
         * Result (2, 4, 7), and text says what happened, with whom; borrowed. */
        void (*ended)(void *userdata, FirmwareResult result, const char *text);
};

#define DOWNLOAD_WRITE_SIZE                                                            \
        (16 * 1024) /* bytes: CURL_MAX_WRITE_SIZE of libcurl; a block of CoAP has 1024 \
                     */

/* 0 or -ENOMEM or what sd-event says; whatever else is wrong is told by ended(). */
int firmware_download_new(sd_event *event, const Clock *clock, const DownloadSettings *settings,
        const DownloadHandler *handler, void *userdata, FirmwareDownload **ret);

/* More can be written, after BODY_WAIT. */
void firmware_download_resume(FirmwareDownload *download);

/* The network has changed: what waits for its next attempt begins it now. */
void firmware_download_network_changed(FirmwareDownload *download);

/* usec that it has taken so far, those of settings included. */
uint64_t firmware_download_elapsed(const FirmwareDownload *download);

/* Ends it at once, with no further call. Returns NULL; NULL is fine. */
FirmwareDownload *firmware_download_free(FirmwareDownload *download);
DEFINE_CLEANUP(FirmwareDownload *, firmware_download_free)
