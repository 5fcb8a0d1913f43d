/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration in force: Reload, and the wait for a key of the state directory that is not at hand
 * (design.md 12). */
#pragma once

#include "daemon/manager_inside.h"

/* What choice says why accounts cannot be loaded shows, and is tried again; else the client has them. The
 * second half of manager_new(). may_reset: there is a configuration to begin anew with. 0 or negative errno.
 */
int manager_config_begin(Manager *manager, const ConfigChoice *choice, bool may_reset);
void manager_config_done(Manager *manager);

/* Device gets what a configuration says of it. */
void manager_config_device(Manager *manager, const Config *config);

/* The Objects that a configuration asks for are there, the others are not. Borrows it until the next call
 * has returned. */
void manager_config_set_objects(Manager *manager, const Config *config);

/* The metrics are written where a configuration says, or nowhere. */
void manager_config_metrics(Manager *manager, const Config *config);

/* Something published is gone: what the configuration in force asks for may find a place now. */
void manager_config_room(Manager *manager);

/* Keeps the configuration for a start without the file, once, as soon as the client has accounts. */
void manager_config_keep(Manager *manager);

/* Reload: 0, CLIENT_E_INVALID_CONFIGURATION with *ret_message, possibly NULL, for the caller; or negative
 * errno, logged. */
int manager_config_reload(Manager *manager, char **ret_message);

/* What the client was given by the last Reload is in force. */
void manager_config_reloaded(Manager *manager);
