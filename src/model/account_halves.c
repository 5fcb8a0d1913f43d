/* SPDX-License-Identifier: Apache-2.0 */
/* The two halves of the accounts. */
#include "model/account_halves.h"

#include "model/account_credential.h"

/* Only the Bootstrap-Server Account, at a place of its own, or nothing. */
static int copy_bootstrap(const Dataset *dataset, Dataset **ret)
{
        return account_join(NULL, dataset, ret);
}

int account_same_bootstrap(const Dataset *a, const Dataset *b, bool *ret)
{
        const uint16_t in_a = account_bootstrap_instance(a), in_b = account_bootstrap_instance(b);
        _cleanup_(dataset_freep) Dataset *only_a = NULL, *only_b = NULL;
        _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_STORE_VALUES};
        int r;

        if (in_a == ID_INVALID || in_b == ID_INVALID) {
                *ret = in_a == in_b;
                return 0;
        }
        r = copy_bootstrap(a, &only_a);
        if (r < 0)
                return r;
        only_b = dataset_new();
        if (!only_b)
                return -ENOMEM;
        r = dataset_list(b, &PATH_INSTANCE(OBJECT_SECURITY, in_b), &list);
        if (r < 0)
                return r;
        for (size_t i = 0; i < list.n; i++)
                list.items[i].path.id[1] = in_a;
        r = dataset_apply(only_b, &list);
        if (r < 0)
                return r;
        *ret = dataset_equal(only_a, only_b);
        return 0;
}

bool account_same_bootstrap_server(const Dataset *a, const Dataset *b)
{
        const uint16_t in_a = account_bootstrap_instance(a), in_b = account_bootstrap_instance(b);
        _cleanup_(credential_done) Credential of_a = {0}, of_b = {0};

        return in_a != ID_INVALID && in_b != ID_INVALID &&
               strcmp(dataset_get_string(a, OBJECT_SECURITY, in_a, SECURITY_URI, ""),
                       dataset_get_string(b, OBJECT_SECURITY, in_b, SECURITY_URI, "")) == 0 &&
               account_read_credential(a, in_a, &of_a) == 0 &&
               account_read_credential(b, in_b, &of_b) == 0 && credential_equal(&of_a, &of_b);
}

/* The LwM2M Servers' half, but for what the client itself says of it (account_history.h). */
static int copy_servers(const Dataset *dataset, Dataset **ret)
{
        const Instances list = dataset_list_instances(dataset, OBJECT_SERVER);
        int r;

        r = account_join(dataset, NULL, ret);
        for (size_t i = 0; r == 0 && i < list.n; i++) {
                (void)dataset_remove(
                        *ret, &PATH_RESOURCE(OBJECT_SERVER, list.ids[i], SERVER_TLS_ALERT_CODE));
                (void)dataset_remove(
                        *ret, &PATH_RESOURCE(OBJECT_SERVER, list.ids[i], SERVER_LAST_BOOTSTRAPPED));
        }
        return r;
}

int account_same_servers(const Dataset *a, const Dataset *b, bool *ret)
{
        _cleanup_(dataset_freep) Dataset *only_a = NULL, *only_b = NULL;
        int r;

        r = copy_servers(a, &only_a);
        if (r == 0)
                r = copy_servers(b, &only_b);
        if (r < 0)
                return r;
        *ret = dataset_equal(only_a, only_b);
        return 0;
}

int account_join(const Dataset *servers, const Dataset *bootstrap, Dataset **ret)
{
        _cleanup_(dataset_freep) Dataset *joined = NULL, *none = dataset_new();
        int r = 0;

        if (!none)
                return -ENOMEM;
        r = dataset_copy(servers ? servers : none, &joined);
        if (r == 0)
                r = account_replace_bootstrap(joined, bootstrap ? bootstrap : none);
        if (r != 0)
                return r;
        *ret = TAKE_PTR(joined);
        return 0;
}

int account_has_servers(const Dataset *dataset, Lwm2mVersion version, bool *ret)
{
        AccountList *list = calloc(1, sizeof(*list));
        int r = -ENOMEM;

        if (list)
                r = account_list_read(dataset, version, list);
        if (r == 0) {
                *ret = account_list_usable(list) > 0;
                account_list_done(list);
        }
        free(list);
        return r;
}
