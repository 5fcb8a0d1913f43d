/* SPDX-License-Identifier: Apache-2.0 */
/* What a change of the network means. It is looked at as it is a moment later: a link that comes up brings
 * its addresses and routes one after the other, and where the kernel's news were lost nothing is missed. */
#include "client/network_look.h"

#include "client/core.h"
#include "util/log.h"
#include "util/message_ids.h"

/* For what belongs together; and at most so much, with `jitter: 100%`, for the others in the same street,
 * whose power has come back, too. */
#define SETTLE_USEC USEC_PER_SEC
#define JITTER_USEC (2 * USEC_PER_SEC)

/* A session is renewed however often that was; the machine sees to registrations that do not last. An
 * attempt or a wait has its own end, so it can do without us. True: something was done. may_begin: whether
 * it may. */
static bool look_at_server(Server *server, bool may_begin)
{
        server_network_changed(server);
        if (server_is_stranded(server) && (may_begin || server_state_is_registered(server_state(server))))
                server_renew_session(server);
        else if (may_begin && server_waits_for_way(server) && server_way_differs(server))
                server_begin_early(server);
        else
                return false;
        return true;
}

static bool look_at_bootstrap(Bootstrap *bootstrap, bool may_begin, uint64_t now)
{
        bootstrap_network_changed(bootstrap);
        if (!may_begin)
                return false;
        if (bootstrap_is_stranded(bootstrap))
                bootstrap_renew_session(bootstrap);
        else if (bootstrap_waits_for_way(bootstrap_machine(bootstrap), now) &&
                 bootstrap_way_differs(bootstrap))
                bootstrap_begin_early(bootstrap);
        else
                return false;
        return true;
}

static bool look_at_failure(Client *client, bool may_begin)
{
        bool differs;

        if (!may_begin || client->sequence.state != SEQUENCE_FAILURE || client->sequence.deadline == 0)
                return false;
        differs = bootstrap_way_differs(client->bootstrap);
        for (size_t i = 0; i < client->n_servers; i++)
                differs = differs || server_way_differs(client->servers[i]);
        if (!differs)
                return false;
        log_event(LOG_INFO, MESSAGE_ID_NETWORK_CHANGED,
                "The network has changed: what has failed is tried again now.");
        core_step(client, SEQUENCE_EVENT_CHANCE);
        return true;
}

static void look(Client *client)
{
        uint64_t now = clock_boottime(client->context.clock);
        uint64_t next = network_limiter_next(&client->network_limiter, now);
        bool may_begin = next <= now, done = look_at_failure(client, may_begin);

        if (!done)
                done = look_at_bootstrap(client->bootstrap, may_begin, now);
        for (size_t i = 0; i < client->n_servers; i++)
                done = look_at_server(client->servers[i], may_begin) || done;
        if (done)
                network_limiter_note(&client->network_limiter, now);
        client->network_look = may_begin ? 0 : next;
        timer_set(client->network_timer, client->network_look);
}

static int on_network_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        Client *client = userdata;

        switch (client->sequence.state) {
        case SEQUENCE_RUNNING:
        case SEQUENCE_COMMITTED:
        case SEQUENCE_FAILURE:
                look(client);
                break;
        case SEQUENCE_LOADING:
        case SEQUENCE_STOPPING:
        case _SEQUENCE_STATE_MAX:
                client->network_look = 0;
                break;
        }
        return 0;
}

/* The first change of several counts; one that comes after a look has one of its own. */
void network_look_soon(Client *client)
{
        uint64_t now = clock_boottime(client->context.clock);
        double jitter = client->context.settings.jitter * client_random();
        uint64_t at = network_limiter_next_spaced(&client->network_limiter, now);

        at = MAX_OF(at, now + SETTLE_USEC + (uint64_t)((double)JITTER_USEC * jitter));
        if (client->network_look != 0 && client->network_look <= at)
                return;
        client->network_look = at;
        timer_set(client->network_timer, at);
}

int network_look_new(Client *client)
{
        return timer_new(client->context.event, on_network_timer, client, "network", &client->network_timer);
}

void network_look_done(Client *client)
{
        sd_event_source_disable_unref(client->network_timer);
}
