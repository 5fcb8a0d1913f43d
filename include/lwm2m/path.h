/* SPDX-License-Identifier: Apache-2.0 */
/* Path of an Object, Object Instance, Resource or Resource Instance (Core TS 7.2); length 0 is the root "/".
 */
#pragma once

#include "lwm2m/limits.h"
#include "util/macro.h"

#define PATH_LENGTH_MAX 4
#define PATH_TEXT_MAX   sizeof("/65535/65535/65535/65535")

typedef struct Path {
        /* Object, Object Instance, Resource, Resource Instance; 0..65534, but see PATH_NEW_INSTANCE */
        uint16_t id[PATH_LENGTH_MAX];
        uint8_t length;
} Path;

#define PATH_ROOT                           ((Path){.length = 0})
#define PATH_OBJECT(o)                      ((Path){{(o)}, 1})
#define PATH_INSTANCE(o, i)                 ((Path){{(o), (i)}, 2})
#define PATH_NEW_INSTANCE(o)                PATH_INSTANCE(o, UINT16_MAX) /* its ID is still to be chosen */
#define PATH_RESOURCE(o, i, r)              ((Path){{(o), (i), (r)}, 3})
#define PATH_RESOURCE_INSTANCE(o, i, r, ri) ((Path){{(o), (i), (r), (ri)}, 4})

/* Parses "/3/0/1"; "/" is the root. No empty segment, leading zero or trailing slash. 0 or -EINVAL. */
int path_parse(const char *text, Path *ret);

/* Parses one segment, 0..65534 in decimal without leading zeros. 0 or -EINVAL. */
int path_parse_id(const char *text, uint16_t *ret);

/* Writes the text into buffer (PATH_TEXT_MAX bytes) and returns it. */
const char *path_format(const Path *path, char *buffer);
#define PATH_TEXT(path) path_format((path), (char[PATH_TEXT_MAX]){0})

/* Total order: by ids from the left, a prefix before what it contains. <0, 0, >0. */
int path_compare(const Path *a, const Path *b);
bool path_equal(const Path *a, const Path *b);

/* True when path lies at or below prefix. */
bool path_has_prefix(const Path *path, const Path *prefix);

/* The path extended by one id, which must fit (length < 4). */
Path path_append(const Path *path, uint16_t id);

/* What a composite operation, or a Send, is about. */
typedef struct PathList {
        Path items[LIMIT_COMPOSITE_PATHS];
        size_t n;
} PathList;

/* Appends. 0 or -E2BIG. */
int path_list_add(PathList *list, const Path *path);

/* Sorts, and drops each path that lies at or below another one: what lies below the list stays the same, and
 * whoever walks through it meets everything once, in order. */
void path_list_simplify(PathList *list);
