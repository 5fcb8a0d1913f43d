/* SPDX-License-Identifier: Apache-2.0 */
/* `history` in the state directory. */
#include "daemon/kept_history.h"

#include <systemd/sd-id128.h>

#include "daemon/history_file.h"
#include "daemon/state_directory.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/log.h"

static_assert(sizeof(sd_id128_t) == HISTORY_FILE_BOOT, "a boot ID");

/* How far CLOCK_REALTIME stands from CLOCK_BOOTTIME; as before, where only the reading differs. */
static int64_t offset_of_now(int64_t before)
{
        ClockOffsets offsets = {.realtime = before};

        clock_offsets_renew(&clock_system, &offsets);
        return offsets.realtime;
}

/* Zeroes where it is not known: no boot is. */
static void boot_of_now(uint8_t ret[HISTORY_FILE_BOOT])
{
        sd_id128_t id = SD_ID128_NULL;

        if (sd_id128_get_boot(&id) < 0)
                id = SD_ID128_NULL;
        memcpy(ret, id.bytes, HISTORY_FILE_BOOT);
}

int kept_history_write(const StateVault *vault, uint64_t epoch, const History *history)
{
        HistoryFile file = {
                .epoch = epoch,
                .offset = offset_of_now(0),
                .written = clock_realtime(&clock_system),
                .history = *history, /* only read */
        };
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        boot_of_now(file.boot);
        r = history_file_encode(&file, &data, &size);
        if (r == 0)
                r = state_directory_replace(vault, STATE_HISTORY, data, size);
        free(data);
        return r;
}

/* 0, STATE_FILE_E_..., -ENOENT or another errno. */
static int read_file(const StateVault *vault, HistoryFile *ret)
{
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        r = state_vault_read(vault, STATE_HISTORY, HISTORY_FILE_MAX, &data, &size, NULL);
        if (r != 0)
                return r;
        r = history_file_decode(data, size, ret);
        secret_free_bytes(data, size);
        return r;
}

/* The clock may have been set while no daemon ran. Of another boot nothing is known but what it said. */
static void adjust(HistoryFile *file)
{
        uint8_t boot[HISTORY_FILE_BOOT], unknown[HISTORY_FILE_BOOT] = {0};
        int64_t by = offset_of_now(file->offset) - file->offset;

        boot_of_now(boot);
        if (memcmp(boot, unknown, sizeof(boot)) == 0 || memcmp(boot, file->boot, sizeof(boot)) != 0)
                history_forget_boot(&file->history);
        else {
                history_shift(&file->history, by);
                file->written = clock_shift(file->written, by);
        }
        history_end(&file->history, HISTORY_ABORTED,
                "The daemon ended without being stopped, by a power cut, SIGKILL or a crash.",
                file->written);
}

void kept_history_read(const StateVault *vault, uint64_t epoch, History *ret)
{
        HistoryFile file = {.version = 0};
        int r;

        *ret = (History){.n = 0};
        r = read_file(vault, &file);
        if (r == 0 && file.epoch >= epoch) {
                adjust(&file);
                *ret = file.history;
        } else if (r == 0) {
                history_done(&file.history);
                (void)file_remove(vault->directory, STATE_HISTORY); /* what a Reset could not */
        } else if (r == -ENOMEM)
                (void)log_oom();
        else if (r != -ENOENT)
                state_directory_put_aside(vault, STATE_HISTORY, r, file.version);
}
