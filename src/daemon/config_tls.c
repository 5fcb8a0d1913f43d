/* SPDX-License-Identifier: Apache-2.0 */
/* Readers for what a DTLS session asks of the server beside keys. */
#include "daemon/config_tls.h"

#include <stdio.h>

#include "coap/address_list.h"
#include "coap/trust_store.h"
#include "daemon/config_file.h"
#include "daemon/config_value.h"
#include "lwm2m/cipher_suite.h"
#include "lwm2m/credential.h"
#include "util/parse.h"

/* NULL, or what is wrong: the rest of a sentence. */
static const char *check_name(const char *name)
{
        if (address_is_literal(name) || name[0] == '[')
                return "must be a name: an IP address is never sent as Server Name Indication (RFC 6066, 3)";
        if (strstr(name, "://"))
                return "must be a name, not a URI";
        if (strchr(name, ':'))
                return "must be a name without a port";
        if (strchr(name, '*'))
                return "must be a name, not a pattern";
        if (credential_check_server_name(name))
                return "must be a host name: letters, digits, hyphens, and dots between them";
        return NULL;
}

int config_read_server_name(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value), *reason;

        if (!text)
                return 0;
        reason = check_name(text);
        if (reason) {
                config_error_at(context, value, "'%s' %s", key->name, reason);
                return 0;
        }
        return config_set_text(field, text);
}

/* A decimal number, or four hexadecimal digits behind 0x. */
static bool parse_number(const char *text, uint16_t *ret)
{
        uint8_t *bytes = NULL;
        uint64_t number;
        size_t size;

        if (parse_u64(text, UINT16_MAX, &number) == 0) {
                *ret = (uint16_t)number;
                return true;
        }
        if (strlen(text) != strlen("0xC0A8") || strncmp(text, "0x", 2) != 0 ||
                parse_hex(text + 2, 4, false, &bytes, &size, NULL) < 0)
                return false;
        *ret = (uint16_t)(bytes[0] << 8 | bytes[1]);
        free(bytes);
        return true;
}

/* Of DTLS 1.3: RFC 8446, B.4. */
static bool is_of_tls_1_3(uint16_t number)
{
        return number >> 8 == 0x13;
}

static bool looks_like_name(const char *text)
{
        return strncmp(text, "TLS_", 4) == 0 && strlen(text) < 64 &&
               strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(text);
}

/* Nothing is repeated but what looks like a suite's name: a misplaced key may stand here. */
static void refuse_suite(ConfigContext *context, const ConfigKey *key, const YamlNode *value)
{
        const char *candidates[128], *suggestion = NULL;
        uint16_t number;
        size_t n = 0;

        while (n < ELEMENTSOF(candidates) && cipher_suite_get(n)) {
                candidates[n] = cipher_suite_get(n)->name;
                n++;
        }
        if (looks_like_name(value->text))
                suggestion = parse_suggest(value->text, candidates, n);
        if (suggestion)
                config_error_at(context, value, "'%s': OpenSSL has no %s, did you mean %s?", key->name,
                        value->text, suggestion);
        else if (strncmp(value->text, "TLS_AES_", 8) == 0 ||
                 strncmp(value->text, "TLS_CHACHA20_", 13) == 0 ||
                 (parse_number(value->text, &number) && is_of_tls_1_3(number)))
                config_error_at(context, value,
                        "'%s': this suite is of (D)TLS 1.3, the client speaks DTLS 1.2", key->name);
        else if (looks_like_name(value->text) || parse_number(value->text, &number))
                config_error_at(context, value,
                        "'%s': OpenSSL has no suite %s that DTLS 1.2 and a PSK or a certificate can use",
                        key->name, value->text);
        else
                config_error_at(context, value,
                        "'%s' takes IANA's names and numbers, as TLS_PSK_WITH_AES_128_CCM_8 or 0xC0A8",
                        key->name);
}

static void read_suite(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, Credential *credential)
{
        const char *text = config_scalar(context, key, value);
        const CipherSuite *suite;
        uint16_t number;

        if (!text)
                return;
        suite = parse_number(text, &number) ? cipher_suite_find(number) : cipher_suite_find_name(text);
        if (!suite) {
                refuse_suite(context, key, value);
                return;
        }
        for (size_t i = 0; i < credential->n_suites; i++)
                if (credential->suites[i] == suite->number) {
                        config_error_at(
                                context, value, "'%s': %s stands there twice", key->name, suite->name);
                        return;
                }
        if (credential->n_suites < LIMIT_CIPHER_SUITES)
                credential->suites[credential->n_suites++] = suite->number;
}

int config_read_cipher_suites(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        if (value->kind != YAML_KIND_SEQUENCE) {
                config_kind_error_at(
                        context, value, "'%s' must be a list, as [TLS_PSK_WITH_AES_128_CCM_8]", key->name);
                return 0;
        }
        if (value->n == 0)
                config_error_at(context, value, "'%s' is an empty list, no handshake can do without a suite",
                        key->name);
        if (value->n > LIMIT_CIPHER_SUITES)
                config_error_at(
                        context, value, "'%s' has more than %d entries", key->name, LIMIT_CIPHER_SUITES);
        else
                for (size_t i = 0; i < value->n; i++)
                        read_suite(context, key, value->items[i], field);
        return 0;
}

int config_read_trust_store(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);
        int r;

        if (!text)
                return 0;
        if (text[0] != '/' && strcmp(text, TRUST_STORE_SYSTEM) != 0 && strcmp(text, TRUST_STORE_NONE) != 0) {
                config_error_at(context, value,
                        "'%s' must be system, none, or the absolute path of a file or folder", key->name);
                return 0;
        }
        if (text[0] == '/' && !config_file_check_place(context, value, key->name, text))
                return 0;
        /* A warning: it is read at each handshake, and may be there by then. */
        r = context->purpose == CONFIG_AS_KEPT ? 0 : trust_store_check(text);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                config_warning_at(context, value, "'%s' names a file or folder that %s", key->name,
                        r == -ENODATA ? "holds no certificate" : config_file_reason(r));
        return config_set_text(field, text);
}
