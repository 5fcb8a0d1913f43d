/* SPDX-License-Identifier: Apache-2.0 */
/* What a key's value names: the bytes of a file, or of a systemd credential. */
#include "daemon/config_source.h"

#include <stdio.h>

#include "daemon/config_file.h"
#include "daemon/config_kept.h"
#include "daemon/config_value.h"
#include "util/file.h"

const char *config_source_noun(const ConfigKey *key)
{
        return key->source == CONFIG_SOURCE_CREDENTIAL ? "credential" : "file";
}

static int read_path(ConfigContext *context, const ConfigKey *key, const YamlNode *value, const char *path,
        size_t maximum, Secret *ret)
{
        int r;

        r = file_read(path, maximum, &ret->data, &ret->size);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return config_kept_miss(context, key, value, key->source == CONFIG_SOURCE_CREDENTIAL,
                        "'%s' names a %s that %s", key->name, config_source_noun(key),
                        key->source == CONFIG_SOURCE_CREDENTIAL ? config_credential_reason(r)
                                                                : config_file_reason(r));
        if (ret->size > 0)
                return 0;
        secret_done(ret);
        return config_kept_miss(context, key, value, false, "'%s' names a %s that is empty", key->name,
                config_source_noun(key));
}

/* A certificate may stand in one file with its key. */
static bool holds_private_key(const Secret *content)
{
        static const char mark[] = "PRIVATE KEY-----";

        return memmem(content->data, content->size, mark, strlen(mark));
}

static int read_file(ConfigContext *context, const ConfigKey *key, const YamlNode *value, const char *text,
        size_t maximum, ConfigSecrecy secrecy, const char *noun, Secret *ret)
{
        _cleanup_(freep) char *path = NULL;
        int r;

        r = config_file_path(context, text, &path);
        if (r < 0)
                return r;
        if (!config_file_check_place(context, value, key->name, path))
                return 1;
        r = read_path(context, key, value, path, maximum, ret);
        if (secrecy == CONFIG_SECRET || (r == 0 && holds_private_key(ret)))
                config_file_check_mode(context->problems, value->line, value->column, noun, path);
        else
                config_file_check_writers(context->problems, value->line, value->column, noun, path);
        return r;
}

bool config_source_check_name(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, const char *name)
{
        if (!strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
                return true;
        config_error_at(context, value, "'%s' must be a credential's name, not a path", key->name);
        return false;
}

bool config_source_outside_service(ConfigContext *context, const ConfigKey *key, const YamlNode *value)
{
        const char *directory = getenv("CREDENTIALS_DIRECTORY");

        if (context->purpose != CONFIG_TO_CHECK || (directory && directory[0] == '/'))
                return false;
        config_warning_at(context, value,
                "'%s' is not checked: only the service gets its credentials ($CREDENTIALS_DIRECTORY)",
                key->name);
        return true;
}

static int read_credential(ConfigContext *context, const ConfigKey *key, const YamlNode *value,
        const char *name, size_t maximum, Secret *ret)
{
        const char *directory = getenv("CREDENTIALS_DIRECTORY");
        _cleanup_(freep) char *path = NULL;

        if (config_source_outside_service(context, key, value))
                return 1;
        if (!directory || directory[0] != '/')
                return config_kept_miss(context, key, value, false,
                        "'%s' needs LoadCredential= in the unit "
                        "(there is no $CREDENTIALS_DIRECTORY)",
                        key->name);
        if (asprintf(&path, "%s/%s", directory, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return read_path(context, key, value, path, maximum, ret);
}

int config_source_read(ConfigContext *context, const ConfigKey *key, const YamlNode *value, size_t maximum,
        ConfigSecrecy secrecy, const char *noun, Secret *ret)
{
        const char *text = config_scalar(context, key, value);

        if (!text)
                return 1;
        if (key->source == CONFIG_SOURCE_CREDENTIAL && !config_source_check_name(context, key, value, text))
                return 1;
        if (context->purpose == CONFIG_AS_KEPT)
                return config_kept_miss(context, key, value, false, "'%s' is not kept", key->name);
        return key->source == CONFIG_SOURCE_CREDENTIAL
                       ? read_credential(context, key, value, text, maximum, ret)
                       : read_file(context, key, value, text, maximum, secrecy, noun, ret);
}
