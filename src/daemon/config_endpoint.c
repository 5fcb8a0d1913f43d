/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint Client Name with its templates. */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <systemd/sd-id128.h>

#include "daemon/config_endpoint.h"
#include "daemon/config_file.h"
#include "daemon/config_kept.h"
#include "daemon/template.h"
#include "lwm2m/limits.h"
#include "util/bytes.h"
#include "util/utf8.h"

#define ENDPOINT_FILE_MAX \
        4096 /* bytes; the name itself is shorter, blanks and comments do not belong there */

#define LACKING_MAX 256 /* bytes; the longest of the sentences below */

/* Of this application: another one on the same machine cannot derive our name from its own. */
#define APPLICATION_ID SD_ID128_MAKE(88, e0, a1, 04, 66, 8c, 45, db, ae, 28, 54, db, 66, 6c, da, 76)

/* What has come together so far. */
typedef struct Name {
        ByteWriter writer;
        char lacking[LACKING_MAX];        /* what the machine does not give: the rest of a sentence, or "" */
        char doubtful[HOST_NAME_MAX + 1]; /* the hostname of a machine that has not got its own yet; "" */
} Name;

_printf_(2, 3) static void lack(Name *name, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(name->lacking, sizeof(name->lacking), format, arguments);
        va_end(arguments);
}

static int add_machine_id(Name *name)
{
        char text[SD_ID128_UUID_STRING_MAX];
        sd_id128_t id;
        int r;

        r = sd_id128_get_machine_app_specific(APPLICATION_ID, &id);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                lack(name, "needs {machine-id}, but this machine has none in /etc/machine-id: "
                           "systemd-machine-id-setup makes it, or set another 'endpoint'");
        else
                byte_writer_add_string(&name->writer, sd_id128_to_uuid_string(id, text));
        return 0;
}

/* The kernel's and systemd's names for a machine without a name. */
static bool is_placeholder(const char *name)
{
        static const char *const names[] = {"localhost", "localhost.localdomain", "(none)"};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcasecmp(name, names[i]) == 0)
                        return true;
        return false;
}

static int add_hostname(Name *name)
{
        char host[HOST_NAME_MAX + 1] = "";

        if (gethostname(host, sizeof(host) - 1) < 0 || host[0] == 0) {
                lack(name, "needs {hostname}, but this machine has none");
                return 0;
        }
        if (is_placeholder(host))
                memcpy(name->doubtful, host, sizeof(host));
        byte_writer_add_string(&name->writer, host);
        return 0;
}

static int add_file(const ConfigContext *context, const char *path, Name *name)
{
        _cleanup_(freep) uint8_t *data = NULL;
        size_t size = 0;
        int r;

        r = config_file_read(context, path, ENDPOINT_FILE_MAX, &data, &size);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                lack(name, "names a file that %s", config_file_reason(r));
                return 0;
        }
        size = template_content_size(data, size);
        if (size == 0)
                lack(name, "names a file that is empty");
        else if (!utf8_is_printable(data, size))
                lack(name, "names a file that is no text");
        else
                byte_writer_add(&name->writer, data, size);
        return 0;
}

/* The template from behind its brace; *p moves behind the closing one. 0, 1 with an error recorded, or a
 * negative errno. */
static int add_template(ConfigContext *context, const YamlNode *node, const char **p, Name *name)
{
        const char *end = strchr(*p, '}');
        _cleanup_(freep) char *word = NULL;

        if (!end) {
                config_error_at(
                        context, node, "'endpoint' has an open brace: '{{' writes one, '}' ends a template");
                return 1;
        }
        word = strndup(*p, (size_t)(end - *p));
        if (!word)
                return -ENOMEM;
        *p = end + 1;
        if (strcmp(word, "machine-id") == 0)
                return add_machine_id(name);
        if (strcmp(word, "hostname") == 0)
                return add_hostname(name);
        if (strncmp(word, "file:", 5) == 0 && word[5])
                return config_file_check_place(context, node, "endpoint", word + 5)
                               ? add_file(context, word + 5, name)
                               : 1;
        config_error_at(context, node,
                "'endpoint' has an unknown template, there are {machine-id}, {hostname} and {file:/path}");
        return 1;
}

static int fill_in(ConfigContext *context, const YamlNode *node, const char *text, Name *name)
{
        const char *p = text;
        int r;

        while (*p) {
                if (p[0] == '{' && p[1] != '{') {
                        p++;
                        r = add_template(context, node, &p, name);
                        if (r != 0)
                                return r;
                        continue;
                }
                byte_writer_add_u8(&name->writer, (uint8_t)*p);
                p += p[0] == '{' ? 2 : 1;
        }
        byte_writer_add_u8(&name->writer, 0);
        return 0;
}

/* A machine without a hostname of its own, for this boot or for good. */
static int doubt(ConfigContext *context, const YamlNode *node, const char *host, char **name)
{
        if (!context->kept) {
                config_warning_at(context, node,
                        "'endpoint' uses {hostname}, but '%s' is not a name of this machine's own", host);
                return 0;
        }
        if (strcmp(context->kept->endpoint, *name) == 0)
                return 0;
        free(TAKE_PTR(*name));
        return config_kept_endpoint(
                context, node, name, "'endpoint' uses {hostname}, but it is '%s' at the moment", host);
}

static int finish(ConfigContext *context, const YamlNode *node, Name *name, char **ret)
{
        _cleanup_(freep) char *text = NULL;
        size_t size;
        int r;

        r = byte_writer_take(&name->writer, (uint8_t **)&text, &size);
        if (r == -EMSGSIZE) {
                config_error_at(context, node, "'endpoint' is longer than %d bytes", LIMIT_ENDPOINT_SIZE);
                return 1;
        }
        if (r < 0)
                return r;
        if (!utf8_is_printable(text, strlen(text))) {
                config_error_at(context, node,
                        "'endpoint' must be UTF-8 text without line breaks and control characters");
                return 1;
        }
        r = name->doubtful[0] ? doubt(context, node, name->doubtful, &text) : 0;
        if (r == 0)
                *ret = TAKE_PTR(text);
        return r;
}

int config_endpoint_resolve(ConfigContext *context, const YamlNode *value, char **ret)
{
        static const YamlNode start = {.line = 1, .column = 1};
        const YamlNode *node = value ?: &start;
        Name name = {.writer = BYTE_WRITER(LIMIT_ENDPOINT_SIZE + 1)};
        int r;

        if (context->purpose == CONFIG_AS_KEPT) {
                *ret = strdup(context->kept->endpoint);
                return *ret ? 0 : -ENOMEM;
        }
        if (value && value->kind != YAML_KIND_SCALAR) {
                config_kind_error_at(context, node, "'endpoint' must be a single value%s",
                        value->kind == YAML_KIND_MAPPING
                                ? "; a template stands in quotes, as in \"{hostname}\""
                                : "");
                return 1;
        }
        r = fill_in(context, node, value ? value->text : CONFIG_ENDPOINT_DEFAULT, &name);
        if (r == 0 && name.lacking[0])
                r = config_kept_endpoint(context, node, ret, "'endpoint' %s", name.lacking);
        else if (r == 0)
                r = finish(context, node, &name, ret);
        byte_writer_done(&name.writer);
        return r;
}
