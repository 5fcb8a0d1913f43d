/* SPDX-License-Identifier: Apache-2.0 */
/* Names of time zones, and offsets to UTC. */
#include "daemon/timezone.h"

#include <stdio.h>

#define LOCALTIME_LINK  "/etc/localtime" /* localtime(5) */
#define ZONEINFO_FOLDER "/zoneinfo/"

#define MINUTES_PER_HOUR 60

/* IANA database, file etcetera */
#define ETC_HOURS_EAST 14
#define ETC_HOURS_WEST 12

static bool parse_two_digits(const char **text, int maximum, int *ret)
{
        const char *p = *text;

        if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
                return false;
        *ret = (p[0] - '0') * 10 + (p[1] - '0');
        *text += 2;
        return *ret <= maximum;
}

int utc_offset_parse(const char *text, int *ret_minutes)
{
        bool west = text[0] == '-';
        int hours, minutes = 0;

        if (strcmp(text, "Z") == 0) {
                *ret_minutes = 0;
                return 0;
        }
        if (text[0] != '+' && text[0] != '-')
                return -EINVAL;
        text++;
        if (!parse_two_digits(&text, 23, &hours))
                return -EINVAL;
        if (text[0]) {
                text += text[0] == ':';
                if (!parse_two_digits(&text, 59, &minutes) || text[0])
                        return -EINVAL;
        }
        minutes += hours * MINUTES_PER_HOUR;
        *ret_minutes = west ? -minutes : minutes;
        return 0;
}

bool utc_offset_at(time_t moment, char ret[static UTC_OFFSET_SIZE])
{
        struct tm tm;
        unsigned minutes;

        tzset(); /* the zone may have been changed since */
        if (!localtime_r(&moment, &tm))
                return false;
        minutes = (unsigned)labs(tm.tm_gmtoff) / 60;
        (void)snprintf(ret, UTC_OFFSET_SIZE, "%c%02u:%02u", tm.tm_gmtoff < 0 ? '-' : '+',
                minutes / MINUTES_PER_HOUR % 100, minutes % MINUTES_PER_HOUR);
        return true;
}

static bool take_name(const char *text, char ret[static TIMEZONE_SIZE])
{
        if (!timezone_is_name(text))
                return false;
        memcpy(ret, text, strlen(text) + 1);
        return true;
}

/* A rule like "EST5EDT" may have the form of a name, but has no slash in it. */
static bool take_variable(const char *text, char ret[static TIMEZONE_SIZE])
{
        text += text[0] == ':';
        return (strcmp(text, "UTC") == 0 || strchr(text, '/')) && take_name(text, ret);
}

bool timezone_read(char ret[static TIMEZONE_SIZE])
{
        const char *variable = getenv("TZ"), *folder;
        char link[TIMEZONE_SIZE + sizeof("/usr/share/zoneinfo/")];
        ssize_t n;

        if (variable && variable[0])
                return take_variable(variable, ret);
        n = readlink(LOCALTIME_LINK, link, sizeof(link) - 1);
        if (n < 0)
                return errno == ENOENT && take_name("UTC", ret);
        link[n] = '\0';
        folder = strstr(link, ZONEINFO_FOLDER);
        return folder && take_name(folder + strlen(ZONEINFO_FOLDER), ret);
}

static bool is_name_character(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '+' || c == '-';
}

bool timezone_is_name(const char *text)
{
        char before = '/'; /* no part is empty */

        if (strlen(text) >= TIMEZONE_SIZE)
                return false;
        for (; *text; before = *text++)
                if (*text == '/' ? before == '/' : !is_name_character(*text))
                        return false;
        return before != '/';
}

int timezone_of_offset(int minutes, char ret[static TIMEZONE_SIZE])
{
        int hours = minutes / MINUTES_PER_HOUR;

        if (minutes % MINUTES_PER_HOUR != 0 || hours > ETC_HOURS_EAST || hours < -ETC_HOURS_WEST)
                return -ERANGE;
        if (hours == 0)
                (void)snprintf(ret, TIMEZONE_SIZE, "UTC");
        else
                (void)snprintf(ret, TIMEZONE_SIZE, "Etc/GMT%+d", -hours);
        return 0;
}
