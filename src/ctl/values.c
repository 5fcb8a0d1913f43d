/* SPDX-License-Identifier: Apache-2.0 */
/* Values of Resources as they come over the bus. */
#include "ctl/values.h"

#include "ctl/dictionary.h"
#include "ctl/properties.h"
#include "util/encoding.h"

static int opaque_to_json(sd_bus_message *message, JsonWriter *writer)
{
        _cleanup_(freep) char *base64 = NULL, *text = NULL;
        const void *data;
        size_t size;
        int r;

        r = sd_bus_message_read_array(message, 'y', &data, &size);
        if (r < 0)
                return r;
        base64 = format_base64(data, size);
        if (!base64 || asprintf(&text, "base64:%s", base64) < 0)
                return -ENOMEM;
        json_string(writer, text);
        return 0;
}

static int link_to_json(sd_bus_message *message, JsonWriter *writer)
{
        char text[sizeof("65535:65535")];
        uint16_t object, instance;
        int r;

        r = sd_bus_message_read(message, "(qq)", &object, &instance);
        if (r < 0)
                return r;
        (void)snprintf(text, sizeof(text), "%u:%u", (unsigned)object, (unsigned)instance);
        json_string(writer, text);
        return 0;
}

static int variant_to_json(sd_bus_message *message, JsonWriter *writer);

static int instances_to_json(sd_bus_message *message, JsonWriter *writer)
{
        char key[sizeof("65535")];
        uint16_t id;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{qv}");
        if (r < 0)
                return r;
        json_begin(writer, '{');
        while ((r = dictionary_next(message, "qv", &id)) > 0) {
                (void)snprintf(key, sizeof(key), "%u", (unsigned)id);
                json_key(writer, key);
                r = variant_to_json(message, writer);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        json_end(writer, '{');
        return sd_bus_message_exit_container(message);
}

static int variant_to_json(sd_bus_message *message, JsonWriter *writer)
{
        const char *contents;
        int r;

        r = sd_bus_message_peek_type(message, NULL, &contents);
        if (r < 0)
                return r;
        r = sd_bus_message_enter_container(message, 'v', contents);
        if (r < 0)
                return r;
        if (strcmp(contents, "ay") == 0)
                r = opaque_to_json(message, writer);
        else if (strcmp(contents, "(qq)") == 0)
                r = link_to_json(message, writer);
        else if (strcmp(contents, "a{qv}") == 0)
                r = instances_to_json(message, writer);
        else
                r = properties_to_json(message, writer);
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

int values_to_json(sd_bus_message *reply, JsonWriter *writer)
{
        const char *path;
        int r;

        r = sd_bus_message_rewind(reply, true);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "(sv)");
        if (r < 0)
                return r;
        json_begin(writer, '[');
        while ((r = sd_bus_message_enter_container(reply, 'r', "sv")) > 0) {
                r = sd_bus_message_read(reply, "s", &path);
                if (r < 0)
                        return r;
                json_begin(writer, '{');
                json_member_string(writer, "Path", path);
                json_key(writer, "Value");
                r = variant_to_json(reply, writer);
                if (r < 0)
                        return r;
                json_end(writer, '{');
                r = sd_bus_message_exit_container(reply);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        json_end(writer, '[');
        return 0;
}

int values_to_lines(sd_bus_message *reply, FILE *file)
{
        const char *path, *text;
        int r;

        r = sd_bus_message_rewind(reply, true);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "(ss)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(reply, "(ss)", &path, &text)) > 0) {
                (void)fprintf(file, "%s ", path);
                format_text(file, text);
                (void)fputc('\n', file);
        }
        return r;
}

static bool is_at_or_below(const char *path, const char *top)
{
        size_t size = strlen(top);

        return strncmp(path, top, size) == 0 && (path[size] == '\0' || path[size] == '/');
}

/* Whether what stands next is a multiple-instance Resource with this instance. */
static int has_instance(sd_bus_message *reply, const char *instance)
{
        char each[sizeof("65535")];
        uint16_t id;
        int r;

        r = sd_bus_message_verify_type(reply, 'v', "a{qv}");
        if (r <= 0)
                return r;
        r = sd_bus_message_enter_container(reply, 'v', "a{qv}");
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "{qv}");
        while (r >= 0 && (r = dictionary_next(reply, "qv", &id)) > 0) {
                (void)snprintf(each, sizeof(each), "%u", (unsigned)id);
                if (strcmp(each, instance) == 0)
                        return 1;
                r = dictionary_skip(reply, "v");
        }
        return r;
}

int values_have(sd_bus_message *reply, const char *path)
{
        bool texts = sd_bus_message_has_signature(reply, "a(ss)");
        const char *each;
        int r;

        r = sd_bus_message_rewind(reply, true);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', texts ? "(ss)" : "(sv)");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'r', texts ? "ss" : "sv")) > 0) {
                r = sd_bus_message_read(reply, "s", &each);
                if (r >= 0 && is_at_or_below(each, path))
                        return 1;
                if (r >= 0 && is_at_or_below(path, each))
                        return has_instance(reply, path + strlen(each) + 1);
                if (r >= 0)
                        r = sd_bus_message_skip(reply, texts ? "s" : "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        return r;
}
