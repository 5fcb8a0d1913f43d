/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that join several keys. */
#include "daemon/config_check.h"

#include <stdio.h>

#include "client/registration_policy.h"
#include "daemon/config_certificate.h"
#include "daemon/config_objects.h"
#include "daemon/settings.h"

#define TRANSMIT_WAIT_MAX (3600 * USEC_PER_SEC) /* design.md 9.4 */
#define KEY_LIST_MAX      128                   /* bytes of the names of a group's keys, with its NUL */

/* Keys of one meaning, of which an account has at most one. */
typedef struct KeyGroup {
        const char *keys[4];
        bool used[_SECURITY_MODE_MAX]; /* by these modes, without use in the others */
        SecurityMode needed_by;        /* _SECURITY_MODE_MAX: none */
} KeyGroup;

#define PSK_KEYS         .used = {[SECURITY_MODE_PSK] = true}, .needed_by = SECURITY_MODE_PSK
#define CERTIFICATE_KEYS .used = {[SECURITY_MODE_CERTIFICATE] = true}, .needed_by = _SECURITY_MODE_MAX
#define DTLS_KEYS                                                                 \
        .used = {[SECURITY_MODE_PSK] = true, [SECURITY_MODE_CERTIFICATE] = true}, \
        .needed_by = _SECURITY_MODE_MAX

static const KeyGroup key_groups[] = {
        {{"identity", "identity_hex"}, PSK_KEYS},
        {{"key_hex", "key_base64", "key_file", "key_credential"}, PSK_KEYS},
        {{"certificate_file", "certificate_credential"}, CERTIFICATE_KEYS},
        {{"private_key_file", "private_key_credential"}, CERTIFICATE_KEYS},
        {{"server_certificate_file", "server_certificate_credential"},
                .used = {[SECURITY_MODE_CERTIFICATE] = true}, .needed_by = SECURITY_MODE_CERTIFICATE},
        {{"certificate_usage"}, CERTIFICATE_KEYS},
        {{"matching_type"}, CERTIFICATE_KEYS},
        {{"server_name"}, DTLS_KEYS},
        {{"cipher_suites"}, DTLS_KEYS},
};

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

/* "'a', 'b' or 'c'" */
static const char *list_keys(const KeyGroup *group, char text[KEY_LIST_MAX])
{
        size_t size = 0;

        for (size_t i = 0; i < ELEMENTSOF(group->keys) && group->keys[i]; i++) {
                bool last = i + 1 == ELEMENTSOF(group->keys) || !group->keys[i + 1];

                size += (size_t)snprintf(text + size, KEY_LIST_MAX - size, "%s'%s'",
                        i == 0 ? ""
                        : last ? " or "
                               : ", ",
                        group->keys[i]);
        }
        return text;
}

static void check_group(ConfigContext *context, const YamlNode *node, const char *name, SecurityMode mode,
        const KeyGroup *group)
{
        const char *first = NULL;
        char list[KEY_LIST_MAX];

        for (size_t i = 0; i < ELEMENTSOF(group->keys) && group->keys[i]; i++) {
                const YamlNode *key = config_yaml_get_key(node, group->keys[i]);

                if (!key)
                        continue;
                if (mode != _SECURITY_MODE_MAX && !group->used[mode])
                        config_error_at(context, key, "'%s' has no use with 'security_mode: %s'",
                                group->keys[i], security_mode_to_string(mode));
                else if (first)
                        config_error_at(
                                context, key, "'%s' and '%s' exclude each other", first, group->keys[i]);
                else
                        first = group->keys[i];
        }
        if (!first && mode != _SECURITY_MODE_MAX && mode == group->needed_by)
                config_error_at(context, node, "'%s' with 'security_mode: %s' needs %s", name,
                        security_mode_to_string(mode), list_keys(group, list));
}

/* Either is of no use without the other; without both the client proves nothing. */
static void check_pair(ConfigContext *context, const YamlNode *node)
{
        const YamlNode *certificate = config_certificate_place(node, "certificate"),
                       *private_key = config_certificate_place(node, "private_key");

        if (certificate && !private_key)
                config_error_at(context, certificate,
                        "the certificate needs its key, 'private_key_file' or 'private_key_credential'");
        else if (private_key && !certificate)
                config_error_at(context, private_key,
                        "the private key needs its certificate, 'certificate_file' or "
                        "'certificate_credential'");
}

void config_check_credential(
        ConfigContext *context, const YamlNode *node, const char *name, SecurityMode mode)
{
        for (size_t i = 0; i < ELEMENTSOF(key_groups); i++)
                check_group(context, node, name, mode, &key_groups[i]);
        if (mode == SECURITY_MODE_CERTIFICATE)
                check_pair(context, node);
}

void config_check_account(
        ConfigContext *context, const YamlNode *node, const char *name, const ConfigAccount *account)
{
        if (!config_yaml_get(node, "uri"))
                config_error_at(context, node, "'%s' needs 'uri'", name);
        if (!config_yaml_get(node, "security_mode"))
                config_error_at(
                        context, node, "'%s' needs 'security_mode', nosec, psk or certificate", name);
        if (strcmp(name, "servers") == 0 && !config_yaml_get(node, "short_server_id"))
                config_error_at(context, node, "'%s' needs 'short_server_id'", name);
        check_scheme(context, node, account);
        config_check_credential(context, node, name, account->credential.mode);
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

static bool asks_trust_store(const ConfigAccount *account)
{
        return account->credential.mode == SECURITY_MODE_CERTIFICATE &&
               (account->credential.usage == CERTIFICATE_USAGE_CA_CONSTRAINT ||
                       account->credential.usage == CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT);
}

static void check_trust_store(ConfigContext *context, const YamlNode *root, const Config *config)
{
        const YamlNode *place = config_yaml_get(root, "trust_store");
        const ConfigAccount *account = NULL;

        if (config->has_bootstrap_server && asks_trust_store(&config->bootstrap_server))
                account = &config->bootstrap_server;
        for (size_t i = 0; !account && i < config->n_servers; i++)
                if (asks_trust_store(&config->servers[i]))
                        account = &config->servers[i];
        if (account && config->trust_store && strcmp(config->trust_store, TRUST_STORE_NONE) == 0)
                config_error_at(context, place,
                        "'trust_store: none' trusts nobody, 'certificate_usage: %s' can accept no server",
                        certificate_usage_to_string(account->credential.usage));
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

/* Where the Update is due before it may fall asleep, it never does. What a Bootstrap Server will write of
 * lifetimes is not known here. */
static void check_queue_mode(ConfigContext *context, const YamlNode *root, const Config *config)
{
        const CoapSettings coap = settings_for_coap(config);
        const uint64_t timeout = config->queue_mode.timeout ?: coap_settings_max_transmit_wait(&coap);
        const YamlNode *servers = config_yaml_get(root, "servers");
        const YamlNode *place = config_yaml_get(config_yaml_get(root, "queue_mode"), "timeout")
                                        ?: config_yaml_get(root, "queue_mode");
        RegistrationPolicy policy = {
                .update_interval_max = (uint64_t)config->registration.update_interval_max * USEC_PER_SEC,
        };

        if (!config->queue_mode.enabled)
                return;
        if (policy.update_interval_max > 0 && policy.update_interval_max <= timeout) {
                config_warning_at(context, place,
                        "the device never sleeps: an Update leaves every %llu s ('update_interval_max'), "
                        "'timeout' keeps it awake for %llu s after it",
                        (unsigned long long)config->registration.update_interval_max,
                        (unsigned long long)(timeout / USEC_PER_SEC));
                return;
        }
        for (size_t i = 0; i < config->n_servers; i++) {
                uint64_t interval;

                policy.lifetime = config->servers[i].lifetime;
                interval = registration_update_at(&policy, 0);
                if (interval > 0 && interval <= timeout)
                        config_warning_at(context, config_yaml_get(servers->items[i], "lifetime") ?: place,
                                "the device never sleeps for server %u: its 'lifetime' wants an Update "
                                "every %llu s, 'queue_mode.timeout' is %llu s",
                                config->servers[i].short_server_id,
                                (unsigned long long)(interval / USEC_PER_SEC),
                                (unsigned long long)(timeout / USEC_PER_SEC));
        }
}

static void check_firmware(ConfigContext *context, const YamlNode *root, const Config *config)
{
        const YamlNode *place = config_yaml_get(config_yaml_get(root, "firmware_update"), "backend");

        if (place && config->firmware.backend && strcmp(config->firmware.backend, "rauc") == 0 &&
                config->device.reboot != DEVICE_BACKEND_LOGIND)
                config_error_at(context, place, "'backend: rauc' needs 'reboot: logind' in 'device'");
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
        check_trust_store(context, root, config);
        check_version(context, root, config);
        check_queue_mode(context, root, config);
        config_check_objects(context, root, config);
        check_firmware(context, root, config);
}
