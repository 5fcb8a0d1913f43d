/* SPDX-License-Identifier: Apache-2.0 */
/* YAML text -> tree of nodes with their place. Events instead of libyaml's document: that one hides anchors
 * and tags, and has resolved the aliases already. */
#include <yaml.h>

#include "daemon/config_yaml.h"
#include "util/secret.h"
#include "util/utf8.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

typedef struct Builder {
        yaml_parser_t parser;
        const uint8_t *text; /* valid UTF-8 */
        size_t size;
        ConfigProblems *problems;
        size_t n_nodes;
} Builder;

static unsigned mark_line(yaml_mark_t mark)
{
        return (unsigned)mark.line + 1;
}

static unsigned mark_column(yaml_mark_t mark)
{
        return (unsigned)mark.column + 1;
}

#define error_at(builder, mark, ...) \
        (config_error((builder)->problems, mark_line(mark), mark_column(mark), __VA_ARGS__), 1)

/* Wipes the copy of a scalar that libyaml made: it may be a key. */
static void event_done(yaml_event_t *event)
{
        if (event->type == YAML_SCALAR_EVENT && event->data.scalar.value)
                explicit_bzero(event->data.scalar.value, event->data.scalar.length);
        yaml_event_delete(event);
}

/* Its buffers hold what has been read last, keys in it. */
static void parser_done(yaml_parser_t *parser)
{
        explicit_bzero(
                parser->raw_buffer.start, (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
        explicit_bzero(parser->buffer.start, (size_t)(parser->buffer.end - parser->buffer.start));
        yaml_parser_delete(parser);
}

static char character_at(const Builder *builder, yaml_mark_t mark)
{
        size_t i = 0;

        for (size_t n = 0; i < builder->size && n < mark.index; n++)
                i += utf8_character(builder->text + i, builder->size - i);
        return i < builder->size ? (char)builder->text[i] : '\0';
}

#define BRACKETS_ADVICE "; between braces or brackets a value that has one of []{}, in it stands in quotes"

/* libyaml's words for it. */
static bool is_in_brackets(const char *context)
{
        return strcmp(context, "while parsing a flow mapping") == 0 ||
               strcmp(context, "while parsing a flow sequence") == 0;
}

/* Why the parser stopped, in one sentence. Its messages are fixed texts and quote nothing of the file. */
static int parser_error(Builder *builder)
{
        const yaml_parser_t *parser = &builder->parser;
        char character;

        if (parser->error == YAML_MEMORY_ERROR)
                return -ENOMEM;
        character = character_at(builder, parser->problem_mark);
        /* libyaml's words for both: found character that cannot start any token. */
        if (character == '\t')
                return error_at(builder, parser->problem_mark,
                        "this is not YAML: a tab stands where only spaces may, they make the indentation");
        if (parser->error == YAML_SCANNER_ERROR && character != '\0' && strchr("%@`", character))
                return error_at(builder, parser->problem_mark,
                        "this is not YAML: what begins with %c must stand in quotes", character);
        if (strcmp(parser->problem, "mapping values are not allowed in this context") == 0)
                return error_at(builder, parser->problem_mark,
                        "this is not YAML: a ': ' too many; a key above has no blank behind its colon, or a "
                        "value with ': ' in it no quotes");
        if (parser->context)
                return error_at(builder, parser->problem_mark,
                        "this is not YAML: %s, %s that began in line %u%s", parser->problem, parser->context,
                        mark_line(parser->context_mark),
                        is_in_brackets(parser->context) ? BRACKETS_ADVICE : "");
        return error_at(builder, parser->problem_mark, "this is not YAML: %s", parser->problem);
}

static int next_event(Builder *builder, yaml_event_t *ret)
{
        return yaml_parser_parse(&builder->parser, ret) ? 0 : parser_error(builder);
}

static int node_new(Builder *builder, const yaml_event_t *event, YamlKind kind, YamlNode **ret)
{
        YamlNode *node;

        if (builder->n_nodes == CONFIG_YAML_NODES_MAX)
                return error_at(builder, event->start_mark, "the file has more than %d values",
                        CONFIG_YAML_NODES_MAX);
        node = calloc(1, sizeof(*node));
        if (!node)
                return -ENOMEM;
        builder->n_nodes++;
        node->kind = kind;
        node->line = mark_line(event->start_mark);
        node->column = mark_column(event->start_mark);
        *ret = node;
        return 0;
}

static int node_add(YamlNode *node, YamlNode *item)
{
        YamlNode **items;

        items = reallocarray(node->items, node->n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        node->items = items;
        node->items[node->n++] = item;
        return 0;
}

/* They do not keep the tree from being read: what else is wrong is told too. */
static void check_properties(
        Builder *builder, const yaml_event_t *event, const yaml_char_t *anchor, const yaml_char_t *tag)
{
        if (anchor)
                (void)error_at(builder, event->start_mark, "anchors ('&name') are not supported");
        if (tag)
                (void)error_at(builder, event->start_mark, "tags ('!name') are not supported");
}

static int build(Builder *builder, const yaml_event_t *event, unsigned depth, YamlNode **ret);

/* The nodes up to the end of a sequence or mapping. */
static int build_items(Builder *builder, unsigned depth, yaml_event_type_t end, YamlNode *node)
{
        for (;;) {
                _cleanup_(config_yaml_freep) YamlNode *item = NULL;
                _cleanup_(event_done) yaml_event_t event = {0};
                int r;

                r = next_event(builder, &event);
                if (r != 0)
                        return r;
                if (event.type == end)
                        return 0;
                r = build(builder, &event, depth, &item);
                if (r != 0)
                        return r;
                r = node_add(node, item);
                if (r < 0)
                        return r;
                item = NULL;
        }
}

static int build_collection(
        Builder *builder, const yaml_event_t *event, unsigned depth, YamlKind kind, YamlNode **ret)
{
        _cleanup_(config_yaml_freep) YamlNode *node = NULL;
        int r;

        if (depth == CONFIG_YAML_DEPTH_MAX)
                return error_at(builder, event->start_mark, "the file is nested deeper than %d levels",
                        CONFIG_YAML_DEPTH_MAX);
        r = node_new(builder, event, kind, &node);
        if (r != 0)
                return r;
        r = build_items(builder, depth + 1,
                kind == YAML_KIND_SEQUENCE ? YAML_SEQUENCE_END_EVENT : YAML_MAPPING_END_EVENT, node);
        if (r != 0)
                return r;
        *ret = TAKE_PTR(node);
        return 0;
}

static int build_scalar(Builder *builder, const yaml_event_t *event, YamlNode **ret)
{
        _cleanup_(config_yaml_freep) YamlNode *node = NULL;
        const char *text = (const char *)event->data.scalar.value;
        int r;

        /* "\0" in double quotes: it would end the text early. */
        if (strlen(text) != event->data.scalar.length)
                return error_at(builder, event->start_mark, "this text holds a NUL");
        r = node_new(builder, event, YAML_KIND_SCALAR, &node);
        if (r != 0)
                return r;
        node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        node->text = strdup(text);
        if (!node->text)
                return -ENOMEM;
        *ret = TAKE_PTR(node);
        return 0;
}

static int build(Builder *builder, const yaml_event_t *event, unsigned depth, YamlNode **ret)
{
        if (event->type == YAML_SCALAR_EVENT) {
                check_properties(builder, event, event->data.scalar.anchor, event->data.scalar.tag);
                return build_scalar(builder, event, ret);
        }
        if (event->type == YAML_SEQUENCE_START_EVENT) {
                check_properties(
                        builder, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
                return build_collection(builder, event, depth, YAML_KIND_SEQUENCE, ret);
        }
        if (event->type == YAML_MAPPING_START_EVENT) {
                check_properties(
                        builder, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
                return build_collection(builder, event, depth, YAML_KIND_MAPPING, ret);
        }
        (void)error_at(builder, event->start_mark, "aliases ('*name') are not supported");
        return node_new(builder, event, YAML_KIND_ALIAS, ret);
}

/* The events of a stream: start, documents, end. */
static int build_stream(Builder *builder, YamlNode **ret)
{
        _cleanup_(config_yaml_freep) YamlNode *root = NULL;

        for (bool done = false; !done;) {
                _cleanup_(event_done) yaml_event_t event = {0};
                int r;

                r = next_event(builder, &event);
                if (r != 0)
                        return r;
                done = event.type == YAML_STREAM_END_EVENT;
                if (done || event.type == YAML_STREAM_START_EVENT || event.type == YAML_DOCUMENT_END_EVENT)
                        continue;
                if (event.type == YAML_DOCUMENT_START_EVENT) {
                        if (root)
                                (void)error_at(builder, event.start_mark,
                                        "a second document begins here, only one is read");
                        done = root;
                        continue;
                }
                r = build(builder, &event, 0, &root);
                if (r != 0)
                        return r;
        }
        *ret = TAKE_PTR(root);
        return 0;
}

/* The place of the first byte that libyaml would refuse or take for UTF-16; false when there is none. */
static bool find_bad_character(
        const uint8_t *text, size_t size, unsigned *ret_line, unsigned *ret_column, const char **ret_what)
{
        unsigned line = 1, column = 1;
        size_t i = 0;

        while (i < size) {
                size_t length = utf8_character(text + i, size - i);

                if (text[i] == 0)
                        *ret_what = "a NUL byte";
                else if (length == 0)
                        *ret_what = "a byte that is not UTF-8";
                else if (utf8_is_control(text + i) && !strchr("\t\n\r", text[i]))
                        *ret_what = "a control character";
                else if (length == 3 && text[i] == 0xef && text[i + 1] == 0xbf && text[i + 2] >= 0xbe)
                        *ret_what = "a noncharacter"; /* U+FFFE, U+FFFF */
                else
                        *ret_what = NULL;
                if (*ret_what) {
                        *ret_line = line;
                        *ret_column = column;
                        return true;
                }
                if (text[i] == '\n') {
                        line++;
                        column = 1;
                } else
                        column++;
                i += length;
        }
        return false;
}

int config_yaml_parse(const uint8_t *text, size_t size, YamlNode **ret, ConfigProblems *problems)
{
        Builder builder;
        unsigned line, column;
        const char *what;
        int r;

        /* libyaml takes it for a column, and so what follows for indented. */
        if (size >= strlen(BYTE_ORDER_MARK) && memcmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0) {
                text += strlen(BYTE_ORDER_MARK);
                size -= strlen(BYTE_ORDER_MARK);
        }
        if (find_bad_character(text, size, &line, &column, &what)) {
                config_error(problems, line, column, "the file holds %s here, it must be UTF-8 text", what);
                return 1;
        }
        builder = (Builder){.text = text, .size = size, .problems = problems};
        if (!yaml_parser_initialize(&builder.parser))
                return -ENOMEM;
        yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&builder.parser, text, size);
        r = build_stream(&builder, ret);
        parser_done(&builder.parser);
        return r;
}

bool config_yaml_is_empty(const YamlNode *node)
{
        if (!node)
                return true;
        if (node->kind != YAML_KIND_SCALAR)
                return false;
        return node->text[0] == 0 ||
               (node->plain && (strcmp(node->text, "null") == 0 || strcmp(node->text, "~") == 0));
}

/* Key and value behind each other, NULL where the key is absent or its value empty. */
static YamlNode *const *find_pair(const YamlNode *mapping, const char *key)
{
        if (!mapping || mapping->kind != YAML_KIND_MAPPING)
                return NULL;
        for (size_t i = 0; i + 1 < mapping->n; i += 2)
                if (mapping->items[i]->kind == YAML_KIND_SCALAR && strcmp(mapping->items[i]->text, key) == 0)
                        return config_yaml_is_empty(mapping->items[i + 1]) ? NULL : mapping->items + i;
        return NULL;
}

const YamlNode *config_yaml_get(const YamlNode *mapping, const char *key)
{
        YamlNode *const *pair = find_pair(mapping, key);

        return pair ? pair[1] : NULL;
}

const YamlNode *config_yaml_get_key(const YamlNode *mapping, const char *key)
{
        YamlNode *const *pair = find_pair(mapping, key);

        return pair ? pair[0] : NULL;
}

YamlNode *config_yaml_free(YamlNode *node)
{
        if (!node)
                return NULL;
        for (size_t i = 0; i < node->n; i++)
                config_yaml_free(node->items[i]);
        free(node->items);
        if (node->text)
                secret_free_bytes(node->text, strlen(node->text));
        free(node);
        return NULL;
}
