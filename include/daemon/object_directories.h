/* SPDX-License-Identifier: Apache-2.0 */
/* The folders with definitions of Objects, `<object>.yaml` each (interface.md section 6), and the
 * definitions that somebody uses. */
#pragma once

#include "daemon/config_problem.h"
#include "model/definition.h"

#define OBJECT_DIRECTORIES_MAX 16 /* nobody has more than a vendor's, a site's and the distribution's */

typedef struct ObjectDirectories ObjectDirectories;

/* Without any. 0 or -ENOMEM. */
int object_directories_new(ObjectDirectories **ret);

/* Adds a folder, which need not exist, behind those that are there. 0, -E2BIG, -ENOMEM. */
int object_directories_add(ObjectDirectories *directories, const char *path);

size_t object_directories_count(const ObjectDirectories *directories);

/* Frees the definitions, too. NULL is fine. Returns NULL. */
ObjectDirectories *object_directories_free(ObjectDirectories *directories);
DEFINE_CLEANUP(ObjectDirectories *, object_directories_free)

/* Why there is no definition. */
typedef enum ObjectDirectoriesError {
        OBJECT_DIRECTORIES_E_NONE = 1, /* no folder has one */
        OBJECT_DIRECTORIES_E_INVALID,  /* the first that is there is wrong */
} ObjectDirectoriesError;

/* The definition of an Object in the first folder that has one, valid until object_directories_forget() has
 * been called as often. While somebody uses it, whoever asks gets the same one, whatever the file says by
 * then. *ret_file: which file is wrong, *ret_problems: how; both are the caller's, written with
 * OBJECT_DIRECTORIES_E_INVALID alone. 0, ObjectDirectoriesError or -ENOMEM. */
int object_directories_take(ObjectDirectories *directories, uint16_t object, const ObjectDef **ret,
        char **ret_file, ConfigProblems *ret_problems);

/* Of what is wrong with the definition of an Object: whether it was not told since the definition was right.
 * From now on it was. */
bool object_directories_is_news(ObjectDirectories *directories, uint16_t object);

void object_directories_forget(ObjectDirectories *directories, uint16_t object);

/* For a Reload: the journal says which definitions in use are older than what the files say by now. Returns
 * how many. */
size_t object_directories_tell_older(const ObjectDirectories *directories);
