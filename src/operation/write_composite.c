/* SPDX-License-Identifier: Apache-2.0 */
/* Write-Composite: what each source has to set; first all are asked, then all do it. */
#include "operation/write_composite.h"

#include "model/access.h"
#include "operation/call.h"
#include "operation/payload.h"
#include "operation/tree.h"
#include "operation/values.h"

/* -- Whether each target may be written -- */

static int refuse(Response *response, Code code, const Path *path, const char *problem)
{
        response_set_error(response, code, "%s %s", PATH_TEXT(path), problem);
        return PAYLOAD_REFUSED;
}

static int check_exists(const Tree *tree, const Record *record, Response *response)
{
        const Path *path = &record->path;
        const ObjectDef *object = tree_object(tree, path->id[0]);

        if (object && object->bootstrap_only)
                return refuse(response, CODE_UNAUTHORIZED, path, "is for the Bootstrap Server");
        if (!object || !tree_has_instance(tree, path->id[0], path->id[1]))
                return refuse(response, CODE_NOT_FOUND, path, "does not exist");
        if (path->length < 3)
                return refuse(response, CODE_BAD_REQUEST, path, "has no value");
        if (!tree_resource(tree, path) ||
                (path->length == 4 && record->value.type == VALUE_NONE && !tree_has(tree, path)))
                return refuse(response, CODE_NOT_FOUND, path, "does not exist");
        return 0;
}

static int check_target(
        const OperationContext *context, const Tree *tree, const Record *record, Response *response)
{
        const Path *path = &record->path;
        int r;

        r = check_exists(tree, record, response);
        if (r != 0)
                return r;
        if (!values_allow(tree, path, OPERATION_WRITE) || !tree_supports(tree, OPERATION_WRITE, path))
                return refuse(response, CODE_METHOD_NOT_ALLOWED, path, "cannot be written");
        if (!(access_rights(tree->store, tree->dataset, context->requester, path->id[0], path->id[1]) &
                    ACCESS_WRITE))
                return refuse(response, CODE_UNAUTHORIZED, path, "is not for this server by Access Control");
        return 0;
}

static int check_targets(
        const OperationContext *context, const Tree *tree, const RecordList *records, Response *response)
{
        int r = 0;

        for (size_t i = 0; i < records->n && r == 0; i++)
                r = check_target(context, tree, &records->items[i], response);
        if (r == 0 && values_refuse_links(tree, records, response))
                r = PAYLOAD_REFUSED;
        return r;
}

/* -- What each source has to set -- */

typedef struct Part {
        SourceRef ref;
        RecordList values;
        Path cleared[LIMIT_RECORDS];
        size_t n_cleared;
} Part;

typedef struct Parts {
        Part *items; /* owned */
        size_t n;
} Parts;

static void parts_done(Parts *parts)
{
        for (size_t i = 0; i < parts->n; i++)
                record_list_done(&parts->items[i].values);
        free(parts->items);
}

/* The part of the source, a new one where it has none; NULL: out of memory. */
static Part *find_part(Parts *parts, const SourceRef *ref)
{
        Part *items;

        for (size_t i = 0; i < parts->n; i++)
                if (parts->items[i].ref.source == ref->source &&
                        parts->items[i].ref.userdata == ref->userdata)
                        return &parts->items[i];

        items = reallocarray(parts->items, parts->n + 1, sizeof(*items));
        if (!items)
                return NULL;
        parts->items = items;
        items[parts->n] = (Part){.ref = *ref};
        return &items[parts->n++];
}

/* Takes the values over. */
static int split(const Tree *tree, RecordList *records, Parts *parts)
{
        int r = 0;

        for (size_t i = 0; i < records->n && r == 0; i++) {
                Record *record = &records->items[i];
                const SourceRef ref = tree_source(tree, record->path.id[0]);
                Part *part = find_part(parts, &ref);

                if (!part)
                        return -ENOMEM;
                if (record->value.type == VALUE_NONE && record->path.length == 4)
                        part->cleared[part->n_cleared++] = record->path;
                else
                        r = record_list_add(&part->values, &record->path, &record->value);
        }

        return r;
}

/* -- All or nothing -- */

typedef int (*PartFunction)(void *userdata, SourceCall *call, const SourceWrite *write);

static int ask(Part *part, PartFunction function, SourceCall *call)
{
        const SourceWrite write = {
                .path = PATH_ROOT,
                .cleared = part->cleared,
                .n_cleared = part->n_cleared,
                .values = &part->values,
        };

        return function(part->ref.userdata, call, &write);
}

/* It has agreed, and may have done it, since it knows only by that; another one cannot any more. */
static int refuse_rest(SourceCall *call, int code, const Part *done)
{
        const Path *path = done->values.n > 0 ? &done->values.items[0].path : &done->cleared[0];
        char text[SOURCE_TEXT_SIZE];

        memcpy(text, call->text, sizeof(text));
        return source_refuse(call, code, "%s; /%u may have done its part by now", text, path->id[0]);
}

/* The one that only knows by doing it comes first, once the others have said that they will. */
static int write_parts(Parts *parts, SourceCall *call)
{
        Part *first = NULL;
        int r = 0;

        for (size_t i = 0; i < parts->n; i++) {
                if (parts->items[i].ref.source->check)
                        continue;
                if (first)
                        return source_refuse(call, CODE_METHOD_NOT_ALLOWED,
                                "these Objects cannot be written together, all or nothing");
                first = &parts->items[i];
        }

        for (size_t i = 0; i < parts->n && r == 0; i++)
                if (&parts->items[i] != first)
                        r = ask(&parts->items[i], parts->items[i].ref.source->check, call);
        if (r > 0 && first && call->granted)
                return refuse_rest(call, r, first);
        if (r == 0 && first)
                r = ask(first, first->ref.source->write, call);
        for (size_t i = 0; i < parts->n && r == 0; i++)
                if (&parts->items[i] != first)
                        r = ask(&parts->items[i], parts->items[i].ref.source->write, call);
        return r;
}

int operation_write_composite(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects)
{
        _cleanup_(record_list_done) RecordList records = {.n = 0};
        _cleanup_(parts_done) Parts parts = {.n = 0};
        const Tree tree = tree_committed(context->store, context->version);
        SourceCall call = operation_call(context, effects);
        int r;

        r = payload_decode(context, path, request, &records, response);
        if (r == 0)
                r = check_targets(context, &tree, &records, response);
        if (r != 0)
                return r < 0 ? r : 0;

        r = split(&tree, &records, &parts);
        if (r == 0)
                r = write_parts(&parts, &call);
        return operation_answered(&call, r, path, CODE_CHANGED, response);
}
