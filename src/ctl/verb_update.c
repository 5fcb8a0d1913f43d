/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl update, disable: what is asked of one registration. */
#include "ctl/verb_update.h"

#include "bus/names.h"
#include "ctl/servers.h"
#include "util/parse.h"

/* Whole seconds, rounded up, are what Disable() takes; 0 would be the account's Disable Timeout. */
static bool parse_time(const char *word, uint32_t *ret)
{
        uint64_t usec, seconds;

        if (parse_duration(word, &usec) < 0)
                return false;
        seconds = usec / USEC_PER_SEC + (usec % USEC_PER_SEC > 0);
        if (seconds == 0 || seconds > UINT32_MAX)
                return false;
        *ret = (uint32_t)seconds;
        return true;
}

bool disable_time_accepts(const char *word)
{
        uint32_t seconds;

        return parse_time(word, &seconds);
}

int verb_update(const Ctl *ctl)
{
        char path[SERVER_PATH_SIZE];

        server_path(ctl->words[0], path);
        return ctl_call(ctl, path, BUS_SERVER_INTERFACE, "Update", NULL, NULL);
}

int verb_disable(const Ctl *ctl)
{
        char path[SERVER_PATH_SIZE];
        uint32_t seconds = 0;

        server_path(ctl->words[0], path);
        if (ctl->n_words > 1)
                (void)parse_time(ctl->words[1], &seconds);
        return ctl_call(ctl, path, BUS_SERVER_INTERFACE, "Disable", NULL, "u", seconds);
}
