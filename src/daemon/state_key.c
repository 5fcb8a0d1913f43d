/* SPDX-License-Identifier: Apache-2.0 */
/* The key of state_encryption. */
#include "daemon/state_key.h"

#include <stdio.h>

#include "util/file.h"
#include "util/parse.h"

void state_key_done(StateKey *key)
{
        free(key->name);
        secret_done(&key->bytes);
        *key = (StateKey){0};
}

/* The path of what holds it. */
static int find(const StateKey *key, char **ret)
{
        const char *directory = getenv("CREDENTIALS_DIRECTORY");

        if (key->source == STATE_KEY_FILE) {
                *ret = strdup(key->name);
                return *ret ? 0 : -ENOMEM;
        }
        if (!directory || directory[0] != '/' || strchr(key->name, '/'))
                return -ENOENT;
        if (asprintf(ret, "%s/%s", directory, key->name) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

static int read_bytes(const char *path, Secret *ret)
{
        uint8_t *text = NULL, *bytes = NULL;
        size_t text_size = 0, size = 0, offset;
        int r;

        r = file_read(path, STATE_KEY_TEXT_MAX, &text, &text_size);
        if (r < 0)
                return r;
        r = parse_hex((const char *)text, text_size, true, &bytes, &size, &offset);
        secret_free_bytes(text, text_size);
        if (r == -EINVAL || (r == 0 && size != AES_KEY_SIZE))
                r = STATE_KEY_E_FORM;
        if (r == 0)
                r = secret_set(ret, bytes, size);
        secret_free_bytes(bytes, size);
        return r;
}

int state_key_read(StateKeySource source, const char *name, size_t n, StateKey *ret)
{
        _cleanup_(freep) char *path = NULL;
        int r;

        *ret = (StateKey){.source = source, .name = strndup(name, n)};
        if (!ret->name)
                return -ENOMEM;
        r = find(ret, &path);
        if (r == 0)
                r = read_bytes(path, &ret->bytes);
        ret->error = r;
        return r;
}

int state_key_copy(const StateKey *key, StateKey *ret)
{
        StateKey copy = {.source = key->source, .error = key->error};

        if (key->name) {
                copy.name = strdup(key->name);
                if (!copy.name)
                        return -ENOMEM;
        }
        if (secret_set(&copy.bytes, key->bytes.data, key->bytes.size) < 0) {
                state_key_done(&copy);
                return -ENOMEM;
        }
        *ret = copy;
        return 0;
}

bool state_key_same_source(const StateKey *a, const StateKey *b)
{
        return a->source == b->source && (a->source == STATE_KEY_NONE || strcmp(a->name, b->name) == 0);
}

const char *state_key_noun(StateKeySource source)
{
        return source == STATE_KEY_CREDENTIAL ? "the credential" : "the key file";
}
