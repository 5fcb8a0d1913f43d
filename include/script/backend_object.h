/* SPDX-License-Identifier: Apache-2.0 */
/* org.lwm2m.FirmwareBackend1: who may call, what is refused before anything is run, and what is known
 * already. */
#pragma once

#include "script/calls.h"

typedef struct BackendSettings {
        const char *script; /* its path */
        uid_t user;         /* who may call, and whose packages are taken */
        gid_t group;        /* who may read them afterwards */
} BackendSettings;

typedef struct BackendObject BackendObject;

/* settings, with their text, and calls: outlive it. 0 or negative errno. */
int backend_object_new(const BackendSettings *settings, Calls *calls, BackendObject **ret);

/* Serves on a connection. NULL: there is none any more, and nobody to answer; what goes on goes on. 0 or
 * negative errno. */
int backend_object_set_bus(BackendObject *object, sd_bus *bus);

/* NULL */
BackendObject *backend_object_free(BackendObject *object);
