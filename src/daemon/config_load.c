/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML file -> immutable Config. */
#include "daemon/config_load.h"

#include "daemon/config_certificate_check.h"
#include "daemon/config_check.h"
#include "daemon/config_endpoint.h"
#include "daemon/config_file.h"
#include "daemon/config_kept.h"
#include "daemon/config_keys.h"
#include "daemon/config_objects.h"
#include "util/file.h"

static void config_account_done(ConfigAccount *account)
{
        free(account->uri);
        credential_done(&account->credential);
        free(account->binding);
}

Config *config_free(Config *config)
{
        if (!config)
                return NULL;
        free(config->file);
        free(config->endpoint);
        config_account_done(&config->bootstrap_server);
        for (size_t i = 0; i < config->n_servers; i++)
                config_account_done(&config->servers[i]);
        for (size_t i = 0; i < config->n_objects; i++)
                config_object_done(&config->objects[i]);
        free(config->objects);
        secret_done(&config->text);
        state_key_done(&config->state_key);
        free(config->device.manufacturer);
        free(config->device.model_number);
        free(config->device.serial_number);
        free(config->device.firmware_version);
        free(config->device.device_type);
        free(config->device.hardware_version);
        free(config->device.software_version);
        free(config->firmware.backend);
        credential_done(&config->firmware.repository);
        free(config->trust_store);
        free(config->metrics_file);
        free(config);
        return NULL;
}

/* The folder of the file: where relative paths start. NULL when out of memory. */
static char *directory_of(const char *file)
{
        const char *slash = strrchr(file, '/');

        if (!slash)
                return strdup(".");
        return slash == file ? strdup("/") : strndup(file, (size_t)(slash - file));
}

/* What only a file without an error gets. */
static int complete(ConfigContext *context, const YamlNode *root, Config *config)
{
        int r = 0;

        if (!config->endpoint)
                r = config_endpoint_resolve(context, NULL, &config->endpoint);
        if (r != 0 || context->purpose == CONFIG_AS_KEPT)
                return r < 0 ? r : 0;
        return config_check_names(context, root, config);
}

static int read_tree(ConfigContext *context, const uint8_t *text, size_t size, Config *config)
{
        _cleanup_(config_yaml_freep) YamlNode *root = NULL;
        int r;

        r = config_yaml_parse(text, size, &root, context->problems);
        if (r != 0)
                return r < 0 ? r : 0;
        if (root) {
                r = config_read_keys(context, root, config);
                if (r < 0)
                        return r;
        }
        config_check(context, root, config);
        return context->problems->errors.n > 0 ? 0 : complete(context, root, config);
}

Config *config_new(const char *file)
{
        Config *config = calloc(1, sizeof(*config));

        if (!config)
                return NULL;
        config_set_defaults(config);
        config->file = strdup(file);
        return config->file ? config : config_free(config);
}

int config_parse(const char *file, const uint8_t *text, size_t size, ConfigPurpose purpose,
        const ConfigKept *kept, ObjectDirectories *definitions, Config **ret, ConfigProblems *ret_problems)
{
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(freep) char *directory = NULL;
        ConfigContext context;
        int r;

        *ret_problems = (ConfigProblems){0};
        config = config_new(file);
        directory = directory_of(file);
        if (!config || !directory)
                return -ENOMEM;
        context = (ConfigContext){
                .directory = directory,
                .problems = ret_problems,
                .purpose = purpose,
                .kept = kept,
                .definitions = definitions,
        };
        r = read_tree(&context, text, size, config);
        config_kept_forget(&context);
        if (r >= 0)
                r = secret_set(&config->text, text, size);
        if (r < 0 || ret_problems->out_of_memory)
                return r < 0 ? r : -ENOMEM;
        config_problems_sort(ret_problems);
        if (ret_problems->errors.n > 0)
                return CONFIG_E_INVALID;
        *ret = TAKE_PTR(config);
        return 0;
}

void config_forget_text(Config *config)
{
        secret_done(&config->text);
}

int config_load(const char *file, ConfigPurpose purpose, const ConfigKept *kept,
        ObjectDirectories *definitions, Config **ret, ConfigProblems *ret_problems)
{
        uint8_t *text = NULL;
        size_t size = 0;
        int r;

        *ret_problems = (ConfigProblems){0};
        r = file_read(file, CONFIG_FILE_SIZE_MAX, &text, &size);
        if (r == -ENOMEM)
                return r;
        if (r == -EFBIG)
                config_error(
                        ret_problems, 1, 1, "the file is larger than %d KiB", CONFIG_FILE_SIZE_MAX / 1024);
        else if (r < 0)
                config_error(ret_problems, 1, 1, "the file %s", config_file_reason(r));
        if (r < 0)
                return ret_problems->out_of_memory ? -ENOMEM : CONFIG_E_INVALID;

        r = config_parse(file, text, size, purpose, kept, definitions, ret, ret_problems);
        secret_free_bytes(text, size);
        if (r >= 0) {
                config_file_check_mode(ret_problems, 1, 1, "the file", file);
                config_problems_sort(ret_problems);
        }
        return r;
}
