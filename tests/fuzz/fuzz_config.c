/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as configuration file: a Config that keeps its promises, or errors with their place. */
#include <stddef.h>
#include <stdint.h>

#include "daemon/config_fingerprint.h"
#include "daemon/config_load.h"
#include "lwm2m/cipher_suite.h"
#include "lwm2m/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_account(const ConfigAccount *account)
{
        const Credential *credential = &account->credential;
        Uri uri;

        assert(uri_parse(account->uri, &uri, NULL) == 0);
        assert(credential->mode == SECURITY_MODE_PSK || credential->mode == SECURITY_MODE_NOSEC ||
                credential->mode == SECURITY_MODE_CERTIFICATE);
        assert((credential->mode != SECURITY_MODE_NOSEC) == (uri.scheme == URI_COAPS));
        if (credential->mode == SECURITY_MODE_PSK)
                assert(credential->key.size > 0 && credential->identity.size > 0);
        if (credential->mode == SECURITY_MODE_CERTIFICATE)
                assert((credential->key.size > 0) == (credential->identity.size > 0) &&
                        credential->server_certificate.size > 0);
        if (credential->mode != SECURITY_MODE_CERTIFICATE)
                assert(credential->key.size <= LIMIT_PSK_KEY_SIZE &&
                        credential->identity.size <= LIMIT_PSK_IDENTITY_SIZE &&
                        credential->server_certificate.size == 0);
        if (credential->mode == SECURITY_MODE_NOSEC)
                assert(credential->key.size == 0 && credential->identity.size == 0 &&
                        credential->n_suites == 0 && !credential->server_name);
        for (size_t i = 0; i < credential->n_suites; i++)
                assert(cipher_suite_find(credential->suites[i]));
}

static void check_config(const Config *config)
{
        ConfigFingerprint fingerprint;

        assert(config->has_bootstrap_server || config->n_servers > 0);
        assert(config->endpoint[0] && strlen(config->endpoint) <= LIMIT_ENDPOINT_SIZE);
        if (config->has_bootstrap_server)
                check_account(&config->bootstrap_server);
        for (size_t i = 0; i < config->n_servers; i++) {
                check_account(&config->servers[i]);
                assert(config->servers[i].short_server_id > 0);
                assert(config->servers[i].lifetime > 0);
        }
        assert(config->bootstrap.retry_delay <= config->bootstrap.retry_delay_max);
        assert(config_fingerprint(config, &fingerprint) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_freep) Config *config = NULL;
        int r;

        if (size > CONFIG_FILE_SIZE_MAX)
                return 0;
        r = config_parse("fuzz.yaml", data, size, CONFIG_TO_RUN, NULL, NULL, &config, &problems);
        assert(r == 0 || r == CONFIG_E_INVALID);
        assert((r == 0) == (config != NULL));
        assert((r == 0) == (problems.errors.n == 0));
        for (size_t i = 0; i < problems.errors.n; i++)
                assert(problems.errors.items[i].line > 0 && problems.errors.items[i].column > 0);
        if (config)
                check_config(config);
        return 0;
}
