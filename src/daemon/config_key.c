/* SPDX-License-Identifier: Apache-2.0 */
/* A mapping of the configuration read by a static table of its keys. */
#include "daemon/config_key.h"
#include "util/parse.h"

#define KEY_QUOTED_MAX 40 /* characters of an unknown key that are repeated in a message */

/* A misplaced secret may stand where a key is expected: only what looks like a key is repeated. */
static bool may_be_quoted(const char *text)
{
        size_t n = strlen(text), n_hexadecimal = strspn(text, "0123456789abcdefABCDEF");

        return n > 0 && n <= KEY_QUOTED_MAX && n == strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789-") &&
               (n_hexadecimal < n || n < 8);
}

/* "" when the text is longer than what is ever quoted. */
static void to_lower(const char *text, char ret[KEY_QUOTED_MAX + 1])
{
        size_t n = strlen(text) <= KEY_QUOTED_MAX ? strlen(text) : 0;

        for (size_t i = 0; i < n; i++)
                ret[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
        ret[n] = 0;
}

static const ConfigKey *find_key(const ConfigKey *keys, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(keys[i].name, name) == 0)
                        return &keys[i];
        return NULL;
}

static void unknown_key(
        ConfigContext *context, const YamlNode *node, const char *name, const ConfigKey *keys, size_t n)
{
        const char *candidates[CONFIG_KEYS_MAX], *suggestion;
        char lower[KEY_QUOTED_MAX + 1];
        bool quoted;

        assert(n <= CONFIG_KEYS_MAX);
        for (size_t i = 0; i < n; i++)
                candidates[i] = keys[i].name;
        to_lower(node->text, lower);
        suggestion = may_be_quoted(lower) ? parse_suggest(lower, candidates, n) : NULL;
        /* Capitals may be those of Base64, unless it is nearly one of ours. */
        quoted = suggestion || may_be_quoted(node->text);
        config_error_at(context, node, "unknown key%s%s%s%s%s%s%s%s%s", quoted ? " '" : "",
                quoted ? node->text : "", quoted ? "'" : "", name ? " in '" : "", name ?: "",
                name ? "'" : "", suggestion ? ", did you mean '" : "", suggestion ?: "",
                suggestion ? "'?" : "");
}

/* The same key further up in the mapping. */
static const YamlNode *find_duplicate(const YamlNode *mapping, size_t position)
{
        for (size_t i = 0; i < position; i += 2)
                if (mapping->items[i]->kind == YAML_KIND_SCALAR &&
                        strcmp(mapping->items[i]->text, mapping->items[position]->text) == 0)
                        return mapping->items[i];
        return NULL;
}

/* Whether a key, which is known, is the first of its name. */
static bool is_first(ConfigContext *context, const YamlNode *mapping, size_t position)
{
        const YamlNode *node = mapping->items[position], *first;

        first = find_duplicate(mapping, position);
        if (first)
                config_error_at(context, node, "duplicate key '%s', the first one is in line %u", node->text,
                        first->line);
        return !first;
}

static int read_pair(ConfigContext *context, const YamlNode *mapping, size_t position, const char *name,
        const ConfigKey *keys, size_t n, void *target)
{
        const YamlNode *node = mapping->items[position], *value = mapping->items[position + 1];
        const ConfigKey *key;

        if (node->kind != YAML_KIND_SCALAR) {
                config_kind_error_at(context, node, "a key must be a word");
                return 0;
        }
        key = find_key(keys, n, node->text);
        if (!key) {
                unknown_key(context, node, name, keys, n);
                return 0;
        }
        if (!is_first(context, mapping, position) || config_yaml_is_empty(value))
                return 0;
        return key->read(context, key, value, (uint8_t *)target + key->offset);
}

static bool is_mapping(ConfigContext *context, const YamlNode *node, const char *name)
{
        if (node->kind == YAML_KIND_MAPPING)
                return true;
        config_kind_error_at(context, node, "%s%s%s must be a mapping, lines of 'key: value'",
                name ? "'" : "", name ?: "the file", name ? "'" : "");
        return false;
}

int config_read_mapping(ConfigContext *context, const YamlNode *node, const char *name,
        const ConfigKey *keys, size_t n, void *target)
{
        int r;

        if (!is_mapping(context, node, name))
                return 0;
        for (size_t i = 0; i + 1 < node->n; i += 2) {
                r = read_pair(context, node, i, name, keys, n, target);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_id_pair(ConfigContext *context, const YamlNode *mapping, size_t position, const char *name,
        ConfigIdReader read, void *userdata)
{
        const YamlNode *node = mapping->items[position], *value = mapping->items[position + 1];
        uint16_t id;

        if (node->kind != YAML_KIND_SCALAR || path_parse_id(node->text, &id) < 0) {
                config_kind_error_at(context, node,
                        "each key in '%s' must be a Resource ID, 0 to 65534, with ': ' behind it", name);
                return 0;
        }
        if (!is_first(context, mapping, position) || config_yaml_is_empty(value))
                return 0;
        return read(context, id, node, value, userdata);
}

int config_read_ids(
        ConfigContext *context, const YamlNode *node, const char *name, ConfigIdReader read, void *userdata)
{
        int r;

        if (!is_mapping(context, node, name))
                return 0;
        for (size_t i = 0; i + 1 < node->n; i += 2) {
                r = read_id_pair(context, node, i, name, read, userdata);
                if (r < 0)
                        return r;
        }
        return 0;
}

int config_note_node(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        *(const YamlNode **)field = value;
        return 0;
}
