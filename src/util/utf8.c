/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: where a character ends, which one is printable. */
#include "util/utf8.h"

#include <stdio.h>

#define CHARACTER_MAX 4 /* bytes: RFC 3629, 3 */

/* What may follow a first byte: the second one's range keeps out overlong forms, surrogates and what lies
 * above U+10FFFF. */
static void second_byte(uint8_t first, uint8_t *ret_low, uint8_t *ret_high)
{
        *ret_low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        *ret_high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
}

size_t utf8_character(const void *text, size_t size)
{
        const uint8_t *p = text;
        uint8_t low, high;
        size_t n;

        if (size == 0)
                return 0;
        if (p[0] < 0x80)
                return p[0] != 0;
        if (p[0] < 0xc2 || p[0] > 0xf4)
                return 0;
        n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
        if (n > size)
                return 0;

        second_byte(p[0], &low, &high);
        if (p[1] < low || p[1] > high)
                return 0;
        for (size_t i = 2; i < n; i++)
                if (p[i] < 0x80 || p[i] > 0xbf)
                        return 0;
        return n;
}

bool utf8_is_control(const void *character)
{
        const uint8_t *p = character;

        return p[0] < ' ' || p[0] == 0x7f || (p[0] == 0xc2 && p[1] < 0xa0);
}

bool utf8_is_layout(const void *character)
{
        const uint8_t *p = character;

        return p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
                                       (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

bool utf8_is_noncharacter(const void *character)
{
        const uint8_t *p = character;

        if (p[0] == 0xef)
                return (p[1] == 0xbf && p[2] >= 0xbe) || (p[1] == 0xb7 && p[2] >= 0x90 && p[2] <= 0xaf);
        return p[0] >= 0xf0 && (p[1] & 0x0f) == 0x0f && p[2] == 0xbf && p[3] >= 0xbe;
}

bool utf8_is_valid(const void *text, size_t size)
{
        const uint8_t *p = text;

        for (size_t i = 0, n; i < size; i += n) {
                n = utf8_character(p + i, size - i);
                if (n == 0)
                        return false;
        }
        return true;
}

bool utf8_is_printable(const void *text, size_t size)
{
        const uint8_t *p = text;

        for (size_t i = 0, n; i < size; i += n) {
                n = utf8_character(p + i, size - i);
                if (n == 0 || utf8_is_control(p + i) || utf8_is_layout(p + i) || utf8_is_noncharacter(p + i))
                        return false;
        }
        return true;
}

size_t utf8_cut(const void *text, size_t size)
{
        const uint8_t *p = text;

        for (size_t back = 1; back <= MIN_OF(size, (size_t)CHARACTER_MAX - 1); back++) {
                uint8_t byte = p[size - back];

                if (byte >= 0xc0)
                        return utf8_character(p + size - back, back) == 0 ? size - back : size;
                if (byte < 0x80)
                        break;
        }
        return size;
}

void utf8_make_printable(char *text, size_t size)
{
        for (size_t i = 0, n; i < size; i += n) {
                n = utf8_character(text + i, size - i);
                if (n == 0) {
                        text[i] = '?';
                        n = 1;
                } else if (utf8_is_noncharacter(text + i))
                        memset(text + i, '?', n);
                else if (utf8_is_control(text + i) || utf8_is_layout(text + i))
                        memset(text + i, ' ', n);
        }
}

size_t utf8_vprintf(char *buffer, size_t size, const char *format, va_list ap)
{
        int n = vsnprintf(buffer, size, format, ap);
        size_t length = n < 0 ? 0 : (size_t)n;

        if (length >= size)
                length = utf8_cut(buffer, size - 1);
        buffer[length] = '\0';
        utf8_make_printable(buffer, length);
        return length;
}
