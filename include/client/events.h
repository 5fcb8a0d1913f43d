/* SPDX-License-Identifier: Apache-2.0 */
/* What the machines tell the client: handlers for the bootstrap side and for each LwM2M Server. */
#pragma once

#include "client/state.h"

/* Their userdata is the Client. */
extern const BootstrapHandler events_bootstrap;
extern const ServerHandler events_server;
extern const StoreListener events_store;
