/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes that one LwM2M Server has attached to paths. */
#include "model/attributes.h"

#include <stdio.h>

/* The index of path, or, with false, where it would stand. */
static bool find(const Attributes *attributes, const Path *path, size_t *ret)
{
        size_t i = 0;

        while (i < attributes->n && path_compare(&attributes->items[i].path, path) < 0)
                i++;
        *ret = i;
        return i < attributes->n && path_equal(&attributes->items[i].path, path);
}

static int make_room(Attributes *attributes, size_t at)
{
        AttachedAttributes *items = attributes->items;
        size_t capacity = MAX_OF(attributes->capacity, (size_t)4);

        if (attributes->n == attributes->capacity) {
                capacity = attributes->n > 0 ? 2 * attributes->n : capacity;
                items = reallocarray(items, capacity, sizeof(*items));
                if (!items)
                        return -ENOMEM;
                attributes->items = items;
                attributes->capacity = capacity;
        }
        memmove(items + at + 1, items + at, (attributes->n - at) * sizeof(*items));
        attributes->n++;
        return 0;
}

static void close_gap(Attributes *attributes, size_t at, size_t n)
{
        AttachedAttributes *items = attributes->items;

        memmove(items + at, items + at + n, (attributes->n - at - n) * sizeof(*items));
        attributes->n -= n;
}

int attributes_write(Attributes *attributes, const Path *path, const AttributeTarget *target,
        const Texts *queries, char ret_problem[ATTRIBUTE_PROBLEM_SIZE])
{
        AttributeValues values = {.present = 0};
        size_t at;
        bool found = find(attributes, path, &at);
        int r;

        if (found)
                values = attributes->items[at].values;
        r = attribute_values_change(&values, target, queries, ret_problem);
        if (r != 0)
                return r;
        if (!found && values.present == 0)
                return 0;
        if (values.present == 0) {
                close_gap(attributes, at, 1);
                return 0;
        }
        if (!found) {
                if (attributes->n >= LIMIT_ATTRIBUTES) {
                        (void)snprintf(ret_problem, ATTRIBUTE_PROBLEM_SIZE,
                                "attributes stand at %d paths already", LIMIT_ATTRIBUTES);
                        return ATTRIBUTE_REFUSED;
                }
                r = make_room(attributes, at);
                if (r < 0)
                        return r;
        }
        attributes->items[at] = (AttachedAttributes){*path, values};
        return 0;
}

AttributeValues attributes_effective(const Attributes *attributes, const Path *path)
{
        AttributeValues values = {.present = 0};
        Path level = *path;

        for (level.length = 1; level.length <= path->length; level.length++) {
                size_t at;

                if (find(attributes, &level, &at))
                        attribute_values_override(&values, &attributes->items[at].values);
        }
        return values;
}

void attributes_describe(const Attributes *attributes, const Path *path, bool inherited, ByteWriter *writer)
{
        AttributeValues values = {.present = 0};
        char text[ATTRIBUTE_TEXT_SIZE];
        size_t at;

        if (inherited)
                values = attributes_effective(attributes, path);
        else if (find(attributes, path, &at))
                values = attributes->items[at].values;

        for (AttributeName name = 0; name < _ATTRIBUTE_MAX; name++)
                if (attribute_has(&values, name))
                        byte_writer_printf(writer, ";%s=%s", attribute_name_to_string(name),
                                attribute_format(&values, name, text));
}

void attributes_remove(Attributes *attributes, const Path *path)
{
        size_t first, end;

        (void)find(attributes, path, &first);
        for (end = first; end < attributes->n && path_has_prefix(&attributes->items[end].path, path);)
                end++;
        close_gap(attributes, first, end - first);
}

static bool is_gone(const Store *store, const Path *path)
{
        return path->length >= 2 &&
               !store_has_instance(store, store_committed(store), path->id[0], path->id[1]);
}

void attributes_prune(Attributes *attributes, const Store *store)
{
        for (size_t i = attributes->n; i-- > 0;)
                if (is_gone(store, &attributes->items[i].path))
                        close_gap(attributes, i, 1);
}

void attributes_done(Attributes *attributes)
{
        free(attributes->items);
        *attributes = (Attributes){.n = 0};
}
