/* SPDX-License-Identifier: Apache-2.0 */
/* Objects come and go with what is published of them, and their definitions with them. */
#include "model/published_objects.h"

#include "model/published_source.h"
#include "model/published_values.h"

/* -- Definitions: one is kept while its Object is published, and one for what comes next -- */

static const ObjectDef *define(const Published *published, uint16_t object, char *text)
{
        const ObjectDef *def;

        (void)published_refuse(text, PUBLISHED_E_UNKNOWN_OBJECT, "there is no definition of /%u", object);
        def = published->definitions->define(published->definitions_userdata, object, text);
        assert(!def || def->id == object);
        return def;
}

static void forget(const Published *published, const ObjectDef *def)
{
        published->definitions->forget(published->definitions_userdata, def->id);
}

void published_forget_spare(Published *published)
{
        if (published->spare)
                forget(published, TAKE_PTR(published->spare));
}

static int refuse_served(char *text, uint16_t object)
{
        return published_refuse(
                text, PUBLISHED_E_INVALID_VALUE, "/%u is served by the client itself", object);
}

int published_find_definition(Published *published, uint16_t object, const ObjectDef **ret, char *text)
{
        const ObjectDef *def = registry_find(store_registry(published->store), object);

        if (def && !published_table_object(&published->table, object))
                return refuse_served(text, object);
        if (!def) {
                published_forget_spare(published);
                def = published->spare = define(published, object, text);
        }
        if (!def)
                return PUBLISHED_E_UNKNOWN_OBJECT;
        *ret = def;
        return 0;
}

int published_find_in_use(Published *published, const Path *path, const ObjectDef **ret, char *text)
{
        const PublishedObject *found = published_table_object(&published->table, path->id[0]);
        int r;

        if (!found) {
                r = published_find_definition(published, path->id[0], ret, text);
                if (r == PUBLISHED_E_INVALID_VALUE)
                        return published_refuse(text, PUBLISHED_E_NOT_PUBLISHER,
                                "%s: Object %u is served by the client itself", PATH_TEXT(path),
                                path->id[0]);
                return r != 0 ? r
                              : published_refuse(
                                        text, PUBLISHED_E_NOT_PUBLISHER, PUBLISHED_NOWHERE, PATH_TEXT(path));
        }
        *ret = found->def;
        return 0;
}

static const ObjectDef *take_definition(Published *published, uint16_t object, char *text)
{
        if (published->spare && published->spare->id == object)
                return TAKE_PTR(published->spare);
        return define(published, object, text);
}

/* -- Objects: there is one while somebody publishes it, or an Object Instance of it -- */

static int refuse_objects(char *text, uint16_t object, int r)
{
        return r == -E2BIG ? published_refuse(text, PUBLISHED_E_LIMIT,
                                     "/%u: there are as many Objects as the client can hold", object)
                           : r;
}

static int serve(Published *published, const ObjectDef *def)
{
        Registry *registry = store_registry(published->store);
        int r;

        r = registry_add(registry, def);
        if (r < 0)
                return r;
        r = store_set_source(published->store, def->id, &published_source, published);
        if (r < 0)
                registry_remove(registry, def->id);
        return r;
}

static int begin_object(Published *published, uint16_t id, PublishedObject **ret, char *text)
{
        const ObjectDef *def;
        int r;

        if (registry_find(store_registry(published->store), id))
                return refuse_served(text, id);
        def = take_definition(published, id, text);
        if (!def)
                return PUBLISHED_E_UNKNOWN_OBJECT;

        r = published_table_add_object(&published->table, def, ret);
        if (r == 0) {
                r = serve(published, def);
                if (r < 0)
                        published_table_remove_object(&published->table, *ret);
        }
        if (r < 0)
                forget(published, def);
        return refuse_objects(text, id, r);
}

void published_end_object(Published *published, PublishedObject *object)
{
        const ObjectDef *def = object->def;

        if (object->publisher || object->n > 0)
                return;
        (void)store_set_source(published->store, def->id, NULL, NULL);
        registry_remove(store_registry(published->store), def->id);
        published_table_remove_object(&published->table, object);
        forget(published, def);
}

int published_use_object(
        Published *published, uint64_t owner, uint16_t id, PublishedObject **ret, char *text)
{
        PublishedObject *object = published_table_object(&published->table, id);
        const PublishedTable *table = &published->table;

        if (owner != PUBLISHED_CONFIGURATION && !published_object_is_of(object, owner) &&
                published_table_count_objects(table, owner) >= LIMIT_PUBLISHER_OBJECTS)
                return published_refuse(text, PUBLISHED_E_LIMIT, "/%u: a publisher has %d Objects at most",
                        id, LIMIT_PUBLISHER_OBJECTS);
        if (!object)
                return begin_object(published, id, ret, text);
        *ret = object;
        return 0;
}
