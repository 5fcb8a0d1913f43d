/* SPDX-License-Identifier: Apache-2.0 */
/* The format of an encrypted file of the state directory: a clear header that names where the key comes
 * from, and AES-256-GCM over the content with the header as additional data (design.md 12). */
#pragma once

#include "daemon/state_key.h"
#include "util/bytes.h"

/* To a daemon that knows no encryption a state file of a newer version, which it leaves alone. */
#define STATE_SEAL_VERSION  3
#define STATE_SEAL_OVERHEAD (128 + STATE_KEY_NAME_MAX) /* bytes by which a file grows, at most */

#define STATE_SEAL_E_PLAIN     1 /* not encrypted */
#define STATE_SEAL_E_DAMAGED   2 /* truncated or altered */
#define STATE_SEAL_E_OTHER_KEY 3 /* encrypted with another key */

/* Where the key of an encrypted file comes from: *ret_name is borrowed from data, without a NUL. 0,
 * STATE_SEAL_E_PLAIN or STATE_SEAL_E_DAMAGED. */
int state_seal_source(
        const uint8_t *data, size_t size, StateKeySource *ret, const char **ret_name, size_t *ret_name_size);

/* Appends header and encrypted content. key: with its bytes. 0, -ENOMEM, -EMSGSIZE or -EIO. */
int state_seal_write(const StateKey *key, const void *data, size_t size, ByteWriter *writer);

/* The content, which is the caller's and to be wiped. key: with its bytes; by them alone it is told whether
 * it is the right one. 0, one of the above, -ENOMEM or -EIO. */
int state_seal_read(const StateKey *key, const uint8_t *data, size_t size, uint8_t **ret, size_t *ret_size);
