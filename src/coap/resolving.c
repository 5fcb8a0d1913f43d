/* SPDX-License-Identifier: Apache-2.0 */
/* The name of a peer, until it is known or its time is over. */
#include <netdb.h>
#include <stdio.h>

#include "coap/resolving.h"
#include "util/log.h"
#include "util/message_ids.h"

static void set_unresolved(const Resolving *resolving, int error, Failure *failure)
{
        const Uri *uri = &resolving->peer->uri;
        FailureContext context = peer_failure_context(resolving->peer);

        if (uri->scope[0])
                failure_set_no_interface(failure, &context, uri->scope);
        else if (error != 0)
                failure_set_unresolved(failure, &context, uri->host, error);
        else
                failure_set_resolved_late(failure, &context, uri->host, peer_wait(resolving->peer));
}

/* Until the name is to be asked for again, or its time is over. */
static void arm(const Resolving *resolving)
{
        uint64_t now = clock_boottime(resolving->peer->clock);

        peer_arm(resolving->peer,
                resolving->until > now ? MIN_OF(resolving->until - now, RESOLVING_ASK_AGAIN_USEC) : 0);
}

int resolving_start(Resolving *resolving, Peer *peer, Resolver *resolver, NamingCallback callback,
        Failure *reterr_failure)
{
        const Uri *uri = &peer->uri;
        int r;

        *resolving = (Resolving){
                .peer = peer,
                .until = clock_boottime(peer->clock) + peer_wait(peer),
        };
        (void)snprintf(resolving->host, sizeof(resolving->host), "%s%s%s", uri->host,
                uri->scope[0] ? "%" : "", uri->scope);
        arm(resolving);
        r = naming_start(&resolving->naming, resolver, resolving->host, uri->port, callback, peer->userdata);
        if (r < 0)
                set_unresolved(resolving, EAI_MEMORY, reterr_failure);
        return r;
}

void resolving_stop(Resolving *resolving)
{
        naming_stop(&resolving->naming);
}

/* Where a query cannot be made the ones before go on. */
void resolving_again(Resolving *resolving)
{
        (void)naming_again(&resolving->naming);
        arm(resolving);
}

/* A literal asks nobody, so there is nobody to ask again; a name may be known a moment later, when the
 * network or its name server is there. */
bool resolving_failed(Resolving *resolving, int error, Failure *reterr_failure)
{
        if (!resolving->peer->uri.scope[0]) {
                resolving->error = error;
                return false;
        }
        naming_stop(&resolving->naming);
        set_unresolved(resolving, error, reterr_failure);
        return true;
}

bool resolving_late(Resolving *resolving, Failure *reterr_failure)
{
        const Peer *peer = resolving->peer;
        LogAbout about = peer->about;
        const char *reason = resolving->error != 0 ? gai_strerror(resolving->error) : "no answer";

        if (clock_boottime(peer->clock) >= resolving->until) {
                naming_stop(&resolving->naming);
                set_unresolved(resolving, resolving->error, reterr_failure);
                return false;
        }
        about.message_id = MESSAGE_ID_NAME_UNRESOLVED;
        if (!resolving->asks_again)
                log_full(LOG_NOTICE, 0, &about,
                        "%s: the host name %s is not resolved yet (%s); it is asked for every %llu s, for "
                        "%g s in all.",
                        peer->kind, peer->uri.host, reason, RESOLVING_ASK_AGAIN_USEC / USEC_PER_SEC,
                        (double)peer_wait(peer) / USEC_PER_SEC);
        resolving->asks_again = true;
        resolving_again(resolving);
        return true;
}
