/* SPDX-License-Identifier: Apache-2.0 */
/* Links to OSCORE Object Instances. */
#include "model/account_oscore.h"

bool account_oscore_link(const Dataset *dataset, uint16_t security_instance, Path *ret)
{
        const Value *value =
                dataset_get(dataset, &PATH_RESOURCE(OBJECT_SECURITY, security_instance, SECURITY_OSCORE));

        if (!value || value->type != VALUE_OBJLNK || value->link.object == ID_INVALID)
                return false;
        *ret = PATH_INSTANCE(value->link.object, value->link.instance);
        return true;
}

/* The lowest Security Object Instance but one that links path, or ID_INVALID. */
static uint16_t find_link(const Dataset *dataset, const Path *path, uint16_t but)
{
        const Instances security = dataset_list_instances(dataset, OBJECT_SECURITY);
        Path link;

        for (size_t i = 0; i < security.n; i++)
                if (security.ids[i] != but && account_oscore_link(dataset, security.ids[i], &link) &&
                        path_equal(&link, path))
                        return security.ids[i];

        return ID_INVALID;
}

uint16_t account_of_oscore(const Dataset *dataset, uint16_t oscore_instance)
{
        return find_link(dataset, &PATH_INSTANCE(OBJECT_OSCORE, oscore_instance), ID_INVALID);
}

int account_check_oscore(const Store *store, const Dataset *dataset, AccountCheck *check)
{
        const Instances security = dataset_list_instances(dataset, OBJECT_SECURITY);

        for (size_t i = 0; i < security.n; i++) {
                const uint16_t id = security.ids[i];
                uint16_t other;
                Path link;

                if (!account_oscore_link(dataset, id, &link) ||
                        (!store_was_touched(store, OBJECT_SECURITY, id) &&
                                !store_was_touched(store, link.id[0], link.id[1])))
                        continue;
                if (link.id[0] != OBJECT_OSCORE || !dataset_has(dataset, &link))
                        return account_report_refusal(
                                check, "/0/%u/17 links %s, which does not exist", id, PATH_TEXT(&link));
                other = find_link(dataset, &link, id);
                if (other != ID_INVALID)
                        return account_report_refusal(check, "/0/%u/17 and /0/%u/17 both link %s",
                                MIN_OF(id, other), MAX_OF(id, other), PATH_TEXT(&link));
        }

        return 0;
}
