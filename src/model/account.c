/* SPDX-License-Identifier: Apache-2.0 */
/* Reads accounts out of the Security and Server Object Instances. */
#include "model/account.h"

#include <stdio.h>

#include "model/account_credential.h"
#include "model/account_oscore.h"

/* Defaults for absent Resources: Core TS, table 6.2.1.1 and Appendix E.2 */
#define LIFETIME_DEFAULT        86400 /* customary; lwm2m-facts.md 3.5 */
#define DISABLE_TIMEOUT_DEFAULT 86400
#define INITIAL_DELAY_DEFAULT   0
#define RETRY_COUNT_DEFAULT     5
#define RETRY_TIMER_DEFAULT     60
#define SEQUENCE_DELAY_DEFAULT  86400
#define SEQUENCE_COUNT_DEFAULT  1

#define SCHEME_SHOWN 16 /* characters of a scheme in a sentence */

void account_done(Account *account)
{
        free(account->uri);
        free(account->binding);
        credential_done(&account->credential);
        *account = (Account){0};
}

bool account_is_bootstrap(const Dataset *dataset, uint16_t security_instance)
{
        return dataset_get_boolean(
                dataset, OBJECT_SECURITY, security_instance, SECURITY_BOOTSTRAP_SERVER, false);
}

int64_t account_short_server_id(const Dataset *dataset, uint16_t object, uint16_t instance)
{
        if (object == OBJECT_SERVER)
                return dataset_get_integer(dataset, object, instance, SERVER_SHORT_SERVER_ID, -1);
        if (account_is_bootstrap(dataset, instance))
                return -1;
        return dataset_get_integer(dataset, object, instance, SECURITY_SHORT_SERVER_ID, -1);
}

uint16_t account_find_instance(const Dataset *dataset, uint16_t object, int64_t short_server_id)
{
        const Instances list = dataset_list_instances(dataset, object);

        for (size_t i = 0; i < list.n; i++)
                if (account_short_server_id(dataset, object, list.ids[i]) == short_server_id)
                        return list.ids[i];

        return ID_INVALID;
}

const char *account_server_uri(const Dataset *dataset, uint16_t short_server_id)
{
        const uint16_t instance = account_find_instance(dataset, OBJECT_SECURITY, short_server_id);

        return instance == ID_INVALID
                       ? NULL
                       : dataset_get_string(dataset, OBJECT_SECURITY, instance, SECURITY_URI, NULL);
}

bool account_is_supported(const Dataset *dataset, uint16_t security_instance, char reason[ACCOUNT_LACK_SIZE])
{
        const unsigned i = security_instance;
        const int64_t mode =
                dataset_get_integer(dataset, OBJECT_SECURITY, security_instance, SECURITY_MODE, -1);
        const char *uri = dataset_get_string(dataset, OBJECT_SECURITY, security_instance, SECURITY_URI, "");
        char ignored[ACCOUNT_LACK_SIZE];
        char *text = reason ?: ignored;
        Uri parsed;
        Path link;

        text[0] = '\0';
        if (!security_mode_is_supported((SecurityMode)mode))
                (void)snprintf(text, ACCOUNT_LACK_SIZE, "mode %d (%s) of /0/%u/2 is not supported",
                        (int)mode, security_mode_to_string((SecurityMode)mode) ?: "unknown", i);
        else if (uri_parse(uri, &parsed, NULL) == -EPROTONOSUPPORT)
                (void)snprintf(text, ACCOUNT_LACK_SIZE, "scheme %.*s of /0/%u/0 is not supported",
                        MIN_OF((int)strcspn(uri, ":"), SCHEME_SHOWN), uri, i);
        else if (account_oscore_link(dataset, security_instance, &link))
                (void)snprintf(
                        text, ACCOUNT_LACK_SIZE, "OSCORE, which /0/%u/17 asks for, is not supported", i);
        return text[0] == '\0';
}

/* True when the Security Object Instance says whom to talk to and how. */
static bool has_address(const Dataset *dataset, uint16_t instance)
{
        return dataset_get_string(dataset, OBJECT_SECURITY, instance, SECURITY_URI, NULL) &&
               dataset_get_integer(dataset, OBJECT_SECURITY, instance, SECURITY_MODE, -1) >= 0;
}

static int read_security(const Dataset *dataset, uint16_t instance, Account *account)
{
        account->security_instance = instance;
        account->usable = account_is_supported(dataset, instance, NULL);
        account->hold_off_time =
                dataset_get_integer(dataset, OBJECT_SECURITY, instance, SECURITY_HOLD_OFF_TIME, 0);
        account->account_timeout =
                dataset_get_integer(dataset, OBJECT_SECURITY, instance, SECURITY_ACCOUNT_TIMEOUT, 0);

        account->uri = strdup(dataset_get_string(dataset, OBJECT_SECURITY, instance, SECURITY_URI, ""));
        if (!account->uri)
                return -ENOMEM;
        return account_read_credential(dataset, instance, &account->credential);
}

static uint64_t read_unsigned(const Dataset *dataset, uint16_t instance, uint16_t resource, uint64_t absent)
{
        return (uint64_t)dataset_get_integer(dataset, OBJECT_SERVER, instance, resource, (int64_t)absent);
}

static void fill_retry_defaults(Account *account)
{
        account->initial_delay = INITIAL_DELAY_DEFAULT;
        account->failure_block = false;
        account->bootstrap_on_failure = true;
        account->retry_count = RETRY_COUNT_DEFAULT;
        account->retry_timer = RETRY_TIMER_DEFAULT;
        account->sequence_delay = SEQUENCE_DELAY_DEFAULT;
        account->sequence_retry_count = SEQUENCE_COUNT_DEFAULT;
}

static void read_retry(const Dataset *dataset, uint16_t instance, Account *account)
{
        account->has_priority =
                dataset_has(dataset, &PATH_RESOURCE(OBJECT_SERVER, instance, SERVER_PRIORITY_ORDER));
        account->priority = read_unsigned(dataset, instance, SERVER_PRIORITY_ORDER, 0);
        account->initial_delay =
                read_unsigned(dataset, instance, SERVER_INITIAL_DELAY, INITIAL_DELAY_DEFAULT);
        account->failure_block =
                dataset_get_boolean(dataset, OBJECT_SERVER, instance, SERVER_FAILURE_BLOCK, false);
        account->bootstrap_on_failure =
                dataset_get_boolean(dataset, OBJECT_SERVER, instance, SERVER_BOOTSTRAP_ON_FAILURE, true);
        account->retry_timer = read_unsigned(dataset, instance, SERVER_RETRY_TIMER, RETRY_TIMER_DEFAULT);
        account->sequence_delay =
                read_unsigned(dataset, instance, SERVER_SEQUENCE_DELAY_TIMER, SEQUENCE_DELAY_DEFAULT);

        /* No attempt at all would be a server that is never reached: 0 counts as 1. */
        account->retry_count =
                MAX_OF(read_unsigned(dataset, instance, SERVER_RETRY_COUNT, RETRY_COUNT_DEFAULT), 1ULL);
        account->sequence_retry_count = MAX_OF(
                read_unsigned(dataset, instance, SERVER_SEQUENCE_RETRY_COUNT, SEQUENCE_COUNT_DEFAULT), 1ULL);
}

/* What another version, ours or the protocol's, has stored may be no lifetime of this one. */
static int64_t read_lifetime(const Dataset *dataset, uint16_t instance, Lwm2mVersion version)
{
        const int64_t lifetime = dataset_get_integer(dataset, OBJECT_SERVER, instance, SERVER_LIFETIME, 0);

        if (lifetime == 0 && version < LWM2M_1_2)
                return LIFETIME_DEFAULT;
        return MIN_OF(lifetime, (int64_t)LIFETIME_MAX);
}

static int read_server(const Dataset *dataset, uint16_t instance, Lwm2mVersion version, Account *account)
{
        const char *binding = dataset_get_string(dataset, OBJECT_SERVER, instance, SERVER_BINDING, "");

        account->server_instance = instance;
        account->short_server_id =
                (uint16_t)dataset_get_integer(dataset, OBJECT_SERVER, instance, SERVER_SHORT_SERVER_ID, 0);
        account->lifetime = read_lifetime(dataset, instance, version);
        account->disable_timeout = dataset_get_integer(
                dataset, OBJECT_SERVER, instance, SERVER_DISABLE_TIMEOUT, DISABLE_TIMEOUT_DEFAULT);

        if (version == LWM2M_1_0)
                fill_retry_defaults(account);
        else
                read_retry(dataset, instance, account);

        account->binding = strdup(binding[0] ? binding : BINDING_UDP);
        return account->binding ? 0 : -ENOMEM;
}

/* The first Security Object Instance of an LwM2M Server with this Short Server ID, or ID_INVALID. */
static uint16_t find_security(const Dataset *dataset, int64_t short_server_id)
{
        uint16_t ids[LIMIT_INSTANCES];
        size_t n = dataset_instances(dataset, OBJECT_SECURITY, ids);

        for (size_t i = 0; i < n; i++)
                if (has_address(dataset, ids[i]) &&
                        account_short_server_id(dataset, OBJECT_SECURITY, ids[i]) == short_server_id)
                        return ids[i];

        return ID_INVALID;
}

/* Puts the account at its place, ascending by Short Server ID; past the capacity the highest is left out. */
static void add_sorted(AccountList *list, Account *account)
{
        size_t i = 0;

        while (i < list->n && list->items[i].short_server_id < account->short_server_id)
                i++;

        if (list->n == ELEMENTSOF(list->items)) {
                if (i == list->n) {
                        account_done(account);
                        return;
                }
                account_done(&list->items[--list->n]);
        }

        memmove(list->items + i + 1, list->items + i, (list->n - i) * sizeof(*list->items));
        list->items[i] = *account;
        list->n++;
        *account = (Account){0};
}

/* The Security Object Instance that makes an account with this Server Object Instance, or ID_INVALID. */
static uint16_t find_half(const Dataset *dataset, uint16_t server_instance)
{
        int64_t id = account_short_server_id(dataset, OBJECT_SERVER, server_instance);

        if (id < SHORT_SERVER_ID_MIN || id > SHORT_SERVER_ID_MAX ||
                dataset_get_integer(dataset, OBJECT_SERVER, server_instance, SERVER_LIFETIME, -1) < 0)
                return ID_INVALID;
        return find_security(dataset, id);
}

ShortServerIds account_short_server_ids(const Dataset *dataset)
{
        const Instances list = dataset_list_instances(dataset, OBJECT_SERVER);
        ShortServerIds found = {.n = 0};

        for (size_t i = 0; i < list.n; i++)
                if (find_half(dataset, list.ids[i]) != ID_INVALID)
                        found.ids[found.n++] =
                                (uint16_t)account_short_server_id(dataset, OBJECT_SERVER, list.ids[i]);

        return found;
}

bool account_are_several(const Dataset *dataset)
{
        const Instances list = dataset_list_instances(dataset, OBJECT_SERVER);
        size_t n = 0;

        for (size_t i = 0; i < list.n && n < 2; i++)
                n += find_half(dataset, list.ids[i]) != ID_INVALID;

        return n > 1;
}

bool short_server_ids_have(const ShortServerIds *list, int64_t id)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->ids[i] == id)
                        return true;

        return false;
}

static int add_server_account(
        const Dataset *dataset, uint16_t instance, Lwm2mVersion version, AccountList *list)
{
        const uint16_t security = find_half(dataset, instance);
        _cleanup_(account_done) Account account = {0};
        int r;

        if (security == ID_INVALID ||
                account_list_find(list, (uint16_t)account_short_server_id(dataset, OBJECT_SERVER, instance)))
                return 0;

        r = read_security(dataset, security, &account);
        if (r < 0)
                return r;
        r = read_server(dataset, instance, version, &account);
        if (r < 0)
                return r;

        add_sorted(list, &account);
        return 0;
}

int account_list_read(const Dataset *dataset, Lwm2mVersion version, AccountList *ret)
{
        _cleanup_(account_list_done) AccountList list = {.n = 0};
        uint16_t ids[LIMIT_INSTANCES], bootstrap = account_bootstrap_instance(dataset);
        size_t n = dataset_instances(dataset, OBJECT_SERVER, ids);
        int r;

        for (size_t i = 0; i < n; i++) {
                r = add_server_account(dataset, ids[i], version, &list);
                if (r < 0)
                        return r;
        }

        if (bootstrap != ID_INVALID && has_address(dataset, bootstrap)) {
                list.has_bootstrap = true;
                list.bootstrap.bootstrap_server = true;
                list.bootstrap.server_instance = ID_INVALID;
                r = read_security(dataset, bootstrap, &list.bootstrap);
                if (r < 0)
                        return r;
        }

        *ret = list;
        list = (AccountList){.n = 0};
        return 0;
}

void account_list_done(AccountList *list)
{
        for (size_t i = 0; i < list->n; i++)
                account_done(&list->items[i]);
        list->n = 0;
        account_done(&list->bootstrap);
        list->has_bootstrap = false;
}

const Account *account_list_find(const AccountList *list, uint16_t short_server_id)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].short_server_id == short_server_id)
                        return &list->items[i];

        return NULL;
}

size_t account_list_usable(const AccountList *list)
{
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                n += list->items[i].usable;

        return n;
}

uint16_t account_bootstrap_instance(const Dataset *dataset)
{
        uint16_t ids[LIMIT_INSTANCES];
        size_t n = dataset_instances(dataset, OBJECT_SECURITY, ids);

        for (size_t i = 0; i < n; i++)
                if (account_is_bootstrap(dataset, ids[i]))
                        return ids[i];

        return ID_INVALID;
}

bool account_has_bootstrap(const Dataset *dataset)
{
        return dataset && account_bootstrap_instance(dataset) != ID_INVALID;
}

int account_replace_bootstrap(Dataset *dataset, const Dataset *factory)
{
        _cleanup_(record_list_done) RecordList list = {.maximum = LIMIT_STORE_VALUES};
        const uint16_t wanted = account_bootstrap_instance(factory);
        uint16_t old, place = wanted;
        int r;

        if (wanted != ID_INVALID) {
                r = dataset_list(factory, &PATH_INSTANCE(OBJECT_SECURITY, wanted), &list);
                if (r < 0)
                        return r;
        }

        while ((old = account_bootstrap_instance(dataset)) != ID_INVALID)
                dataset_remove(dataset, &PATH_INSTANCE(OBJECT_SECURITY, old));
        if (wanted == ID_INVALID)
                return 0;

        if (dataset_has(dataset, &PATH_INSTANCE(OBJECT_SECURITY, wanted)))
                place = dataset_free_instance(dataset, OBJECT_SECURITY);
        if (place == ID_INVALID)
                return DATASET_E_LIMIT;
        for (size_t i = 0; i < list.n; i++)
                list.items[i].path.id[1] = place;
        return dataset_apply(dataset, &list);
}
