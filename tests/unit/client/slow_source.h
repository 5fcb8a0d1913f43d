/* SPDX-License-Identifier: Apache-2.0 */
/* Objects 1000 and 1001, each of a source of its own, which looks at its value when somebody asks. */
#pragma once

#include "client/registered.h"
#include "model/object_row.h"

#define SLOW_OBJECT 1000

typedef struct Slow {
        uint64_t looked; /* CLOCK_BOOTTIME usec; 0: never */
        int64_t value;
        uint64_t call; /* of the last one that waits for a look */
        unsigned asked, ended;
} Slow;

static Slow slow_sources[2];

static const ResourceDef slow_resources[] = {
        {0, "Level", VALUE_INTEGER, SINGLE, MANDATORY, {R, R, R}, SUPPORTED},
};

static const ObjectDef slow_objects[] = {
        {SLOW_OBJECT, "Slow", false, false, {"1.0", "1.0", "1.0"}, slow_resources, 1},
        {SLOW_OBJECT + 1, "Slower", false, false, {"1.0", "1.0", "1.0"}, slow_resources, 1},
};

static int slow_read(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        Slow *slow = userdata;
        Value value = VALUE_INT(slow->value);

        if (call->id != 0 && slow->looked < call->begun) {
                slow->call = call->id;
                slow->asked++;
                return SOURCE_LATER;
        }
        return record_list_add(list, &PATH_RESOURCE(path->id[0], 0, 0), &value);
}

static void slow_ended(void *userdata, uint64_t call)
{
        Slow *slow = userdata;

        slow->ended++;
}

static const Source slow_source = {
        .instances = source_one_instance,
        .read = slow_read,
        .ended = slow_ended,
};

/* Beside the Objects of registered_init(). */
static inline void slow_init(void)
{
        memset(slow_sources, 0, sizeof(slow_sources));
        for (size_t i = 0; i < ELEMENTSOF(slow_sources); i++) {
                slow_sources[i].value = (int64_t)i;
                assert_int_equal(registry_add(store_registry(registered.store), &slow_objects[i]), 0);
                assert_int_equal(store_set_source(registered.store, slow_objects[i].id, &slow_source,
                                         &slow_sources[i]),
                        0);
        }
}

/* It has looked, and tells the call that has asked. */
static inline void slow_look(Slow *slow)
{
        slow->looked = fake_now;
        store_answer(registered.store, slow->call, 0, NULL);
}
