/* SPDX-License-Identifier: Apache-2.0 */
/* What the client proves itself with to a repository. */
#include "daemon/repository_credential.h"

#include <strings.h>

#include "lwm2m/uri.h"
#include "model/account.h"

static bool is_same_host(const Uri *a, const Uri *b)
{
        char of_a[URI_HOST_NAME_SIZE + 1], of_b[URI_HOST_NAME_SIZE + 1];

        if (a->host_type != b->host_type)
                return false;
        if (a->host_type == URI_HOST_NAME)
                return strcmp(uri_name(a, of_a), uri_name(b, of_b)) == 0;
        return strcasecmp(a->host, b->host) == 0 && strcmp(a->scope, b->scope) == 0;
}

static bool is_same_place(const Account *account, const Uri *uri)
{
        Uri other;

        return account->usable && uri_parse(account->uri, &other, NULL) == 0 &&
               other.scheme == uri->scheme && other.port == uri->port && is_same_host(&other, uri);
}

static const Account *find(const AccountList *list, const Uri *uri)
{
        for (size_t i = 0; i < list->n; i++)
                if (is_same_place(&list->items[i], uri))
                        return &list->items[i];
        return list->has_bootstrap && is_same_place(&list->bootstrap, uri) ? &list->bootstrap : NULL;
}

int repository_credential(
        const Dataset *accounts, const char *text, const Credential *other, Credential *ret)
{
        const Credential *credential = other;
        AccountList *list;
        const Account *account;
        Uri uri;
        int r;

        if (uri_parse(text, &uri, NULL) < 0 || uri.scheme != URI_COAPS)
                return 0;
        list = calloc(1, sizeof(*list));
        if (!list)
                return -ENOMEM;
        r = account_list_read(accounts, LWM2M_1_1, list);
        if (r >= 0) {
                account = find(list, &uri);
                if (account)
                        credential = &account->credential;
                r = credential ? credential_copy(ret, credential) : 0;
                account_list_done(list);
        }
        free(list);
        return r < 0 ? r : credential != NULL;
}
