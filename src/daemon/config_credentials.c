/* SPDX-License-Identifier: Apache-2.0 */
/* Readers for what proves who we are. */
#include "daemon/config_credentials.h"

#include <strings.h>

#include "daemon/config_source.h"
#include "daemon/config_value.h"
#include "lwm2m/credential.h"
#include "util/parse.h"
#include "util/secret.h"
#include "util/utf8.h"

#define KEY_SIZE_RECOMMENDED 16 /* bytes; 128 bits, RFC 7925, 4.2 with AES-128 */
#define HEX_TEXT_MIN         16 /* characters from which a key of nothing but digits is no chance */

/* Bytes on their way into a Secret: wiped wherever they end. */
typedef struct Bytes {
        uint8_t *data;
        size_t size;
} Bytes;

static void bytes_done(Bytes *bytes)
{
        secret_free_bytes(bytes->data, bytes->size);
}

static bool is_hexadecimal(char c)
{
        return c && strchr("0123456789abcdefABCDEF", c);
}

static bool looks_hexadecimal(const void *data, size_t size)
{
        const char *text = data;

        if (size < HEX_TEXT_MIN || size % 2 != 0)
                return false;
        for (size_t i = 0; i < size; i++)
                if (!is_hexadecimal(text[i]))
                        return false;
        return true;
}

/* Hexadecimal of ASCII. Nothing but decimal digits is a number that somebody counts by. */
static bool hides_text(const char *text)
{
        size_t size = strlen(text);

        if (!looks_hexadecimal(text, size) || strspn(text, "0123456789") == size)
                return false;
        for (size_t i = 0; i < size; i += 2)
                if (text[i] < '2' || text[i] > '7' || strncasecmp(text + i, "7f", 2) == 0)
                        return false;
        return true;
}

static int set_key(ConfigContext *context, const ConfigKey *key, const YamlNode *value, const Bytes *bytes,
        Secret *secret)
{
        const char *reason = credential_check_key(bytes->size);

        if (reason) {
                config_error_at(context, value, "'%s': the %s", key->name, reason);
                return 0;
        }
        if (bytes->size < KEY_SIZE_RECOMMENDED)
                config_warning_at(context, value,
                        "'%s' gives a key of %zu bytes, at least %d are recommended", key->name, bytes->size,
                        KEY_SIZE_RECOMMENDED);
        if (looks_hexadecimal(bytes->data, bytes->size))
                config_warning_at(context, value,
                        "'%s' gives a key that is itself hexadecimal text, it may have been encoded twice",
                        key->name);
        return secret_set(secret, bytes->data, bytes->size);
}

/* Recorded error and 1, or 0 with the bytes, or a negative errno. */
static int decode_hex(ConfigContext *context, const ConfigKey *key, const YamlNode *value, const char *text,
        size_t size, bool skip_space, Bytes *ret)
{
        size_t offset = 0;
        int r;

        r = parse_hex(text, size, skip_space, &ret->data, &ret->size, &offset);
        if (r != -EINVAL)
                return r;
        if (offset == size || is_hexadecimal(text[offset]))
                config_error_at(context, value,
                        "'%s' must give hexadecimal text, it has an odd number of digits", key->name);
        else
                config_error_at(context, value,
                        "'%s' must give hexadecimal text, character %zu is no such digit", key->name,
                        offset + 1);
        return 1;
}

int config_read_identity(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value), *reason;

        if (!text)
                return 0;
        reason = credential_check_identity(text, strlen(text));
        if (reason)
                config_error_at(context, value, "'%s': the %s", key->name, reason);
        else if (!utf8_is_printable(text, strlen(text)))
                config_error_at(context, value,
                        "'%s' has a line break or another control character, 'identity_hex' takes any bytes "
                        "but NUL",
                        key->name);
        else {
                if (hides_text(text))
                        config_warning_at(context, value,
                                "'%s' is hexadecimal of readable text, was 'identity_hex' meant?",
                                key->name);
                return secret_set(field, text, strlen(text));
        }
        return 0;
}

int config_read_identity_hex(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value), *reason;
        _cleanup_(bytes_done) Bytes bytes = {0};
        int r;

        if (!text)
                return 0;
        r = decode_hex(context, key, value, text, strlen(text), false, &bytes);
        if (r != 0)
                return r < 0 ? r : 0;
        reason = credential_check_identity(bytes.data, bytes.size);
        if (reason) {
                config_error_at(context, value, "'%s': the %s", key->name, reason);
                return 0;
        }
        return secret_set(field, bytes.data, bytes.size);
}

int config_read_key_hex(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);
        _cleanup_(bytes_done) Bytes bytes = {0};
        int r;

        if (!text)
                return 0;
        r = decode_hex(context, key, value, text, strlen(text), false, &bytes);
        if (r != 0)
                return r < 0 ? r : 0;
        return set_key(context, key, value, &bytes, field);
}

int config_read_key_base64(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);
        _cleanup_(bytes_done) Bytes bytes = {0};
        int r;

        if (!text)
                return 0;
        r = parse_base64(text, strlen(text), false, &bytes.data, &bytes.size);
        if (r == -EINVAL) {
                config_error_at(
                        context, value, "'%s' must be Base64 text with its padding (RFC 4648)", key->name);
                return 0;
        }
        if (r < 0)
                return r;
        if (looks_hexadecimal(text, strlen(text)))
                config_warning_at(
                        context, value, "'%s' looks like hexadecimal text, was 'key_hex' meant?", key->name);
        return set_key(context, key, value, &bytes, field);
}

int config_read_key_source(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        _cleanup_(secret_done) Secret text = {0};
        _cleanup_(bytes_done) Bytes bytes = {0};
        int r;

        r = config_source_read(
                context, key, value, CONFIG_KEY_FILE_MAX, CONFIG_SECRET, "the key file", &text);
        if (r == 0)
                r = decode_hex(context, key, value, (const char *)text.data, text.size, true, &bytes);
        if (r != 0)
                return r < 0 ? r : 0;
        return set_key(context, key, value, &bytes, field);
}
