/* SPDX-License-Identifier: Apache-2.0 */
/* Object Instances that a server creates and deletes: the publisher of the Object, which has a handler, is
 * asked. */
#pragma once

#include "model/source.h"

/* As Source.create; userdata: a Published. A publisher that adds values that cannot be is 5.00. */
int published_create(void *userdata, SourceCall *call, const Path *path, const RecordList *written);

/* As Source.remove of an Object Instance. */
int published_delete(void *userdata, SourceCall *call, const Path *path);
