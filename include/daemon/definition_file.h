/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML file -> definition of an Object (interface.md section 6). Keys, problems and their places are those
 * of the configuration. */
#pragma once

#include "daemon/config_problem.h"
#include "model/object_definition.h"

#define DEFINITION_FILE_SIZE_MAX (256 * 1024) /* bytes; as the configuration */

/* The file is wrong; the problems say where. */
#define DEFINITION_E_INVALID 1

/* Reads the definition of an Object from a file. *ret_problems is written in every case and is the caller's.
 * 0; DEFINITION_E_INVALID with at least one error in *ret_problems; -ENOENT: there is no such file; -ENOMEM.
 */
int definition_file_read(
        const char *file, uint16_t object, ObjectDefinition **ret, ConfigProblems *ret_problems);

/* The same for a text that is in memory already. */
int definition_file_parse(const uint8_t *text, size_t size, uint16_t object, ObjectDefinition **ret,
        ConfigProblems *ret_problems);
