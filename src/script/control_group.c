/* SPDX-License-Identifier: Apache-2.0 */
/* The script's control group. */
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>

#include "script/control_group.h"

#define WAIT_STEPS     100 /* of WAIT_STEP_NSEC: a second */
#define WAIT_STEP_NSEC 10000000

static bool is_cgroup2(const char *path)
{
        struct statfs fs;

        return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* Our own one, of the unified hierarchy: cgroups(7), "0::/path". */
static int find_own(char ret[CONTROL_GROUP_PATH_MAX])
{
        const char *mount = is_cgroup2("/sys/fs/cgroup") ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified";
        char line[CONTROL_GROUP_PATH_MAX];
        FILE *file = fopen("/proc/self/cgroup", "re");
        int r = -ENOENT;

        if (!file)
                return -errno;
        while (r == -ENOENT && fgets(line, sizeof(line), file))
                if (strncmp(line, "0::/", 4) == 0) {
                        line[strcspn(line, "\n")] = '\0';
                        r = (size_t)snprintf(ret, CONTROL_GROUP_PATH_MAX, "%s%s", mount, line + 3) <
                                            CONTROL_GROUP_PATH_MAX
                                    ? 0
                                    : -ENAMETOOLONG;
                }
        (void)fclose(file);
        return r;
}

/* What systemd says of a group that it leaves to a service. */
static bool is_delegated(const char *path)
{
        char value[2];

        return getxattr(path, "trusted.delegate", value, sizeof(value)) == 1 && value[0] == '1';
}

void control_group_make(ControlGroup *group)
{
        char own[CONTROL_GROUP_PATH_MAX];

        group->path[0] = '\0';
        if (find_own(own) < 0 || !is_delegated(own) ||
                (size_t)snprintf(group->path, sizeof(group->path), "%s/script", own) >=
                        sizeof(group->path) ||
                (mkdir(group->path, 0755) < 0 && errno != EEXIST))
                group->path[0] = '\0';
}

static int write_to(const ControlGroup *group, const char *name, const char *text)
{
        char path[CONTROL_GROUP_PATH_MAX + sizeof("/cgroup.procs")];
        _cleanup_(closep) int fd = -1;

        (void)snprintf(path, sizeof(path), "%s/%s", group->path, name);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

int control_group_enter(const ControlGroup *group)
{
        return group->path[0] == '\0' ? 0 : write_to(group, "cgroup.procs", "0");
}

void control_group_kill(const ControlGroup *group, pid_t child)
{
        /* cgroup.kill is Linux 5.14's; before that the process group alone dies here, and the others with
         * the unit. */
        if (group->path[0] != '\0')
                (void)write_to(group, "cgroup.kill", "1");
        if (child > 0) {
                (void)kill(child, SIGKILL); /* which may not have come to be in either group */
                (void)kill(-child, SIGKILL);
        }
}

int control_group_wait_empty(const ControlGroup *group)
{
        static const struct timespec step = {.tv_nsec = WAIT_STEP_NSEC};

        if (group->path[0] == '\0')
                return 0;
        /* An empty one can be removed, and is made again. */
        for (unsigned i = 0; i < WAIT_STEPS; i++) {
                if (rmdir(group->path) == 0 || errno != EBUSY)
                        return mkdir(group->path, 0755) < 0 ? -errno : 0;
                (void)nanosleep(&step, NULL);
        }
        return -EBUSY;
}
