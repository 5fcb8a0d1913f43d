/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML file -> immutable Config. */
#pragma once

#include "daemon/config.h"
#include "daemon/config_problem.h"
#include "daemon/object_directories.h"

/* Reads and checks the file with everything that it names: key files, credentials (from
 * $CREDENTIALS_DIRECTORY), files in the endpoint's templates, the machine id. kept: what stands in for those
 * of them that cannot be read, each of which is a deviation in *ret_problems; NULL: errors. definitions: of
 * the Objects that it names, NULL: there are none. *ret is the caller's, to be freed by config_free().
 * *ret_problems is written in every case (warnings on success too) and is the caller's, freed by
 * config_problems_done(). 0, CONFIG_E_INVALID with at least one error in *ret_problems, or -ENOMEM, -EIO. */
int config_load(const char *file, ConfigPurpose purpose, const ConfigKept *kept,
        ObjectDirectories *definitions, Config **ret, ConfigProblems *ret_problems);

/* The same for a text that is in memory already; file names it and gives relative paths their folder. */
int config_parse(const char *file, const uint8_t *text, size_t size, ConfigPurpose purpose,
        const ConfigKept *kept, ObjectDirectories *definitions, Config **ret, ConfigProblems *ret_problems);

/* One with every default, without accounts and endpoint (NULL). NULL: out of memory. */
Config *config_new(const char *file);

/* Wipes the text, which is of no use once it is kept. */
void config_forget_text(Config *config);

/* Wipes the keys, frees all. NULL is fine. Returns NULL. */
Config *config_free(Config *config);
DEFINE_CLEANUP(Config *, config_free)
