/* SPDX-License-Identifier: Apache-2.0 */
/* A text with {file:/path} in it. */
#include "daemon/config_template.h"

#include <inttypes.h>
#include <limits.h>

#include "daemon/config_file.h"
#include "daemon/config_value.h"
#include "daemon/template.h"
#include "util/bytes.h"
#include "util/utf8.h"

#define TEMPLATE_MAX (4 * PATH_MAX) /* bytes of what comes out, with the paths in it */

typedef struct Template {
        ConfigContext *context;
        const ConfigKey *key;
        const YamlNode *node;
        ByteWriter writer;
        size_t size; /* bytes beside the files' */
        bool has_file;
} Template;

static void add_text(Template *template, const char *text, size_t size)
{
        template->size += size;
        byte_writer_add(&template->writer, text, size);
        if (text[0] == '{')
                byte_writer_add_u8(&template->writer, '{');
}

static int add_file(Template *template, const YamlNode *node, const char *text, size_t size)
{
        _cleanup_(freep) char *path = strndup(text, size), *full = NULL;
        int r;

        if (!path)
                return -ENOMEM;
        r = config_file_path(template->context, path, &full);
        if (r < 0)
                return r;
        config_file_warn(template->context, node, template->key->name, full);
        byte_writer_printf(&template->writer, "{file:%s}", full);
        template->has_file = true;
        return 0;
}

/* 0, 1 with an error recorded, or -ENOMEM. */
static int add_all(Template *template, const char *p)
{
        const char *part;
        size_t size;
        int r = 0;

        while (r == 0)
                switch (template_next(&p, &part, &size)) {
                case TEMPLATE_END:
                        return 0;
                case TEMPLATE_TEXT:
                        add_text(template, part, size);
                        break;
                case TEMPLATE_FILE:
                        r = add_file(template, template->node, part, size);
                        break;
                case TEMPLATE_OPEN:
                        config_error_at(template->context, template->node,
                                "'%s' has an open brace: '{{' writes one, '}' ends a template",
                                template->key->name);
                        return 1;
                case TEMPLATE_UNKNOWN:
                        config_error_at(template->context, template->node,
                                "'%s' has an unknown template, there is {file:/path}; '{{' writes a brace",
                                template->key->name);
                        return 1;
                }
        return r;
}

/* {file: /path}, as in `objects:`. 0, 1 with an error recorded, or -ENOMEM. */
static int add_mapping(Template *template)
{
        const YamlNode *file = config_yaml_get(template->node, "file");
        const ConfigKey keys[] = {{"file", config_read_text, 0, 1, PATH_MAX - 1}};
        _cleanup_(freep) char *path = NULL;
        int r;

        if (!file) {
                config_kind_error_at(template->context, template->node,
                        "'%s' must be a single value or {file: /path}; a template stands in quotes, as in "
                        "\"{file:/path}\"",
                        template->key->name);
                return 1;
        }
        r = config_read_mapping(
                template->context, template->node, template->key->name, keys, ELEMENTSOF(keys), &path);
        if (r < 0 || !path)
                return r < 0 ? r : 1;
        if (strchr(path, '}')) {
                config_error_at(
                        template->context, file, "'file' has a closing brace, which ends a template");
                return 1;
        }
        return add_file(template, file, path, strlen(path));
}

static int check(const Template *template, const char *text)
{
        const ConfigKey *key = template->key;

        if ((template->size < key->minimum && !template->has_file) || template->size > key->maximum) {
                config_error_at(template->context, template->node,
                        "'%s' must be of %" PRIu64 " to %" PRIu64 " bytes", key->name, key->minimum,
                        key->maximum);
                return 1;
        }
        if (utf8_is_printable(text, strlen(text)))
                return 0;
        config_error_at(template->context, template->node,
                "'%s' has a line break or another control character", key->name);
        return 1;
}

int config_read_template(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        Template template = {context, key, value, BYTE_WRITER(TEMPLATE_MAX)};
        _cleanup_(freep) char *text = NULL;
        int r;

        if (value->kind == YAML_KIND_MAPPING)
                r = add_mapping(&template);
        else
                r = config_scalar(context, key, value) ? add_all(&template, value->text) : 1;
        byte_writer_add_u8(&template.writer, 0);
        if (r == 0)
                r = byte_writer_take(&template.writer, (uint8_t **)&text, &(size_t){0});
        byte_writer_done(&template.writer);
        if (r == -EMSGSIZE) {
                config_error_at(context, value, "'%s' must be of %" PRIu64 " to %" PRIu64 " bytes",
                        key->name, key->minimum, key->maximum);
                return 0;
        }
        if (r == 0)
                r = check(&template, text);
        return r == 0 ? config_set_text(field, text) : MIN_OF(r, 0);
}
