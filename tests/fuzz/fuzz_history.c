/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the file of the history: refused, or series that are written and read again as the same. The
 * digest is put right first, so that the fuzzer gets behind it. */
#include <stddef.h>
#include <stdint.h>

#include "daemon/history_file.h"
#include "util/crypto.h"
#include "fuzz.h"

static void check_series(const HistorySeries *a, const HistorySeries *b)
{
        require(a->start == b->start && a->end == b->end && a->this_boot == b->this_boot);
        require(a->trigger == b->trigger && strcmp(history_result(a), history_result(b)) == 0);
        require(a->attempts == b->attempts && strcmp(a->server, b->server) == 0);
        require(strcmp(a->sentence ?: "", b->sentence ?: "") == 0);
        require(a->operation_count == b->operation_count && a->n_operations == b->n_operations);
        for (size_t i = 0; i < a->n_operations; i++)
                require(memcmp(&a->operations[i], &b->operations[i], sizeof(HistoryOperation)) == 0);
}

static void check_again(const HistoryFile *file)
{
        HistoryFile again = {.version = 0};
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        r = history_file_encode(file, &data, &size);
        require(r == 0);
        r = history_file_decode(data, size, &again);
        require(r == 0);
        require(file->history.n == again.history.n && file->history.n <= HISTORY_SERIES_MAX);
        for (size_t i = 0; i < file->history.n; i++)
                check_series(file->history.series[i], again.history.series[i]);
        history_done(&again.history);
        free(data);
}

static void check(const uint8_t *data, size_t size)
{
        HistoryFile file = {.version = 0};
        int r = history_file_decode(data, size, &file);

        require(r == 0 || r == STATE_FILE_E_DAMAGED || r == STATE_FILE_E_NEWER);
        if (r == 0)
                check_again(&file);
        history_done(&file.history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        uint8_t *sealed;

        if (size > HISTORY_FILE_MAX)
                return 0;
        check(data, size);
        if (size < SHA256_SIZE)
                return 0;
        sealed = malloc(size);
        if (!sealed)
                return 0;
        memcpy(sealed, data, size);
        if (crypto_sha256(sealed, size - SHA256_SIZE, sealed + size - SHA256_SIZE) == 0)
                check(sealed, size);
        free(sealed);
        return 0;
}
