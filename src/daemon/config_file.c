/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the configuration names. */
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/config_file.h"
#include "util/file.h"

const char *config_file_reason(int error)
{
        switch (error) {
        case -ENOENT:
        case -ENOTDIR:
                return "does not exist";
        case -EACCES:
        case -EPERM:
                return "may not be read by this user; for the service make it root:lwm2m-client 0640, its "
                       "folder 0750";
        case -EISDIR:
                return "is a directory";
        case -EBADFD:
        case -ENXIO:
                return "is no regular file";
        case -EFBIG:
                return "is too large";
        default:
                return "cannot be read";
        }
}

int config_file_path(const ConfigContext *context, const char *path, char **ret)
{
        if (path[0] == '/') {
                *ret = strdup(path);
                return *ret ? 0 : -ENOMEM;
        }
        if (asprintf(ret, "%s/%s", context->directory, path) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

int config_file_read(
        const ConfigContext *context, const char *path, size_t maximum, uint8_t **ret, size_t *ret_size)
{
        _cleanup_(freep) char *full = NULL;
        int r;

        r = config_file_path(context, path, &full);
        return r < 0 ? r : file_read(full, maximum, ret, ret_size);
}

void config_file_check_mode(
        ConfigProblems *problems, unsigned line, unsigned column, const char *subject, const char *path)
{
        struct stat st;

        if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & S_IRWXO) == 0)
                return;
        config_warning(problems, line, column, "%s is open to other users (mode %04o), chmod o= closes it",
                subject, (unsigned)st.st_mode & 07777);
}
