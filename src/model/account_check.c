/* SPDX-License-Identifier: Apache-2.0 */
/* Consistency check at Bootstrap-Finish: needed Resources, repairs (account_repair.c), refusals, in this
 * order. */
#include "model/account_check.h"

#include <inttypes.h>

#include "lwm2m/credential.h"
#include "model/access_check.h"
#include "model/account_oscore.h"
#include "model/account_repair.h"

/* (1) needed Resources */

static int need(
        const Dataset *dataset, AccountCheck *check, uint16_t object, uint16_t instance, uint16_t resource)
{
        const Path path = PATH_RESOURCE(object, instance, resource);

        if (dataset_get(dataset, &path))
                return 0;
        return account_report_refusal(
                check, "%s (%s) is missing", PATH_TEXT(&path), object_find_resource(object, resource)->name);
}

static int check_security_needs(const Dataset *dataset, AccountCheck *check, uint16_t instance)
{
        int r;

        r = need(dataset, check, OBJECT_SECURITY, instance, SECURITY_URI);
        if (r == 0)
                r = need(dataset, check, OBJECT_SECURITY, instance, SECURITY_MODE);
        if (r == 0 && !account_is_bootstrap(dataset, instance))
                r = need(dataset, check, OBJECT_SECURITY, instance, SECURITY_SHORT_SERVER_ID);
        if (r != 0 || dataset_get_integer(dataset, OBJECT_SECURITY, instance, SECURITY_MODE, -1) !=
                              SECURITY_MODE_PSK)
                return r;

        r = need(dataset, check, OBJECT_SECURITY, instance, SECURITY_IDENTITY);
        if (r == 0)
                r = need(dataset, check, OBJECT_SECURITY, instance, SECURITY_SECRET_KEY);
        return r;
}

static int check_needs(const Dataset *dataset, AccountCheck *check)
{
        const Instances security = dataset_list_instances(dataset, OBJECT_SECURITY);
        const Instances server = dataset_list_instances(dataset, OBJECT_SERVER);
        const Instances access = dataset_list_instances(dataset, OBJECT_ACCESS_CONTROL);
        int r = 0;

        for (size_t i = 0; r == 0 && i < security.n; i++)
                r = check_security_needs(dataset, check, security.ids[i]);
        for (size_t i = 0; r == 0 && i < server.n; i++) {
                r = need(dataset, check, OBJECT_SERVER, server.ids[i], SERVER_SHORT_SERVER_ID);
                if (r == 0)
                        r = need(dataset, check, OBJECT_SERVER, server.ids[i], SERVER_LIFETIME);
        }
        for (size_t i = 0; r == 0 && i < access.n; i++) {
                r = need(dataset, check, OBJECT_ACCESS_CONTROL, access.ids[i], ACCESS_CONTROL_OBJECT);
                if (r == 0)
                        r = need(dataset, check, OBJECT_ACCESS_CONTROL, access.ids[i],
                                ACCESS_CONTROL_INSTANCE);
                if (r == 0)
                        r = need(dataset, check, OBJECT_ACCESS_CONTROL, access.ids[i], ACCESS_CONTROL_OWNER);
        }

        return r;
}

/* (3) refusals, of what is repaired */

static int check_ssids(const Dataset *dataset, AccountCheck *check, uint16_t object, uint16_t resource)
{
        const Instances list = dataset_list_instances(dataset, object);

        for (size_t i = 0; i < list.n; i++) {
                const Path path = PATH_RESOURCE(object, list.ids[i], resource);
                int64_t ssid = account_short_server_id(dataset, object, list.ids[i]);

                if (object == OBJECT_SECURITY && account_is_bootstrap(dataset, list.ids[i]))
                        continue;
                if (ssid < SHORT_SERVER_ID_MIN || ssid > SHORT_SERVER_ID_MAX)
                        return account_report_refusal(check,
                                "%s: Short Server ID %" PRIi64 " is not within %d..%d", PATH_TEXT(&path),
                                ssid, SHORT_SERVER_ID_MIN, SHORT_SERVER_ID_MAX);

                for (size_t j = 0; j < i; j++)
                        if (account_short_server_id(dataset, object, list.ids[j]) == ssid)
                                return account_report_refusal(check,
                                        "%s: Short Server ID %" PRIi64 " is taken by /%u/%u",
                                        PATH_TEXT(&path), ssid, object, list.ids[j]);
        }

        return 0;
}

static int check_one_bootstrap(const Dataset *committed, const Dataset *dataset, AccountCheck *check)
{
        const Instances security = dataset_list_instances(dataset, OBJECT_SECURITY);
        const uint16_t old = account_bootstrap_instance(committed);
        uint16_t found[LIMIT_INSTANCES];
        size_t n = 0;

        /* Ours comes last: where it is untouched, the two new ones are named. */
        for (size_t i = 0; i < security.n; i++)
                if (account_is_bootstrap(dataset, security.ids[i]) && security.ids[i] != old)
                        found[n++] = security.ids[i];
        if (old != ID_INVALID && account_is_bootstrap(dataset, old))
                found[n++] = old;
        if (n > 1)
                return account_report_refusal(
                        check, "/0/%u/1 and /0/%u/1: two new Bootstrap-Server Accounts", found[0], found[1]);

        return 0;
}

/* A Credential has places for the first ones only. */
static size_t count_suites(const Dataset *dataset, uint16_t instance)
{
        const Path path = PATH_RESOURCE(OBJECT_SECURITY, instance, SECURITY_CIPHER_SUITE);
        size_t n;

        (void)dataset_size(dataset, &path, &n);
        return n;
}

static int check_credential(const Dataset *dataset, const Account *account, AccountCheck *check)
{
        const uint16_t instance = account->security_instance;
        const Credential *credential = &account->credential;
        CredentialFault fault;
        const char *reason;
        Uri uri;

        if (uri_parse(account->uri, &uri, &reason) < 0)
                return account_report_refusal(check, "/0/%u/0: the URI %s", instance, reason);
        if (uri.scheme != security_mode_scheme(credential->mode))
                return account_report_refusal(check,
                        "/0/%u/0: scheme %s does not fit the security mode %d in /0/%u/2", instance,
                        uri.scheme == URI_COAPS ? "coaps" : "coap", (int)credential->mode, instance);
        if (credential->mode != SECURITY_MODE_NOSEC && count_suites(dataset, instance) > LIMIT_CIPHER_SUITES)
                return account_report_refusal(check, "/0/%u/%d: the cipher suites are more than %d",
                        instance, SECURITY_CIPHER_SUITE, LIMIT_CIPHER_SUITES);
        if (!credential_check(credential, &fault))
                return account_report_refusal(
                        check, "/0/%u/%u: the %s", instance, fault.resource, fault.text);
        return 0;
}

static int check_credentials(const Dataset *dataset, const AccountList *list, AccountCheck *check)
{
        char lack[ACCOUNT_LACK_SIZE];
        int r = 0;

        for (size_t i = 0; r == 0 && i < list->n; i++)
                if (list->items[i].usable)
                        r = check_credential(dataset, &list->items[i], check);
        if (r != 0 || !list->has_bootstrap)
                return r;

        /* Kept unused is no choice for the only way back: a Bootstrap-Server Account must be usable. */
        if (!account_is_supported(dataset, list->bootstrap.security_instance, lack))
                return account_report_refusal(
                        check, "the Bootstrap-Server Account cannot be used: %s", lack);
        return check_credential(dataset, &list->bootstrap, check);
}

/* Each half leaves room for any other one: the account of the configuration, or the last proven one, can
 * always take the place of one that does not work (account_join). */
static int check_room(const Dataset *dataset, AccountCheck *check)
{
        const Path path = PATH_INSTANCE(OBJECT_SECURITY, account_bootstrap_instance(dataset));
        size_t n_own, n, own = dataset_size(dataset, &path, &n_own);
        size_t size = dataset_size(dataset, &PATH_ROOT, &n);

        if (own > LIMIT_BOOTSTRAP_SIZE || n_own > LIMIT_BOOTSTRAP_VALUES)
                return account_report_refusal(check,
                        "%s: the Bootstrap-Server Account is larger than %d bytes or %d values",
                        PATH_TEXT(&path), LIMIT_BOOTSTRAP_SIZE, LIMIT_BOOTSTRAP_VALUES);
        if (size - own > LIMIT_STORE_SIZE - LIMIT_BOOTSTRAP_SIZE ||
                n - n_own > LIMIT_STORE_VALUES - LIMIT_BOOTSTRAP_VALUES)
                return account_report_refusal(check,
                        "/0, /1, /2 and /21: what is not the Bootstrap-Server Account is larger than %d "
                        "bytes or %d values",
                        LIMIT_STORE_SIZE - LIMIT_BOOTSTRAP_SIZE,
                        LIMIT_STORE_VALUES - LIMIT_BOOTSTRAP_VALUES);
        return 0;
}

static int check_accounts(
        const Store *store, const Dataset *dataset, Lwm2mVersion version, AccountCheck *check)
{
        _cleanup_(account_list_done) AccountList list = {.n = 0};
        int r;

        r = account_list_read(dataset, version, &list);
        if (r < 0)
                return r;

        /* A Short Server ID out of range makes no account: the better reason first. */
        r = check_ssids(dataset, check, OBJECT_SECURITY, SECURITY_SHORT_SERVER_ID);
        if (r == 0)
                r = check_ssids(dataset, check, OBJECT_SERVER, SERVER_SHORT_SERVER_ID);
        if (r == 0)
                r = account_check_oscore(store, dataset, check);
        if (r == 0 && account_list_usable(&list) == 0)
                r = account_report_refusal(check, "/0 and /1 hold no usable LwM2M Server account%s%s",
                        check->left_out[0] ? ": " : "", check->left_out);
        if (r == 0)
                r = check_one_bootstrap(store_committed(store), dataset, check);
        if (r == 0)
                r = check_credentials(dataset, &list, check);
        if (r == 0 && list.n > LIMIT_SERVER_ACCOUNTS)
                r = account_report_refusal(
                        check, "/1 holds more than %d LwM2M Server accounts", LIMIT_SERVER_ACCOUNTS);
        return r == 0 ? check_room(dataset, check) : r;
}

int account_check(Store *store, Lwm2mVersion version, AccountCheck *ret)
{
        _cleanup_(dataset_freep) Dataset *repaired_copy = NULL;
        Dataset *candidate = store_candidate(store);
        int r;

        assert(candidate);
        *ret = (AccountCheck){.n_repairs = 0};

        r = check_needs(candidate, ret);
        if (r != 0)
                return r;

        /* Refused, the candidate stays as the server wrote it: it may correct, and the missing half may
         * follow. */
        r = dataset_copy(candidate, &repaired_copy);
        if (r < 0)
                return r;
        r = account_repair(store_committed(store), repaired_copy, ret);
        if (r == 0)
                r = check_accounts(store, repaired_copy, version, ret);
        if (r == 0)
                r = access_settle(store, repaired_copy, ret);
        if (r != 0) {
                ret->n_repairs = ret->n_more_repairs = 0;
                return r;
        }

        dataset_swap(candidate, repaired_copy);
        return 0;
}

bool account_leaves_room(const Dataset *dataset)
{
        AccountCheck ignored = {.n_repairs = 0};

        return check_room(dataset, &ignored) == 0;
}

bool account_takes_room(const Dataset *before, const Dataset *after)
{
        return !account_leaves_room(after) && account_leaves_room(before);
}
