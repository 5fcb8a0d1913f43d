/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2m-clientd: words, configuration, run. */
#include "daemon/manager.h"
#include "util/log.h"

#define EXIT_CONFIGURATION 78 /* EX_CONFIG of sysexits.h; the unit does not restart after it */

static int load_config(const char *file, Config **ret)
{
        ConfigProblems problems = {0};
        int r;

        r = config_load(file, CONFIG_TO_RUN, ret, &problems);
        config_problems_log(&problems, file);
        config_problems_done(&problems);
        return r;
}

static int run(int argc, char *argv[])
{
        _cleanup_(arguments_done) Arguments arguments = {0};
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(manager_freep) Manager *manager = NULL;
        int r;

        r = arguments_parse(argc, argv, &arguments);
        if (r < 0)
                return EXIT_FAILURE;
        if (arguments.action != ARGUMENTS_RUN)
                return arguments_act(&arguments);
        log_open();
        log_set_level(arguments.log_level);
        r = load_config(arguments.config, &config);
        if (r == CONFIG_E_INVALID)
                return EXIT_CONFIGURATION;
        if (r < 0) {
                log_error_errno(r, "The configuration cannot be loaded: %m");
                return EXIT_FAILURE;
        }
        r = manager_new(&arguments, &config, &manager);
        if (r < 0)
                return EXIT_FAILURE;
        return manager_run(manager);
}

int main(int argc, char *argv[])
{
        int status = run(argc, argv);

        if (status != EXIT_SUCCESS)
                log_drain();
        return status;
}
