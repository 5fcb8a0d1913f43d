/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Delete. */
#include "operation/bootstrap_delete.h"

#include "model/account_oscore.h"
#include "operation/tree.h"

/* The Security Object Instance that no delete removes: the Bootstrap-Server Account from before as long as
 * the server has not overwritten it, else the one that it wrote. */
static uint16_t protected_instance(Store *store)
{
        const Tree tree = tree_candidate(store, LWM2M_1_0);
        const uint16_t old = account_bootstrap_instance(store_committed(store));

        if (old != ID_INVALID && account_is_bootstrap(tree.dataset, old))
                return old;

        return account_bootstrap_instance(tree.dataset);
}

/* Neither it nor the OSCORE Object Instance that it links. */
static bool is_of_bootstrap_account(Store *store, const Path *instance)
{
        const Tree tree = tree_candidate(store, LWM2M_1_0);
        const uint16_t security = protected_instance(store);
        Path link;

        if (security == ID_INVALID)
                return false;
        return path_equal(instance, &PATH_INSTANCE(OBJECT_SECURITY, security)) ||
               (account_oscore_link(tree.dataset, security, &link) && link.id[0] == OBJECT_OSCORE &&
                       path_equal(instance, &link));
}

bool bootstrap_delete_spares(const OperationContext *context, const Path *path)
{
        const Tree tree = tree_candidate(context->store, context->version);

        if (path->length != 2)
                return false;
        if (!tree_is_stored(&tree, path->id[0]))
                return tree_has_instance(&tree, path->id[0], path->id[1]);
        return is_of_bootstrap_account(context->store, path);
}

/* Removing a server's credentials takes its Server Object Instance along (Core TS 6.1.7.6, unbootstrapping).
 */
static void delete_security(Store *store, uint16_t instance)
{
        Dataset *candidate = store_candidate(store);
        const int64_t ssid = account_short_server_id(candidate, OBJECT_SECURITY, instance);
        uint16_t servers[LIMIT_INSTANCES];
        size_t n = dataset_instances(candidate, OBJECT_SERVER, servers);

        dataset_remove(candidate, &PATH_INSTANCE(OBJECT_SECURITY, instance));
        if (ssid < 0)
                return;

        for (size_t i = 0; i < n; i++) {
                const Path path = PATH_INSTANCE(OBJECT_SERVER, servers[i]);

                if (account_short_server_id(candidate, OBJECT_SERVER, servers[i]) == ssid) {
                        dataset_remove(candidate, &path);
                        store_touch(store, &path);
                }
        }
}

static void delete_instance(Store *store, const Path *path)
{
        if (path->id[0] == OBJECT_SECURITY)
                delete_security(store, path->id[1]);
        else
                (void)dataset_remove(store_candidate(store), path);
}

static void delete_object(Store *store, uint16_t object)
{
        const Instances list = dataset_list_instances(store_candidate(store), object);

        if (store_source(store, object).source)
                return;
        for (size_t i = 0; i < list.n; i++) {
                const Path path = PATH_INSTANCE(object, list.ids[i]);

                if (!is_of_bootstrap_account(store, &path))
                        delete_instance(store, &path);
        }
}

static void delete_path(Store *store, const Path *path)
{
        const Registry *registry = store_registry(store);

        if (path->length == 0)
                for (size_t i = 0; i < registry->n; i++)
                        delete_object(store, registry->objects[i]->id);
        else if (path->length == 1)
                delete_object(store, path->id[0]);
        else
                delete_instance(store, path);
}

int bootstrap_delete(OperationContext *context, const Path *path, Response *response)
{
        const Tree tree = tree_candidate(context->store, context->version);
        int r;

        if (path->length > 2 || (path->length > 0 && !tree_object(&tree, path->id[0]))) {
                response_set_error(response, CODE_BAD_REQUEST, "%s cannot be deleted", PATH_TEXT(path));
                return 0;
        }
        if (bootstrap_delete_spares(context, path)) {
                response_set_error(
                        response, CODE_BAD_REQUEST, "%s is not affected by any Delete", PATH_TEXT(path));
                return 0;
        }

        if (!store_candidate(context->store)) {
                r = store_begin(context->store);
                if (r < 0)
                        return r;
        }

        delete_path(context->store, path);
        store_touch(context->store, path);
        response->code = CODE_DELETED;
        return 0;
}
