/* SPDX-License-Identifier: Apache-2.0 */
/* Files: read with a limit, replace atomically. */
#pragma once

#include "util/macro.h"

/* 0 where a regular file is there, of which nothing but that is asked: it is not opened. -ENOENT, -EISDIR,
 * -EBADFD (no file), ... */
int file_check(const char *path);

/* Reads a whole regular file of at most maximum bytes; a NUL follows the content (not counted). The buffer
 * is the caller's; wipe it where it holds a secret. -ENOENT, -EACCES, -EFBIG (larger), -EISDIR, -EBADFD (no
 * file), ... */
int file_read(const char *path, size_t maximum, uint8_t **ret, size_t *ret_size);

/* Run as root, gives a new file to the owner of its directory, who could not use it otherwise; else nothing.
 * 0 or negative errno. */
int file_inherit_owner(int directory_fd, int fd);

/* Replaces directory/name: temporary file with mode 0600 and, run as root, the directory's owner, write,
 * fsync, rename, fsync(directory). After 0
 * the new content survives a power cut; after an error the old content is still there (only if the last step
 * itself failed, the new one may be). */
int file_write_atomic(const char *directory, const char *name, const void *data, size_t size);

/* Replaces directory/name likewise, but readable by everybody (mode 0644, whatever the umask) and without
 * fsync: for what is of no use after a power cut. The temporary file is .NAME.tmp. */
int file_publish(const char *directory, const char *name, const void *data, size_t size);

/* rename() inside a directory, then fsync(directory). */
int file_rename(const char *directory, const char *from, const char *to);

/* unlink() inside a directory, then fsync(directory). 0 also when there was none. */
int file_remove(const char *directory, const char *name);
