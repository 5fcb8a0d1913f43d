/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the configuration names. */
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/config_file.h"
#include "util/file.h"

#define UID_NOBODY 65534 /* the kernel's overflow uid: also of users that a namespace does not know */

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
        case -ELOOP:
                return "is a symbolic link that leads to itself";
        case -EFBIG:
                return "is too large";
        default:
                return "cannot be read";
        }
}

const char *config_credential_reason(int error)
{
        switch (error) {
        case -ENOENT:
        case -ENOTDIR:
                return "is not there, see LoadCredential= in the unit, which a restart applies";
        case -EACCES:
        case -EPERM:
                return "only the service itself may read";
        default:
                return config_file_reason(error);
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

static void check_writers(
        ConfigProblems *problems, unsigned line, unsigned column, const char *subject, const struct stat *st)
{
        if (st->st_mode & S_IWGRP)
                config_warning(problems, line, column,
                        "%s may be written by its group (mode %04o), chmod g-w ends that", subject,
                        (unsigned)st->st_mode & 07777);
        if (st->st_uid == UID_NOBODY)
                config_warning(
                        problems, line, column, "%s belongs to nobody, chown root makes it root's", subject);
}

void config_file_check_mode(
        ConfigProblems *problems, unsigned line, unsigned column, const char *subject, const char *path)
{
        struct stat st;

        if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
                return;
        if (st.st_mode & S_IRWXO)
                config_warning(problems, line, column,
                        "%s is open to other users (mode %04o), chmod o= closes it", subject,
                        (unsigned)st.st_mode & 07777);
        check_writers(problems, line, column, subject, &st);
}

void config_file_check_writers(
        ConfigProblems *problems, unsigned line, unsigned column, const char *subject, const char *path)
{
        struct stat st;

        if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
                return;
        if (st.st_mode & S_IWOTH)
                config_warning(problems, line, column,
                        "%s may be written by other users (mode %04o), chmod o-w ends that", subject,
                        (unsigned)st.st_mode & 07777);
        check_writers(problems, line, column, subject, &st);
}

/* The folder's name begins a path. */
static bool lies_in(const char *path, const char *folder)
{
        size_t n = strlen(folder);

        return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == 0);
}

/* What systemd/lwm2m-client.service takes away. */
static const struct HiddenPlace {
        const char *folder, *setting;
} hidden_places[] = {
        {"/proc", "ProcSubset=pid; the device tree is in /sys/firmware/devicetree/base too"},
        {"/dev", "PrivateDevices="},
        {"/home", "ProtectHome="},
        {"/root", "ProtectHome="},
        {"/run/user", "ProtectHome="},
        {"/tmp", "PrivateTmp="},
        {"/var/tmp", "PrivateTmp="},
        {"/lib/modules", "ProtectKernelModules="},
        {"/usr/lib/modules", "ProtectKernelModules="},
};

/* Of /proc a process sees itself, in the service too. */
static bool is_of_this_process(const char *path)
{
        char own[sizeof("/proc/-2147483648")];

        (void)snprintf(own, sizeof(own), "/proc/%d", getpid());
        return lies_in(path, "/proc/self") || lies_in(path, "/proc/thread-self") || lies_in(path, own);
}

/* A configuration that lies in such a place itself is not the service's. */
static const struct HiddenPlace *find_hidden(const char *path, const char *directory)
{
        if (is_of_this_process(path))
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(hidden_places); i++)
                if (lies_in(path, hidden_places[i].folder) && !lies_in(directory, hidden_places[i].folder))
                        return &hidden_places[i];
        return NULL;
}

/* The place that hides a file from the service, by its name or behind symbolic links, or NULL. */
static const struct HiddenPlace *find_place(const ConfigContext *context, const char *path)
{
        _cleanup_(freep) char *directory = NULL, *real = NULL;
        const struct HiddenPlace *place;

        if (context->purpose != CONFIG_TO_CHECK)
                return NULL;
        directory = realpath(context->directory, NULL);
        real = realpath(path, NULL);
        place = find_hidden(path, directory ?: context->directory);
        return place || !real ? place : find_hidden(real, directory ?: context->directory);
}

#define HIDDEN "'%s' names a file in %s, where the service sees none (%s)"

bool config_file_check_place(
        ConfigContext *context, const YamlNode *node, const char *what, const char *path)
{
        const struct HiddenPlace *place = find_place(context, path);

        if (place)
                config_error_at(context, node, HIDDEN, what, place->folder, place->setting);
        return !place;
}

bool config_file_warn_place(ConfigContext *context, const YamlNode *node, const char *what, const char *path)
{
        const struct HiddenPlace *place = find_place(context, path);

        if (place)
                config_warning_at(context, node, HIDDEN, what, place->folder, place->setting);
        return !place;
}

void config_file_warn(ConfigContext *context, const YamlNode *node, const char *what, const char *path)
{
        int r = 0;

        if (config_file_warn_place(context, node, what, path) && context->purpose == CONFIG_TO_CHECK)
                r = file_check(path);
        if (r < 0)
                config_warning_at(
                        context, node, "'%s' names %s, which %s", what, path, config_file_reason(r));
}
