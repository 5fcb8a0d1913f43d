/* SPDX-License-Identifier: Apache-2.0 */
/* firmware_update.install_window. */
#include "daemon/install_window.h"

#include <time.h>

#include "util/clock.h"

/* Two digits, as in "02:00". */
static bool parse_two(const char *text, unsigned maximum, unsigned *ret)
{
        if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
                return false;
        *ret = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
        return *ret <= maximum;
}

static bool parse_time(const char *text, unsigned *ret)
{
        unsigned hours, minutes;

        if (!parse_two(text, 23, &hours) || text[2] != ':' || !parse_two(text + 3, 59, &minutes))
                return false;
        *ret = hours * 60 + minutes;
        return true;
}

int install_window_parse(const char *text, InstallWindow *ret)
{
        InstallWindow window;

        if (strlen(text) != strlen("02:00-05:00") || text[5] != '-' || !parse_time(text, &window.begin) ||
                !parse_time(text + 6, &window.end) || window.begin == window.end)
                return -EINVAL;
        *ret = window;
        return 0;
}

static bool is_open(const InstallWindow *window, unsigned minute)
{
        if (window->begin < window->end)
                return minute >= window->begin && minute < window->end;
        return minute >= window->begin || minute < window->end;
}

uint64_t install_window_opens_at(const InstallWindow *window, uint64_t now)
{
        time_t seconds = (time_t)(now / USEC_PER_SEC), at;
        struct tm local;

        tzset(); /* the zone may have been changed since */
        if (window->begin == window->end || !localtime_r(&seconds, &local) ||
                is_open(window, (unsigned)(local.tm_hour * 60 + local.tm_min)))
                return 0;
        if ((unsigned)(local.tm_hour * 60 + local.tm_min) >= window->begin)
                local.tm_mday++;
        local.tm_hour = (int)(window->begin / 60);
        local.tm_min = (int)(window->begin % 60);
        local.tm_sec = 0;
        local.tm_isdst = -1; /* summer time may begin or end until then */
        at = mktime(&local);
        /* No such moment (summer time begins): it is looked again when it would have been. */
        return at > seconds ? (uint64_t)at * USEC_PER_SEC : now + 3600 * USEC_PER_SEC;
}
