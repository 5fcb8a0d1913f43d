/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that join several keys. */
#include "daemon/config_check.h"

#include "daemon/settings.h"
#include "lwm2m/credential.h"

#define TRANSMIT_WAIT_MAX (3600 * USEC_PER_SEC) /* design.md 9.4 */

static const char *const identity_keys[] = {"identity", "identity_hex"};
static const char *const key_keys[] = {"key_hex", "key_base64", "key_file", "key_credential"};

static void check_scheme(ConfigContext *context, const YamlNode *node, const ConfigAccount *account)
{
        const YamlNode *place = config_yaml_get(node, "uri");
        Uri uri;

        if (!account->uri || uri_parse(account->uri, &uri, NULL) < 0)
                return;
        if (uri.scheme != security_mode_scheme(account->credential.mode))
                config_error_at(context, place, "the URI begins with %s://, 'security_mode: %s' needs %s://",
                        uri.scheme == URI_COAP ? "coap" : "coaps",
                        security_mode_to_string(account->credential.mode),
                        uri.scheme == URI_COAP ? "coaps" : "coap");
}

/* psk: exactly one of the keys; else none. */
static void check_one_of(ConfigContext *context, const YamlNode *node, const char *name, SecurityMode mode,
        const char *const *keys, size_t n, const char *missing)
{
        const char *first = NULL;

        for (size_t i = 0; i < n; i++) {
                const YamlNode *key = config_yaml_get_key(node, keys[i]);

                if (!key)
                        continue;
                if (mode == SECURITY_MODE_NOSEC)
                        config_error_at(
                                context, key, "'%s' has no use with 'security_mode: nosec'", keys[i]);
                else if (first)
                        config_error_at(context, key, "'%s' and '%s' exclude each other", first, keys[i]);
                else
                        first = keys[i];
        }
        if (mode == SECURITY_MODE_PSK && !first)
                config_error_at(context, node, "'%s' with 'security_mode: psk' needs %s", name, missing);
}

void config_check_account(
        ConfigContext *context, const YamlNode *node, const char *name, const ConfigAccount *account)
{
        if (!config_yaml_get(node, "uri"))
                config_error_at(context, node, "'%s' needs 'uri'", name);
        if (!config_yaml_get(node, "security_mode"))
                config_error_at(context, node, "'%s' needs 'security_mode', psk or nosec", name);
        if (strcmp(name, "servers") == 0 && !config_yaml_get(node, "short_server_id"))
                config_error_at(context, node, "'%s' needs 'short_server_id'", name);
        check_scheme(context, node, account);
        check_one_of(context, node, name, account->credential.mode, identity_keys, ELEMENTSOF(identity_keys),
                "'identity' or 'identity_hex'");
        check_one_of(context, node, name, account->credential.mode, key_keys, ELEMENTSOF(key_keys),
                "'key_hex', 'key_base64', 'key_file' or 'key_credential'");
}

static void check_some_account(ConfigContext *context, const YamlNode *root, const Config *config)
{
        const YamlNode *bootstrap = config_yaml_get(root, "bootstrap"),
                       *servers = config_yaml_get(root, "servers");
        const YamlNode *place = bootstrap ?: root;

        if (config->has_bootstrap_server || config->n_servers > 0)
                return;
        /* Something stands where an account belongs: it has its own error already. */
        if ((root && root->kind != YAML_KIND_MAPPING) ||
                (bootstrap && bootstrap->kind != YAML_KIND_MAPPING) ||
                (servers && servers->kind != YAML_KIND_SEQUENCE))
                return;
        config_error(context->problems, place ? place->line : 1, place ? place->column : 1,
                "there is no account: fill in 'bootstrap.server.uri' and the keys below it, or 'servers'");
}

static void check_short_server_ids(ConfigContext *context, const YamlNode *root, const Config *config)
{
        const YamlNode *servers = config_yaml_get(root, "servers");

        for (size_t i = 1; i < config->n_servers; i++)
                for (size_t k = 0; k < i; k++) {
                        uint16_t id = config->servers[i].short_server_id;

                        if (id == 0 || id != config->servers[k].short_server_id)
                                continue;
                        config_error_at(context, config_yaml_get(servers->items[i], "short_server_id"),
                                "'short_server_id' %u stands in line %u already", id,
                                config_yaml_get(servers->items[k], "short_server_id")->line);
                        break;
                }
}

static void check_delays(ConfigContext *context, const YamlNode *root, const Config *config)
{
        const YamlNode *bootstrap = config_yaml_get(root, "bootstrap");
        const YamlNode *maximum = config_yaml_get(bootstrap, "retry_delay_max");
        const YamlNode *place = maximum ?: config_yaml_get(bootstrap, "retry_delay");

        if (config->bootstrap.retry_delay > config->bootstrap.retry_delay_max)
                config_error_at(context, place, "'retry_delay' is longer than 'retry_delay_max'%s",
                        maximum ? "" : ", which is 1h unless it is set");
}

/* What is waited for one answer: longer, and nobody would ever hear of a dead server. */
static void check_coap(ConfigContext *context, const YamlNode *root, const Config *config)
{
        CoapSettings settings = settings_for_coap(config);
        uint64_t wait = coap_settings_max_transmit_wait(&settings);

        if (wait > TRANSMIT_WAIT_MAX)
                config_error_at(context, config_yaml_get(root, "coap"),
                        "'ack_timeout', 'ack_random_factor' and 'max_retransmit' together wait %llu s "
                        "for an answer (MAX_TRANSMIT_WAIT), at most 1h is possible",
                        (unsigned long long)(wait / USEC_PER_SEC));
}

static void check_version(ConfigContext *context, const YamlNode *root, const Config *config)
{
        static const char *const keys[] = {"communication_retry", "bootstrap_on_registration_failure"};
        static const char format_key[] = "preferred_content_format";
        const YamlNode *bootstrap = config_yaml_get(root, "bootstrap");
        const YamlNode *servers = config_yaml_get(root, "servers");
        const YamlNode *key;

        /* A warning: whoever refuses it is asked again without. */
        if (config->version == LWM2M_1_1 && config->bootstrap.preferred_content_format == FORMAT_LWM2M_CBOR)
                config_warning_at(context, config_yaml_get(bootstrap, format_key),
                        "'%s': 'lwm2m-cbor' came with LwM2M 1.2, a Bootstrap Server of 'lwm2m_version' 1.1 "
                        "may not know it",
                        format_key);
        if (config->version != LWM2M_1_0)
                return;
        key = config_yaml_get_key(bootstrap, format_key);
        if (key)
                config_error_at(context, key, "'%s' needs 'lwm2m_version' 1.1 or later", format_key);
        for (size_t i = 0; i < config->n_servers; i++)
                for (size_t k = 0; k < ELEMENTSOF(keys); k++) {
                        key = config_yaml_get_key(servers->items[i], keys[k]);
                        if (key)
                                config_error_at(
                                        context, key, "'%s' needs 'lwm2m_version' 1.1 or later", keys[k]);
                }
}

void config_check(ConfigContext *context, const YamlNode *root, const Config *config)
{
        check_some_account(context, root, config);
        check_short_server_ids(context, root, config);
        /* What was accepted once is not refused for a rule that came with an upgrade. */
        if (context->purpose == CONFIG_AS_KEPT)
                return;
        check_delays(context, root, config);
        check_coap(context, root, config);
        check_version(context, root, config);
}
