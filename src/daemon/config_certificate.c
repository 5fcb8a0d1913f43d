/* SPDX-License-Identifier: Apache-2.0 */
/* Readers for security mode certificate: certificates and keys out of files. */
#include "daemon/config_certificate.h"

#include <ctype.h>
#include <stdio.h>

#include "daemon/config_source.h"
#include "util/bytes.h"
#include "util/certificate.h"
#include "util/crypto.h"
#include "util/encoding.h"

#define KEY_NAME_MAX sizeof("server_certificate_credential")

const YamlNode *config_certificate_place(const YamlNode *account, const char *stem)
{
        char name[KEY_NAME_MAX];
        const YamlNode *file;

        (void)snprintf(name, sizeof(name), "%s_file", stem);
        file = config_yaml_get(account, name);
        (void)snprintf(name, sizeof(name), "%s_credential", stem);
        return file ?: config_yaml_get(account, name);
}

/* Nothing but these characters and white space, and begins so. */
static bool is_text_of(const Secret *text, const char *begin, const char *alphabet)
{
        size_t n = strlen(begin);

        if (text->size < n || memcmp(text->data, begin, n) != 0)
                return false;
        for (size_t i = 0; i < text->size; i++)
                if (!isspace(text->data[i]) && (text->data[i] == 0 || !strchr(alphabet, text->data[i])))
                        return false;
        return true;
}

/* Where no parser finds anything: DER has been made text (0x30 begins it, "M" in Base64), or text has
 * been made 16 bits wide. */
static const char *disguise(const Secret *text)
{
        static const char digits[] = "0123456789abcdefABCDEF";
        static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

        if (is_text_of(text, "30", digits))
                return "is hexadecimal text, PEM or DER is needed";
        if (is_text_of(text, "M", base64))
                return "is Base64 without the lines -----BEGIN ...----- and -----END ...----- around it";
        if (text->size >= 2 &&
                (memcmp(text->data, "\xff\xfe", 2) == 0 || memcmp(text->data, "\xfe\xff", 2) == 0))
                return "is UTF-16 text, PEM is ASCII";
        return NULL;
}

static void record_error(ConfigContext *context, const ConfigKey *key, const YamlNode *value,
        const Secret *text, CertificateError error)
{
        const char *hidden =
                error == CERTIFICATE_E_NONE || error == PRIVATE_KEY_E_NONE ? disguise(text) : NULL;

        config_error_at(context, value, "'%s' names a %s that %s", key->name, config_source_noun(key),
                hidden ?: certificate_error_to_string(error));
}

int config_read_certificate(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        _cleanup_(secret_done) Secret text = {0};
        int r;

        r = config_source_read(
                context, key, value, CERTIFICATE_CHAIN_SIZE, CONFIG_PUBLIC, "the certificate file", &text);
        if (r != 0)
                return r < 0 ? r : 0;
        r = certificate_chain_parse(text.data, text.size, field);
        if (r > 0)
                record_error(context, key, value, &text, (CertificateError)r);
        return r < 0 ? r : 0;
}

int config_read_private_key(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        _cleanup_(secret_done) Secret text = {0};
        int r;

        r = config_source_read(
                context, key, value, PRIVATE_KEY_SIZE, CONFIG_SECRET, "the private key file", &text);
        if (r != 0)
                return r < 0 ? r : 0;
        r = private_key_parse(text.data, text.size, field);
        if (r > 0)
                record_error(context, key, value, &text, (CertificateError)r);
        return r < 0 ? r : 0;
}

/* No certificate is so small. */
static bool is_digest(const Secret *secret)
{
        for (MatchingType type = MATCHING_TYPE_SHA256; type < _MATCHING_TYPE_MAX; type++)
                if (secret->size == matching_type_digest_size(type))
                        return true;
        return false;
}

/* Hexadecimal text as tools show a fingerprint, "sha256 Fingerprint=AB:CD:...", or bytes as they are. 0, 1:
 * neither, or -ENOMEM. */
static int parse_digest(const Secret *text, Secret *ret)
{
        _cleanup_(byte_writer_done) ByteWriter digits = BYTE_WRITER(text->size);
        const uint8_t *equals = memchr(text->data, '=', text->size);
        Secret digest = {0};
        int r;

        for (const uint8_t *c = equals ? equals + 1 : text->data; c < text->data + text->size; c++)
                if (*c != ':')
                        byte_writer_add(&digits, c, 1);
        if (digits.error < 0)
                return digits.error;
        r = parse_hex((const char *)digits.data ?: "", digits.size, true, &digest.data, &digest.size, NULL);
        if (r == 0 && !is_digest(&digest)) {
                secret_done(&digest);
                r = -EINVAL;
        }
        if (r == -EINVAL && is_digest(text))
                return secret_set(ret, text->data, text->size);
        if (r == -EINVAL)
                return 1;
        if (r == 0) {
                secret_done(ret);
                *ret = digest;
        }
        return r;
}

static size_t count_certificates(const Secret *chain)
{
        const uint8_t *rest = chain->data, *certificate;
        size_t rest_size = chain->size, size, n = 0;

        while (certificate_chain_next(&rest, &rest_size, &certificate, &size))
                n++;
        return n;
}

int config_read_server_certificate(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        _cleanup_(secret_done) Secret text = {0}, chain = {0};
        int r, error;

        r = config_source_read(context, key, value, CERTIFICATE_CHAIN_SIZE, CONFIG_PUBLIC,
                "the server certificate file", &text);
        if (r != 0)
                return r < 0 ? r : 0;
        error = certificate_chain_parse(text.data, text.size, &chain);
        if (error < 0)
                return error;
        if (error == CERTIFICATE_GOOD && count_certificates(&chain) > 1)
                config_error_at(context, value,
                        "'%s' names a %s that holds %zu certificates, /0/x/4 takes one: the server's own, "
                        "or the CA that is trusted",
                        key->name, config_source_noun(key), count_certificates(&chain));
        else if (error == CERTIFICATE_GOOD)
                return secret_set(field, chain.data, chain.size);
        else {
                r = parse_digest(&text, field);
                if (r == 1)
                        record_error(context, key, value, &text, (CertificateError)error);
        }
        return r < 0 ? r : 0;
}

static int make_digest(MatchingType type, const Secret *certificate, uint8_t ret[SHA512_SIZE])
{
        if (type == MATCHING_TYPE_SHA256)
                return crypto_sha256(certificate->data, certificate->size, ret);
        if (type == MATCHING_TYPE_SHA384)
                return crypto_sha384(certificate->data, certificate->size, ret);
        return crypto_sha512(certificate->data, certificate->size, ret);
}

int config_match_server_certificate(ConfigContext *context, const YamlNode *node, Credential *credential)
{
        const YamlNode *place = config_certificate_place(node, "server_certificate");
        Secret *certificate = &credential->server_certificate;
        MatchingType type = credential->matching_type;
        uint8_t digest[SHA512_SIZE];
        int r;

        if (!place || certificate->size == 0)
                return 0;
        if (type == MATCHING_TYPE_EXACT) {
                if (is_digest(certificate))
                        config_error_at(context, place,
                                "the server's certificate is given as a digest, which 'matching_type: "
                                "exact' does not take");
                return 0;
        }
        if (is_digest(certificate)) {
                if (certificate->size != matching_type_digest_size(type))
                        config_error_at(context, place,
                                "the digest of the server's certificate has %zu bytes, 'matching_type: %s' "
                                "needs %zu",
                                certificate->size, matching_type_to_string(type),
                                matching_type_digest_size(type));
                return 0;
        }
        r = make_digest(type, certificate, digest);
        return r < 0 ? r : secret_set(certificate, digest, matching_type_digest_size(type));
}
