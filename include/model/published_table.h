/* SPDX-License-Identifier: Apache-2.0 */
/* What model/published is made of: Objects with their Object Instances, whom they belong to, and how much
 * all of it is. Nothing here knows of a store, a definition's rules or a server. */
#pragma once

#include "model/dataset.h"
#include "model/published_options.h"

typedef struct PublishedOwner PublishedOwner;

struct PublishedOwner {
        uint64_t id;
        size_t size; /* bytes of its values */
        size_t uses; /* Object Instances, and Objects it has published */
        PublishedOwner *next;
};

typedef struct PublishedInstance {
        uint16_t id;
        PublishedOwner *owner;
        PublishedCopy options; /* owned */
        bool created;          /* by an LwM2M Server */
        Dataset *values;       /* owned; of this Object Instance alone */
        size_t size;           /* bytes of the values */
} PublishedInstance;

typedef struct PublishedObject {
        const ObjectDef *def;
        PublishedOwner *publisher;                     /* published_add_object(); NULL: nobody's */
        char *handler;                                 /* its; owned; or NULL */
        PublishedInstance *instances[LIMIT_INSTANCES]; /* ascending; owned */
        size_t n;
} PublishedObject;

typedef struct PublishedTable {
        PublishedObject *objects[LIMIT_PUBLISHED_OBJECTS]; /* ascending; owned */
        size_t n;
        PublishedOwner *owners; /* in no order; owned */
        size_t size;            /* of all values */
} PublishedTable;

/* Or NULL. The path of an Object Instance may be longer. */
PublishedObject *published_table_object(const PublishedTable *table, uint16_t object);
PublishedInstance *published_object_instance(const PublishedObject *object, uint16_t instance);
PublishedInstance *published_table_instance(const PublishedTable *table, const Path *path);

/* Adds an Object that is not there, without anything. 0, -E2BIG or -ENOMEM. */
int published_table_add_object(PublishedTable *table, const ObjectDef *def, PublishedObject **ret);
/* Takes its publisher and its Object Instances away / removes one that has neither. */
void published_table_clear_object(PublishedTable *table, PublishedObject *object);
void published_table_remove_object(PublishedTable *table, PublishedObject *object);

/* Whose the Object is from now on; handler: taken over. 0 or -ENOMEM (then it is freed). */
int published_table_set_publisher(
        PublishedTable *table, PublishedObject *object, uint64_t owner, char *handler);
void published_table_clear_publisher(PublishedTable *table, PublishedObject *object);

/* Makes an Object Instance, whose id is free, of a dataset, taken over on success. 0; PUBLISHED_E_LIMIT and
 * *ret_limit, there are LIMIT_INSTANCES, or published_table_find_excess(); -ENOMEM. */
int published_table_add_instance(PublishedTable *table, PublishedObject *object, uint16_t id, uint64_t owner,
        Dataset **values, PublishedInstance **ret, const char **ret_limit);
void published_table_remove_instance(
        PublishedTable *table, PublishedObject *object, PublishedInstance *instance);

/* The values of an Object Instance become those of the dataset, and the other way round. */
void published_table_swap(PublishedTable *table, PublishedInstance *instance, Dataset *values);

/* The limit that all values together, or those of this owner, are beyond, to be read behind a path; static.
 * NULL: none. */
const char *published_table_find_excess(const PublishedTable *table, const PublishedOwner *owner);

/* Whether an Object (NULL: no) has been published by an owner, or has Object Instances of it; and how many
 * have. */
bool published_object_is_of(const PublishedObject *object, uint64_t owner);
size_t published_table_count_objects(const PublishedTable *table, uint64_t owner);
