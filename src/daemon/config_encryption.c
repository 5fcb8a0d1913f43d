/* SPDX-License-Identifier: Apache-2.0 */
/* Reader of `state_encryption`. */
#include "daemon/config_encryption.h"

#include <stdio.h>

#include "daemon/config_file.h"
#include "daemon/config_source.h"
#include "daemon/config_value.h"
#include "daemon/state_vault.h"

static const char *noun(const StateKey *state_key)
{
        return state_key->source == STATE_KEY_CREDENTIAL ? "a credential" : "a file";
}

/* The one in force stays. 1: there is none from the same place. */
static int keep_key(ConfigContext *context, const ConfigKey *key, const YamlNode *value, StateKey *state_key)
{
        const StateKey *before = context->kept ? context->kept->state_key : NULL;

        if (!before || !state_key_same_source(before, state_key) || before->bytes.size == 0)
                return 1;
        config_deviation_at(context, value, "'%s' names %s that %s; the key of before stays", key->name,
                noun(state_key), state_vault_reason(state_key));
        return secret_set(&state_key->bytes, before->bytes.data, before->bytes.size);
}

/* Not without it outside of the service, which alone may be allowed to read it. */
static bool is_tolerable(const StateKey *state_key)
{
        return state_key->source == STATE_KEY_CREDENTIAL ? state_key->error != STATE_KEY_E_FORM
                                                         : state_key->error == -EACCES;
}

static void tell_missing(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, const StateKey *state_key)
{
        const char *reason = state_vault_reason(state_key);

        if (state_key->source == STATE_KEY_CREDENTIAL && config_source_outside_service(context, key, value))
                return;
        if (context->purpose == CONFIG_TO_CHECK && is_tolerable(state_key))
                config_warning_at(context, value, "'%s' names %s that %s; it is not checked", key->name,
                        noun(state_key), reason);
        else if (context->purpose == CONFIG_TO_CHECK || (context->kept && context->kept->state_key))
                config_error_at(context, value, "'%s' names %s that %s", key->name, noun(state_key), reason);
}

static int read_key(ConfigContext *context, const ConfigKey *key, const YamlNode *value,
        StateKeySource source, const char *name, StateKey *state_key)
{
        int r;

        if (state_key->source != STATE_KEY_NONE)
                return 0; /* one too many, which is told */
        if (strlen(name) > STATE_KEY_NAME_MAX) {
                config_error_at(
                        context, value, "'%s' is longer than %d bytes", key->name, STATE_KEY_NAME_MAX);
                return 0;
        }
        r = state_key_read(source, name, strlen(name), state_key);
        if (r == 0 || r == -ENOMEM)
                return r;
        r = keep_key(context, key, value, state_key);
        if (r == 1)
                tell_missing(context, key, value, state_key);
        return r < 0 ? r : 0;
}

static int read_credential(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *name = config_scalar(context, key, value);

        if (!name || !config_source_check_name(context, key, value, name))
                return 0;
        return read_key(context, key, value, STATE_KEY_CREDENTIAL, name, field);
}

/* It is found again from wherever the daemon is started. */
static int make_absolute(char **path)
{
        _cleanup_(freep) char *directory = NULL, *relative = *path;

        if (relative[0] == '/') {
                relative = NULL;
                return 0;
        }
        directory = get_current_dir_name();
        if (!directory || asprintf(path, "%s/%s", directory, relative) < 0) {
                *path = NULL;
                return -ENOMEM;
        }
        return 0;
}

static int read_file(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);
        _cleanup_(freep) char *path = NULL;
        int r;

        if (!text)
                return 0;
        r = config_file_path(context, text, &path);
        if (r == 0)
                r = make_absolute(&path);
        if (r < 0)
                return r;
        if (!config_file_check_place(context, value, key->name, path))
                return 0;
        config_file_check_mode(context->problems, value->line, value->column, "the key file", path);
        return read_key(context, key, value, STATE_KEY_FILE, path, field);
}

static const ConfigKey encryption_keys[] = {
        {"key_credential", read_credential, 0},
        {"key_file", read_file, 0},
};

int config_read_state_encryption(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const YamlNode *file = config_yaml_get_key(value, "key_file");
        bool has_credential = config_yaml_get_key(value, "key_credential");

        if (file && has_credential)
                config_error_at(context, file, "'key_credential' and 'key_file' exclude each other");
        else if (value->kind == YAML_KIND_MAPPING && !file && !has_credential)
                config_error_at(context, value, "'%s' needs 'key_credential' or 'key_file'", key->name);
        return config_read_mapping(
                context, value, key->name, encryption_keys, ELEMENTSOF(encryption_keys), field);
}
