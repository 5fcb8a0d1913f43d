/* SPDX-License-Identifier: Apache-2.0 */
/* The LwM2M client: runs the Bootstrap Sequence (Core TS 6.1.2), owns machines, connections and timers. The
 * event loop drives it; D-Bus, storage and the status line listen. */
#pragma once

#include <systemd/sd-event.h>

#include "client/counters.h"
#include "client/error.h"
#include "client/history.h"
#include "client/sends.h"
#include "client/settings.h"
#include "client/shown.h"
#include "client/storage.h"
#include "client/traffic.h"
#include "lwm2m/path.h"
#include "model/store.h"
#include "util/clock.h"

typedef struct Client Client;

/* The store holds the loaded accounts as committed; it, storage and clock outlive the client. 0 or negative
 * errno. */
int client_new(sd_event *event, const Clock *clock, Store *store, const ClientSettings *settings,
        const ClientAccounts *accounts, const ClientStorage *storage, void *storage_userdata, Client **ret);
Client *client_free(Client *client);
DEFINE_CLEANUP(Client *, client_free)

/* Both are borrowed. 0, or -E2BIG past CLIENT_LISTENERS_MAX. */
int client_add_listener(Client *client, const ClientListener *listener, void *userdata);

/* What was kept of earlier series of bootstrap attempts; its content is taken over. Behind client_new() or
 * client_load(), before client_start(). */
void client_take_history(Client *client, History *history);

/* Leaves `initial`: enters the Bootstrap Sequence. Called when configuration is loaded and the bus name
 * owned, and where the machine was to be rebooted (ClientListener.left) and is not. */
void client_start(Client *client);

/* In `initial`: accounts cannot be loaded, for a reason that shows as LastError, and at a time that shows
 * (CLOCK_BOOTTIME usec) it is tried again. Until client_load() or client_reset() nothing is begun, and the
 * storage is left alone. may_reset: there is a configuration to begin anew with. */
void client_wait(Client *client, const Failure *failure, uint64_t again, bool may_reset);
bool client_waits(const Client *client);

/* Ends the wait: settings and accounts as for client_new(), the latter in the store by now. Then
 * client_start(). 0 or -ENOMEM (it waits on). */
int client_load(Client *client, const ClientSettings *settings, const ClientAccounts *accounts);

/* De-registers everywhere, then tells ClientListener.left, in `initial`: the machine is to be rebooted. As
 * after Execute of Reboot. */
void client_leave(Client *client);

/* Orderly stop: rolls an open transaction back, De-registers (at most 1 s), then calls done from the loop.
 */
void client_stop(Client *client, void (*done)(void *userdata), void *userdata);

const ClientState *client_state(const Client *client);

/* The last series of bootstrap attempts. Borrowed until the next loop turn. */
const History *client_history(const Client *client);

/* The clock was set, or the machine has slept: every stamp is computed anew and told. */
void client_clock_was_set(Client *client);

/* A link, an address or a route came, went or changed, or may have. Waits for a server that could not be
 * reached are cut short where the way to it is another one now, sessions and attempts whose way is gone
 * begin anew; from the loop, a moment later, and by the limits of client/network_limiter.h. */
void client_network_changed(Client *client);

/* Short Server IDs ascending; returns how many. */
size_t client_servers(const Client *client, uint16_t ret[LIMIT_SERVER_ACCOUNTS]);

/* 0 and *ret, or -ENOENT. */
int client_server(const Client *client, uint16_t short_server_id, ClientServer *ret);

/* What was counted since the start: of the client, with the sums of all LwM2M Servers, those that are gone
 * among them; and of one LwM2M Server, as long as its account (Short Server ID and URI) is there, its own
 * counters alone. None falls. The latter 0, or -ENOENT. */
void client_counters(Client *client, ClientCounters *ret);
int client_server_counters(Client *client, uint16_t short_server_id, ClientCounters *ret);

/* What was sent to and received from all LwM2M Servers since this was asked last. */
void client_take_traffic(Client *client, ClientTraffic *ret);

/* Reload. settings replace the old ones from the next attempt or session on. What else changed is told by
 * ClientReload flags; factory is copied. During an open transaction it is applied when that ends; a later
 * one then takes its place, so flags always compare with what is in force. 0 or -ENOMEM. */
int client_reload(Client *client, const ClientSettings *settings, const Dataset *factory, unsigned flags);

/* What ClientState shows as configuration_problem: "" or a sentence without secrets; copied. */
void client_set_configuration_problem(Client *client, const char *problem);

/* A reload that nobody waits for was refused: LastError shows the problem (no secret) until the next
 * success, a reload included, unless it shows another failure. */
void client_configuration_refused(Client *client, const char *problem);
