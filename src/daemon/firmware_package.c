/* SPDX-License-Identifier: Apache-2.0 */
/* The package on its way to the disk. */
#include "daemon/firmware_package.h"

#include "util/log.h"
#include "util/message_ids.h"

#define TELL_USEC USEC_PER_SEC /* interface.md section 7: bytes at most once a second */

static void tell_bytes(Firmware *firmware)
{
        if (firmware->bytes_due)
                return;
        firmware->bytes_due = true;
        timer_set(firmware->bytes_timer, clock_boottime(firmware->clock) + TELL_USEC);
}

static int on_bytes_due(sd_event_source *source, uint64_t usec, void *userdata)
{
        Firmware *firmware = userdata;

        firmware->bytes_due = false;
        firmware->handler->changed(firmware->userdata);
        return 0;
}

static void on_begun(void *userdata, uint64_t at)
{
        Firmware *firmware = userdata;

        if (firmware->feeder && firmware->feeder->begun)
                firmware->feeder->begun(firmware->feeder_userdata, at);
}

static void on_drained(void *userdata)
{
        Firmware *firmware = userdata;

        if (firmware->feeder)
                firmware->feeder->drained(firmware->feeder_userdata);
}

/* A push cannot go on after a restart, so nothing is kept of it. */
static void on_recorded(void *userdata, uint64_t bytes)
{
        Firmware *firmware = userdata;

        if (firmware->record.machine.phase != FIRMWARE_PHASE_FETCHING)
                return;
        firmware->record.received = bytes;
        if (firmware->download)
                firmware->record.elapsed = firmware_download_elapsed(firmware->download);
        (void)firmware_record_write(firmware->vault, &firmware->record);
}

/* Of a server an empty package, or a NUL alone, resets (Core TS, Appendix E.6, State). */
static FirmwareEvent what_has_come(const Firmware *firmware, uint64_t size)
{
        const bool is_pushed = firmware->record.machine.delivery == FIRMWARE_PUSH;

        if (is_pushed && (size == 0 || (size == 1 && firmware->is_nul)))
                return (FirmwareEvent){.type = FIRMWARE_EVENT_RESET};
        if (size == 0)
                return (FirmwareEvent){
                        .type = FIRMWARE_EVENT_FAILED,
                        .result = FIRMWARE_RESULT_INTEGRITY,
                        .text = "What the repository has sent is empty.",
                };
        return (FirmwareEvent){.type = FIRMWARE_EVENT_TRANSFERRED};
}

static void on_finished(void *userdata, uint64_t size)
{
        Firmware *firmware = userdata;
        const PackageFeeder *feeder = firmware->feeder;

        firmware_package_leave(firmware);
        firmware->bytes = firmware->record.received = firmware->record.total = size;
        if (feeder)
                feeder->finished(firmware->feeder_userdata);
        firmware_do(firmware, what_has_come(firmware, size));
}

static void on_failed(void *userdata, FirmwareResult result, const char *text)
{
        Firmware *firmware = userdata;
        const PackageFeeder *feeder = firmware->feeder;

        firmware_package_leave(firmware);
        if (feeder)
                feeder->failed(firmware->feeder_userdata, result);
        firmware_do(
                firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_FAILED, .result = result, .text = text});
}

static void on_removed(void *userdata, int error)
{
        if (error < 0)
                log_event_errno(LOG_ERR, error, MESSAGE_ID_STORAGE_FAILED,
                        "The package of a firmware update cannot be removed: %m");
}

static const PackageFileHandler handler = {
        .begun = on_begun,
        .drained = on_drained,
        .recorded = on_recorded,
        .finished = on_finished,
        .failed = on_failed,
        .removed = on_removed,
};

int firmware_package_begin(
        Firmware *firmware, const PackageFeeder *feeder, void *userdata, uint64_t announced, uint64_t at)
{
        int r;

        r = package_file_begin(firmware->package, firmware->settings.max_size, announced, at);
        if (r < 0)
                return r;
        firmware->feeder = feeder;
        firmware->feeder_userdata = userdata;
        firmware->is_nul = false;
        firmware->bytes = firmware->record.received = at;
        return 0;
}

int firmware_package_write(Firmware *firmware, const void *data, size_t size)
{
        int r;

        if (package_file_size(firmware->package) == 0 && size == 1)
                firmware->is_nul = *(const uint8_t *)data == 0;
        r = package_file_write(firmware->package, data, size);
        if (r >= 0) {
                firmware->bytes = package_file_size(firmware->package);
                tell_bytes(firmware);
        }
        return r;
}

int firmware_package_finish(Firmware *firmware)
{
        return package_file_finish(firmware->package);
}

void firmware_package_leave(Firmware *firmware)
{
        firmware->feeder = NULL;
}

void firmware_package_remove(Firmware *firmware)
{
        int r;

        firmware_package_leave(firmware);
        r = package_file_remove(firmware->package);
        if (r < 0)
                on_removed(firmware, r);
}

int firmware_package_new(Firmware *firmware)
{
        int r;

        r = timer_new(firmware->event, on_bytes_due, firmware, "firmware-bytes", &firmware->bytes_timer);
        if (r >= 0)
                r = package_file_new(
                        firmware->event, firmware->vault->directory, &handler, firmware, &firmware->package);
        return r;
}

void firmware_package_free(Firmware *firmware)
{
        sd_event_source_disable_unref(firmware->bytes_timer);
        (void)package_file_free(firmware->package);
}
