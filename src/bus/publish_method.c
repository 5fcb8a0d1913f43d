/* SPDX-License-Identifier: Apache-2.0 */
/* PublishObject(), Publish(), Withdraw() and SetValues(). */
#include "bus/publish_method.h"

#include <stdio.h>

#include "bus/errors.h"
#include "bus/options.h"
#include "bus/value_reader.h"
#include "util/utf8.h"

#define PATH_SHOWN_MAX 64 /* bytes of what is none: the longest path has 24 */

static int read_handler(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        if (sd_bus_message_read(message, "v", "o", userdata) < 0)
                return sd_bus_error_set(
                        reterr, SD_BUS_ERROR_INVALID_ARGS, "The option \"handler\" is an object path, o.");
        return 0;
}

static int publish_object(Published *published, sd_bus_message *message, uint64_t owner, ValueReader *reader,
        sd_bus_error *reterr)
{
        const char *handler = NULL;
        const Option options[] = {{"handler", read_handler, &handler}};
        uint16_t id;
        int r;

        r = sd_bus_message_read(message, "q", &id);
        if (r >= 0)
                r = options_read(message, options, ELEMENTSOF(options), reterr);
        if (r >= 0)
                r = published_add_object(published, owner, id, handler, reader->text);
        return r != 0 ? r : MIN_OF(sd_bus_reply_method_return(message, NULL), 0);
}

typedef struct Acl {
        PublishedRights entries[LIMIT_PUBLISHED_RIGHTS];
        size_t n;
        bool given;
} Acl;

static int read_acl_entries(sd_bus_message *message, Acl *acl)
{
        PublishedRights entry;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{qq}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(message, "{qq}", &entry.short_server_id, &entry.rights)) > 0) {
                if (acl->n == ELEMENTSOF(acl->entries))
                        return -E2BIG;
                acl->entries[acl->n++] = entry;
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int read_acl(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Acl *acl = userdata;
        int r;

        r = sd_bus_message_enter_container(message, 'v', "a{qq}");
        if (r < 0)
                return sd_bus_error_set(reterr, SD_BUS_ERROR_INVALID_ARGS,
                        "The option \"acl\" is a dictionary of Short Server IDs and rights, a{qq}.");
        acl->given = true;
        r = read_acl_entries(message, acl);
        if (r == -E2BIG)
                return bus_error_set_published(
                        reterr, PUBLISHED_E_LIMIT, "the option \"acl\" has too many entries");
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int publish(Published *published, sd_bus_message *message, uint64_t owner, ValueReader *reader,
        sd_bus_error *reterr)
{
        PublishedOptions chosen = {0};
        Acl acl = {.n = 0};
        const Option options[] = {{"handler", read_handler, &chosen.handler}, {"acl", read_acl, &acl}};
        const ObjectDef *definition;
        uint16_t id, instance;
        int r;

        r = sd_bus_message_read(message, "qq", &id, &instance);
        if (r < 0)
                return r;
        r = published_define(published, id, &definition, reader->text);
        if (r == 0)
                r = value_reader_read(reader, message, definition, &PATH_INSTANCE(id, instance));
        if (r == 0)
                r = options_read(message, options, ELEMENTSOF(options), reterr);
        if (r != 0)
                return r;
        chosen.acl = acl.given ? acl.entries : NULL;
        chosen.n_acl = acl.n;
        r = published_add(published, owner, id, instance, &reader->list, &chosen, &instance, reader->text);
        return r != 0 ? r : MIN_OF(sd_bus_reply_method_return(message, "q", instance), 0);
}

static int withdraw(Published *published, sd_bus_message *message, uint64_t owner, ValueReader *reader,
        sd_bus_error *reterr)
{
        uint16_t id, instance;
        int r;

        r = sd_bus_message_read(message, "qq", &id, &instance);
        if (r >= 0)
                r = published_withdraw(published, owner, id, instance, reader->text);
        return r != 0 ? r : MIN_OF(sd_bus_reply_method_return(message, NULL), 0);
}

/* Half a character would be no text for the bus, and nobody answered. */
static int refuse_path(const char *text, ValueReader *reader)
{
        const int size = (int)utf8_cut(text, strnlen(text, PATH_SHOWN_MAX));

        (void)snprintf(reader->text, sizeof(reader->text), "\"%.*s\" is not a path", size, text);
        return PUBLISHED_E_INVALID_VALUE;
}

static int read_value(Published *published, sd_bus_message *message, ValueReader *reader)
{
        const ObjectDef *definition;
        const char *text;
        Path path;
        int r;

        r = sd_bus_message_read(message, "s", &text);
        if (r < 0)
                return r;
        if (path_parse(text, &path) < 0 || path.length == 0)
                return refuse_path(text, reader);
        r = published_definition(published, &path, &definition, reader->text);
        return r != 0 ? r : value_reader_read_one(reader, message, definition, &path);
}

static int set_values(Published *published, sd_bus_message *message, uint64_t owner, ValueReader *reader,
        sd_bus_error *reterr)
{
        int r;

        r = sd_bus_message_enter_container(message, 'a', "(sv)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(message, 'r', "sv")) > 0) {
                r = read_value(published, message, reader);
                if (r == 0)
                        r = MIN_OF(sd_bus_message_exit_container(message), 0);
                if (r != 0)
                        return r;
        }
        if (r == 0)
                r = published_set(published, owner, &reader->list, reader->text);
        return r != 0 ? r : MIN_OF(sd_bus_reply_method_return(message, NULL), 0);
}

static const struct Change {
        const char *member;
        int (*carry_out)(Published *published, sd_bus_message *message, uint64_t owner, ValueReader *reader,
                sd_bus_error *reterr);
} changes[] = {
        {"SetValues", set_values}, /* first: the one that comes often */
        {"Publish", publish},
        {"PublishObject", publish_object},
        {"Withdraw", withdraw},
};

static const struct Change *find_change(const char *member)
{
        size_t i = 0;

        while (strcmp(changes[i].member, member) != 0)
                i++;
        return &changes[i];
}

int publish_method(sd_bus_message *message, Published *published, uint64_t owner, sd_bus_error *reterr)
{
        const struct Change *change = find_change(sd_bus_message_get_member(message));
        ValueReader reader = VALUE_READER_INIT;
        int r;

        r = change->carry_out(published, message, owner, &reader, reterr);
        if (r != 0 && !sd_bus_error_is_set(reterr))
                r = bus_error_set_published(reterr, r, reader.text);
        value_reader_done(&reader);
        return r;
}
