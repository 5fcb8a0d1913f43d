/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of D-Bus values share: Object 3999 has one Resource of each type, /3999/x/TYPE, and its
 * multiple-instance twin, /3999/x/(100 + TYPE); and messages that no bus ever sees. */
#pragma once

#include <systemd/sd-bus.h>

#include "model/definition.h"

#define EVERY_TYPE       3999
#define EVERY_TWIN(type) (100 + (type))
#define EVERY_SECRET     200 /* an Integer that no server reads */

#define EVERY_OPERATIONS                                                            \
        {                                                                           \
                OPERATION_READ | OPERATION_WRITE, OPERATION_READ | OPERATION_WRITE, \
                        OPERATION_READ | OPERATION_WRITE                            \
        }
#define EVERY_ROW(number, data_type, is_multiple)                                                   \
        {                                                                                           \
                .id = (number), .name = #data_type, .type = (data_type), .multiple = (is_multiple), \
                .operations = EVERY_OPERATIONS, .supported = true                                   \
        }
#define EVERY_SINGLE(type)   EVERY_ROW(type, type, false)
#define EVERY_MULTIPLE(type) EVERY_ROW(EVERY_TWIN(type), type, true)

static const ResourceDef every_resource[] = {
        EVERY_SINGLE(VALUE_NONE),
        EVERY_SINGLE(VALUE_STRING),
        EVERY_SINGLE(VALUE_INTEGER),
        EVERY_SINGLE(VALUE_UNSIGNED),
        EVERY_SINGLE(VALUE_FLOAT),
        EVERY_SINGLE(VALUE_BOOLEAN),
        EVERY_SINGLE(VALUE_OPAQUE),
        EVERY_SINGLE(VALUE_TIME),
        EVERY_SINGLE(VALUE_OBJLNK),
        EVERY_SINGLE(VALUE_CORELNK),
        EVERY_MULTIPLE(VALUE_STRING),
        EVERY_MULTIPLE(VALUE_INTEGER),
        EVERY_MULTIPLE(VALUE_UNSIGNED),
        EVERY_MULTIPLE(VALUE_FLOAT),
        EVERY_MULTIPLE(VALUE_BOOLEAN),
        EVERY_MULTIPLE(VALUE_OPAQUE),
        EVERY_MULTIPLE(VALUE_TIME),
        EVERY_MULTIPLE(VALUE_OBJLNK),
        EVERY_MULTIPLE(VALUE_CORELNK),
        {.id = EVERY_SECRET,
                .name = "Secret",
                .type = VALUE_INTEGER,
                .supported = true,
                .operations = {OPERATION_WRITE, OPERATION_WRITE, OPERATION_WRITE}},
};

static const ObjectDef every_type = {
        .id = EVERY_TYPE,
        .name = "Every Type",
        .multiple = true,
        .versions = {"1.0", "1.0", "1.0"},
        .resources = every_resource,
        .n_resources = ELEMENTSOF(every_resource),
};

/* A connection that waits for a bus which never comes: enough to make messages. NULL: there is none. */
static inline sd_bus *every_bus(void)
{
        sd_bus *bus = NULL;

        if (sd_bus_new(&bus) < 0 || sd_bus_set_address(bus, "unix:path=/nonexistent/bus") < 0 ||
                sd_bus_set_bus_client(bus, true) < 0 || sd_bus_set_watch_bind(bus, true) < 0 ||
                sd_bus_start(bus) < 0)
                return sd_bus_unref(bus);
        return bus;
}

/* Appends a record; the list takes the value over. */
static inline void every_add(RecordList *list, const char *text, Value value)
{
        Path path;

        if (path_parse(text, &path) < 0 || record_list_add(list, &path, &value) < 0)
                abort();
}
