/* SPDX-License-Identifier: Apache-2.0 */
/* The state directory's files, plain or encrypted. */
#include "daemon/state_vault.h"

#include <stdio.h>

#include "daemon/config_file.h"
#include "daemon/state_seal.h"
#include "util/file.h"

int state_vault_open(const char *directory, StateVault *ret)
{
        char *copy = strdup(directory);

        if (!copy)
                return -ENOMEM;
        *ret = (StateVault){.directory = copy};
        return 0;
}

void state_vault_done(StateVault *vault)
{
        free(vault->directory);
        free(vault->key_log);
        state_key_done(&vault->key);
        state_key_done(&vault->before);
        *vault = (StateVault){0};
}

int state_vault_set_key(StateVault *vault, const StateKey *key)
{
        StateKey copy;
        int r;

        r = state_key_copy(key, &copy);
        if (r < 0)
                return r;
        if (secret_equal(&copy.bytes, &vault->key.bytes))
                state_key_done(&vault->key);
        else {
                state_key_done(&vault->before);
                vault->before = vault->key;
        }
        vault->key = copy;
        return 0;
}

const char *state_vault_reason(const StateKey *key)
{
        if (key->bytes.size > 0)
                return "holds another one";
        if (key->error == STATE_KEY_E_FORM)
                return "does not hold 32 bytes as hexadecimal text";
        return key->source == STATE_KEY_CREDENTIAL ? config_credential_reason(key->error)
                                                   : config_file_reason(key->error);
}

static int read_raw(const StateVault *vault, const char *name, size_t maximum, Secret *ret)
{
        _cleanup_(freep) char *path = NULL;

        if (asprintf(&path, "%s/%s", vault->directory, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return file_read(path, maximum, &ret->data, &ret->size);
}

/* The key that the file names; without bytes, where it cannot be read. 0, STATE_SEAL_E_PLAIN,
 * STATE_SEAL_E_DAMAGED, -ENOMEM or -EIO. */
static int read_key(const Secret *file, StateKey *ret)
{
        StateKeySource source;
        const char *name;
        size_t n;
        int r;

        r = state_seal_source(file->data, file->size, &source, &name, &n);
        if (r != 0)
                return r;
        return state_key_read(source, name, n, ret) == -ENOMEM ? -ENOMEM : 0;
}

int state_vault_key_of(const StateVault *vault, const char *name, StateKey *ret)
{
        _cleanup_(secret_done) Secret file = {0};
        int r;

        r = read_raw(vault, name, STATE_VAULT_FILE_MAX, &file);
        if (r == 0)
                r = read_key(&file, ret);
        return r > 0 ? -EBADMSG : r;
}

/* As state_seal_read(), by a key of the vault or the file's own; *ret_renew only with 0. */
static int open_file(const StateVault *vault, const Secret *file, Secret *ret, bool *ret_renew)
{
        _cleanup_(state_key_done) StateKey named = {0};
        const StateKey *const keys[] = {&vault->key, &named, &vault->before};
        int r;

        r = read_key(file, &named);
        if (r != 0)
                return r;
        r = STATE_SEAL_E_OTHER_KEY;
        for (size_t i = 0; i < ELEMENTSOF(keys) && r == STATE_SEAL_E_OTHER_KEY; i++) {
                *ret_renew = i > 0 || !state_key_same_source(&vault->key, &named);
                if (keys[i]->bytes.size > 0)
                        r = state_seal_read(keys[i], file->data, file->size, &ret->data, &ret->size);
        }
        return r;
}

int state_vault_read(const StateVault *vault, const char *name, size_t maximum, uint8_t **ret,
        size_t *ret_size, bool *ret_renew)
{
        _cleanup_(secret_done) Secret file = {0}, content = {0};
        bool renew = false;
        int r;

        r = read_raw(vault, name, maximum + STATE_SEAL_OVERHEAD, &file);
        if (r < 0)
                return r;
        r = open_file(vault, &file, &content, &renew);
        if (r == STATE_SEAL_E_PLAIN) {
                content = file;
                file = (Secret){0};
                renew = vault->key.source != STATE_KEY_NONE;
                r = 0;
        }
        if (r != 0)
                return r < 0 ? r : r == STATE_SEAL_E_OTHER_KEY ? STATE_FILE_E_LOCKED : STATE_FILE_E_DAMAGED;
        if (content.size > maximum)
                return -EFBIG;
        *ret = content.data;
        *ret_size = content.size;
        content = (Secret){0};
        if (ret_renew)
                *ret_renew = renew;
        return 0;
}

static int write_file(const StateVault *vault, const char *name, const void *data, size_t size)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(size + STATE_SEAL_OVERHEAD);
        int r;

        if (vault->key.source == STATE_KEY_NONE)
                return file_write_atomic(vault->directory, name, data, size);
        if (vault->key.bytes.size == 0)
                return -ENOKEY;
        r = state_seal_write(&vault->key, data, size, &writer);
        return r < 0 ? r : file_write_atomic(vault->directory, name, writer.data, writer.size);
}

int state_vault_write(const StateVault *vault, const char *name, const void *data, size_t size)
{
        int r = write_file(vault, name, data, size);

        if (vault->counts && r < 0)
                vault->counts->failures++;
        else if (vault->counts)
                vault->counts->writes++;
        return r;
}
