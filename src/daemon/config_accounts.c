/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of an account. */
#include "daemon/config_accounts.h"

#include "daemon/config_certificate.h"
#include "daemon/config_certificate_check.h"
#include "daemon/config_check.h"
#include "daemon/config_credentials.h"
#include "daemon/config_kept.h"
#include "daemon/config_tls.h"
#include "daemon/config_value.h"

#define UNSIGNED_MAX    4294967295ULL /* 2^32-1 s: /1/x/19 MAX_VALUE, Core TS, Appendix E.2 */
#define DEFAULT_BINDING "U"

static const ConfigWord security_mode_words[] = {
        {"nosec", SECURITY_MODE_NOSEC},
        {"psk", SECURITY_MODE_PSK},
        {"certificate", SECURITY_MODE_CERTIFICATE},
        {NULL},
};

/* Words, or the numbers of /0/x/15 and /0/x/13 */
static const ConfigWord certificate_usage_words[] = {
        {"ca-constraint", CERTIFICATE_USAGE_CA_CONSTRAINT},
        {"service-certificate-constraint", CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT},
        {"trust-anchor-assertion", CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION},
        {"domain-issued", CERTIFICATE_USAGE_DOMAIN_ISSUED},
        {"0", CERTIFICATE_USAGE_CA_CONSTRAINT},
        {"1", CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT},
        {"2", CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION},
        {"3", CERTIFICATE_USAGE_DOMAIN_ISSUED},
        {NULL},
};

static const ConfigWord matching_type_words[] = {
        {"exact", MATCHING_TYPE_EXACT},
        {"sha256", MATCHING_TYPE_SHA256},
        {"sha384", MATCHING_TYPE_SHA384},
        {"sha512", MATCHING_TYPE_SHA512},
        {"0", MATCHING_TYPE_EXACT},
        {"1", MATCHING_TYPE_SHA256},
        {"2", MATCHING_TYPE_SHA384},
        {"3", MATCHING_TYPE_SHA512},
        {NULL},
};

static_assert(sizeof(SecurityMode) == sizeof(int) && sizeof(CertificateUsage) == sizeof(int) &&
                      sizeof(MatchingType) == sizeof(int),
        "config_read_word() writes an int");

#define FIELD(type, member) offsetof(type, member)

/* Another binding would promise a transport that is not there. */
static int read_binding(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);

        if (text && strcmp(text, DEFAULT_BINDING) != 0)
                config_error_at(context, value, "'%s' must be U, UDP is the only transport", key->name);
        return 0;
}

static const ConfigKey retry_keys[] = {
        {"retry_count", config_read_count, FIELD(ConfigCommunicationRetry, retry_count), 0,
                CONFIG_RETRY_COUNT_MAX},
        {"retry_timer", config_read_seconds, FIELD(ConfigCommunicationRetry, retry_timer), 0, UNSIGNED_MAX},
        {"sequence_delay_timer", config_read_seconds, FIELD(ConfigCommunicationRetry, sequence_delay_timer),
                0, UNSIGNED_MAX},
        {"sequence_retry_count", config_read_count, FIELD(ConfigCommunicationRetry, sequence_retry_count), 0,
                CONFIG_RETRY_COUNT_MAX},
};

static int read_communication_retry(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        ConfigCommunicationRetry *retry = field;

        retry->has_retry_count = config_yaml_get(value, "retry_count");
        retry->has_retry_timer = config_yaml_get(value, "retry_timer");
        retry->has_sequence_delay_timer = config_yaml_get(value, "sequence_delay_timer");
        retry->has_sequence_retry_count = config_yaml_get(value, "sequence_retry_count");
        return config_read_mapping(context, value, key->name, retry_keys, ELEMENTSOF(retry_keys), retry);
}

/* What both kinds of account have. */
/* clang-format off */
#define CREDENTIAL_FIELD(member) FIELD(ConfigAccount, credential.member)
#define SOURCE_KEYS(stem, reader, member)                                                       \
        {stem "_file", reader, CREDENTIAL_FIELD(member), .source = CONFIG_SOURCE_FILE},         \
        {stem "_credential", reader, CREDENTIAL_FIELD(member), .source = CONFIG_SOURCE_CREDENTIAL}
#define CREDENTIAL_KEYS                                                                         \
        {"security_mode", config_read_word, CREDENTIAL_FIELD(mode), .words = security_mode_words}, \
        {"identity", config_read_identity, CREDENTIAL_FIELD(identity)},                         \
        {"identity_hex", config_read_identity_hex, CREDENTIAL_FIELD(identity)},                 \
        {"key_hex", config_read_key_hex, CREDENTIAL_FIELD(key)},                                \
        {"key_base64", config_read_key_base64, CREDENTIAL_FIELD(key)},                          \
        SOURCE_KEYS("key", config_read_key_source, key),                                        \
        SOURCE_KEYS("certificate", config_read_certificate, identity),                          \
        SOURCE_KEYS("private_key", config_read_private_key, key),                               \
        SOURCE_KEYS("server_certificate", config_read_server_certificate, server_certificate),  \
        {"certificate_usage", config_read_word, CREDENTIAL_FIELD(usage),                        \
                .words = certificate_usage_words},                                              \
        {"matching_type", config_read_word, CREDENTIAL_FIELD(matching_type),                    \
                .words = matching_type_words},                                                  \
        {"server_name", config_read_server_name, CREDENTIAL_FIELD(server_name)},                \
        {"cipher_suites", config_read_cipher_suites, FIELD(ConfigAccount, credential)}
#define SECURITY_KEYS                                                                           \
        {"uri", config_read_uri, FIELD(ConfigAccount, uri)},                                    \
        CREDENTIAL_KEYS
/* clang-format on */

static const ConfigKey bootstrap_server_keys[] = {
        SECURITY_KEYS,
        {"instance_id", config_read_id, FIELD(ConfigAccount, instance_id), 0, ID_INVALID - 1},
        {"client_hold_off_time", config_read_seconds, FIELD(ConfigAccount, hold_off_time), 0,
                CONFIG_INTEGER_MAX},
        {"bootstrap_server_account_timeout", config_read_seconds, FIELD(ConfigAccount, account_timeout), 0,
                CONFIG_INTEGER_MAX},
};

static const ConfigKey server_keys[] = {
        SECURITY_KEYS,
        {"short_server_id", config_read_id, FIELD(ConfigAccount, short_server_id), SHORT_SERVER_ID_MIN,
                SHORT_SERVER_ID_MAX},
        {"lifetime", config_read_seconds, FIELD(ConfigAccount, lifetime), 1, CONFIG_INTEGER_MAX},
        {"binding", read_binding, FIELD(ConfigAccount, binding)},
        {"bootstrap_on_registration_failure", config_read_boolean,
                FIELD(ConfigAccount, bootstrap_on_registration_failure)},
        {"communication_retry", read_communication_retry, FIELD(ConfigAccount, communication_retry)},
};

/* Only empty values: the account is still to be filled in. */
static bool is_blank(const YamlNode *mapping)
{
        for (size_t i = 0; i + 1 < mapping->n; i += 2)
                if (!config_yaml_is_empty(mapping->items[i + 1]))
                        return false;
        return mapping->kind == YAML_KIND_MAPPING;
}

/* What was accepted once is not refused for a rule that came with an upgrade. */
static int check_credential(ConfigContext *context, const YamlNode *node, const Credential *credential)
{
        if (context->purpose == CONFIG_AS_KEPT)
                return 0;
        if (credential->mode == SECURITY_MODE_PSK || credential->mode == SECURITY_MODE_CERTIFICATE)
                config_check_suites(context, node, credential);
        return credential->mode == SECURITY_MODE_CERTIFICATE
                       ? config_check_certificates(context, node, credential)
                       : 0;
}

/* What has to stand there was asked for already, and may be outside of what --check-config sees. */
static bool is_whole(const Credential *credential)
{
        if (credential->mode == SECURITY_MODE_PSK)
                return credential->identity.size > 0 && credential->key.size > 0;
        return credential->server_certificate.size > 0 &&
               (credential->identity.size > 0) == (credential->key.size > 0);
}

/* The check that a Finish and a connection make: what passes here passes there. */
static void check_as_others_do(ConfigContext *context, const YamlNode *node, const Credential *credential)
{
        CredentialFault fault;

        if (is_whole(credential) && !credential_check(credential, &fault))
                config_error_at(context, node, "the %s (/0/x/%u)", fault.text, fault.resource);
}

static int read_account(ConfigContext *context, const YamlNode *node, const char *name,
        const ConfigKey *keys, size_t n, ConfigAccount *account)
{
        const size_t n_errors = context->problems->errors.n;
        int r;

        /* Out of range until a value was taken, so that the checks leave a wrong value alone. */
        account->credential = CREDENTIAL(_SECURITY_MODE_MAX);
        account->lifetime = 86400;
        account->bootstrap_on_registration_failure = true;
        account->has_bootstrap_on_registration_failure =
                config_yaml_get(node, "bootstrap_on_registration_failure");
        r = config_read_mapping(context, node, name, keys, n, account);
        if (r >= 0)
                r = config_kept_settle(context, keys == bootstrap_server_keys, account);
        if (r < 0)
                return r;
        if (node->kind != YAML_KIND_MAPPING)
                return 0;
        config_check_account(context, node, name, account);
        r = check_credential(context, node, &account->credential);
        if (r == 0)
                r = config_match_server_certificate(context, node, &account->credential);
        if (r == 0 && context->problems->errors.n == n_errors && context->purpose != CONFIG_AS_KEPT)
                check_as_others_do(context, node, &account->credential);
        return r;
}

int config_read_bootstrap_server(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        Config *config = (Config *)((uint8_t *)field - FIELD(Config, bootstrap)); /* the key's offset is 0 */

        config->has_bootstrap_server = !is_blank(value);
        return config->has_bootstrap_server
                       ? read_account(context, value, "bootstrap.server", bootstrap_server_keys,
                                 ELEMENTSOF(bootstrap_server_keys), &config->bootstrap_server)
                       : config_read_mapping(context, value, "bootstrap.server", bootstrap_server_keys,
                                 ELEMENTSOF(bootstrap_server_keys), &config->bootstrap_server);
}

int config_read_servers(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        Config *config = (Config *)((uint8_t *)field - FIELD(Config, servers));
        int r;

        if (!config_is_list(context, key, value))
                return 0;
        for (size_t i = 0; i < value->n; i++) {
                ConfigAccount *account;

                if (config->n_servers == LIMIT_SERVER_ACCOUNTS) {
                        config_error_at(context, value->items[i], "'%s' has more than %d entries", key->name,
                                LIMIT_SERVER_ACCOUNTS);
                        return 0;
                }
                account = &config->servers[config->n_servers++];
                account->binding = strdup(DEFAULT_BINDING);
                if (!account->binding)
                        return -ENOMEM;
                r = read_account(
                        context, value->items[i], key->name, server_keys, ELEMENTSOF(server_keys), account);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* -- Credentials of no account -- */

static const ConfigKey credential_keys[] = {CREDENTIAL_KEYS};

/* The mode that its other keys are for, where it says none. */
static SecurityMode implied_mode(const YamlNode *node)
{
        static const char *const psk_keys[] = {
                "identity", "identity_hex", "key_hex", "key_base64", "key_file", "key_credential"};

        for (size_t i = 0; i < ELEMENTSOF(psk_keys); i++)
                if (config_yaml_get(node, psk_keys[i]))
                        return SECURITY_MODE_PSK;
        return SECURITY_MODE_CERTIFICATE;
}

static int read_credential(ConfigContext *context, const YamlNode *node, const char *name,
        ConfigAccount *account, bool *ret_whole)
{
        const size_t n_errors = context->problems->errors.n;
        int r;

        account->credential =
                CREDENTIAL(config_yaml_get(node, "security_mode") ? _SECURITY_MODE_MAX : implied_mode(node));
        r = config_read_mapping(context, node, name, credential_keys, ELEMENTSOF(credential_keys), account);
        if (r < 0 || node->kind != YAML_KIND_MAPPING)
                return r;
        /* Of before nothing is kept; without it only coaps repositories that ask for it cannot be had. */
        if (context->n_missed > 0 && context->purpose == CONFIG_AS_KEPT) {
                config_kept_forget(context);
                return 0;
        }
        r = config_kept_settle(context, false, account);
        if (r < 0)
                return r;
        config_check_credential(context, node, name, account->credential.mode);
        r = check_credential(context, node, &account->credential);
        if (r == 0)
                r = config_match_server_certificate(context, node, &account->credential);
        *ret_whole = r == 0 && context->problems->errors.n == n_errors && is_whole(&account->credential);
        if (*ret_whole && context->purpose != CONFIG_AS_KEPT)
                check_as_others_do(context, node, &account->credential);
        return r;
}

int config_read_repository(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        ConfigFirmware *firmware = (ConfigFirmware *)((uint8_t *)field - key->offset);
        ConfigAccount account = {.uri = NULL};
        int r;

        if (is_blank(value))
                return config_read_mapping(
                        context, value, key->name, credential_keys, ELEMENTSOF(credential_keys), &account);
        r = read_credential(context, value, key->name, &account, &firmware->has_repository);
        credential_done(&firmware->repository);
        firmware->repository = account.credential;
        return r;
}
