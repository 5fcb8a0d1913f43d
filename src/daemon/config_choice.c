/* SPDX-License-Identifier: Apache-2.0 */
/* Which configuration counts at a start. */
#include "daemon/config_choice.h"

#include "daemon/config_load.h"
#include "daemon/state_directory.h"
#include "util/log.h"

void config_choice_done(ConfigChoice *choice)
{
        choice->config = config_free(choice->config);
        kept_configuration_done(&choice->kept);
        free(choice->problem);
        choice->problem = NULL;
}

/* The file is of no use. */
static int use_kept(const char *file, const StateVault *vault, const ConfigKept *kept, ConfigChoice *choice)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        int r;

        if (!kept || !state_directory_is_usable(vault))
                return CONFIG_E_INVALID;
        r = config_parse(file, choice->kept.text.data, choice->kept.text.size, CONFIG_AS_KEPT, kept,
                &choice->config, &problems);
        if (r != 0) {
                config_problems_log(&problems, KEPT_CONFIGURATION);
                return r;
        }
        log_error("The configuration %s cannot be used. The one accepted last, kept in %s, goes on with the "
                  "stored accounts: correct the file and reload it.",
                file, vault->directory);
        return 0;
}

int config_choose(const char *file, StateVault *vault, ConfigChoice *ret)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_choice_done) ConfigChoice choice = {0};
        ConfigKept kept;
        bool has_kept;
        int r;

        has_kept = kept_configuration_read(vault, &choice.kept) == 0;
        kept = (ConfigKept){.endpoint = choice.kept.endpoint, .accounts = choice.kept.accounts};
        r = config_load(file, CONFIG_TO_RUN, has_kept ? &kept : NULL, &choice.config, &problems);
        config_problems_log(&problems, file);
        if (r == CONFIG_E_INVALID)
                r = use_kept(file, vault, has_kept ? &kept : NULL, &choice);
        if (r == 0)
                r = config_problems_summary(&problems, file, &choice.problem);
        if (r != 0)
                return r;
        *ret = choice;
        choice = (ConfigChoice){0};
        return 0;
}
