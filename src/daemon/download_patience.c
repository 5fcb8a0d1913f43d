/* SPDX-License-Identifier: Apache-2.0 */
/* How long a repository is waited for, and how often it is asked. */
#include "daemon/download_patience.h"

void download_patience_init(DownloadPatience *patience, uint64_t now, uint64_t elapsed, uint64_t received)
{
        elapsed = MIN_OF(elapsed, DOWNLOAD_TIME_USEC);
        *patience = (DownloadPatience){
                .left = DOWNLOAD_TIME_USEC - elapsed,
                .start = now,
                .counted = received,
        };
}

void download_patience_begin(DownloadPatience *patience, uint64_t now)
{
        patience->next = 0;
        patience->is_held = false;
        patience->silence = now + DOWNLOAD_SILENCE_USEC;
}

void download_patience_heard(DownloadPatience *patience, uint64_t now, uint64_t received)
{
        patience->silence = now + DOWNLOAD_SILENCE_USEC;
        /* The most there ever were: one that begins anew each time does not get on. */
        if (received < patience->counted + DOWNLOAD_RETRIES_BYTES)
                return;
        patience->counted = received;
        patience->retries = 0;
}

void download_patience_hold(DownloadPatience *patience, uint64_t now, bool hold)
{
        patience->is_held = hold;
        patience->silence = now + DOWNLOAD_SILENCE_USEC;
}

bool download_patience_failed(DownloadPatience *patience, uint64_t now, uint64_t wish, double random)
{
        uint64_t delay;

        patience->silence = 0;
        patience->is_held = false;
        if (patience->retries == DOWNLOAD_RETRIES)
                return false;
        delay = DOWNLOAD_DELAY_USEC << patience->retries++;
        delay = MAX_OF(delay, MIN_OF(wish, DOWNLOAD_DELAY_MAX_USEC));
        patience->next = now + delay + (uint64_t)((double)delay * DOWNLOAD_JITTER * random);
        return true;
}

static uint64_t end_of_all(const DownloadPatience *patience)
{
        return patience->start + patience->left;
}

DownloadVerdict download_patience_judge(const DownloadPatience *patience, uint64_t now)
{
        if (now >= end_of_all(patience))
                return DOWNLOAD_OVER;
        if (patience->next != 0 && now >= patience->next)
                return DOWNLOAD_BEGIN;
        if (patience->silence != 0 && !patience->is_held && now >= patience->silence)
                return DOWNLOAD_SILENT;
        return DOWNLOAD_WAIT;
}

uint64_t download_patience_deadline(const DownloadPatience *patience)
{
        uint64_t silence = patience->is_held ? 0 : patience->silence;

        return clock_earlier(end_of_all(patience), clock_earlier(patience->next, silence));
}

uint64_t download_patience_elapsed(const DownloadPatience *patience, uint64_t now)
{
        return DOWNLOAD_TIME_USEC - patience->left + (now - patience->start);
}
