/* SPDX-License-Identifier: Apache-2.0 */
/* Handler and ACL of what is published. */
#include "model/published_options.h"
#include "model/published_values.h"

int published_copy_handler(const char *handler, char **ret, char *text)
{
        if (!handler)
                return 0;
        if (strlen(handler) > LIMIT_PUBLISHED_HANDLER)
                return published_refuse(text, PUBLISHED_E_LIMIT,
                        "the handler's path is longer than %d bytes", LIMIT_PUBLISHED_HANDLER);
        *ret = strdup(handler);
        return *ret ? 0 : -ENOMEM;
}

void published_copy_done(PublishedCopy *copy)
{
        free(copy->handler);
        free(copy->acl);
}

static int copy_acl(const PublishedOptions *options, PublishedCopy *ret, char *text)
{
        if (!options->acl)
                return 0;
        if (options->n_acl > LIMIT_PUBLISHED_RIGHTS)
                return published_refuse(
                        text, PUBLISHED_E_LIMIT, "the ACL has more than %d entries", LIMIT_PUBLISHED_RIGHTS);
        for (size_t i = 0; i < options->n_acl; i++)
                if (options->acl[i].short_server_id == ID_INVALID || options->acl[i].rights > ACCESS_ALL)
                        return published_refuse(text, PUBLISHED_E_INVALID_VALUE,
                                "the ACL has an entry %u: %u; Short Server IDs are 0 to %d, rights 0 to %d",
                                options->acl[i].short_server_id, options->acl[i].rights, SHORT_SERVER_ID_MAX,
                                ACCESS_ALL);

        ret->acl = calloc(options->n_acl + 1, sizeof(*ret->acl)); /* one more: never calloc(0) */
        if (!ret->acl)
                return -ENOMEM;
        if (options->n_acl > 0)
                memcpy(ret->acl, options->acl, options->n_acl * sizeof(*ret->acl));
        ret->n_acl = options->n_acl;
        return 0;
}

int published_copy_options(const PublishedOptions *options, PublishedCopy *ret, char *text)
{
        int r;

        if (!options)
                return 0;
        r = published_copy_handler(options->handler, &ret->handler, text);
        return r == 0 ? copy_acl(options, ret, text) : r;
}
