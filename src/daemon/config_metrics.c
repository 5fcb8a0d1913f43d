/* SPDX-License-Identifier: Apache-2.0 */
/* `metrics_file`. */
#include "daemon/config_metrics.h"

#include "daemon/config_file.h"
#include "daemon/config_value.h"

#define SUFFIX ".prom"

/* With a name before it, that is no hidden one. So it is never a file of the configuration or of the state
 * directory, either. */
static bool is_for_collector(const char *path)
{
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        size_t n = strlen(name);

        return n > strlen(SUFFIX) && name[0] != '.' && strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0;
}

int config_read_metrics_file(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);
        _cleanup_(freep) char *path = NULL;
        int r;

        if (!text)
                return 0;
        if (!is_for_collector(text)) {
                config_error_at(context, value,
                        "'%s' must name a file that ends in " SUFFIX
                        ", the textfile collector of node_exporter reads no other",
                        key->name);
                return 0;
        }
        r = config_file_path(context, text, &path);
        if (r < 0)
                return r;
        (void)config_file_warn_place(context, value, key->name, path);
        return config_set_text(field, path);
}
