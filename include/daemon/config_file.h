/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the configuration names. Messages repeat neither path nor content: a misplaced key may stand
 * there. */
#pragma once

#include "daemon/config_key.h"

/* Why file_read() failed, to be read behind "a file that ": "does not exist". Static. */
const char *config_file_reason(int error);

/* The same of a systemd credential, to be read behind "a credential that ". */
const char *config_credential_reason(int error);

/* Reads a file of at most maximum bytes; a relative path starts at the configuration's folder. A NUL follows
 * the content; the buffer is the caller's. 0 or a negative errno as of file_read(). */
int config_file_read(
        const ConfigContext *context, const char *path, size_t maximum, uint8_t **ret, size_t *ret_size);

/* For --check-config: false, with an error recorded, when the file of an absolute path lies where the
 * service does not see it. what: the key's name. */
bool config_file_check_place(
        ConfigContext *context, const YamlNode *node, const char *what, const char *path);

/* The same with a warning. */
bool config_file_warn_place(
        ConfigContext *context, const YamlNode *node, const char *what, const char *path);

/* The same: a file whose value comes and goes, like that of a sensor. One that is not there
 * now, or is no regular file, is another. */
void config_file_warn(ConfigContext *context, const YamlNode *node, const char *what, const char *path);

/* Records a warning at a place when users outside owner and group may read, write or execute the file, when
 * its group may write it, and when it belongs to nobody. subject begins the sentence. */
void config_file_check_mode(
        ConfigProblems *problems, unsigned line, unsigned column, const char *subject, const char *path);

/* The same of a file that anybody may read: only who may write it counts. */
void config_file_check_writers(
        ConfigProblems *problems, unsigned line, unsigned column, const char *subject, const char *path);

/* The path as the daemon opens it. 0 or -ENOMEM. */
int config_file_path(const ConfigContext *context, const char *path, char **ret);
