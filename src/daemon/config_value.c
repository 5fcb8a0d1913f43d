/* SPDX-License-Identifier: Apache-2.0 */
/* Readers for the values of keys: one per type. */
#include <inttypes.h>
#include <stdio.h>

#include "daemon/config_value.h"
#include "lwm2m/uri.h"
#include "util/parse.h"
#include "util/utf8.h"

#define DURATION_TEXT_MAX sizeof("18446744073709551615ms")

const char *config_scalar(ConfigContext *context, const ConfigKey *key, const YamlNode *value)
{
        if (value->kind == YAML_KIND_SCALAR)
                return value->text;
        config_kind_error_at(context, value, "'%s' must be a single value", key->name);
        return NULL;
}

bool config_is_list(ConfigContext *context, const ConfigKey *key, const YamlNode *value)
{
        if (value->kind == YAML_KIND_SEQUENCE)
                return true;
        config_kind_error_at(context, value, "'%s' must be a list, each entry begins with '- '", key->name);
        return false;
}

int config_set_text(char **field, const char *text)
{
        char *copy = strdup(text);

        if (!copy)
                return -ENOMEM;
        free(*field);
        *field = copy;
        return 0;
}

/* In the largest unit that leaves no rest. */
static const char *format_duration(uint64_t usec, char buffer[DURATION_TEXT_MAX])
{
        static const struct {
                uint64_t usec;
                const char *name;
        } units[] = {
                {86400 * USEC_PER_SEC, "d"},
                {3600 * USEC_PER_SEC, "h"},
                {60 * USEC_PER_SEC, "min"},
                {USEC_PER_SEC, "s"},
                {USEC_PER_MSEC, "ms"},
        };

        (void)snprintf(buffer, DURATION_TEXT_MAX, "0");
        for (size_t i = 0; usec > 0 && i < ELEMENTSOF(units); i++)
                if (usec % units[i].usec == 0) {
                        (void)snprintf(buffer, DURATION_TEXT_MAX, "%" PRIu64 "%s", usec / units[i].usec,
                                units[i].name);
                        break;
                }
        return buffer;
}

static bool read_duration(ConfigContext *context, const ConfigKey *key, const YamlNode *value, uint64_t unit,
        uint64_t *ret_usec)
{
        const char *text = config_scalar(context, key, value);
        char minimum[DURATION_TEXT_MAX], maximum[DURATION_TEXT_MAX];
        uint64_t usec;
        int r;

        if (!text)
                return false;
        r = parse_duration(text, &usec);
        if (r == -EINVAL) {
                config_error_at(context, value,
                        "'%s' must be a time: seconds, or a number and one of ms, s, min, h, d", key->name);
                return false;
        }
        if (r < 0 || usec < key->minimum * unit || usec > key->maximum * unit) {
                config_error_at(context, value, "'%s' must be from %s to %s", key->name,
                        format_duration(key->minimum * unit, minimum),
                        format_duration(key->maximum * unit, maximum));
                return false;
        }
        *ret_usec = usec;
        return true;
}

int config_read_duration(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        uint64_t usec;

        if (read_duration(context, key, value, 1, &usec))
                *(uint64_t *)field = usec;
        return 0;
}

int config_read_seconds(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        uint64_t usec;

        if (!read_duration(context, key, value, USEC_PER_SEC, &usec))
                return 0;
        if (usec % USEC_PER_SEC != 0)
                config_error_at(context, value, "'%s' must be a whole number of seconds", key->name);
        else
                *(int64_t *)field = (int64_t)(usec / USEC_PER_SEC);
        return 0;
}

static bool read_number(ConfigContext *context, const ConfigKey *key, const YamlNode *value, uint64_t *ret)
{
        const char *text = config_scalar(context, key, value);
        uint64_t number;

        if (!text)
                return false;
        if (parse_u64(text, key->maximum, &number) < 0 || number < key->minimum) {
                config_error_at(context, value, "'%s' must be a number from %" PRIu64 " to %" PRIu64,
                        key->name, key->minimum, key->maximum);
                return false;
        }
        *ret = number;
        return true;
}

int config_read_count(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        (void)read_number(context, key, value, field);
        return 0;
}

int config_read_id(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        uint64_t number;

        if (read_number(context, key, value, &number))
                *(uint16_t *)field = (uint16_t)number;
        return 0;
}

static bool read_size(ConfigContext *context, const ConfigKey *key, const YamlNode *value, uint64_t *ret)
{
        const char *text = config_scalar(context, key, value);
        uint64_t size;
        int r;

        if (!text)
                return false;
        r = parse_size(text, &size);
        if (r == -EINVAL) {
                config_error_at(context, value,
                        "'%s' must be a size: bytes, or a number and KiB, MiB or GiB", key->name);
                return false;
        }
        if (r < 0 || size < key->minimum || size > key->maximum) {
                config_error_at(context, value, "'%s' must be from %" PRIu64 " to %" PRIu64 " bytes",
                        key->name, key->minimum, key->maximum);
                return false;
        }
        *ret = size;
        return true;
}

int config_read_size(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        (void)read_size(context, key, value, field);
        return 0;
}

int config_read_block_size(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        uint64_t size;

        if (!read_size(context, key, value, &size))
                return 0;
        if ((size & (size - 1)) != 0)
                config_error_at(context, value, "'%s' must be a power of two", key->name);
        else
                *(uint64_t *)field = size;
        return 0;
}

int config_read_fraction(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);
        double number;

        if (!text)
                return 0;
        if (parse_double(text, &number) < 0 || number < (double)key->minimum ||
                number > (double)key->maximum)
                config_error_at(context, value, "'%s' must be a number from %" PRIu64 ".0 to %" PRIu64 ".0",
                        key->name, key->minimum, key->maximum);
        else
                *(double *)field = number;
        return 0;
}

int config_read_percentage(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);
        _cleanup_(freep) char *copy = NULL;
        double number;
        size_t n;

        if (!text)
                return 0;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;

        /* A bare 20 or 0.2 could mean either; only 0 is the same in both. */
        n = strlen(copy);
        if (n > 0 && copy[n - 1] == '%')
                copy[n - 1] = 0;
        else if (strcmp(copy, "0") != 0)
                copy[0] = 0;
        if (parse_double(copy, &number) < 0 || number < (double)key->minimum ||
                number > (double)key->maximum)
                config_error_at(context, value,
                        "'%s' must be from %" PRIu64 "%% to %" PRIu64 "%%, as in 20%%", key->name,
                        key->minimum, key->maximum);
        else
                *(double *)field = number / 100;
        return 0;
}

int config_read_boolean(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);

        if (text && parse_boolean(text, field) < 0)
                config_error_at(context, value, "'%s' must be true or false", key->name);
        return 0;
}

/* "a, b or c" out of the words that are taken. */
static char *list_words(const ConfigWord *words)
{
        char *text = NULL;
        size_t size, n = 0, i = 0;
        FILE *stream;

        stream = open_memstream(&text, &size);
        if (!stream)
                return NULL;
        for (const ConfigWord *word = words; word->name; word++)
                n += !word->refused;
        for (const ConfigWord *word = words; word->name; word++)
                if (!word->refused) {
                        fprintf(stream, "%s%s", i == 0 ? "" : i + 1 == n ? " or " : ", ", word->name);
                        i++;
                }
        if (fclose(stream) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

int config_read_word(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);
        _cleanup_(freep) char *list = NULL;

        if (!text)
                return 0;
        for (const ConfigWord *word = key->words; word->name; word++) {
                if (strcmp(word->name, text) != 0)
                        continue;
                if (word->refused)
                        config_error_at(
                                context, value, "'%s': '%s' %s", key->name, word->name, word->refused);
                else
                        *(int *)field = word->value;
                return 0;
        }
        list = list_words(key->words);
        if (!list)
                return -ENOMEM;
        config_error_at(context, value, "'%s' must be %s", key->name, list);
        return 0;
}

int config_read_text(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);
        size_t size;

        if (!text)
                return 0;
        size = strlen(text);
        if (size < key->minimum || size > key->maximum) {
                config_error_at(context, value, "'%s' must be of %" PRIu64 " to %" PRIu64 " bytes",
                        key->name, key->minimum, key->maximum);
                return 0;
        }
        if (!utf8_is_printable(text, size)) {
                config_error_at(
                        context, value, "'%s' has a line break or another control character", key->name);
                return 0;
        }
        return config_set_text(field, text);
}

int config_read_uri(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value), *reason;
        Uri uri;

        if (!text)
                return 0;
        if (uri_parse(text, &uri, &reason) < 0) {
                config_error_at(context, value, "the URI %s", reason);
                return 0;
        }
        return config_set_text(field, text);
}
