/* SPDX-License-Identifier: Apache-2.0 */
/* The content of a file as the value of a Resource. Pure. */
#pragma once

#include "model/definition.h"

#define FILE_VALUE_E_UNUSABLE 1 /* the content is no value of the Resource */

/* Of a number: number * scale + offset, rounded where the Resource is a whole number; Time in seconds since
 * 1970. Decimal, whatever the locale. White space around anything but Opaque is cut. 0, and *ret is the
 * caller's; FILE_VALUE_E_UNUSABLE with *ret_problem, static, to be read behind the file's path; or -ENOMEM.
 */
int file_value_parse(const ResourceDef *resource, Lwm2mVersion version, double scale, double offset,
        const void *data, size_t size, Value *ret, const char **ret_problem);
