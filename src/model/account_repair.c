/* SPDX-License-Identifier: Apache-2.0 */
/* Repairs of accounts at Bootstrap-Finish. */
#include "model/account_repair.h"

#include <inttypes.h>

#include "model/account.h"

static void drop_servers(Dataset *dataset, AccountCheck *check)
{
        const Instances list = dataset_list_instances(dataset, OBJECT_SERVER);

        for (size_t i = 0; i < list.n; i++) {
                const Path path = PATH_INSTANCE(OBJECT_SERVER, list.ids[i]);
                const int64_t ssid = account_short_server_id(dataset, OBJECT_SERVER, list.ids[i]);

                if (account_find_instance(dataset, OBJECT_SECURITY, ssid) != ID_INVALID)
                        continue;
                account_report_left_out(check, &path, "dropped",
                        "%s/%d has the Short Server ID %" PRIi64 ", which no /0/x/%d has", PATH_TEXT(&path),
                        SERVER_SHORT_SERVER_ID, ssid, SECURITY_SHORT_SERVER_ID);
                dataset_remove(dataset, &path);
        }
}

static void note_unused(const Dataset *dataset, AccountCheck *check)
{
        const Instances list = dataset_list_instances(dataset, OBJECT_SECURITY);
        char lack[ACCOUNT_LACK_SIZE];

        for (size_t i = 0; i < list.n; i++) {
                const Path path = PATH_INSTANCE(OBJECT_SECURITY, list.ids[i]);
                const int64_t ssid = account_short_server_id(dataset, OBJECT_SECURITY, list.ids[i]);

                if (account_is_bootstrap(dataset, list.ids[i]))
                        continue;
                if (account_find_instance(dataset, OBJECT_SERVER, ssid) == ID_INVALID)
                        account_report_left_out(check, &path, "kept unused",
                                "%s/%d has the Short Server ID %" PRIi64 ", which no /1/x/%d has",
                                PATH_TEXT(&path), SECURITY_SHORT_SERVER_ID, ssid, SERVER_SHORT_SERVER_ID);
                else if (!account_is_supported(dataset, list.ids[i], lack))
                        account_report_left_out(check, &path, "kept unused", "%s", lack);
        }
}

static bool instance_is_unchanged(const Dataset *a, const Dataset *b, const Path *path, int *ret_error)
{
        _cleanup_(record_list_done) RecordList was = {.maximum = LIMIT_STORE_VALUES};
        _cleanup_(record_list_done) RecordList is = {.maximum = LIMIT_STORE_VALUES};

        *ret_error = dataset_list(a, path, &was);
        if (*ret_error == 0)
                *ret_error = dataset_list(b, path, &is);
        if (*ret_error < 0 || was.n != is.n)
                return false;

        for (size_t i = 0; i < was.n; i++)
                if (!path_equal(&was.items[i].path, &is.items[i].path) ||
                        !value_equal(&was.items[i].value, &is.items[i].value))
                        return false;

        return true;
}

/* Our Bootstrap-Server Account was overwritten: its committed values go to another place. */
static int restore_bootstrap(const Dataset *committed, uint16_t old, Dataset *dataset, AccountCheck *check)
{
        int r;

        r = account_replace_bootstrap(dataset, committed);
        if (r == DATASET_E_LIMIT)
                return account_report_refusal(check,
                        "/0/%u was the Bootstrap-Server Account, and there is no room for another", old);
        if (r == 0)
                account_report_repair(check,
                        "/0/%u was overwritten: the Bootstrap-Server Account is /0/%u now", old,
                        account_bootstrap_instance(dataset));
        return r;
}

/* A Security Object Instance written with /0/x/1 = true becomes the Bootstrap-Server Account and ours goes.
 */
static int repair_bootstrap(const Dataset *committed, Dataset *dataset, AccountCheck *check)
{
        const Instances security = dataset_list_instances(dataset, OBJECT_SECURITY);
        const uint16_t old = account_bootstrap_instance(committed);
        const Path path = PATH_INSTANCE(OBJECT_SECURITY, old);
        bool old_is_there = old != ID_INVALID && account_is_bootstrap(dataset, old);
        uint16_t new = ID_INVALID;
        size_t n_new = 0;
        int r = 0;

        for (size_t i = 0; i < security.n; i++)
                if (account_is_bootstrap(dataset, security.ids[i]) && security.ids[i] != old) {
                        new = security.ids[i];
                        n_new++;
                }

        if (n_new == 0 && old != ID_INVALID && !old_is_there)
                return restore_bootstrap(committed, old, dataset, check);

        /* Ours written anew beside another new one are two new ones, refused below. */
        if (n_new == 1 && old_is_there && instance_is_unchanged(committed, dataset, &path, &r)) {
                dataset_remove(dataset, &path);
                account_report_repair(
                        check, "/0/%u is the new Bootstrap-Server Account: /0/%u is removed", new, old);
        }

        return r;
}

int account_repair(const Dataset *committed, Dataset *dataset, AccountCheck *check)
{
        drop_servers(dataset, check);
        note_unused(dataset, check);
        return repair_bootstrap(committed, dataset, check);
}
