/* SPDX-License-Identifier: Apache-2.0 */
/* A renewed credential of the configuration goes into the account that is stored. */
#include "model/account_renewal.h"

#include "model/account_credential.h"

/* What is compared. */
typedef struct Lists {
        AccountList stored, before, configured;
} Lists;

/* The counterpart in another list, or NULL. */
static const Account *find(const AccountList *list, const Account *account)
{
        if (account->bootstrap_server)
                return list->has_bootstrap ? &list->bootstrap : NULL;
        return account_list_find(list, account->short_server_id);
}

static bool is_to_renew(const Lists *lists, const Account *configured, const Account *stored)
{
        const Account *before = find(&lists->before, configured);

        if (stored->credential.mode != configured->credential.mode ||
                strcmp(stored->uri, configured->uri) != 0 ||
                credential_equal(&stored->credential, &configured->credential))
                return false;
        /* What was kept last may be the new ones already: a power cut came in between. */
        if (!before || credential_equal(&before->credential, &configured->credential))
                return true;
        return credential_equal(&stored->credential, &before->credential);
}

static int renew(Dataset *dataset, const Lists *lists, const Account *configured, bool *changed)
{
        const Account *stored = find(&lists->stored, configured);

        if (!stored || !is_to_renew(lists, configured, stored))
                return 0;
        *changed = true;
        return account_write_credential(dataset, stored->security_instance, &configured->credential);
}

static int read_lists(const Dataset *dataset, const Dataset *before, const Dataset *configured, Lists *lists)
{
        int r;

        r = account_list_read(dataset, LWM2M_1_1, &lists->stored);
        if (r == 0 && before)
                r = account_list_read(before, LWM2M_1_1, &lists->before);
        return r == 0 ? account_list_read(configured, LWM2M_1_1, &lists->configured) : r;
}

int account_renew_credentials(
        Dataset *dataset, const Dataset *before, const Dataset *configured, bool *ret_changed)
{
        Lists *lists = calloc(1, sizeof(*lists));
        int r;

        *ret_changed = false;
        if (!lists)
                return -ENOMEM;
        r = read_lists(dataset, before, configured, lists);
        if (r == 0 && lists->configured.has_bootstrap)
                r = renew(dataset, lists, &lists->configured.bootstrap, ret_changed);
        for (size_t i = 0; r == 0 && i < lists->configured.n; i++)
                r = renew(dataset, lists, &lists->configured.items[i], ret_changed);
        account_list_done(&lists->stored);
        account_list_done(&lists->before);
        account_list_done(&lists->configured);
        free(lists);
        return r;
}
