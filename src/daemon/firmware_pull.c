/* SPDX-License-Identifier: Apache-2.0 */
/* A package is fetched. */
#include "daemon/firmware_pull.h"

#include <stdio.h>

#include "daemon/firmware_package.h"
#include "daemon/repository_credential.h"
#include "util/utf8.h"

FirmwareResult firmware_pull_check(const char *uri, char text[FIRMWARE_TEXT_SIZE])
{
        const char *reason = NULL;
        const FirmwareResult result = download_support(uri, &reason);

        text[0] = '\0';
        if (result != FIRMWARE_RESULT_INITIAL && reason)
                (void)snprintf(text, FIRMWARE_TEXT_SIZE, "The URI %s.", reason);
        return result;
}

/* -- What the repository sends -- */

static const PackageFeeder feeder;

/* What was there is void: a file that is begun anew can be written at once. */
static int on_begun(void *userdata, uint64_t total, const char *validator, uint64_t offset)
{
        Firmware *firmware = userdata;
        FirmwareRecord *record = &firmware->record;
        int r;

        firmware->pull_waits[0] = '\0';
        record->total = total;
        (void)snprintf(record->validator, sizeof(record->validator), "%s", validator);
        if (offset > 0)
                return 0;
        r = firmware_package_begin(firmware, &feeder, firmware, total, 0);
        if (r < 0)
                firmware_fail_soon(
                        firmware, FIRMWARE_RESULT_NO_MEMORY, "There was no memory for the package.");
        return r;
}

static int on_write(void *userdata, const uint8_t *data, size_t size)
{
        Firmware *firmware = userdata;
        int r;

        r = firmware_package_write(firmware, data, size);
        if (r < 0)
                firmware_fail_soon(
                        firmware, FIRMWARE_RESULT_NO_MEMORY, "There was no memory for the package.");
        return r;
}

static void on_ended(void *userdata, FirmwareResult result, const char *text)
{
        Firmware *firmware = userdata;

        firmware->download = firmware_download_free(firmware->download);
        if (result != FIRMWARE_RESULT_INITIAL) {
                firmware_package_leave(firmware);
                firmware_do(firmware,
                        (FirmwareEvent){.type = FIRMWARE_EVENT_FAILED, .result = result, .text = text});
                return;
        }
        if (firmware_package_finish(firmware) < 0)
                firmware_fail_soon(
                        firmware, FIRMWARE_RESULT_NO_MEMORY, "There was no memory for the package.");
}

static void on_waits(void *userdata, const char *text)
{
        static const char goes_on[] = " It is tried again.";
        Firmware *firmware = userdata;
        const size_t room = sizeof(firmware->pull_waits) - sizeof(goes_on);
        size_t n = strlen(text);

        if (n > room)
                n = utf8_cut(text, room);
        (void)snprintf(firmware->pull_waits, sizeof(firmware->pull_waits), "%.*s%s", (int)n, text, goes_on);
        firmware->handler->changed(firmware->userdata);
}

static const DownloadHandler download_handler = {
        .begun = on_begun,
        .write = on_write,
        .waits = on_waits,
        .ended = on_ended,
};

/* -- The package -- */

static void start(Firmware *firmware, uint64_t at)
{
        _cleanup_(credential_done) Credential credential = {0};
        FirmwareRecord *record = &firmware->record;
        DownloadSettings settings = {
                .uri = record->machine.uri,
                .offset = at,
                .elapsed = record->elapsed,
                .max_size = firmware->settings.max_size,
                .validator = record->validator,
                .trust_store = firmware->settings.trust_store,
                .coap = firmware->settings.coap,
        };
        int r;

        firmware->pull_waits[0] = '\0';
        r = repository_credential(store_committed(firmware->store), record->machine.uri,
                firmware->settings.repository, &credential);
        if (r > 0)
                settings.credential = &credential;
        if (r >= 0 && !firmware->resolver)
                r = resolver_new(firmware->event, &firmware->resolver);
        settings.resolver = firmware->resolver;
        if (r >= 0)
                r = firmware_download_new(firmware->event, firmware->clock, &settings, &download_handler,
                        firmware, &firmware->download);
        if (r < 0)
                firmware_fail_soon(
                        firmware, FIRMWARE_RESULT_NO_MEMORY, "There was no memory for the download.");
}

static void on_file_begun(void *userdata, uint64_t at)
{
        Firmware *firmware = userdata;

        if (!firmware->pull_starts)
                return;
        firmware->pull_starts = false;
        firmware->bytes = firmware->record.received = at;
        start(firmware, at);
}

static void on_drained(void *userdata)
{
        Firmware *firmware = userdata;

        if (firmware->download)
                firmware_download_resume(firmware->download);
}

static void on_finished(void *userdata)
{
}

static void on_failed(void *userdata, FirmwareResult result)
{
        firmware_pull_stop(userdata);
}

static const PackageFeeder feeder = {
        .begun = on_file_begun,
        .drained = on_drained,
        .finished = on_finished,
        .failed = on_failed,
};

void firmware_pull_begin(Firmware *firmware)
{
        const bool goes_on = firmware->record.validator[0] != '\0';
        int r;

        if (!goes_on)
                firmware->record.received = 0;
        firmware->pull_starts = true;
        r = firmware_package_begin(firmware, &feeder, firmware, 0, firmware->record.received);
        if (r < 0)
                firmware_fail_soon(
                        firmware, FIRMWARE_RESULT_NO_MEMORY, "There was no memory for the package.");
}

void firmware_pull_stop(Firmware *firmware)
{
        firmware->pull_starts = false;
        firmware->download = firmware_download_free(firmware->download);
}

void firmware_pull_network_changed(Firmware *firmware)
{
        if (firmware->download)
                firmware_download_network_changed(firmware->download);
}
