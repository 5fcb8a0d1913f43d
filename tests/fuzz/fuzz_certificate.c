/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as certificates and as a private key: what is taken is DER that reads the same again, and what
 * it says is text. */
#include "coap/certificate_text.h"
#include "fuzz.h"
#include "util/certificate_facts.h"
#include "util/utf8.h"

static void check_certificate(const uint8_t *data, size_t size)
{
        char date[CERTIFICATE_DATE_SIZE];
        CertificateFacts facts;

        require(certificate_facts(data, size, &facts) == 0);
        require(utf8_is_printable(facts.subject, strlen(facts.subject)));
        require(utf8_is_printable(facts.issuer, strlen(facts.issuer)));
        require(utf8_is_printable(facts.key, strlen(facts.key)));
        require(certificate_format_date(facts.not_before, date)[0] &&
                certificate_format_date(facts.not_after, date)[0]);
}

/* As a server would show it. */
static void check_sentence(const uint8_t *data, size_t size)
{
        X509 *certificate = d2i_X509(NULL, &data, (long)size);
        char text[CERTIFICATE_TEXT_SIZE], names[CERTIFICATE_NAMES_SIZE];

        require(certificate);
        certificate_describe(certificate, 0, text);
        certificate_list_names(certificate, names);
        require(utf8_is_printable(text, strlen(text)) && utf8_is_printable(names, strlen(names)));
        require(names[0]);
        X509_free(certificate);
}

static void check_chain(const Secret *chain)
{
        _cleanup_(secret_done) Secret again = {0};
        const uint8_t *rest = chain->data, *item;
        size_t size = chain->size, item_size, n = 0;

        require(certificate_chain_parse(chain->data, chain->size, &again) == 0);
        require(secret_equal(chain, &again));
        for (; certificate_chain_next(&rest, &size, &item, &item_size); n++) {
                check_certificate(item, item_size);
                check_sentence(item, item_size);
        }
        require(size == 0 && n >= 1 && n <= CERTIFICATE_CHAIN_MAX);
}

static void check_key(const Secret *key)
{
        _cleanup_(secret_done) Secret again = {0};

        require(private_key_parse(key->data, key->size, &again) == 0);
        require(secret_equal(key, &again));
        require(private_key_type(key) != PRIVATE_KEY_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(secret_done) Secret chain = {0}, key = {0};
        int r;

        r = certificate_chain_parse(data, size, &chain);
        require(r >= 0 && r < _CERTIFICATE_ERROR_MAX);
        require((r == 0) == (chain.size > 0));
        if (r == 0)
                check_chain(&chain);
        r = private_key_parse(data, size, &key);
        require(r >= 0 && r < _CERTIFICATE_ERROR_MAX);
        require((r == 0) == (key.size > 0));
        if (r == 0)
                check_key(&key);
        if (chain.size > 0 && key.size > 0) {
                r = (int)certificate_key_fits(&chain, &key);
                require(r == CERTIFICATE_GOOD || r == PRIVATE_KEY_E_OTHER);
        }
        return 0;
}
