/* SPDX-License-Identifier: Apache-2.0 */
/* What the client itself says of an account. */
#include "model/account_history.h"

#include "model/account_check.h"

/* False: as before. A dataset that an older daemon left without room takes no more. */
static bool set(Dataset *dataset, const Path *path, ValueType type, int64_t value)
{
        if (dataset_set_integer(dataset, path, type, value) != 0)
                return false;
        if (account_leaves_room(dataset))
                return true;
        (void)dataset_remove(dataset, path);
        return false;
}

bool account_set_alert(Store *store, Lwm2mVersion version, uint16_t short_server_id, uint8_t alert)
{
        Dataset *dataset = store_own(store);
        const uint16_t server = account_find_instance(dataset, OBJECT_SERVER, short_server_id);
        const Path path = PATH_RESOURCE(OBJECT_SERVER, server, SERVER_TLS_ALERT_CODE);

        if (server == ID_INVALID || !object_find_served(OBJECT_SERVER, SERVER_TLS_ALERT_CODE, version) ||
                dataset_get_integer(dataset, OBJECT_SERVER, server, SERVER_TLS_ALERT_CODE, -1) == alert)
                return false;
        if (!set(dataset, &path, VALUE_UNSIGNED, alert))
                return false;
        store_changed(store, &path);
        return true;
}

/* By its Server Object Instance or a Security one of the same Short Server ID. */
static bool is_addressed(const Store *store, const Dataset *dataset, uint16_t server_instance)
{
        const int64_t ssid = account_short_server_id(dataset, OBJECT_SERVER, server_instance);
        const Instances security = dataset_list_instances(dataset, OBJECT_SECURITY);

        if (store_was_touched(store, OBJECT_SERVER, server_instance))
                return true;
        for (size_t i = 0; i < security.n; i++)
                if (account_short_server_id(dataset, OBJECT_SECURITY, security.ids[i]) == ssid &&
                        store_was_touched(store, OBJECT_SECURITY, security.ids[i]))
                        return true;

        return false;
}

static void carry_alert(const Dataset *committed, Dataset *dataset, uint16_t server)
{
        const uint16_t before = account_find_instance(
                committed, OBJECT_SERVER, account_short_server_id(dataset, OBJECT_SERVER, server));
        const Path path = PATH_RESOURCE(OBJECT_SERVER, server, SERVER_TLS_ALERT_CODE);
        int64_t alert = -1;

        if (before != ID_INVALID)
                alert = dataset_get_integer(committed, OBJECT_SERVER, before, SERVER_TLS_ALERT_CODE, -1);
        (void)dataset_remove(dataset, &path);
        if (alert >= 0)
                (void)set(dataset, &path, VALUE_UNSIGNED, alert);
}

void account_carry_history(Store *store, Lwm2mVersion version, int64_t now)
{
        Dataset *dataset = store_candidate(store);
        const Instances servers = dataset_list_instances(dataset, OBJECT_SERVER);

        if (!object_find_served(OBJECT_SERVER, SERVER_LAST_BOOTSTRAPPED, version))
                return;
        for (size_t i = 0; i < servers.n; i++) {
                const Path path = PATH_RESOURCE(OBJECT_SERVER, servers.ids[i], SERVER_LAST_BOOTSTRAPPED);

                carry_alert(store_committed(store), dataset, servers.ids[i]);
                if (!is_addressed(store, dataset, servers.ids[i]))
                        continue;
                (void)dataset_remove(dataset, &path);
                (void)set(dataset, &path, VALUE_TIME, now);
        }
}
