/* SPDX-License-Identifier: Apache-2.0 */
/* Which configuration counts at a start. */
#include "daemon/config_choice.h"

#include "daemon/config_load.h"
#include "daemon/state_directory.h"
#include "util/log.h"
#include "util/message_ids.h"

void config_choice_done(ConfigChoice *choice)
{
        choice->config = config_free(choice->config);
        kept_configuration_done(&choice->kept);
        free(choice->problem);
        choice->problem = NULL;
}

/* The file is of no use. */
static int use_kept(const char *file, StateVault *vault, ObjectDirectories *definitions,
        const ConfigKept *kept, ConfigChoice *choice)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        int r;

        r = config_parse(file, choice->kept.text.data, choice->kept.text.size, CONFIG_AS_KEPT, kept,
                definitions, &choice->config, &problems);
        if (r == 0)
                r = state_vault_set_key(vault, &choice->config->state_key);
        if (r != 0) {
                config_problems_log(&problems, KEPT_CONFIGURATION);
                return r;
        }
        if (state_directory_is_locked(vault, &choice->locked))
                return 0;
        config_problems_log(&problems, KEPT_CONFIGURATION);
        if (!state_directory_is_usable(vault))
                return CONFIG_E_INVALID;
        log_full(LOG_ERR, 0,
                &(LogAbout){.message_id = MESSAGE_ID_CONFIGURATION_NOT_IN_FORCE, .config_file = file},
                "The configuration %s cannot be used. The one accepted last, kept in %s, goes on with the "
                "stored accounts: correct the file and reload it.",
                file, vault->directory);
        return 0;
}

/* The file is what counts. has_kept is false where what was kept may be readable with its key. */
static int use_file(StateVault *vault, bool has_kept, ConfigChoice *choice)
{
        int r;

        r = state_vault_set_key(vault, &choice->config->state_key);
        if (r < 0)
                return r;
        if (!has_kept)
                (void)kept_configuration_read(vault, &choice->kept);
        (void)state_directory_is_locked(vault, &choice->locked);
        return 0;
}

static int choose(const char *file, StateVault *vault, ObjectDirectories *definitions, bool tell,
        ConfigProblems *problems, ConfigChoice *choice)
{
        ConfigKept kept;
        int kept_state, r;

        kept_state = kept_configuration_read(vault, &choice->kept);
        kept = (ConfigKept){.endpoint = choice->kept.endpoint, .accounts = choice->kept.accounts};
        r = config_load(
                file, CONFIG_TO_RUN, kept_state == 0 ? &kept : NULL, definitions, &choice->config, problems);
        if (tell)
                config_problems_log(problems, file);
        choice->without_file = r == CONFIG_E_INVALID;
        if (r == 0)
                return use_file(vault, kept_state != KEPT_CONFIGURATION_E_LOCKED, choice);
        if (r == CONFIG_E_INVALID && kept_state == 0)
                return use_kept(file, vault, definitions, &kept, choice);
        if (r == CONFIG_E_INVALID && kept_state == KEPT_CONFIGURATION_E_LOCKED) {
                state_directory_explain(vault, KEPT_CONFIGURATION, &choice->locked);
                return 0;
        }
        return r;
}

int config_choose(
        const char *file, StateVault *vault, ObjectDirectories *definitions, bool tell, ConfigChoice *ret)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_choice_done) ConfigChoice choice = {0};
        int r;

        r = choose(file, vault, definitions, tell, &problems, &choice);
        if (!tell && (r != 0 || choice.locked.name == FAILURE_NONE))
                config_problems_log(&problems, file);
        if (r == 0)
                r = config_problems_summary(&problems, file, &choice.problem);
        if (r != 0)
                return r;
        *ret = choice;
        choice = (ConfigChoice){0};
        return 0;
}
