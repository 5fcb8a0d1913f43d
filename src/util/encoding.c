/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text: hexadecimal, Base64. */
#include "util/ascii.h"
#include "util/encoding.h"
#include "util/secret.h"

int parse_hex(const char *text, size_t size, bool skip_space, uint8_t **ret, size_t *ret_size,
        size_t *reterr_offset)
{
        size_t digits = 0, i;
        uint8_t *data;

        data = calloc(size / 2 + 1, 1);
        if (!data)
                return -ENOMEM;

        for (i = 0; i < size; i++) {
                int digit = ascii_hex_digit(text[i]);

                if (skip_space && ascii_is_space(text[i]))
                        continue;
                /* The last digit of an odd count would be written behind the array. */
                if (digit < 0 || digits / 2 >= size / 2)
                        break;
                data[digits / 2] = (uint8_t)(data[digits / 2] << 4 | digit);
                digits++;
        }
        if (i < size || digits % 2 != 0) {
                secret_free_bytes(data, size / 2 + 1);
                if (reterr_offset)
                        *reterr_offset = i;
                return -EINVAL;
        }

        data[digits / 2] = 0;
        *ret = data;
        *ret_size = digits / 2;
        return 0;
}

static int base64_digit(char c)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (ascii_is_digit(c))
                return c - '0' + 52;
        if (c == '+' || c == '-')
                return 62;
        if (c == '/' || c == '_')
                return 63;
        return -1;
}

/* BASE64_EITHER: both have it. */
static Base64Alphabet alphabet_of(char c)
{
        if (c == '+' || c == '/')
                return BASE64_STANDARD;
        return c == '-' || c == '_' ? BASE64_URL : BASE64_EITHER;
}

int base64_add(Base64Reader *reader, char c, uint8_t *ret)
{
        Base64Alphabet alphabet = alphabet_of(c);
        int digit = base64_digit(c);

        if (c == '=')
                return ++reader->padding > 2 ? -EINVAL : 0;
        if (reader->alphabet == BASE64_EITHER)
                reader->alphabet = alphabet;
        if (digit < 0 || reader->padding > 0 || (alphabet != BASE64_EITHER && alphabet != reader->alphabet))
                return -EINVAL;

        reader->bits = reader->bits << 6 | (uint32_t)digit;
        reader->digits = (reader->digits + 1) % 4;
        if (reader->digits == 1)
                return 0;
        *ret = (uint8_t)(reader->bits >> (2 * (4 - reader->digits) % 8));
        return 1;
}

int base64_end(const Base64Reader *reader)
{
        bool padded = (reader->digits + reader->padding) % 4 == 0;

        if (reader->digits == 1 || (!padded && reader->padding > 0) ||
                (!padded && reader->alphabet == BASE64_STANDARD))
                return -EINVAL;
        /* RFC 4648, 3.5: the bits that no byte takes are zero, so that one value has one text. */
        if (reader->digits != 0 && (reader->bits & (reader->digits == 2 ? 0xf : 0x3)) != 0)
                return -EINVAL;
        return 0;
}

int parse_base64(const char *text, size_t size, bool url, uint8_t **ret, size_t *ret_size)
{
        Base64Reader reader = {.alphabet = url ? BASE64_URL : BASE64_STANDARD};
        uint8_t *data = malloc(size / 4 * 3 + 3);
        size_t n = 0;
        int r = 0;

        if (!data)
                return -ENOMEM;
        for (size_t i = 0; i < size && r >= 0; i++) {
                r = base64_add(&reader, text[i], &data[n]);
                n += r > 0;
        }
        if (r >= 0)
                r = base64_end(&reader);
        if (r < 0) {
                secret_free_bytes(data, n);
                return r;
        }
        data[n] = 0;
        *ret = data;
        *ret_size = n;
        return 0;
}

static char *format(const uint8_t *data, size_t size, const char digits[65], bool pad)
{
        char *text, *p;

        text = p = malloc(size / 3 * 4 + 5);
        if (!text)
                return NULL;

        for (size_t i = 0; i < size; i += 3) {
                size_t n = MIN_OF(size - i, (size_t)3);
                uint32_t bits = 0;

                for (size_t j = 0; j < 3; j++)
                        bits = bits << 8 | (j < n ? data[i + j] : 0);
                for (size_t j = 0; j < (pad ? 4 : n + 1); j++)
                        *p++ = j <= n ? digits[bits >> (18 - 6 * j) & 0x3f] : '=';
        }
        *p = '\0';
        return text;
}

char *format_base64(const uint8_t *data, size_t size)
{
        return format(data, size, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

char *format_base64url(const uint8_t *data, size_t size)
{
        return format(data, size, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
}
