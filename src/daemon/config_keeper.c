/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the configuration in force. */
#include "daemon/config_keeper.h"

#include "daemon/config_load.h"
#include "daemon/kept_configuration.h"
#include "util/log.h"
#include "util/message_ids.h"

#define AGAIN_USEC (60 * USEC_PER_SEC) /* as for the accounts: design.md section 7 */

struct ConfigKeeper {
        const StateVault *vault;
        Config *config; /* NULL: it is written */
        const Dataset *accounts;
        bool failed; /* and told */
        sd_event_source *source;
};

static void keep(ConfigKeeper *keeper)
{
        int r;

        r = kept_configuration_write(keeper->vault, keeper->config, keeper->accounts);
        if (r < 0) {
                if (!keeper->failed)
                        log_event_errno(LOG_WARNING, r, MESSAGE_ID_STORAGE_FAILED,
                                "The configuration cannot be kept in %s: %m; it is tried again every "
                                "minute. Until then no start can do without the file.",
                                keeper->vault->directory);
                keeper->failed = true;
                (void)sd_event_source_set_time_relative(keeper->source, AGAIN_USEC);
                (void)sd_event_source_set_enabled(keeper->source, SD_EVENT_ONESHOT);
                return;
        }
        if (keeper->failed)
                log_event(LOG_NOTICE, MESSAGE_ID_STORAGE_WORKS, "The configuration is kept in %s again.",
                        keeper->vault->directory);
        keeper->failed = false;
        config_forget_text(keeper->config);
        keeper->config = NULL;
        (void)sd_event_source_set_enabled(keeper->source, SD_EVENT_OFF);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
        keep(userdata);
        return 0;
}

void config_keeper_keep(ConfigKeeper *keeper, Config *config, const Dataset *accounts)
{
        keeper->config = config;
        keeper->accounts = accounts;
        keep(keeper);
}

int config_keeper_new(sd_event *event, const StateVault *vault, ConfigKeeper **ret)
{
        _cleanup_(config_keeper_freep) ConfigKeeper *keeper = calloc(1, sizeof(*keeper));
        int r;

        if (!keeper)
                return -ENOMEM;
        keeper->vault = vault;
        r = sd_event_add_time_relative(
                event, &keeper->source, CLOCK_BOOTTIME, AGAIN_USEC, 0, on_time, keeper);
        if (r >= 0)
                r = sd_event_source_set_enabled(keeper->source, SD_EVENT_OFF);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(keeper);
        return 0;
}

ConfigKeeper *config_keeper_free(ConfigKeeper *keeper)
{
        if (!keeper)
                return NULL;
        sd_event_source_disable_unref(keeper->source);
        free(keeper);
        return NULL;
}
