/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint Client Name with its templates. */
#include <limits.h>
#include <systemd/sd-id128.h>

#include "daemon/config_endpoint.h"
#include "daemon/config_file.h"
#include "daemon/config_value.h"
#include "lwm2m/limits.h"
#include "util/bytes.h"
#include "util/utf8.h"

#define ENDPOINT_FILE_MAX \
        4096 /* bytes; the name itself is shorter, blanks and comments do not belong there */

/* Of this application: another one on the same machine cannot derive our name from its own. */
#define APPLICATION_ID SD_ID128_MAKE(88, e0, a1, 04, 66, 8c, 45, db, ae, 28, 54, db, 66, 6c, da, 76)

static int add_machine_id(ConfigContext *context, const YamlNode *node, ByteWriter *writer)
{
        char text[SD_ID128_UUID_STRING_MAX];
        sd_id128_t id;
        int r;

        r = sd_id128_get_machine_app_specific(APPLICATION_ID, &id);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                config_error_at(context, node,
                        "'endpoint' needs {machine-id}, but this machine has none in "
                        "/etc/machine-id: systemd-machine-id-setup makes it, or set another 'endpoint'");
                return 1;
        }
        byte_writer_add_string(writer, sd_id128_to_uuid_string(id, text));
        return 0;
}

static int add_hostname(ConfigContext *context, const YamlNode *node, ByteWriter *writer)
{
        char name[HOST_NAME_MAX + 1] = "";

        if (gethostname(name, sizeof(name) - 1) < 0 || name[0] == 0) {
                config_error_at(context, node, "'endpoint' needs {hostname}, but this machine has none");
                return 1;
        }
        byte_writer_add_string(writer, name);
        return 0;
}

static int add_file(ConfigContext *context, const YamlNode *node, const char *path, ByteWriter *writer)
{
        _cleanup_(freep) uint8_t *data = NULL;
        size_t size;
        int r;

        r = config_file_read(context, node, "endpoint", path, ENDPOINT_FILE_MAX, &data, &size);
        if (r != 0)
                return r;
        if (size > 0 && data[size - 1] == '\n')
                size--;
        if (size > 0 && data[size - 1] == '\r')
                size--;
        if (size == 0 || memchr(data, 0, size)) {
                config_error_at(context, node, "'endpoint' names a file that %s",
                        size == 0 ? "is empty" : "is no text");
                return 1;
        }
        byte_writer_add(writer, data, size);
        return 0;
}

/* The template from behind its brace; *p moves behind the closing one. */
static int add_template(ConfigContext *context, const YamlNode *node, const char **p, ByteWriter *writer)
{
        const char *end = strchr(*p, '}');
        _cleanup_(freep) char *name = NULL;

        if (!end) {
                config_error_at(
                        context, node, "'endpoint' has an open brace: '{{' writes one, '}' ends a template");
                return 1;
        }
        name = strndup(*p, (size_t)(end - *p));
        if (!name)
                return -ENOMEM;
        *p = end + 1;
        if (strcmp(name, "machine-id") == 0)
                return add_machine_id(context, node, writer);
        if (strcmp(name, "hostname") == 0)
                return add_hostname(context, node, writer);
        if (strncmp(name, "file:", 5) == 0 && name[5])
                return add_file(context, node, name + 5, writer);
        config_error_at(context, node,
                "'endpoint' has an unknown template, there are {machine-id}, {hostname} and {file:/path}");
        return 1;
}

static int fill_in(ConfigContext *context, const YamlNode *node, const char *text, ByteWriter *writer)
{
        const char *p = text;
        int r;

        while (*p) {
                if (p[0] == '{' && p[1] != '{') {
                        p++;
                        r = add_template(context, node, &p, writer);
                        if (r != 0)
                                return r;
                        continue;
                }
                byte_writer_add_u8(writer, (uint8_t)*p);
                p += p[0] == '{' ? 2 : 1;
        }
        byte_writer_add_u8(writer, 0);
        return 0;
}

int config_endpoint_resolve(ConfigContext *context, const YamlNode *value, char **ret)
{
        static const YamlNode start = {.line = 1, .column = 1};
        const YamlNode *node = value ?: &start;
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(LIMIT_ENDPOINT_SIZE + 1);
        _cleanup_(freep) uint8_t *name = NULL;
        size_t size;
        int r;

        if (value && value->kind != YAML_KIND_SCALAR) {
                config_kind_error_at(context, node, "'endpoint' must be a single value");
                return 1;
        }
        r = fill_in(context, node, value ? value->text : CONFIG_ENDPOINT_DEFAULT, &writer);
        if (r != 0)
                return r;
        r = byte_writer_take(&writer, &name, &size);
        if (r == -EMSGSIZE) {
                config_error_at(context, node, "'endpoint' is longer than %d bytes", LIMIT_ENDPOINT_SIZE);
                return 1;
        }
        if (r < 0)
                return r;
        if (!utf8_is_printable(name, strlen((const char *)name))) {
                config_error_at(context, node,
                        "'endpoint' must be UTF-8 text without line breaks and control characters");
                return 1;
        }
        *ret = (char *)TAKE_PTR(name);
        return 0;
}
