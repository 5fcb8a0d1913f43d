/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl objects, get, set. */
#include "bus/names.h"
#include "ctl/format.h"
#include "ctl/values.h"
#include "ctl/verb_values.h"
#include "util/clock.h"
#include "util/utf8.h"

/* The daemon waits 10 s for a file that hangs. */
#define GET_PATIENCE (15 * USEC_PER_SEC)
#define SET_PATIENCE (10 * USEC_PER_SEC)

bool path_accepts(const char *word)
{
        return word[0] == '/' && word[1] && word[strspn(word, "/0123456789")] == '\0';
}

bool value_accepts(const char *word)
{
        return utf8_is_valid(word, strlen(word)); /* D-Bus carries no other text */
}

/* -- objects -- */

typedef struct Object {
        uint16_t id;
        const char *version;
        const uint16_t *instances;
        size_t n_instances;
} Object;

/* Reads the next (qsaq). 1, 0: there is none, or negative errno. */
static int read_object(sd_bus_message *message, Object *ret)
{
        const void *instances;
        size_t size;
        int r;

        r = sd_bus_message_enter_container(message, 'r', "qsaq");
        if (r <= 0)
                return r;
        r = sd_bus_message_read(message, "qs", &ret->id, &ret->version);
        if (r >= 0)
                r = sd_bus_message_read_array(message, 'q', &instances, &size);
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        if (r < 0)
                return r;
        ret->instances = instances;
        ret->n_instances = size / sizeof(ret->instances[0]);
        return 1;
}

static int object_to_table(const Object *object, Table *table)
{
        _cleanup_(freep) char *instances = NULL;
        char id[sizeof("65535")];
        size_t size;
        FILE *file;

        file = open_memstream(&instances, &size);
        if (!file)
                return -ENOMEM;
        for (size_t i = 0; i < object->n_instances; i++)
                (void)fprintf(file, "%s%u", i > 0 ? " " : "", (unsigned)object->instances[i]);
        if (fclose(file) != 0)
                return -ENOMEM;
        (void)snprintf(id, sizeof(id), "%u", (unsigned)object->id);

        const char *const cells[] = {
                id, object->version[0] ? object->version : "-", object->n_instances > 0 ? instances : "-"};
        return table_add_row(table, cells);
}

static void object_to_json(const Object *object, JsonWriter *writer)
{
        json_begin(writer, '{');
        json_member_unsigned(writer, "Object", object->id);
        json_member_string(writer, "Version", object->version);
        json_key(writer, "Instances");
        json_begin(writer, '[');
        for (size_t i = 0; i < object->n_instances; i++)
                json_unsigned(writer, object->instances[i]);
        json_end(writer, '[');
        json_end(writer, '{');
}

static int show_objects(sd_bus_message *reply, JsonMode mode)
{
        static const char *const head[] = {"OBJECT", "VERSION", "INSTANCES", NULL};
        _cleanup_(table_done) Table table = {};
        JsonWriter writer = JSON_WRITER(stdout, mode);
        Object object;
        int r;

        r = table_begin(&table, head);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "(qsaq)");
        if (r < 0)
                return r;
        if (mode != JSON_OFF)
                json_begin(&writer, '[');
        while ((r = read_object(reply, &object)) > 0)
                if (mode != JSON_OFF)
                        object_to_json(&object, &writer);
                else if ((r = object_to_table(&object, &table)) < 0)
                        return r;
        if (r < 0)
                return r;
        if (mode != JSON_OFF)
                json_end(&writer, '[');
        else
                table_print(&table, stdout);
        return 0;
}

int verb_objects(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = ctl_call(ctl, BUS_PATH, BUS_OBJECTS_INTERFACE, "GetObjects", &reply, NULL);
        if (r != CTL_DONE)
                return r;
        r = show_objects(reply, ctl->json);
        return r < 0 ? ctl_broken(r, "read the reply") : CTL_DONE;
}

/* -- get -- */

static int tell_missing(sd_bus_message *reply, char *const *paths, size_t n)
{
        int status = CTL_DONE, r;

        for (size_t i = 0; i < n; i++) {
                r = values_have(reply, paths[i]);
                if (r < 0)
                        return ctl_broken(r, "read the reply");
                if (r == 0) {
                        (void)fprintf(stderr, "There is no value at %s.\n", paths[i]);
                        status = CTL_FAILED;
                }
        }
        return status;
}

int verb_get(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
        JsonWriter writer = JSON_WRITER(stdout, ctl->json);
        bool json = ctl->json != JSON_OFF;
        int r;

        r = ctl_new_call(
                ctl->bus, BUS_PATH, BUS_OBJECTS_INTERFACE, json ? "GetValues" : "GetTexts", &message);
        if (r >= 0)
                r = sd_bus_message_append_strv(message, ctl->words);
        if (r < 0)
                return ctl_broken(r, "make a call");
        r = ctl_exchange(ctl, message, GET_PATIENCE, &reply);
        if (r != CTL_DONE)
                return r;
        r = json ? values_to_json(reply, &writer) : values_to_lines(reply, stdout);
        if (r < 0)
                return ctl_broken(r, "read the reply");
        return tell_missing(reply, ctl->words, ctl->n_words);
}

/* -- set -- */

static int append_values(sd_bus_message *message, char *const *words, size_t n)
{
        int r;

        r = sd_bus_message_open_container(message, 'a', "(sv)");
        for (size_t i = 0; i + 1 < n && r >= 0; i += 2)
                r = sd_bus_message_append(message, "(sv)", words[i], "s", words[i + 1]);
        return r < 0 ? r : sd_bus_message_close_container(message);
}

int verb_set(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r;

        r = ctl_new_call(ctl->bus, BUS_PATH, BUS_OBJECTS_INTERFACE, "SetValues", &message);
        if (r >= 0)
                r = append_values(message, ctl->words, ctl->n_words);
        if (r < 0)
                return ctl_broken(r, "make a call");
        return ctl_exchange(ctl, message, SET_PATIENCE, NULL);
}
