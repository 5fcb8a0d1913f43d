/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as state file: refused, or accounts that are written and read again as the same. The checksum is
 * put right first, so that the fuzzer gets behind it; a seed may be any state file. */
#include <stddef.h>
#include <stdint.h>

#include "daemon/storage.h"
#include "fuzz.h"

/* Of the state file, in version 1 and 2; the checksum are its last 32 bytes. */
#define OLD_HEADER_SIZE 112
#define HEADER_SIZE     192

static void check_again(const StateFile *content)
{
        StateFile again = {0};
        uint8_t *data = NULL;
        size_t size = 0;
        int r;

        r = state_file_encode(content, &data, &size);
        require(r == 0);
        r = state_file_decode(data, size, &again);
        require(r == 0);
        require(dataset_equal(content->dataset, again.dataset));
        require(content->flags == again.flags);
        require(content->epoch == again.epoch && content->last_bootstrap == again.last_bootstrap);
        require(memcmp(&content->fingerprint, &again.fingerprint, sizeof(again.fingerprint)) == 0);
        state_file_done(&again);
        free(data);
}

static void check(const uint8_t *data, size_t size)
{
        StateFile content = {0};
        int r = state_file_decode(data, size, &content);

        require(r == 0 || r == STATE_FILE_E_DAMAGED || r == STATE_FILE_E_NEWER);
        require((r == 0) == (content.dataset != NULL));
        if (r == 0)
                check_again(&content);
        state_file_done(&content);
}

static void seal(uint8_t *data, size_t size, size_t header)
{
        uint8_t *sum = data + header - SHA256_SIZE, digest[SHA256_SIZE];

        for (size_t i = 0; i < 4; i++)
                data[12 + i] = (uint8_t)((size - header) >> (24 - 8 * i));
        memset(sum, 0, SHA256_SIZE);
        if (crypto_sha256(data, size, digest) == 0)
                memcpy(sum, digest, SHA256_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        size_t header = size > 9 && data[9] == 1 ? OLD_HEADER_SIZE : HEADER_SIZE;
        uint8_t *sealed;

        if (size > STATE_FILE_MAX)
                return 0;
        check(data, size);
        if (size < header)
                return 0;
        sealed = malloc(size);
        if (!sealed)
                return 0;
        memcpy(sealed, data, size);
        seal(sealed, size, header);
        check(sealed, size);
        free(sealed);
        return 0;
}
