/* SPDX-License-Identifier: Apache-2.0 */
/* $SSLKEYLOGFILE. */
#include "daemon/key_log_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "coap/key_log.h"
#include "daemon/state_directory.h"
#include "daemon/state_lock.h"
#include "util/file.h"
#include "util/log.h"
#include "util/message_ids.h"

static bool same_directory(const char *directory, const char *other)
{
        struct stat a, b;

        return stat(directory, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
               a.st_ino == b.st_ino;
}

/* The file's name where path lies right in the directory, and nothing of ours has that name; else NULL. */
static const char *find_name(const char *path, const char *directory)
{
        _cleanup_(freep) char *parent = NULL;
        const char *slash = strrchr(path, '/');

        if (path[0] != '/' || !slash || !slash[1] || strcmp(slash, "/.") == 0 || strcmp(slash, "/..") == 0)
                return NULL;
        parent = strndup(path, (size_t)(slash - path) + 1);
        if (!parent || !same_directory(parent, directory))
                return NULL;
        return state_directory_is_ours(slash + 1) || strlen(slash + 1) > NAME_MAX ? NULL : slash + 1;
}

static int open_file(const char *directory, const char *name)
{
        _cleanup_(closep) int directory_fd = -1, fd = -1;
        struct stat st;
        int r;

        directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory_fd < 0)
                return -errno;
        fd = openat(directory_fd, name,
                O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADFD;
        r = file_inherit_owner(directory_fd, fd);
        if (r < 0)
                return r;
        if (fchmod(fd, 0600) < 0)
                return -errno;
        r = fd;
        fd = -1;
        return r;
}

int key_log_file_open(StateVault *vault, int *ret_fd)
{
        const char *path = getenv("SSLKEYLOGFILE"), *name;
        int fd;

        *ret_fd = -1;
        if (!path || !path[0])
                return 0;
        name = find_name(path, vault->directory);
        if (!name) {
                log_event(LOG_ERR, MESSAGE_ID_KEY_LOG_REFUSED,
                        "SSLKEYLOGFILE names %s, which is no file of its own right in the state "
                        "directory %s: no TLS key log is written.",
                        path, vault->directory);
                return 0;
        }
        fd = open_file(vault->directory, name);
        if (fd < 0) {
                log_event_errno(LOG_ERR, fd, MESSAGE_ID_KEY_LOG_REFUSED,
                        "The TLS key log %s cannot be opened, none is written: %m", path);
                return 0;
        }
        vault->key_log = strdup(name);
        if (!vault->key_log) {
                (void)close(fd);
                return -ENOMEM;
        }
        log_event(LOG_WARNING, MESSAGE_ID_KEY_LOGGING,
                "The keys of each DTLS session are written to %s, as SSLKEYLOGFILE asks: whoever has this "
                "file can decrypt what this device and its servers say. Remove it when the fault is found.",
                path);
        key_log_use(fd);
        *ret_fd = fd;
        return 0;
}
