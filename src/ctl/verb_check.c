/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl check: the daemon's own judgement, its messages unchanged, with the tool's exit status. */
#include <limits.h>
#include <sys/wait.h>

#include "config.h"
#include "ctl/verb_check.h"

#define DAEMON "lwm2m-clientd"

/* Beside ourselves first: so that a build folder's tool asks its own daemon. */
static const char *find_daemon(char buffer[PATH_MAX])
{
        ssize_t n = readlink("/proc/self/exe", buffer, PATH_MAX - 1);
        char *slash;

        if (n > 0) {
                buffer[n] = '\0';
                slash = strrchr(buffer, '/');
                if (slash && (size_t)(slash + 1 - buffer) + sizeof(DAEMON) <= PATH_MAX) {
                        memcpy(slash + 1, DAEMON, sizeof(DAEMON));
                        if (access(buffer, X_OK) == 0)
                                return buffer;
                }
        }
        if (access(SBINDIR "/" DAEMON, X_OK) == 0)
                return SBINDIR "/" DAEMON;
        return DAEMON; /* along PATH */
}

int verb_check(const Ctl *ctl)
{
        _cleanup_(freep) char *config = NULL;
        char buffer[PATH_MAX];
        const char *path;
        int status;
        pid_t pid;

        if (asprintf(&config, "--config=%s", ctl->words[0]) < 0) {
                config = NULL;
                return ctl_broken(ENOMEM, "run " DAEMON);
        }

        path = find_daemon(buffer);
        char *arguments[] = {(char *)DAEMON, (char *)"--check-config", config, NULL};
        pid = fork();
        if (pid < 0)
                return ctl_broken(errno, "run " DAEMON);
        if (pid == 0) {
                (void)execvp(path, arguments);
                _exit(ctl_broken(errno, "run " DAEMON));
        }
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return ctl_broken(errno, "wait for " DAEMON);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? CTL_DONE : CTL_FAILED;
}
