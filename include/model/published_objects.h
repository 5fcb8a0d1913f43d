/* SPDX-License-Identifier: Apache-2.0 */
/* Objects come and go with what is published of them, and their definitions with them. */
#pragma once

#include "model/published_state.h"

/* published_define() */
int published_find_definition(Published *published, uint16_t object, const ObjectDef **ret, char *text);

/* published_definition() */
int published_find_in_use(Published *published, const Path *path, const ObjectDef **ret, char *text);

/* The definition that published_find_definition() keeps goes. */
void published_forget_spare(Published *published);

/* The Object, at first without anything, for something of the owner's; published_end_object() where nothing
 * comes of it. 0, PUBLISHED_E_UNKNOWN_OBJECT, _INVALID_VALUE, _LIMIT, or -ENOMEM. */
int published_use_object(
        Published *published, uint64_t owner, uint16_t id, PublishedObject **ret, char *text);

/* The Object goes, where nothing of it is there any more. */
void published_end_object(Published *published, PublishedObject *object);
