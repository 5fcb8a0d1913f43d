/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a package away from whoever has handed it over. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "script/package.h"

#define CLAIMED_MODE     (S_IRUSR | S_IRGRP)
#define FUSE_SUPER_MAGIC 0x65735546 /* fs/fuse/inode.c of Linux: not in linux/magic.h before 5.18 */

/* 0, or -EPERM with the sentence. */
#define refuse(reason, ...) ((void)snprintf(reason, PACKAGE_REASON_SIZE, __VA_ARGS__), -EPERM)

static bool is_claimed(const struct stat *st, gid_t group)
{
        return st->st_uid == geteuid() && st->st_gid == group &&
               (st->st_mode & (mode_t)~S_IFMT) == CLAIMED_MODE;
}

/* Before anything is changed: /etc/passwd can be opened for reading, too. */
static int check(int fd, uid_t owner, gid_t group, struct stat *st, char *reason)
{
        int flags = fcntl(fd, F_GETFL);
        struct statfs fs;

        if (flags < 0 || fstat(fd, st) < 0 || !S_ISREG(st->st_mode))
                return refuse(reason, "The package is no regular file.");
        if ((flags & O_PATH) || (flags & O_ACCMODE) != O_RDONLY)
                return refuse(reason, "The descriptor of the package is not one for reading alone.");
        if (st->st_uid != owner && !is_claimed(st, group))
                return refuse(reason, "The package belongs to user %u, not to user %u who asks.",
                        (unsigned)st->st_uid, (unsigned)owner);
        /* The kernel does not count the writers of a memfd: a lease on it proves nothing. */
        if (st->st_nlink == 0)
                return refuse(reason, "The package has no name, it is deleted or lies in memory.");
        if (st->st_size == 0)
                return refuse(reason, "The package is empty.");
        /* There another process says what a file holds, at each read anew. */
        if (fstatfs(fd, &fs) < 0 || fs.f_type == FUSE_SUPER_MAGIC)
                return refuse(reason, "The package lies in a file system that a program serves.");
        return 0;
}

int package_claim(int fd, uid_t owner, gid_t group, char ret_reason[PACKAGE_REASON_SIZE])
{
        struct stat st;
        int r;

        r = check(fd, owner, group, &st, ret_reason);
        if (r < 0)
                return r;
        if (!is_claimed(&st, group)) {
                if (fchown(fd, geteuid(), group) < 0 || fchmod(fd, CLAIMED_MODE) < 0)
                        return refuse(ret_reason, "The package cannot be made root's: %s.", strerror(errno));
                /* Some file systems only seem to do it. */
                if (fstat(fd, &st) < 0 || !is_claimed(&st, group))
                        return refuse(ret_reason, "The file system of the package keeps no owner or mode.");
        }
        /* Nobody can open it for writing from now on, and who has it open is found so: fcntl(2). */
        if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0 && errno == EAGAIN)
                return refuse(ret_reason, "The package is still open for writing.");
        if (fcntl(fd, F_GETLEASE) != F_RDLCK)
                return refuse(ret_reason, "The file system of the package does not tell who writes to it.");
        (void)fcntl(fd, F_SETLEASE, F_UNLCK);
        return 0;
}
