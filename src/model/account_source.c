/* SPDX-License-Identifier: Apache-2.0 */
/* The committed generation of the store as a source. */
#include "model/account_source.h"

#include "lwm2m/execute_arguments.h"
#include "lwm2m/binding.h"
#include "lwm2m/message.h"
#include "model/account_check.h"

static size_t accounts_instances(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        return dataset_instances(store_committed(userdata), object, ret);
}

static int accounts_read(void *userdata, SourceCall *call, const Path *path, RecordList *list)
{
        return dataset_list(store_committed(userdata), path, list);
}

static bool accounts_supports(void *userdata, unsigned operation, const Path *path)
{
        return operation == OPERATION_WRITE ||
               (operation == OPERATION_EXECUTE && path->id[0] == OBJECT_SERVER);
}

/* -- Write -- */

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

static int apply(Dataset *candidate, const SourceWrite *write)
{
        for (size_t i = 0; i < write->n_cleared; i++)
                (void)dataset_remove(candidate, &write->cleared[i]);

        return dataset_apply(candidate, write->values);
}

static int refuse_size(SourceCall *call, const Path *path)
{
        return source_refuse(call, CODE_BAD_REQUEST, "%s: more than the client can hold", PATH_TEXT(path));
}

/* 0, or why the candidate may not be committed. */
static int check(const Store *store, const Dataset *candidate, SourceCall *call, const Path *path)
{
        const Dataset *committed = store_committed(store);

        if (takes_room(committed, candidate))
                return refuse_size(call, path);
        if (path->id[0] == OBJECT_ACCESS_CONTROL && !owner_fits(committed, candidate, path->id[1]))
                return source_refuse(
                        call, CODE_BAD_REQUEST, "%s: the owner is no LwM2M Server account", PATH_TEXT(path));

        return 0;
}

static void commit(Store *store, const Path *path, Effects *effects)
{
        const Dataset *committed = store_committed(store), *candidate = store_candidate(store);

        if (dataset_equal(committed, candidate)) {
                store_rollback(store);
                return;
        }
        if (path->id[0] == OBJECT_SERVER)
                add_effects(committed, candidate, path->id[1], effects);
        else
                effects_add(effects, EFFECT_STORE_CHANGED, 0);
        store_commit(store);
}

static int accounts_write(void *userdata, SourceCall *call, const SourceWrite *write)
{
        Store *store = userdata;
        int r;

        r = store_begin(store);
        if (r < 0)
                return r;

        r = apply(store_candidate(store), write);
        if (r > 0)
                r = refuse_size(call, &write->path);
        if (r == 0)
                r = check(store, store_candidate(store), call, &write->path);
        if (r == 0)
                commit(store, &write->path, call->effects);
        else
                store_rollback(store);
        return r;
}

/* -- Execute -- */

/* Whether /1/x/9 can lead anywhere. 0, -ENOENT or -ENOMEM. */
static int find_bootstrap_account(const Store *store, Lwm2mVersion version)
{
        _cleanup_(freep) AccountList *list = malloc(sizeof(*list));
        int r;

        if (!list)
                return -ENOMEM;
        r = account_list_read(store_committed(store), version, list);
        if (r < 0)
                return r;
        r = list->has_bootstrap ? 0 : -ENOENT;
        account_list_done(list);
        return r;
}

/* The one argument that is known: which transport to register over. */
static bool names_other_transport(const char *text, size_t size)
{
        ExecuteArgument arguments[EXECUTE_ARGUMENTS_MAX];

        return execute_arguments_parse(text, size, arguments) && arguments[0].given &&
               (arguments[0].size != 1 || arguments[0].value[0] != 'U');
}

static int accounts_execute(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        const Store *store = userdata;
        const uint16_t ssid = (uint16_t)dataset_get_integer(
                store_committed(store), OBJECT_SERVER, path->id[1], SERVER_SHORT_SERVER_ID, 0);
        int r;

        switch (path->id[2]) {

        case SERVER_DISABLE:
                effects_add(call->effects, EFFECT_DISABLE, ssid);
                return 0;

        case SERVER_UPDATE_TRIGGER:
                if (names_other_transport(arguments, size))
                        return source_refuse(call, CODE_BAD_REQUEST, "argument 0: U is the only transport");
                effects_add(call->effects, EFFECT_UPDATE_TRIGGER, ssid);
                return 0;

        default:
                r = find_bootstrap_account(store, call->version);
                if (r == -ENOENT)
                        return source_refuse(
                                call, CODE_METHOD_NOT_ALLOWED, "there is no Bootstrap-Server Account");
                if (r == 0)
                        effects_add(call->effects, EFFECT_BOOTSTRAP_TRIGGER, ssid);
                return r;
        }
}

const Source account_source = {
        .instances = accounts_instances,
        .read = accounts_read,
        .supports = accounts_supports,
        .write = accounts_write,
        .execute = accounts_execute,
};
