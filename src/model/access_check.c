/* SPDX-License-Identifier: Apache-2.0 */
/* Access Control at the end of a bootstrap: who inherits, and what is told. */
#include "model/access_check.h"

#include <inttypes.h>

#include "model/access.h"
#include "model/account.h"

static int64_t get(const Dataset *dataset, uint16_t access_control, uint16_t resource)
{
        return dataset_get_integer(dataset, OBJECT_ACCESS_CONTROL, access_control, resource, -1);
}

/* What it is for; false for a whole Object. */
static bool get_target(const Dataset *dataset, uint16_t access_control, Path *ret)
{
        const int64_t instance = get(dataset, access_control, ACCESS_CONTROL_INSTANCE);

        *ret = PATH_INSTANCE(
                (uint16_t)get(dataset, access_control, ACCESS_CONTROL_OBJECT), (uint16_t)instance);
        return instance != ID_INVALID;
}

/* -- Hand-over -- */

static unsigned weight(unsigned rights)
{
        return !!(rights & ACCESS_WRITE) + !!(rights & ACCESS_DELETE);
}

static uint16_t find_heir(const Dataset *dataset, uint16_t access_control, const ShortServerIds *accounts)
{
        uint16_t heir = ACCESS_OWNER_BOOTSTRAP;
        unsigned best = 0;

        for (size_t i = 0; i < accounts->n; i++) {
                const uint16_t id = accounts->ids[i];
                const unsigned rights = access_by_acl(dataset, access_control, id);

                if (rights == ACCESS_NONE ||
                        (heir != ACCESS_OWNER_BOOTSTRAP &&
                                (weight(rights) < best || (weight(rights) == best && id > heir))))
                        continue;
                heir = id;
                best = weight(rights);
        }

        return heir;
}

static int hand_over(
        Dataset *dataset, uint16_t access_control, const ShortServerIds *accounts, AccountCheck *check)
{
        const Path path = PATH_RESOURCE(OBJECT_ACCESS_CONTROL, access_control, ACCESS_CONTROL_OWNER);
        const int64_t old = get(dataset, access_control, ACCESS_CONTROL_OWNER);
        const uint16_t heir = find_heir(dataset, access_control, accounts);

        if (heir == ACCESS_OWNER_BOOTSTRAP)
                account_report_repair(check,
                        "LwM2M Server %" PRIi64
                        " is gone, the only one with a right by /2/%u: the Bootstrap "
                        "Server owns it now",
                        old, access_control);
        else
                account_report_repair(check, "LwM2M Server %" PRIi64 " is gone: /2/%u is owned by %u now",
                        old, access_control, heir);
        return dataset_set_integer(dataset, &path, VALUE_INTEGER, heir);
}

static int settle_instance(Dataset *dataset, uint16_t access_control, const ShortServerIds *gone,
        const ShortServerIds *accounts, AccountCheck *check)
{
        for (size_t i = 0; i < gone->n; i++) {
                const Path entry = PATH_RESOURCE_INSTANCE(
                        OBJECT_ACCESS_CONTROL, access_control, ACCESS_CONTROL_ACL, gone->ids[i]);

                if (dataset_remove(dataset, &entry))
                        account_report_repair(check, "LwM2M Server %u is gone: %s is removed", gone->ids[i],
                                PATH_TEXT(&entry));
        }

        return short_server_ids_have(gone, get(dataset, access_control, ACCESS_CONTROL_OWNER))
                       ? hand_over(dataset, access_control, accounts, check)
                       : 0;
}

/* -- What gives nobody a right -- */

static void note_written(const Store *store, const Dataset *dataset, uint16_t access_control,
        const ShortServerIds *accounts, AccountCheck *check)
{
        const int64_t owner = get(dataset, access_control, ACCESS_CONTROL_OWNER);
        bool of_instance;
        Path target;

        of_instance = get_target(dataset, access_control, &target);
        if (of_instance && !store_has_instance(store, dataset, target.id[0], target.id[1]))
                account_report_repair(check, "/2/%u is for %s, which this client does not have: kept unused",
                        access_control, PATH_TEXT(&target));
        else if (access_find(dataset, target.id[0], target.id[1]) != access_control)
                account_report_repair(check, "/2/%u is for the same as /2/%u: kept unused", access_control,
                        access_find(dataset, target.id[0], target.id[1]));
        if (owner != ACCESS_OWNER_BOOTSTRAP && !short_server_ids_have(accounts, owner))
                account_report_repair(check,
                        "/2/%u/3 is %" PRIi64 " and no LwM2M Server account is: only the Bootstrap Server "
                        "manages it",
                        access_control, owner);
}

static void note_uncovered(const Store *store, const Dataset *dataset, uint16_t object, AccountCheck *check)
{
        const SourceRef ref = store_source(store, object);
        Instances list;

        if (ref.source && ref.source->rights)
                return;
        list.n = store_instances(store, dataset, object, list.ids);
        for (size_t i = 0; i < list.n; i++)
                if (access_find(dataset, object, list.ids[i]) == ID_INVALID)
                        account_report_repair(check,
                                "/%u/%u has no Access Control Object Instance: no LwM2M Server has a right "
                                "on it",
                                object, list.ids[i]);
}

/* Several servers, and an Object Instance that nobody was given. */
static void note_all_uncovered(Store *store, const Dataset *dataset, AccountCheck *check)
{
        const Registry *registry = store_registry(store);

        for (size_t i = 0; i < registry->n && access_is_controlled(dataset); i++)
                if (!registry->objects[i]->bootstrap_only &&
                        registry->objects[i]->id != OBJECT_ACCESS_CONTROL)
                        note_uncovered(store, dataset, registry->objects[i]->id, check);
}

int access_settle(Store *store, Dataset *dataset, AccountCheck *check)
{
        const Dataset *committed = store_committed(store);
        const ShortServerIds before = account_short_server_ids(committed),
                             accounts = account_short_server_ids(dataset);
        const Instances list = dataset_list_instances(dataset, OBJECT_ACCESS_CONTROL);
        ShortServerIds gone = {.n = 0};
        int r = 0;

        for (size_t i = 0; i < before.n; i++)
                if (!short_server_ids_have(&accounts, before.ids[i]))
                        gone.ids[gone.n++] = before.ids[i];

        for (size_t i = 0; i < list.n && r == 0; i++) {
                const Path path = PATH_INSTANCE(OBJECT_ACCESS_CONTROL, list.ids[i]);
                Path target;

                if (get_target(dataset, list.ids[i], &target) && dataset_has(committed, &target) &&
                        !dataset_has(dataset, &target)) {
                        account_report_repair(check, "%s is removed with %s, which it was for",
                                PATH_TEXT(&path), PATH_TEXT(&target));
                        (void)dataset_remove(dataset, &path);
                        continue;
                }
                r = settle_instance(dataset, list.ids[i], &gone, &accounts, check);
                if (r == 0 && store_was_touched(store, OBJECT_ACCESS_CONTROL, list.ids[i]))
                        note_written(store, dataset, list.ids[i], &accounts, check);
        }

        if (r == 0)
                note_all_uncovered(store, dataset, check);
        return r;
}
