/* SPDX-License-Identifier: Apache-2.0 */
/* What certificates and keys say, and whether it goes together. */
#include "daemon/config_certificate_check.h"

#include <stdio.h>

#include "daemon/config_certificate.h"
#include "lwm2m/cipher_suite.h"
#include "util/certificate_facts.h"
#include "util/clock.h"

#define NOUN_MAX 64 /* bytes of "certificate 8 of the chain" and its like, with the NUL */

/* Before the clock is set nothing can be said of dates. */
static void check_dates(
        ConfigContext *context, const YamlNode *place, const char *noun, const CertificateFacts *facts)
{
        int64_t now = (int64_t)(clock_realtime(&clock_system) / USEC_PER_SEC);
        char date[CERTIFICATE_DATE_SIZE];

        if (!clock_is_set(&clock_system, CLOCK_TIMESYNC))
                return;
        if (now > facts->not_after)
                config_warning_at(context, place, "%s (%s) has expired, it was valid until %s", noun,
                        facts->subject, certificate_format_date(facts->not_after, date));
        else if (now < facts->not_before)
                config_warning_at(context, place, "%s (%s) is not valid yet, it will be from %s on", noun,
                        facts->subject, certificate_format_date(facts->not_before, date));
}

static void check_strength(
        ConfigContext *context, const YamlNode *place, const char *noun, const CertificateFacts *facts)
{
        if (facts->is_weak)
                config_warning_at(context, place,
                        "key (%s) or signature of %s (%s) is too weak for OpenSSL's security level 2",
                        facts->key, noun, facts->subject);
}

/* 0, 1: not one more, or -ENOMEM. */
static int next_facts(const uint8_t **rest, size_t *rest_size, CertificateFacts *ret)
{
        const uint8_t *certificate;
        size_t size;

        if (!certificate_chain_next(rest, rest_size, &certificate, &size))
                return 1;
        return certificate_facts(certificate, size, ret);
}

/* The position of the certificate in the chain, from 1, that the key belongs to; 0: none. */
static size_t find_owner(const Secret *chain, const Secret *key)
{
        const uint8_t *rest = chain->data, *certificate;
        size_t rest_size = chain->size, size;

        for (size_t i = 1; certificate_chain_next(&rest, &rest_size, &certificate, &size); i++)
                if (certificate_key_fits(&(Secret){(uint8_t *)certificate, size}, key) == CERTIFICATE_GOOD)
                        return i;
        return 0;
}

static void check_pair(ConfigContext *context, const YamlNode *node, const Credential *credential)
{
        const YamlNode *place = config_certificate_place(node, "private_key");
        size_t owner;

        if (!place || credential->key.size == 0 || credential->identity.size == 0)
                return;
        owner = find_owner(&credential->identity, &credential->key);
        if (owner == 0)
                config_error_at(context, place, "the private key does not belong to the certificate");
        else if (owner > 1)
                config_error_at(context, place,
                        "the private key belongs to certificate %zu of the file, the client's own has to "
                        "stand first",
                        owner);
}

/* What makes a server refuse it. */
static void check_leaf(ConfigContext *context, const YamlNode *place, const CertificateFacts *facts)
{
        if (facts->is_ca)
                config_warning_at(context, place,
                        "the client's certificate (%s) is a CA's, a server may refuse it as a client's",
                        facts->subject);
        if (!facts->may_sign)
                config_warning_at(context, place,
                        "the client's certificate (%s) lacks the key usage digitalSignature, a server may "
                        "refuse it",
                        facts->subject);
        if (!facts->may_be_client)
                config_warning_at(context, place,
                        "the client's certificate (%s) lacks the extended key usage clientAuth, a server "
                        "may refuse it",
                        facts->subject);
}

static int check_chain(ConfigContext *context, const YamlNode *place, const Secret *chain)
{
        const uint8_t *rest = chain->data;
        size_t rest_size = chain->size;
        CertificateFacts facts, before;
        char noun[NOUN_MAX];
        int r;

        for (size_t i = 1; (r = next_facts(&rest, &rest_size, &facts)) == 0; i++) {
                if (i == 1)
                        check_leaf(context, place, &facts);
                else if (strcmp(before.issuer, facts.subject) != 0)
                        config_warning_at(context, place,
                                "certificate %zu of the file (%s) is not the CA of the one before it, whose "
                                "issuer is %s",
                                i, facts.subject, before.issuer);
                (void)snprintf(noun, sizeof(noun),
                        i == 1 ? "the client's certificate" : "certificate %zu of the file", i);
                check_dates(context, place, noun, &facts);
                check_strength(context, place, noun, &facts);
                before = facts;
        }
        return MIN_OF(r, 0);
}

static bool wants_ca(CertificateUsage usage)
{
        return usage == CERTIFICATE_USAGE_CA_CONSTRAINT || usage == CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION;
}

static CipherSuiteKind kind_of(const CertificateFacts *facts)
{
        return facts->key_type == PRIVATE_KEY_RSA ? CIPHER_SUITE_RSA : CIPHER_SUITE_ECDSA;
}

static bool offers(const Credential *credential, CipherSuiteKind kind)
{
        for (size_t i = 0; i < credential->n_suites; i++)
                if (cipher_suite_find(credential->suites[i])->kind == kind)
                        return true;
        return credential->n_suites == 0;
}

/* The server's own: what the handshake has to show. */
static void check_server_leaf(ConfigContext *context, const YamlNode *node, const YamlNode *place,
        const Credential *credential, const CertificateFacts *facts)
{
        if (facts->is_ca)
                config_warning_at(context, place,
                        "'certificate_usage: %s' needs the server's own certificate, %s is a CA's",
                        certificate_usage_to_string(credential->usage), facts->subject);
        if (credential->usage == CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT && !facts->may_be_server)
                config_warning_at(context, place,
                        "the server's certificate (%s) lacks the extended key usage serverAuth, it will be "
                        "refused",
                        facts->subject);
        if (!offers(credential, kind_of(facts)))
                config_warning_at(context, config_yaml_get(node, "cipher_suites"),
                        "'cipher_suites' has none for the server's certificate, whose key is %s",
                        facts->key);
}

static int check_server(ConfigContext *context, const YamlNode *node, const Credential *credential)
{
        const YamlNode *place = config_certificate_place(node, "server_certificate");
        const Secret *certificate = &credential->server_certificate;
        const char *noun = wants_ca(credential->usage) ? "the CA's certificate" : "the server's certificate";
        CertificateFacts facts;
        int r;

        if (!place || certificate->size == 0)
                return 0;
        r = certificate_facts(certificate->data, certificate->size, &facts);
        if (r != 0)
                return MIN_OF(r, 0); /* a digest */
        if (!wants_ca(credential->usage))
                check_server_leaf(context, node, place, credential, &facts);
        else if (!facts.is_ca)
                config_warning_at(context, place,
                        "'certificate_usage: %s' needs a CA's certificate, %s is none",
                        certificate_usage_to_string(credential->usage), facts.subject);
        if (credential->identity.size >= certificate->size &&
                memcmp(credential->identity.data, certificate->data, certificate->size) == 0)
                config_warning_at(
                        context, place, "the server's certificate (%s) is the client's own", facts.subject);
        /* A pinned one is good whatever it says: RFC 6698, 2.1.1. */
        if (credential->usage != CERTIFICATE_USAGE_DOMAIN_ISSUED)
                check_dates(context, place, noun, &facts);
        check_strength(context, place, noun, &facts);
        return 0;
}

/* The suite names the server's key; a client's of the other type is what few servers ask for beside it. */
static int check_key_type(ConfigContext *context, const YamlNode *node, const Credential *credential)
{
        const YamlNode *place = config_yaml_get(node, "cipher_suites");
        CertificateFacts facts;
        int r;

        if (!place || credential->identity.size == 0)
                return 0;
        r = certificate_facts(credential->identity.data, credential->identity.size, &facts);
        if (r == 0 && !offers(credential, kind_of(&facts)))
                config_warning_at(context, place,
                        "'cipher_suites' has none for the client's key, %s: a server may refuse it",
                        facts.key);
        return MIN_OF(r, 0);
}

int config_check_certificates(ConfigContext *context, const YamlNode *node, const Credential *credential)
{
        const YamlNode *place = config_certificate_place(node, "certificate");
        int r = 0;

        check_pair(context, node, credential);
        if (place && credential->identity.size > 0)
                r = check_chain(context, place, &credential->identity);
        else if (!place && !config_certificate_place(node, "private_key"))
                config_warning_at(context, node,
                        "without 'certificate_file' or 'certificate_credential' the client shows the server "
                        "no certificate");
        if (r == 0)
                r = check_server(context, node, credential);
        return r == 0 ? check_key_type(context, node, credential) : r;
}

void config_check_suites(ConfigContext *context, const YamlNode *node, const Credential *credential)
{
        const YamlNode *place = config_yaml_get(node, "cipher_suites");
        const char *mode = security_mode_to_string(credential->mode);
        const CipherSuite *useless = NULL;
        size_t n = 0;

        for (size_t i = 0; i < credential->n_suites; i++) {
                const CipherSuite *suite = cipher_suite_find(credential->suites[i]);

                if (cipher_suite_fits(suite, credential->mode))
                        n++;
                else if (!useless)
                        useless = suite;
        }
        if (useless && n == 0)
                config_error_at(context, place, "'cipher_suites' has none for 'security_mode: %s'", mode);
        else if (useless)
                config_warning_at(context, place, "'cipher_suites': %s has no use with 'security_mode: %s'",
                        useless->name, mode);
}

static int check_name(
        ConfigContext *context, const YamlNode *node, const char *endpoint, const ConfigAccount *account)
{
        const YamlNode *place = config_certificate_place(node, "certificate");
        const Secret *chain = &account->credential.identity;
        CertificateFacts facts;
        int r;

        if (!place || account->credential.mode != SECURITY_MODE_CERTIFICATE || chain->size == 0)
                return 0;
        r = certificate_facts(chain->data, chain->size, &facts);
        if (r == 0 && facts.common_name[0] && strcmp(facts.common_name, endpoint) != 0)
                config_warning_at(context, place,
                        "the client's certificate is for %s, 'endpoint' is %s: a server may refuse that",
                        facts.common_name, endpoint);
        return MIN_OF(r, 0);
}

int config_check_names(ConfigContext *context, const YamlNode *root, const Config *config)
{
        const YamlNode *bootstrap = config_yaml_get(root, "bootstrap"),
                       *servers = config_yaml_get(root, "servers");
        int r = 0;

        if (config->has_bootstrap_server)
                r = check_name(context, config_yaml_get(bootstrap, "server"), config->endpoint,
                        &config->bootstrap_server);
        for (size_t i = 0; r == 0 && i < config->n_servers; i++)
                r = check_name(context, servers->items[i], config->endpoint, &config->servers[i]);
        return r;
}
