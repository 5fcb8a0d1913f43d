/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets written as text: "/0/0/0=coap://bs.example /0/0/1=true /1/0" (a path alone: an empty container).
 */
#pragma once

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "model/account_check.h"
#include "util/bytes.h"
#include "util/parse.h"

/* A NoSec Bootstrap-Server Account at /0/0. */
#define BS "/0/0/0=coap://bs.example /0/0/1=true /0/0/2=3 "

/* A complete NoSec account of server 101 at /0/1 and /1/0. */
#define SERVER_101 "/0/1/0=coap://one.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=60 "
#define SERVER_102 "/0/2/0=coap://two.example /0/2/2=3 /0/2/10=102 /1/1/0=102 /1/1/1=60 "

/* Objects of a test's own, NULL where there is none */
static const ObjectDef *fixture_objects[2];

static inline const ResourceDef *fixture_find_resource(const Path *path)
{
        const ResourceDef *resource = object_find_resource(path->id[0], path->id[2]);

        for (size_t i = 0; i < ELEMENTSOF(fixture_objects) && !resource; i++)
                if (fixture_objects[i] && fixture_objects[i]->id == path->id[0])
                        resource = object_served(fixture_objects[i], path->id[2], LWM2M_1_2);

        return resource;
}

static inline Value fixture_value(const Path *path, const char *text)
{
        const ResourceDef *resource = fixture_find_resource(path);
        Value value = {.type = VALUE_NONE};

        assert_non_null(resource);
        if (resource->type == VALUE_BOOLEAN)
                value = VALUE_BOOL(strcmp(text, "true") == 0);
        else if (value_type_has_bytes(resource->type))
                assert_int_equal(value_make_bytes(resource->type, text, strlen(text), &value), 0);
        else if (resource->type == VALUE_OBJLNK) {
                assert_int_equal(value_make_string(text, &value), 0);
                assert_int_equal(value_convert(&value, VALUE_OBJLNK), 0);
        } else {
                int64_t number;

                assert_int_equal(parse_i64(text, &number), 0);
                value = VALUE_INT(number);
                assert_int_equal(value_convert(&value, resource->type), 0);
        }

        return value;
}

/* Sets what text says; "-/1/0" removes. */
static inline void fixture_put(Dataset *dataset, const char *text)
{
        _cleanup_(freep) char *copy = strdup(text);
        char *rest = copy, *word;

        while ((word = strsep(&rest, " "))) {
                _cleanup_(value_done) Value value = {.type = VALUE_NONE};
                char *equals = strchr(word, '=');
                bool removes = word[0] == '-';
                Path path;

                if (word[0] == '\0')
                        continue;
                if (equals)
                        *equals++ = '\0';
                assert_int_equal(path_parse(word + removes, &path), 0);
                if (removes) {
                        assert_true(dataset_remove(dataset, &path));
                        continue;
                }
                if (equals)
                        value = fixture_value(&path, equals);
                assert_int_equal(dataset_set(dataset, &path, &value), 0);
        }
}

/* An opaque value of /0 of zeros. */
static inline void fixture_put_bytes(Dataset *dataset, uint16_t instance, uint16_t resource, size_t size)
{
        _cleanup_(freep) uint8_t *bytes = calloc(size + 1, 1);
        const Path path = PATH_RESOURCE(OBJECT_SECURITY, instance, resource);

        assert_int_equal(dataset_set_bytes(dataset, &path, VALUE_OPAQUE, bytes, size), 0);
}

/* Unused instances of 64 KiB and, at last, of what is left below a size of everything. */
static inline void fixture_fill(Dataset *dataset, size_t until)
{
        size_t n, size = dataset_size(dataset, &PATH_ROOT, &n);

        for (uint16_t id = 10; size < until; id++) {
                char text[64];

                (void)snprintf(text, sizeof(text), "/0/%u/0=coap://h /0/%u/2=3 /0/%u/10=%u", id, id, id, id);
                fixture_put(dataset, text);
                size = dataset_size(dataset, &PATH_ROOT, &n);
                fixture_put_bytes(dataset, id, 3, MIN_OF(until - size, (size_t)LIMIT_VALUE_SIZE));
                size = dataset_size(dataset, &PATH_ROOT, &n);
        }
}

static inline Dataset *fixture_dataset(const char *text)
{
        Dataset *dataset = dataset_new();

        assert_non_null(dataset);
        fixture_put(dataset, text);
        return dataset;
}

static inline Store *fixture_store(const char *text)
{
        Store *store = NULL;

        assert_int_equal(store_new(&store), 0);
        store_replace(store, fixture_dataset(text));
        return store;
}

/* All records below path as text, in the dataset's order. Static buffer. */
static inline const char *fixture_text(const Dataset *dataset, const Path *prefix)
{
        static char buffer[8192];
        _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_STORE_VALUES};
        size_t n = 0;

        buffer[0] = '\0';
        assert_int_equal(dataset_list(dataset, prefix, &list), 0);
        for (size_t i = 0; i < list.n; i++) {
                const Value *value = &list.items[i].value;

                n += (size_t)snprintf(buffer + n, sizeof(buffer) - n, "%s%s%s", i > 0 ? " " : "",
                        PATH_TEXT(&list.items[i].path), value->type == VALUE_NONE ? "" : "=");
                if (value_type_has_bytes(value->type))
                        n += (size_t)snprintf(
                                buffer + n, sizeof(buffer) - n, "%s", (char *)value->bytes.data);
                else if (value->type == VALUE_BOOLEAN)
                        n += (size_t)snprintf(
                                buffer + n, sizeof(buffer) - n, "%s", value->boolean ? "true" : "false");
                else if (value->type == VALUE_OBJLNK)
                        n += (size_t)snprintf(buffer + n, sizeof(buffer) - n, "%u:%u", value->link.object,
                                value->link.instance);
                else if (value->type == VALUE_FLOAT)
                        n += (size_t)snprintf(buffer + n, sizeof(buffer) - n, "%g", value->real);
                else if (value->type != VALUE_NONE)
                        n += (size_t)snprintf(buffer + n, sizeof(buffer) - n, "%" PRIi64, value->integer);
                assert_true(n < sizeof(buffer));
        }

        return buffer;
}
