/* SPDX-License-Identifier: Apache-2.0 */
/* Write by an LwM2M Server. */
#include "operation/write.h"

#include "lwm2m/binding.h"
#include "model/account_check.h"
#include "operation/payload.h"

static bool is_writable(const OperationContext *context, const Path *path)
{
        const ResourceDef *resource = object_find_served(path->id[0], path->id[2], context->version);

        return resource && resource_operations(resource, context->version) & OPERATION_WRITE;
}

static bool is_executable(const OperationContext *context, const Path *path)
{
        const ResourceDef *resource = object_find_served(path->id[0], path->id[2], context->version);

        return resource && resource_operations(resource, context->version) & OPERATION_EXECUTE;
}

/* True when the record asks for a change that servers may not make. A saved Object Instance may be written
 * back with its read-only Resources as they are. */
static bool is_forbidden(const OperationContext *context, const Record *record)
{
        const Value *stored;

        if (record->path.length < 3)
                return false;
        if (record->unknown)
                return is_executable(context, &record->path);
        if (is_writable(context, &record->path))
                return false;

        stored = dataset_get(store_committed(context->store), &record->path);
        return !stored || !value_equal(stored, &record->value);
}

static bool names_resource(const RecordList *records)
{
        for (size_t i = 0; i < records->n; i++)
                if (records->items[i].path.length >= 3)
                        return true;

        return false;
}

/* Drops what a Replace of the Object Instance does not keep. */
static void clear_instance(
        const OperationContext *context, Dataset *candidate, const Path *path, const RecordList *records)
{
        const ObjectDef *object = object_find(path->id[0]);

        for (size_t i = 0; i < object->n_resources; i++) {
                const Path resource = path_append(path, object->resources[i].id);
                bool named = false;

                if (!is_writable(context, &resource))
                        continue;
                for (size_t j = 0; j < records->n && !named; j++)
                        named = path_has_prefix(&records->items[j].path, &resource);
                /* Without its Lifetime the instance would be no account any more. */
                if (named || !object->resources[i].mandatory)
                        dataset_remove(candidate, &resource);
        }
}

static int apply(const OperationContext *context, Dataset *candidate, const Path *path, bool replace,
        const RecordList *records)
{
        int r = 0;

        if (replace && path->length == 2)
                clear_instance(context, candidate, path, records);
        else if (replace && path->length == 3)
                dataset_remove(candidate, path);

        for (size_t i = 0; i < records->n && r == 0; i++)
                if (!records->items[i].unknown && records->items[i].path.length >= 3 &&
                        is_writable(context, &records->items[i].path))
                        r = dataset_set(candidate, &records->items[i].path, &records->items[i].value);

        return r;
}

static const char *announced_binding(const Dataset *dataset, uint16_t instance)
{
        return binding_announced(
                dataset_get_string(dataset, OBJECT_SERVER, instance, SERVER_BINDING, BINDING_UDP));
}

static void add_effects(const Dataset *before, const Dataset *after, uint16_t instance, Effects *effects)
{
        const uint16_t ssid =
                (uint16_t)dataset_get_integer(after, OBJECT_SERVER, instance, SERVER_SHORT_SERVER_ID, 0);

        effects_add(effects, EFFECT_STORE_CHANGED, ssid);
        if (dataset_get_integer(before, OBJECT_SERVER, instance, SERVER_LIFETIME, -1) !=
                dataset_get_integer(after, OBJECT_SERVER, instance, SERVER_LIFETIME, -1))
                effects_add(effects, EFFECT_LIFETIME_CHANGED, ssid);
        if (strcmp(announced_binding(before, instance), announced_binding(after, instance)) != 0)
                effects_add(effects, EFFECT_BINDING_CHANGED, ssid);
}

static int64_t owner_of(const Dataset *dataset, uint16_t access_control)
{
        return dataset_get_integer(dataset, OBJECT_ACCESS_CONTROL, access_control, ACCESS_CONTROL_OWNER,
                ACCESS_OWNER_BOOTSTRAP);
}

/* A new owner that is no account would take /2/x out of everybody's hands: only a bootstrap may do that. */
static bool owner_fits(const Dataset *before, const Dataset *after, uint16_t access_control)
{
        const ShortServerIds accounts = account_short_server_ids(after);
        const int64_t owner = owner_of(after, access_control);

        return short_server_ids_have(&accounts, owner) || owner == ACCESS_OWNER_BOOTSTRAP ||
               owner == owner_of(before, access_control);
}

/* Of the other half of the accounts, where there was some: an older daemon may have left none. */
static bool takes_room(const Dataset *before, const Dataset *after)
{
        return !account_leaves_room(after) && account_leaves_room(before);
}

static int refuse_candidate(Store *store, const Path *path, const char *reason, Response *response)
{
        store_rollback(store);
        response_set_error(response, CODE_BAD_REQUEST, "%s: %s", PATH_TEXT(path), reason);
        return 0;
}

static int write_and_commit(OperationContext *context, const Path *path, bool replace,
        const RecordList *records, Response *response, Effects *effects)
{
        Store *store = context->store;
        int r;

        r = store_begin(store);
        if (r < 0)
                return r;

        r = apply(context, store_candidate(store), path, replace, records);
        if (r < 0) {
                store_rollback(store);
                return r;
        }
        if (r > 0 || takes_room(store_committed(store), store_candidate(store)))
                return refuse_candidate(store, path, "more than the client can hold", response);
        if (path->id[0] == OBJECT_ACCESS_CONTROL &&
                !owner_fits(store_committed(store), store_candidate(store), path->id[1]))
                return refuse_candidate(store, path, "the owner is no LwM2M Server account", response);

        response->code = CODE_CHANGED;
        if (dataset_equal(store_committed(store), store_candidate(store))) {
                store_rollback(store);
                return 0;
        }
        if (path->id[0] == OBJECT_SERVER)
                add_effects(store_committed(store), store_candidate(store), path->id[1], effects);
        else
                effects_add(effects, EFFECT_STORE_CHANGED, 0);
        store_commit(store);
        return 0;
}

int operation_write(OperationContext *context, const Path *path, bool replace, const Request *request,
        Response *response, Effects *effects)
{
        _cleanup_(record_list_done) RecordList records = {.n = 0};
        int r;

        if (path->length == 4 && !dataset_has(store_committed(context->store), path)) {
                response_set_error(response, CODE_NOT_FOUND, "%s does not exist", PATH_TEXT(path));
                return 0;
        }

        r = payload_decode(context, path, request, &records, response);
        if (r != 0)
                return r < 0 ? r : 0;
        /* Without a New Value (Core TS, table 6.3.3) a Replace would only take away. */
        if ((path->length >= 3 || replace) && !names_resource(&records)) {
                response_set_error(response, CODE_BAD_REQUEST, "the payload holds no value");
                return 0;
        }
        for (size_t i = 0; i < records.n; i++)
                if (is_forbidden(context, &records.items[i])) {
                        response_set_error(response, CODE_METHOD_NOT_ALLOWED, "%s cannot be written",
                                PATH_TEXT(&records.items[i].path));
                        return 0;
                }

        return write_and_commit(context, path, replace, &records, response, effects);
}
