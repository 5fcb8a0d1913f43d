/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of a host. */
#include "coap/naming.h"

static void answered(Naming *naming, int error, const ResolvedAddress *addresses, size_t n)
{
        if (error == 0)
                naming_stop(naming);
        naming->callback(naming->userdata, error, addresses, n);
}

static void on_first(void *userdata, int error, const ResolvedAddress *addresses, size_t n)
{
        Naming *naming = userdata;

        naming->first = NULL;
        answered(naming, error, addresses, n);
}

static void on_again(void *userdata, int error, const ResolvedAddress *addresses, size_t n)
{
        Naming *naming = userdata;

        naming->again = NULL;
        answered(naming, error, addresses, n);
}

int naming_start(Naming *naming, Resolver *resolver, const char *host, uint16_t port,
        NamingCallback callback, void *userdata)
{
        *naming = (Naming){
                .resolver = resolver,
                .callback = callback,
                .userdata = userdata,
                .host = host,
                .port = port,
        };
        return naming_again(naming);
}

int naming_again(Naming *naming)
{
        ResolverQuery *before = naming->again;
        int r;

        if (!naming->first)
                return resolver_query(
                        naming->resolver, naming->host, naming->port, on_first, naming, &naming->first);
        r = resolver_query(naming->resolver, naming->host, naming->port, on_again, naming, &naming->again);
        if (r >= 0)
                resolver_cancel(before);
        return r;
}

void naming_stop(Naming *naming)
{
        resolver_cancel(TAKE_PTR(naming->first));
        resolver_cancel(TAKE_PTR(naming->again));
}
