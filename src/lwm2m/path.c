/* SPDX-License-Identifier: Apache-2.0 */
/* Path of an Object, Object Instance, Resource or Resource Instance. */
#include <stdio.h>

#include "lwm2m/ids.h"
#include "lwm2m/path.h"

/* Parses the digits before end. */
static int parse_id(const char *text, const char *end, uint16_t *ret)
{
        uint32_t id = 0;

        if (text == end || end - text > 5 || (*text == '0' && end - text > 1))
                return -EINVAL;
        for (; text < end; text++) {
                if (*text < '0' || *text > '9')
                        return -EINVAL;
                id = id * 10 + (uint32_t)(*text - '0');
        }
        if (id >= ID_INVALID)
                return -EINVAL;
        *ret = (uint16_t)id;
        return 0;
}

int path_parse_id(const char *text, uint16_t *ret)
{
        return parse_id(text, text + strlen(text), ret);
}

int path_parse(const char *text, Path *ret)
{
        Path path = PATH_ROOT;
        int r;

        if (strcmp(text, "/") == 0) {
                *ret = path;
                return 0;
        }

        do {
                const char *end;

                if (*text != '/' || path.length >= PATH_LENGTH_MAX)
                        return -EINVAL;
                text++;
                end = strchrnul(text, '/');
                r = parse_id(text, end, &path.id[path.length]);
                if (r < 0)
                        return r;
                path.length++;
                text = end;
        } while (*text != '\0');

        *ret = path;
        return 0;
}

const char *path_format(const Path *path, char *buffer)
{
        size_t n = 0;

        if (path->length == 0)
                return strcpy(buffer, "/");
        for (size_t i = 0; i < path->length; i++)
                n += (size_t)snprintf(buffer + n, PATH_TEXT_MAX - n, "/%u", (unsigned)path->id[i]);
        return buffer;
}

int path_compare(const Path *a, const Path *b)
{
        for (size_t i = 0; i < a->length && i < b->length; i++)
                if (a->id[i] != b->id[i])
                        return a->id[i] < b->id[i] ? -1 : 1;
        return (int)a->length - (int)b->length;
}

bool path_equal(const Path *a, const Path *b)
{
        return path_compare(a, b) == 0;
}

bool path_has_prefix(const Path *path, const Path *prefix)
{
        if (path->length < prefix->length)
                return false;
        for (size_t i = 0; i < prefix->length; i++)
                if (path->id[i] != prefix->id[i])
                        return false;
        return true;
}

Path path_append(const Path *path, uint16_t id)
{
        Path longer = *path;

        assert(path->length < PATH_LENGTH_MAX);
        longer.id[longer.length++] = id;
        return longer;
}

int path_list_add(PathList *list, const Path *path)
{
        if (list->n == ELEMENTSOF(list->items))
                return -E2BIG;
        list->items[list->n++] = *path;
        return 0;
}

static int compare(const void *a, const void *b)
{
        return path_compare(a, b);
}

void path_list_simplify(PathList *list)
{
        size_t n = 0;

        qsort(list->items, list->n, sizeof(list->items[0]), compare);
        for (size_t i = 0; i < list->n; i++)
                if (n == 0 || !path_has_prefix(&list->items[i], &list->items[n - 1]))
                        list->items[n++] = list->items[i];
        list->n = n;
}
