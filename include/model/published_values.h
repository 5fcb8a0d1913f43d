/* SPDX-License-Identifier: Apache-2.0 */
/* What the values of a published Object Instance have to be by its definition. */
#pragma once

#include "model/dataset.h"
#include "model/published_types.h"

/* For a limit of a Dataset: LIMIT_VALUE_SIZE, or LIMIT_RESOURCE_INSTANCES */
#define PUBLISHED_NO_ROOM "more than a Resource can hold"

/* Puts path and reason into text (SOURCE_TEXT_SIZE bytes; NULL: nowhere) and returns the error. */
int published_refuse(char *text, PublishedError error, const char *format, ...) _printf_(3, 4);

/* NOT_PUBLISHER, of a path. */
#define PUBLISHED_NOWHERE "%s is in no Object Instance that is published, nor under objects:"

/* Whether a record at or below an Object Instance fits the definition: type, range, single or multiple. A
 * VALUE_NONE is a multiple-instance Resource without Resource Instances. 0 or PUBLISHED_E_INVALID_VALUE. */
int published_check_record(const ObjectDef *def, const Record *record, char *text);

/* Checks a record and sets it; where it is a VALUE_NONE, what the Resource had goes first. 0,
 * PUBLISHED_E_INVALID_VALUE, PUBLISHED_E_LIMIT, or -ENOMEM. */
int published_put(const ObjectDef *def, Dataset *dataset, const Record *record, char *text);

/* Likewise all of a list, which is about one Object Instance of the definition's Object: that ID is put into
 * each path first. Then partly done. */
int published_put_all(
        const ObjectDef *def, Dataset *dataset, uint16_t instance, RecordList *values, char *text);

/* Whether it reads, and every Object Instance has it. */
bool published_is_needed(const ResourceDef *resource);

/* Appends the Resources at or above one of the paths of values, and of cleared, as they are in the dataset.
 * 0, -ENOMEM, or -E2BIG past the list's maximum. */
int published_list_named(const ObjectDef *def, const Dataset *dataset, const Path *instance,
        const RecordList *values, const Path *cleared, size_t n_cleared, RecordList *ret);
