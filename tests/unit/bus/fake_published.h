/* SPDX-License-Identifier: Apache-2.0 */
/* What is published: the functions that the bus layer calls, linked instead of the real ones, write down
 * what they are called for. Object 3999 has a definition. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "every_type.h"
#include "lwm2m/message.h"
#include "lwm2m/value_text.h"
#include "model/published.h"

#define NOT_PUBLISHED (EVERY_TYPE - 1) /* it has a definition, too */

struct Published {
        const PublishedAsker *asker;
        void *asker_userdata;
        int result; /* of each method, with the text "/3999: no" */
        char log[16384];
        unsigned n_calls, n_gone, n_replies;
};

static inline void note(Published *published, const char *format, ...) _printf_(2, 3);

static inline void note(Published *published, const char *format, ...)
{
        size_t n = strlen(published->log);
        va_list ap;

        va_start(ap, format);
        assert_true(vsnprintf(published->log + n, sizeof(published->log) - n, format, ap) <
                    (int)(sizeof(published->log) - n));
        va_end(ap);
}

static inline void note_values(Published *published, const RecordList *values)
{
        for (size_t i = 0; values && i < values->n; i++) {
                const Record *record = &values->items[i];
                _cleanup_(freep) char *text = NULL;

                note(published, " %s", PATH_TEXT(&record->path));
                if (value_format_text(&record->value, &text) == 0)
                        note(published, "=%s", text);
        }
}

static inline int published_result(Published *published, char *text)
{
        note(published, "\n");
        published->n_calls++;
        if (published->result > 0)
                (void)snprintf(text, SOURCE_TEXT_SIZE, "/3999: no");
        return published->result;
}

void published_set_asker(Published *published, const PublishedAsker *asker, void *userdata)
{
        published->asker = asker;
        published->asker_userdata = userdata;
}

int published_define(Published *published, uint16_t object, const ObjectDef **ret, char *text)
{
        if (object != EVERY_TYPE) {
                (void)snprintf(text, SOURCE_TEXT_SIZE, "/%u: no definition", object);
                return PUBLISHED_E_UNKNOWN_OBJECT;
        }
        *ret = &every_type;
        return 0;
}

int published_definition(Published *published, const Path *path, const ObjectDef **ret, char *text)
{
        if (path->id[0] != NOT_PUBLISHED)
                return published_define(published, path->id[0], ret, text);
        (void)snprintf(text, SOURCE_TEXT_SIZE, "%s: not published", PATH_TEXT(path));
        return PUBLISHED_E_NOT_PUBLISHER;
}

int published_add_object(
        Published *published, uint64_t owner, uint16_t object, const char *handler, char *text)
{
        note(published, "%d object /%u", (int)owner, object);
        if (handler)
                note(published, " handler %s", handler);
        return published_result(published, text);
}

int published_add(Published *published, uint64_t owner, uint16_t object, uint16_t instance,
        RecordList *values, const PublishedOptions *options, uint16_t *ret_instance, char *text)
{
        note(published, "%d publish /%u/%u", (int)owner, object, instance);
        note_values(published, values);
        if (options->handler)
                note(published, " handler %s", options->handler);
        for (size_t i = 0; i < options->n_acl; i++)
                note(published, " acl %u=%u", options->acl[i].short_server_id, options->acl[i].rights);
        if (options->acl && options->n_acl == 0)
                note(published, " acl nobody");
        *ret_instance = instance == UINT16_MAX ? 7 : instance;
        return published_result(published, text);
}

int published_withdraw(Published *published, uint64_t owner, uint16_t object, uint16_t instance, char *text)
{
        note(published, "%d withdraw /%u/%u", (int)owner, object, instance);
        return published_result(published, text);
}

int published_set(Published *published, uint64_t owner, const RecordList *values, char *text)
{
        note(published, "%d set", (int)owner);
        note_values(published, values);
        return published_result(published, text);
}

bool published_owner_gone(Published *published, uint64_t owner)
{
        published->n_gone++;
        note(published, "%d gone\n", (int)owner);
        return true;
}

void published_reply(Published *published, uint64_t call, int code, const char *text, RecordList *values)
{
        published->n_replies++;
        note(published, "reply %d %u.%02u", (int)call, CODE_ARGS(code));
        if (text)
                note(published, " %s", text);
        note_values(published, values);
        note(published, "\n");
}
