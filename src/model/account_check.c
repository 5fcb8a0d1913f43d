/* SPDX-License-Identifier: Apache-2.0 */
/* Consistency check at Bootstrap-Finish: needed Resources, repairs, refusals, in this order. */
#include "model/account_check.h"

#include <inttypes.h>
#include <stdarg.h>

#include "lwm2m/credential.h"
#include "util/utf8.h"

typedef struct Instances {
        uint16_t ids[LIMIT_INSTANCES];
        size_t n;
} Instances;

static Instances list_instances(const Dataset *dataset, uint16_t object)
{
        Instances list;

        list.n = dataset_instances(dataset, object, list.ids);
        return list;
}

static int refuse(AccountCheck *check, const char *format, ...) _printf_(2, 3);
static int refuse(AccountCheck *check, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        (void)utf8_vprintf(check->reason, sizeof(check->reason), format, arguments);
        va_end(arguments);
        return ACCOUNT_E_INCONSISTENT;
}

static void repaired(AccountCheck *check, const char *format, ...) _printf_(2, 3);
static void repaired(AccountCheck *check, const char *format, ...)
{
        va_list arguments;

        if (check->n_repairs >= ACCOUNT_REPAIRS_MAX)
                return;
        va_start(arguments, format);
        (void)utf8_vprintf(check->repairs[check->n_repairs++], ACCOUNT_REASON_SIZE, format, arguments);
        va_end(arguments);
}

static int64_t security_ssid(const Dataset *dataset, uint16_t instance)
{
        return dataset_get_integer(dataset, OBJECT_SECURITY, instance, SECURITY_SHORT_SERVER_ID, -1);
}

static int64_t server_ssid(const Dataset *dataset, uint16_t instance)
{
        return dataset_get_integer(dataset, OBJECT_SERVER, instance, SERVER_SHORT_SERVER_ID, -1);
}

/* (1) needed Resources */

static int need(
        const Dataset *dataset, AccountCheck *check, uint16_t object, uint16_t instance, uint16_t resource)
{
        const Path path = PATH_RESOURCE(object, instance, resource);

        if (dataset_get(dataset, &path))
                return 0;
        return refuse(
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
        const Instances security = list_instances(dataset, OBJECT_SECURITY);
        const Instances server = list_instances(dataset, OBJECT_SERVER);
        int r = 0;

        for (size_t i = 0; r == 0 && i < security.n; i++)
                r = check_security_needs(dataset, check, security.ids[i]);
        for (size_t i = 0; r == 0 && i < server.n; i++) {
                r = need(dataset, check, OBJECT_SERVER, server.ids[i], SERVER_SHORT_SERVER_ID);
                if (r == 0)
                        r = need(dataset, check, OBJECT_SERVER, server.ids[i], SERVER_LIFETIME);
        }

        return r;
}

/* (2) repairs */

static bool has_security(const Dataset *dataset, int64_t ssid)
{
        const Instances security = list_instances(dataset, OBJECT_SECURITY);

        for (size_t i = 0; i < security.n; i++)
                if (!account_is_bootstrap(dataset, security.ids[i]) &&
                        security_ssid(dataset, security.ids[i]) == ssid)
                        return true;

        return false;
}

static bool has_server(const Dataset *dataset, int64_t ssid)
{
        const Instances server = list_instances(dataset, OBJECT_SERVER);

        for (size_t i = 0; i < server.n; i++)
                if (server_ssid(dataset, server.ids[i]) == ssid)
                        return true;

        return false;
}

static void repair_halves(Dataset *dataset, AccountCheck *check)
{
        const Instances server = list_instances(dataset, OBJECT_SERVER);
        const Instances security = list_instances(dataset, OBJECT_SECURITY);

        for (size_t i = 0; i < server.n; i++) {
                const Path path = PATH_INSTANCE(OBJECT_SERVER, server.ids[i]);
                int64_t ssid = server_ssid(dataset, server.ids[i]);

                if (has_security(dataset, ssid))
                        continue;
                repaired(check,
                        "%s is dropped: no Security Object Instance has its Short Server ID %" PRIi64,
                        PATH_TEXT(&path), ssid);
                dataset_remove(dataset, &path);
        }

        for (size_t i = 0; i < security.n; i++) {
                const Path path = PATH_INSTANCE(OBJECT_SECURITY, security.ids[i]);
                int64_t mode =
                        dataset_get_integer(dataset, OBJECT_SECURITY, security.ids[i], SECURITY_MODE, -1);
                int64_t ssid = security_ssid(dataset, security.ids[i]);

                if (account_is_bootstrap(dataset, security.ids[i]))
                        continue;
                if (!has_server(dataset, ssid))
                        repaired(check,
                                "%s is kept unused: "
                                "no Server Object Instance has its Short Server ID %" PRIi64,
                                PATH_TEXT(&path), ssid);
                else if (!security_mode_is_supported((SecurityMode)mode))
                        repaired(check, "%s is kept unused: its security mode %" PRIi64 " is not supported",
                                PATH_TEXT(&path), mode);
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
                return refuse(check,
                        "/0/%u was the Bootstrap-Server Account, and there is no room for another", old);
        if (r == 0)
                repaired(check, "/0/%u was overwritten: the Bootstrap-Server Account is /0/%u now", old,
                        account_bootstrap_instance(dataset));
        return r;
}

/* A Security Object Instance written with /0/x/1 = true becomes the Bootstrap-Server Account and ours goes.
 */
static int repair_bootstrap(const Dataset *committed, Dataset *dataset, AccountCheck *check)
{
        const Instances security = list_instances(dataset, OBJECT_SECURITY);
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
                repaired(check, "/0/%u is the new Bootstrap-Server Account: /0/%u is removed", new, old);
        }

        return r;
}

/* (3) refusals */

static int check_ssids(const Dataset *dataset, AccountCheck *check, uint16_t object, uint16_t resource)
{
        const Instances list = list_instances(dataset, object);

        for (size_t i = 0; i < list.n; i++) {
                const Path path = PATH_RESOURCE(object, list.ids[i], resource);
                int64_t ssid = dataset_get_integer(dataset, object, list.ids[i], resource, -1);

                if (object == OBJECT_SECURITY && account_is_bootstrap(dataset, list.ids[i]))
                        continue;
                if (ssid < SHORT_SERVER_ID_MIN || ssid > SHORT_SERVER_ID_MAX)
                        return refuse(check, "%s: Short Server ID %" PRIi64 " is not within %d..%d",
                                PATH_TEXT(&path), ssid, SHORT_SERVER_ID_MIN, SHORT_SERVER_ID_MAX);

                for (size_t j = 0; j < i; j++) {
                        if (object == OBJECT_SECURITY && account_is_bootstrap(dataset, list.ids[j]))
                                continue;
                        if (dataset_get_integer(dataset, object, list.ids[j], resource, -1) == ssid)
                                return refuse(check, "%s: Short Server ID %" PRIi64 " is taken by /%u/%u",
                                        PATH_TEXT(&path), ssid, object, list.ids[j]);
                }
        }

        return 0;
}

static int check_one_bootstrap(const Dataset *committed, const Dataset *dataset, AccountCheck *check)
{
        const Instances security = list_instances(dataset, OBJECT_SECURITY);
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
                return refuse(
                        check, "/0/%u/1 and /0/%u/1: two new Bootstrap-Server Accounts", found[0], found[1]);

        return 0;
}

static int check_credential(const Account *account, AccountCheck *check)
{
        const unsigned instance = account->security_instance;
        const char *reason;
        Uri uri;

        if (uri_parse(account->uri, &uri, &reason) < 0)
                return refuse(check, "/0/%u/0: the URI %s", instance, reason);
        if (uri.scheme != security_mode_scheme(account->mode))
                return refuse(check, "/0/%u/0: scheme %s does not fit the security mode %d in /0/%u/2",
                        instance, uri.scheme == URI_COAPS ? "coaps" : "coap", (int)account->mode, instance);
        if (account->mode != SECURITY_MODE_PSK)
                return 0;

        reason = credential_check_identity(account->identity.data, account->identity.size);
        if (reason)
                return refuse(check, "/0/%u/3: the PSK %s", instance, reason);
        reason = credential_check_key(account->key.size);
        if (reason)
                return refuse(check, "/0/%u/5: the PSK %s", instance, reason);
        return 0;
}

static int check_credentials(const AccountList *list, AccountCheck *check)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < list->n; i++)
                if (list->items[i].usable)
                        r = check_credential(&list->items[i], check);
        if (r != 0 || !list->has_bootstrap)
                return r;

        /* Kept unused is no choice for the only way back: a Bootstrap-Server Account must be usable. */
        if (!list->bootstrap.usable)
                return refuse(check,
                        "/0/%u/2: security mode %d is not supported for the Bootstrap-Server Account",
                        list->bootstrap.security_instance, (int)list->bootstrap.mode);
        return check_credential(&list->bootstrap, check);
}

static int check_accounts(
        const Dataset *committed, const Dataset *dataset, Lwm2mVersion version, AccountCheck *check)
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
        if (r == 0 && account_list_usable(&list) == 0)
                r = refuse(check, "/0 and /1 hold no usable LwM2M Server account");
        if (r == 0)
                r = check_one_bootstrap(committed, dataset, check);
        if (r == 0)
                r = check_credentials(&list, check);
        if (r == 0 && list.n > LIMIT_SERVER_ACCOUNTS)
                r = refuse(check, "/1 holds more than %d LwM2M Server accounts", LIMIT_SERVER_ACCOUNTS);
        return r;
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
        repair_halves(repaired_copy, ret);
        r = repair_bootstrap(store_committed(store), repaired_copy, ret);
        if (r == 0)
                r = check_accounts(store_committed(store), repaired_copy, version, ret);
        if (r != 0) {
                ret->n_repairs = 0;
                return r;
        }

        dataset_swap(candidate, repaired_copy);
        return 0;
}
