/* SPDX-License-Identifier: Apache-2.0 */
/* Strict parsers. */
#include <locale.h>
#include <math.h>

#include "util/ascii.h"
#include "util/parse.h"

#define DECIMALS_MAX  6  /* of a duration: microseconds */
#define SUGGEST_EDITS 3  /* an edit distance above this is another word */
#define SUGGEST_WORD  64 /* bytes; longer words get no suggestion */

/* Reads digits; at least one. Returns the character behind them, or NULL with *reterr set. */
static const char *read_digits(const char *text, uint64_t *ret, int *reterr)
{
        uint64_t value = 0;

        if (!ascii_is_digit(*text)) {
                *reterr = -EINVAL;
                return NULL;
        }
        *reterr = 0;
        for (; ascii_is_digit(*text); text++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                        __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
                        *reterr = -ERANGE;
        *ret = value;
        return text;
}

int parse_u64(const char *text, uint64_t maximum, uint64_t *ret)
{
        const char *end;
        uint64_t value;
        int r;

        end = read_digits(text, &value, &r);
        if (!end || *end != '\0')
                return -EINVAL;
        if (r < 0 || value > maximum)
                return -ERANGE;
        *ret = value;
        return 0;
}

int parse_i64(const char *text, int64_t *ret)
{
        bool negative = *text == '-';
        uint64_t magnitude;
        int r;

        r = parse_u64(text + negative, (uint64_t)INT64_MAX + negative, &magnitude);
        if (r < 0)
                return r;
        *ret = (int64_t)(negative ? 0 - magnitude : magnitude);
        return 0;
}

int parse_double(const char *text, double *ret)
{
        const char *p = text;
        uint64_t ignored;
        locale_t locale;
        double value;
        int r;

        /* The grammar is checked here, since strtod() also takes blanks, plus, hexadecimal, nan and
         * infinity. */
        if (*p == '-')
                p++;
        p = read_digits(p, &ignored, &r);
        if (p && *p == '.')
                p = read_digits(p + 1, &ignored, &r);
        if (p && (*p == 'e' || *p == 'E')) {
                p++;
                if (*p == '-' || *p == '+')
                        p++;
                p = read_digits(p, &ignored, &r);
        }
        if (!p || *p != '\0')
                return -EINVAL;

        locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        if (!locale)
                return -errno;
        value = strtod_l(text, NULL, locale);
        freelocale(locale);
        if (!isfinite(value))
                return -ERANGE;
        *ret = value;
        return 0;
}

int parse_boolean(const char *text, bool *ret)
{
        if (strcmp(text, "true") == 0)
                *ret = true;
        else if (strcmp(text, "false") == 0)
                *ret = false;
        else
                return -EINVAL;
        return 0;
}

/* ".5" -> 500000 */
static const char *read_decimals(const char *text, uint64_t *ret)
{
        uint64_t value = 0;
        size_t n = 0;

        if (*text == '.') {
                for (text++; ascii_is_digit(*text); text++, n++) {
                        if (n >= DECIMALS_MAX)
                                return NULL;
                        value = value * 10 + (uint64_t)(*text - '0');
                }
                if (n == 0)
                        return NULL;
        }
        for (; n < DECIMALS_MAX; n++)
                value *= 10;
        *ret = value;
        return text;
}

int parse_duration(const char *text, uint64_t *ret_usec)
{
        static const struct {
                const char *name;
                uint64_t usec;
        } units[] = {
                {"", USEC_PER_SEC},
                {"ms", USEC_PER_MSEC},
                {"s", USEC_PER_SEC},
                {"min", 60 * USEC_PER_SEC},
                {"h", 3600 * USEC_PER_SEC},
                {"d", 86400 * USEC_PER_SEC},
        };
        uint64_t whole, millionths, usec;
        const char *p;
        int r;

        p = read_digits(text, &whole, &r);
        if (p)
                p = read_decimals(p, &millionths);
        if (!p)
                return -EINVAL;

        for (size_t i = 0; i < ELEMENTSOF(units); i++) {
                if (strcmp(p, units[i].name) != 0)
                        continue;
                if (millionths * units[i].usec % USEC_PER_SEC != 0)
                        return -EINVAL; /* finer than a microsecond */
                if (r < 0 || __builtin_mul_overflow(whole, units[i].usec, &usec) ||
                        __builtin_add_overflow(usec, millionths * units[i].usec / USEC_PER_SEC, &usec) ||
                        usec == USEC_INFINITY)
                        return -ERANGE;
                *ret_usec = usec;
                return 0;
        }
        return -EINVAL;
}

int parse_size(const char *text, uint64_t *ret)
{
        uint64_t value, unit;
        const char *p;
        int r;

        p = read_digits(text, &value, &r);
        if (!p)
                return -EINVAL;
        if (*p == '\0')
                unit = 1;
        else if (strcmp(p, "KiB") == 0)
                unit = 1024;
        else if (strcmp(p, "MiB") == 0)
                unit = 1024 * 1024;
        else if (strcmp(p, "GiB") == 0)
                unit = 1024 * 1024 * 1024;
        else
                return -EINVAL;
        if (r < 0 || __builtin_mul_overflow(value, unit, &value))
                return -ERANGE;
        *ret = value;
        return 0;
}

static size_t edit_distance(const char *a, const char *b)
{
        size_t row[SUGGEST_WORD + 1], n = strlen(b);

        for (size_t j = 0; j <= n; j++)
                row[j] = j;
        for (size_t i = 0; a[i]; i++) {
                size_t diagonal = row[0];

                row[0] = i + 1;
                for (size_t j = 0; j < n; j++) {
                        size_t best = MIN_OF(row[j], row[j + 1]) + 1;

                        best = MIN_OF(best, diagonal + (a[i] != b[j]));
                        diagonal = row[j + 1];
                        row[j + 1] = best;
                }
        }
        return row[n];
}

const char *parse_suggest(const char *word, const char *const *candidates, size_t n)
{
        size_t length = strlen(word), best;
        const char *found = NULL;

        if (length > SUGGEST_WORD)
                return NULL;

        /* One edit for every three letters: more would turn any word into any other. */
        best = MIN_OF((size_t)SUGGEST_EDITS, length / 3) + 1;
        for (size_t i = 0; i < n; i++) {
                size_t distance;

                if (strlen(candidates[i]) > SUGGEST_WORD)
                        continue;
                distance = edit_distance(word, candidates[i]);
                if (distance < best) {
                        best = distance;
                        found = candidates[i];
                }
        }
        return found;
}
