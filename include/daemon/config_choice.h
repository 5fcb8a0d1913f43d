/* SPDX-License-Identifier: Apache-2.0 */
/* Which configuration counts at a start: the file, or the one accepted last. */
#pragma once

#include "daemon/kept_configuration.h"
#include "daemon/object_directories.h"
#include "lwm2m/failure.h"

typedef struct ConfigChoice {
        Config *config;         /* owned */
        KeptConfiguration kept; /* what was accepted last before; without accounts: none */
        Failure locked;         /* a key of state_encryption that is not at hand; without a name: none */
        bool without_file;      /* the file is of no use */
        char *problem;          /* why the file is not, or not wholly, what is in force, or ""; owned */
} ConfigChoice;

void config_choice_done(ConfigChoice *choice);

/* Reads file, with definitions of the Objects that it names, and has the vault write by its
 * state_encryption; when it is of no use, and the state directory holds `configuration` and a usable
 * `current` or `last-good`, that configuration counts: a provisioned device does not go offline because of a
 * file. Problems are logged; where the wait for a key goes on, only with tell. Where what is in the state
 * directory, or is to be written there, needs a key that is not at hand, locked says so, and nothing there
 * may be touched; config is then NULL where the file is of no use. 0, CONFIG_E_INVALID: neither, or -ENOMEM,
 * -EIO. */
int config_choose(
        const char *file, StateVault *vault, ObjectDirectories *definitions, bool tell, ConfigChoice *ret);
