/* SPDX-License-Identifier: Apache-2.0 */
/* The key of state_encryption, and where it comes from (interface.md section 2; design.md 12). */
#pragma once

#include "util/crypto.h"
#include "util/secret.h"

#define STATE_KEY_NAME_MAX 4095 /* bytes of a credential's name or a path; PATH_MAX without its NUL */
#define STATE_KEY_TEXT_MAX 4096 /* bytes; the key as hexadecimal text with much white space */

typedef enum StateKeySource {
        STATE_KEY_NONE, /* files are written plain */
        STATE_KEY_CREDENTIAL,
        STATE_KEY_FILE,
        _STATE_KEY_SOURCE_MAX,
} StateKeySource;

typedef struct StateKey {
        StateKeySource source;
        char *name;   /* of the credential, or the file's path; owned; NULL without a source */
        Secret bytes; /* AES_KEY_SIZE; empty: it could not be read, or there is no source */
        int error;    /* why it could not be read: as state_key_read() returns */
} StateKey;

#define STATE_KEY_E_FORM 1 /* not AES_KEY_SIZE bytes as hexadecimal text */

/* Frees and wipes; reusable afterwards. */
void state_key_done(StateKey *key);

/* Sets source and name (copied; without NUL, n bytes), and reads the key from there: hexadecimal text, white
 * space ignored; a credential is a file in $CREDENTIALS_DIRECTORY. 0; STATE_KEY_E_FORM or negative errno as
 * of file_read(), then without bytes and noted in ret; -ENOMEM. */
int state_key_read(StateKeySource source, const char *name, size_t n, StateKey *ret);

/* A copy. 0 or -ENOMEM. */
int state_key_copy(const StateKey *key, StateKey *ret);

bool state_key_same_source(const StateKey *a, const StateKey *b);

/* "the credential", "the key file"; static. */
const char *state_key_noun(StateKeySource source);
