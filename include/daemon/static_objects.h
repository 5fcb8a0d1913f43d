/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration's Object Instances, `objects:`: published as long as the configuration in force names
 * them. */
#pragma once

#include "daemon/static_files.h"

typedef struct StaticObjects StaticObjects;

/* None at first. All borrowed; published has to outlive it. 0 or negative errno. */
int static_objects_new(sd_event *event, FileReader *reader, const Clock *clock, Store *store,
        Published *published, StaticObjects **ret);
StaticObjects *static_objects_free(StaticObjects *objects);
DEFINE_CLEANUP(StaticObjects *, static_objects_free)

/* The Object Instances are those of the configuration from now on, which is borrowed until the next call has
 * returned. One that stays is never away: of its values only those change that the configuration says
 * otherwise than before, so what has been set or written meanwhile stays, and so do observations. What
 * cannot be published is logged, and tried again by the next call, and when something that is published has
 * gone. */
void static_objects_set(StaticObjects *objects, const Config *config);

/* callback: from the loop, when something published has gone and these have been tried again; for what else
 * may find a place now. */
void static_objects_set_room(StaticObjects *objects, void (*callback)(void *userdata), void *userdata);
