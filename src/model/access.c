/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation of Access Control. */
#include "model/access.h"

#include "model/account.h"

static int64_t get(const Dataset *dataset, uint16_t access_control, uint16_t resource)
{
        return dataset_get_integer(dataset, OBJECT_ACCESS_CONTROL, access_control, resource, -1);
}

/* -1: there is no such entry. */
static int64_t get_entry(const Dataset *dataset, uint16_t access_control, uint16_t short_server_id)
{
        const Value *value =
                dataset_get(dataset, &PATH_RESOURCE_INSTANCE(OBJECT_ACCESS_CONTROL, access_control,
                                             ACCESS_CONTROL_ACL, short_server_id));

        return value && value->type == VALUE_INTEGER ? value->integer & ACCESS_ALL : -1;
}

uint16_t access_find(const Dataset *dataset, uint16_t object, uint16_t instance)
{
        const Instances list = dataset_list_instances(dataset, OBJECT_ACCESS_CONTROL);

        for (size_t i = 0; i < list.n; i++)
                if (get(dataset, list.ids[i], ACCESS_CONTROL_OBJECT) == object &&
                        get(dataset, list.ids[i], ACCESS_CONTROL_INSTANCE) == instance)
                        return list.ids[i];

        return ID_INVALID;
}

unsigned access_by_acl(const Dataset *dataset, uint16_t access_control, uint16_t short_server_id)
{
        const int64_t own = get_entry(dataset, access_control, short_server_id);
        const int64_t fallback = get_entry(dataset, access_control, 0);

        if (own >= 0)
                return (unsigned)own;
        if (get(dataset, access_control, ACCESS_CONTROL_OWNER) == short_server_id)
                return ACCESS_ALL;
        return fallback >= 0 ? (unsigned)fallback : ACCESS_NONE;
}

bool access_is_controlled(const Dataset *dataset)
{
        return dataset_has(dataset, &PATH_OBJECT(OBJECT_ACCESS_CONTROL)) && account_are_several(dataset);
}

/* Whether anything is decided on Object Instances of an Object: some are by their source, without /2, too.
 */
static bool is_controlled(const Dataset *dataset, const SourceRef *ref)
{
        return ref->source && ref->source->rights ? account_are_several(dataset)
                                                  : access_is_controlled(dataset);
}

/* Where /2 says nothing. */
static unsigned rights_by_source(const SourceRef *ref, const Path *instance, uint16_t short_server_id)
{
        return ref->source && ref->source->rights
                       ? ref->source->rights(ref->userdata, instance, short_server_id)
                       : ACCESS_NONE;
}

unsigned access_rights(const Store *store, const Dataset *generation, uint16_t short_server_id,
        uint16_t object, uint16_t instance)
{
        const ObjectDef *def = object_find(object);
        const SourceRef ref = store_source(store, object);
        uint16_t access_control;

        if (def && def->bootstrap_only)
                return ACCESS_NONE;
        if (short_server_id == 0 || !is_controlled(generation, &ref))
                return ACCESS_ALL;
        if (object == OBJECT_ACCESS_CONTROL)
                return get(generation, instance, ACCESS_CONTROL_OWNER) == short_server_id ? ACCESS_ALL
                                                                                          : ACCESS_NONE;

        access_control = access_find(generation, object, instance);
        return access_control == ID_INVALID
                       ? rights_by_source(&ref, &PATH_INSTANCE(object, instance), short_server_id)
                       : access_by_acl(generation, access_control, short_server_id);
}

bool access_may_create(
        const Store *store, const Dataset *generation, uint16_t short_server_id, uint16_t object)
{
        const ObjectDef *def = object_find(object);
        const SourceRef ref = store_source(store, object);
        uint16_t access_control;

        if (object == OBJECT_ACCESS_CONTROL || (def && def->bootstrap_only))
                return false;
        if (!is_controlled(generation, &ref))
                return true;

        access_control = access_find(generation, object, ID_INVALID);
        if (access_control == ID_INVALID)
                return rights_by_source(&ref, &PATH_NEW_INSTANCE(object), short_server_id) & ACCESS_CREATE;
        return get_entry(generation, access_control, short_server_id) >= 0 &&
               get_entry(generation, access_control, short_server_id) & ACCESS_CREATE;
}
