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

/* Accounts come and go in a bootstrap, and so do Access Control Object Instances, or with what they are for;
 * a Resource Instance is an ACL entry. */
static bool accounts_supports(void *userdata, unsigned operation, const Path *path)
{
        return operation == OPERATION_WRITE ||
               (operation == OPERATION_EXECUTE && path->id[0] == OBJECT_SERVER) ||
               (operation == OPERATION_DELETE && path->length == 4);
}

/* -- Write -- */

static bool has_queue_mode(const Dataset *dataset, uint16_t instance)
{
        return binding_has_queue_mode(
                dataset_get_string(dataset, OBJECT_SERVER, instance, SERVER_BINDING, BINDING_UDP));
}

/* Two generations, and what follows where they differ. */
typedef struct Change {
        const Dataset *before, *after;
        Effects *effects;
} Change;

static void add_effects(void *userdata, const Path *path)
{
        const Change *change = userdata;
        uint16_t ssid = 0;

        if (path->id[0] == OBJECT_SERVER)
                ssid = (uint16_t)dataset_get_integer(
                        change->after, OBJECT_SERVER, path->id[1], SERVER_SHORT_SERVER_ID, 0);
        effects_add(change->effects, EFFECT_STORE_CHANGED, ssid);
        if (ssid == 0)
                return;
        if (path->id[2] == SERVER_LIFETIME)
                effects_add(change->effects, EFFECT_LIFETIME_CHANGED, ssid);
        if (path->id[2] == SERVER_BINDING &&
                has_queue_mode(change->before, path->id[1]) != has_queue_mode(change->after, path->id[1]))
                effects_add(change->effects, EFFECT_BINDING_CHANGED, ssid);
}

static int64_t owner_of(const Dataset *dataset, uint16_t access_control)
{
        return dataset_get_integer(dataset, OBJECT_ACCESS_CONTROL, access_control, ACCESS_CONTROL_OWNER,
                ACCESS_OWNER_BOOTSTRAP);
}

/* A new owner that is no account would take /2/x out of everybody's hands: only a bootstrap may do that. */
static int check_owners(const Dataset *before, const Dataset *after, SourceCall *call)
{
        const ShortServerIds accounts = account_short_server_ids(after);
        const Instances list = dataset_list_instances(after, OBJECT_ACCESS_CONTROL);

        for (size_t i = 0; i < list.n; i++) {
                const int64_t owner = owner_of(after, list.ids[i]);

                if (owner != ACCESS_OWNER_BOOTSTRAP && owner != owner_of(before, list.ids[i]) &&
                        !short_server_ids_have(&accounts, owner))
                        return source_refuse(call, CODE_BAD_REQUEST,
                                "/2/%u: the owner is no LwM2M Server account", list.ids[i]);
        }

        return 0;
}

static int apply(Dataset *candidate, const SourceWrite *write)
{
        for (size_t i = 0; i < write->n_cleared; i++)
                (void)dataset_remove(candidate, &write->cleared[i]);

        return dataset_apply(candidate, write->values);
}

/* Opens the transaction and makes the change in it; where that is refused, it is closed again. */
static int begin_write(Store *store, SourceCall *call, const SourceWrite *write)
{
        int r;

        if (store_candidate(store))
                return source_refuse(call, CODE_UNAVAILABLE, "a bootstrap is going on");
        r = store_begin(store);
        if (r < 0)
                return r;

        r = apply(store_candidate(store), write);
        if (r > 0 || (r == 0 && account_takes_room(store_committed(store), store_candidate(store))))
                r = source_refuse(call, CODE_BAD_REQUEST, "%s: more than the client can hold",
                        PATH_TEXT(&write->path));
        if (r == 0)
                r = check_owners(store_committed(store), store_candidate(store), call);
        if (r != 0)
                store_rollback(store);
        return r;
}

static void commit(Store *store, Effects *effects)
{
        Change change = {store_committed(store), store_candidate(store), effects};

        if (dataset_equal(change.before, change.after)) {
                store_rollback(store);
                return;
        }
        dataset_compare(change.before, change.after, add_effects, &change);
        store_commit(store);
}

static int accounts_check(void *userdata, SourceCall *call, const SourceWrite *write)
{
        const int r = begin_write(userdata, call, write);

        if (r == 0)
                store_rollback(userdata);
        return r;
}

static int accounts_write(void *userdata, SourceCall *call, const SourceWrite *write)
{
        const int r = begin_write(userdata, call, write);

        if (r == 0)
                commit(userdata, call->effects);
        return r;
}

static int accounts_remove(void *userdata, SourceCall *call, const Path *path)
{
        const RecordList none = {.n = 0};

        return accounts_write(userdata, call,
                &(SourceWrite){.path = *path, .cleared = path, .n_cleared = 1, .values = &none});
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
        .check = accounts_check,
        .write = accounts_write,
        .execute = accounts_execute,
        .remove = accounts_remove,
};
