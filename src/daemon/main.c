/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2m-clientd: words, configuration, run. */
#include <signal.h>
#include <sys/prctl.h>

#include "daemon/key_log_file.h"
#include "daemon/manager.h"
#include "daemon/state_directory.h"
#include "daemon/state_lock.h"
#include "util/log.h"
#include "util/message_ids.h"

#define EXIT_CONFIGURATION 78 /* EX_CONFIG of sysexits.h; the unit does not restart after it */

/* No core dump, and no debugger of this user: either would hold keys. */
static void protect_memory(void)
{
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* What comes while the daemon starts is handled as soon as manager_run() does, and ends nothing. */
static void hold_back_signals(void)
{
        sigset_t set;

        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGTERM);
        (void)sigaddset(&set, SIGINT);
        (void)sigaddset(&set, SIGHUP);
        (void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/* STATE_LOCK_E_HELD: nothing may be touched. -ENOENT: there is no directory. Else the device goes on, where
 * need be without a lock. */
static int lock_state_directory(const char *directory, int *ret_fd)
{
        unsigned pid = 0;
        int r;

        r = state_lock_take(directory, ret_fd, &pid);
        if (r == STATE_LOCK_E_HELD && pid > 0)
                log_event(LOG_ERR, MESSAGE_ID_STORAGE_IN_USE,
                        "The state directory %s is in use by process %u. Stop that daemon first.", directory,
                        pid);
        else if (r == STATE_LOCK_E_HELD)
                log_event(LOG_ERR, MESSAGE_ID_STORAGE_IN_USE,
                        "The state directory %s is in use by another process. Stop that daemon first.",
                        directory);
        else if (r < 0 && r != -ENOENT)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_STORAGE_UNLOCKED,
                        "The state directory %s cannot be locked, going on without: %m", directory);
        return r;
}

static int run(int argc, char *argv[])
{
        _cleanup_(closep) int lock = -1; /* first: it goes last */
        _cleanup_(closep) int key_log = -1;
        _cleanup_(arguments_done) Arguments arguments = {0};
        _cleanup_(state_vault_done) StateVault vault = {0};
        _cleanup_(config_choice_done) ConfigChoice choice = {0};
        _cleanup_(manager_freep) Manager *manager = NULL;
        int locked, r;

        r = arguments_parse(argc, argv, &arguments);
        if (r < 0)
                return EXIT_FAILURE;
        if (arguments.action != ARGUMENTS_RUN)
                return arguments_act(&arguments);
        hold_back_signals();
        log_open();
        log_set_level(arguments.log_level);
        locked = lock_state_directory(arguments.state_directory, &lock);
        if (locked == STATE_LOCK_E_HELD)
                return EXIT_FAILURE;
        r = state_vault_open(arguments.state_directory, &vault);
        if (r == 0)
                r = config_choose(arguments.config, &vault, arguments.definitions, true, &choice);
        if (r == CONFIG_E_INVALID)
                return EXIT_CONFIGURATION;
        if (r < 0) {
                log_event_errno(
                        LOG_ERR, r, MESSAGE_ID_START_FAILED, "The configuration cannot be loaded: %m");
                return EXIT_FAILURE;
        }
        /* Made no sooner: a wrong first configuration leaves nothing behind. */
        r = state_directory_make(arguments.state_directory);
        if (r < 0) {
                log_event_errno(LOG_ERR, r, MESSAGE_ID_START_FAILED,
                        "The state directory %s cannot be made: %m", arguments.state_directory);
                return EXIT_FAILURE;
        }
        if (locked == -ENOENT && lock_state_directory(arguments.state_directory, &lock) == STATE_LOCK_E_HELD)
                return EXIT_FAILURE;
        r = key_log_file_open(&vault, &key_log);
        if (r < 0) {
                (void)log_oom();
                return EXIT_FAILURE;
        }
        r = manager_new(&arguments, &vault, &choice, &manager);
        config_choice_done(&choice); /* with the keys in it */
        if (r < 0)
                return EXIT_FAILURE;
        return manager_run(manager);
}

int main(int argc, char *argv[])
{
        int status;

        protect_memory();
        status = run(argc, argv);
        if (status != EXIT_SUCCESS)
                log_drain();
        return status;
}
