/* SPDX-License-Identifier: Apache-2.0 */
/* The download of a package: attempts at its repository until it is whole, or patience ends. */
#include "daemon/firmware_download.h"

#include <stdio.h>

#include "client/context.h"
#include "client/timer.h"
#include "coap/lifetime.h"
#include "config.h"
#include "daemon/download_patience.h"
#include "daemon/firmware_coap.h"
#if HAVE_FIRMWARE_HTTP
#include "daemon/firmware_http.h"
#endif
#include "daemon/repository_uri.h"
#include "util/log.h"
#include "util/utf8.h"

struct FirmwareDownload {
        Lifetime lifetime;
        Remains remains;
        AttemptSettings settings; /* of the next attempt; what it borrows is below */
        char *uri, *trust_store;
        Credential credential;
        char validator[DOWNLOAD_VALIDATOR_SIZE + 1];
        uint64_t max_size;
        const DownloadHandler *handler;
        void *userdata;
        DownloadPatience patience;
        sd_event_source *timer;
        uint64_t armed; /* CLOCK_BOOTTIME usec, for when; 0: it is off */
        const DownloadTransport *transport;
        void *attempt;            /* NULL: none is under way */
        uint64_t received, total; /* bytes; total 0: not known */
        bool is_over;
        char text[FAILURE_SENTENCE_SIZE]; /* of the last attempt */
};

/* -- What there is -- */

static const DownloadTransport *const transports[_FIRMWARE_PROTOCOL_MAX] = {
        [FIRMWARE_COAP] = &firmware_coap,
        [FIRMWARE_COAPS] = &firmware_coap,
#if HAVE_FIRMWARE_HTTP
        [FIRMWARE_HTTP] = &firmware_http,
        [FIRMWARE_HTTPS] = &firmware_http,
#endif
};

bool download_has_protocol(FirmwareProtocol protocol)
{
        return transports[protocol] != NULL;
}

FirmwareResult download_support(const char *uri, const char **reterr_reason)
{
        FirmwareProtocol protocol;
        int r = repository_uri_parse(uri, &protocol, reterr_reason);

        if (r == 0 && download_has_protocol(protocol))
                return FIRMWARE_RESULT_INITIAL;
        if (r == 0 && reterr_reason)
                *reterr_reason = "has a scheme that this build does not have (-Dfirmware-http)";
        return r == -EINVAL ? FIRMWARE_RESULT_INVALID_URI : FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL;
}

/* -- Ends -- */

static void drop_attempt(FirmwareDownload *download)
{
        if (download->attempt)
                download->transport->free(TAKE_PTR(download->attempt));
}

static void stop(FirmwareDownload *download)
{
        drop_attempt(download);
        download->is_over = true;
        timer_set(download->timer, 0);
}

static void finish(FirmwareDownload *download, FirmwareResult result)
{
        stop(download);
        download->handler->ended(download->userdata, result, download->text);
}

static uint64_t now_of(const FirmwareDownload *download)
{
        return clock_boottime(download->settings.clock);
}

/* A deadline that has moved away is looked at when the one before has come: not with each block. */
static void set_timer(FirmwareDownload *download)
{
        uint64_t deadline = download_patience_deadline(&download->patience);

        if (download->is_over || (download->armed != 0 && download->armed <= deadline))
                return;
        download->armed = deadline;
        timer_set(download->timer, deadline);
}

/* The attempt has failed; its sentence is in text. */
static void try_again(FirmwareDownload *download, uint64_t wait)
{
        uint64_t now = now_of(download);

        drop_attempt(download);
        if (!download_patience_failed(&download->patience, now, wait, client_random())) {
                finish(download, FIRMWARE_RESULT_CONNECTION_LOST);
                return;
        }
        log_info("%s The download goes on in %llu s, at byte %llu.", download->text,
                (unsigned long long)((download->patience.next - now) / USEC_PER_SEC),
                (unsigned long long)download->received);
        set_timer(download);
        if (download->handler->waits)
                download->handler->waits(download->userdata, download->text);
}

/* -- What an attempt tells -- */

static int refuse_size(FirmwareDownload *download, uint64_t size)
{
        (void)snprintf(download->text, sizeof(download->text),
                "The package at %s has %s%llu bytes, and firmware_update.max_size is %llu.",
                REPOSITORY_URI_SHOW(download->uri), download->total == size ? "" : "more than ",
                (unsigned long long)size, (unsigned long long)download->max_size);
        finish(download, FIRMWARE_RESULT_NO_SPACE);
        return -EFBIG;
}

/* What the owner has answered. Returns it. */
static int obey(FirmwareDownload *download, int r)
{
        if (r < 0 && !download->is_over)
                stop(download);
        else if (r == BODY_WAIT)
                download_patience_hold(&download->patience, now_of(download), true);
        set_timer(download);
        return r;
}

static int on_begun(void *userdata, uint64_t total, const char *validator, uint64_t offset)
{
        FirmwareDownload *download = userdata;
        int r;

        lifetime_enter(&download->lifetime);
        download->total = total;
        download->received = offset;
        if (validator != download->validator)
                (void)snprintf(download->validator, sizeof(download->validator), "%s", validator);
        download_patience_heard(&download->patience, now_of(download), offset);
        if (total > download->max_size)
                r = refuse_size(download, total);
        else
                r = obey(download,
                        download->handler->begun(download->userdata, total, download->validator, offset));
        lifetime_leave(&download->lifetime);
        return r;
}

static int on_write(void *userdata, const uint8_t *data, size_t size)
{
        FirmwareDownload *download = userdata;
        int r;

        lifetime_enter(&download->lifetime);
        if (size > download->max_size - download->received)
                r = refuse_size(download, download->max_size);
        else {
                download->received += size;
                download_patience_heard(&download->patience, now_of(download), download->received);
                r = obey(download, download->handler->write(download->userdata, data, size));
        }
        lifetime_leave(&download->lifetime);
        return r;
}

static void on_ended(void *userdata, const AttemptEnd *end)
{
        FirmwareDownload *download = userdata;

        lifetime_enter(&download->lifetime);
        (void)snprintf(download->text, sizeof(download->text), "%s", end->text);
        if (end->result == FIRMWARE_RESULT_INITIAL || end->is_final)
                finish(download, end->result);
        else
                try_again(download, end->wait);
        lifetime_leave(&download->lifetime);
}

static const AttemptHandler attempt_handler = {.begun = on_begun, .write = on_write, .ended = on_ended};

/* -- From attempt to attempt -- */

static void begin_attempt(FirmwareDownload *download)
{
        int r;

        download_patience_begin(&download->patience, now_of(download));
        download->settings.offset = download->validator[0] ? download->received : 0;
        r = download->transport->start(&download->settings, &attempt_handler, download, &download->attempt);
        if (r < 0) {
                (void)snprintf(download->text, sizeof(download->text),
                        "The repository %s cannot be asked: %s.", REPOSITORY_URI_SHOW(download->uri),
                        strerrordesc_np(-r));
                try_again(download, 0);
        }
        set_timer(download);
}

static void end_silence(FirmwareDownload *download)
{
        (void)snprintf(download->text, sizeof(download->text),
                "The repository %s has sent nothing for %llu s; check the way to it, and its log.",
                REPOSITORY_URI_SHOW(download->uri), DOWNLOAD_SILENCE_USEC / USEC_PER_SEC);
        try_again(download, 0);
}

static void end_of_patience(FirmwareDownload *download)
{
        (void)snprintf(download->text, sizeof(download->text),
                "The package at %s has not come as a whole within %llu h; check how fast the way to it is.",
                REPOSITORY_URI_SHOW(download->uri), DOWNLOAD_TIME_USEC / USEC_PER_SEC / 3600);
        finish(download, FIRMWARE_RESULT_CONNECTION_LOST);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        FirmwareDownload *download = userdata;

        download->armed = 0;
        lifetime_enter(&download->lifetime);
        switch (download_patience_judge(&download->patience, now_of(download))) {
        case DOWNLOAD_WAIT:
                set_timer(download);
                break;
        case DOWNLOAD_BEGIN:
                begin_attempt(download);
                break;
        case DOWNLOAD_SILENT:
                end_silence(download);
                break;
        case DOWNLOAD_OVER:
                end_of_patience(download);
                break;
        }
        lifetime_leave(&download->lifetime);
        return 0;
}

static void destroy(void *object)
{
        FirmwareDownload *download = object;

        download->timer = sd_event_source_disable_unref(download->timer);
        credential_done(&download->credential);
        free(download->trust_store);
        free(download->uri);
        free(download);
}

static int take_settings(FirmwareDownload *download, const DownloadSettings *settings)
{
        const char *validator = settings->validator ?: "";

        download->uri = strdup(settings->uri);
        download->trust_store = strdup(settings->trust_store ?: TRUST_STORE_SYSTEM);
        if (!download->uri || !download->trust_store)
                return -ENOMEM;
        if (strlen(validator) <= DOWNLOAD_VALIDATOR_SIZE)
                (void)strcpy(download->validator, validator);
        download->received = download->validator[0] ? settings->offset : 0;
        download->max_size = settings->max_size;
        download->settings.uri = download->uri;
        download->settings.validator = download->validator;
        download->settings.trust_store = download->trust_store;
        download->settings.coap = settings->coap;
        download->settings.resolver = settings->resolver;
        if (!settings->credential)
                return 0;
        download->settings.credential = &download->credential;
        return credential_copy(&download->credential, settings->credential);
}

int firmware_download_new(sd_event *event, const Clock *clock, const DownloadSettings *settings,
        const DownloadHandler *handler, void *userdata, FirmwareDownload **ret)
{
        _cleanup_(firmware_download_freep) FirmwareDownload *download = calloc(1, sizeof(*download));
        FirmwareProtocol protocol;
        int r;

        if (!download)
                return -ENOMEM;
        lifetime_init(&download->lifetime);
        download->handler = handler;
        download->userdata = userdata;
        download->settings.event = event;
        download->settings.clock = clock;
        r = take_settings(download, settings);
        if (r >= 0)
                r = repository_uri_parse(download->uri, &protocol, NULL);
        if (r >= 0 && !download_has_protocol(protocol))
                r = -EPROTONOSUPPORT;
        if (r >= 0)
                r = timer_new(event, on_timer, download, "firmware-download", &download->timer);
        if (r < 0)
                return r;
        download->transport = transports[protocol];
        download_patience_init(&download->patience, now_of(download), settings->elapsed, download->received);
        /* From the loop. */
        download->patience.next = now_of(download);
        set_timer(download);
        *ret = TAKE_PTR(download);
        return 0;
}

void firmware_download_resume(FirmwareDownload *download)
{
        if (!download->attempt)
                return;
        download_patience_hold(&download->patience, now_of(download), false);
        set_timer(download);
        download->transport->resume(download->attempt);
}

void firmware_download_network_changed(FirmwareDownload *download)
{
        if (download->is_over || download->patience.next == 0)
                return;
        download->patience.next = now_of(download);
        set_timer(download);
}

uint64_t firmware_download_elapsed(const FirmwareDownload *download)
{
        return download_patience_elapsed(&download->patience, now_of(download));
}

FirmwareDownload *firmware_download_free(FirmwareDownload *download)
{
        if (!download)
                return NULL;
        drop_attempt(download);
        download->is_over = true;
        if (download->timer)
                timer_set(download->timer, 0);
        lifetime_end(&download->lifetime, &download->remains, destroy, download);
        return NULL;
}
