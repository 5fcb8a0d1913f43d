/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Write. */
#include "codec/codec.h"
#include "operation/bootstrap_write.h"

#include <stdio.h>

#include "operation/payload.h"

bool bootstrap_write_is_possible(const Tree *tree, const Path *path)
{
        const ObjectDef *object = path->length > 0 ? tree_object(tree, path->id[0]) : NULL;

        return object && path->length <= 3 && (object->multiple || path->length < 2 || path->id[1] == 0);
}

/* The Object Instances that a payload names, once each; more than an Object may have: nothing of it is
 * written. */
static int list_named(const RecordList *records, uint16_t ret[LIMIT_INSTANCES], size_t *ret_n)
{
        size_t n = 0;

        for (size_t i = 0; i < records->n; i++) {
                bool known = records->items[i].path.length < 2;

                for (size_t j = 0; j < n && !known; j++)
                        known = ret[j] == records->items[i].path.id[1];
                if (known)
                        continue;
                if (n >= LIMIT_INSTANCES)
                        return DATASET_E_LIMIT;
                ret[n++] = records->items[i].path.id[1];
        }

        *ret_n = n;
        return 0;
}

/* Empties or creates the Object Instance. */
static int reset_instance(Dataset *dataset, const Path *path)
{
        dataset_remove(dataset, path);
        return dataset_set(dataset, path, &(Value){.type = VALUE_NONE});
}

static int apply(Dataset *dataset, const Path *path, const RecordList *records)
{
        uint16_t named[LIMIT_INSTANCES];
        size_t n_named = 0;
        int r = 0;

        switch (path->length) {

        case 1:
                r = list_named(records, named, &n_named);
                for (size_t i = 0; i < n_named && r == 0; i++)
                        r = reset_instance(dataset, &PATH_INSTANCE(path->id[0], named[i]));
                break;

        case 2:
                r = reset_instance(dataset, path);
                break;

        case 3:
                dataset_remove(dataset, path);
                break;
        }

        return r != 0 ? r : dataset_apply(dataset, records);
}

static void touch(Store *store, const Path *path, const RecordList *records)
{
        if (path->length >= 2) {
                store_touch(store, &PATH_INSTANCE(path->id[0], path->id[1]));
                return;
        }

        for (size_t i = 0; i < records->n; i++)
                if (records->items[i].path.length >= 2)
                        store_touch(store, &PATH_INSTANCE(path->id[0], records->items[i].path.id[1]));
}

static int write_candidate(
        OperationContext *context, const Path *path, const RecordList *records, Response *response)
{
        _cleanup_(dataset_freep) Dataset *copy = NULL;
        Dataset *candidate = store_candidate(context->store);
        int r;

        r = dataset_copy(candidate, &copy);
        if (r < 0)
                return r;
        r = apply(copy, path, records);
        if (r < 0)
                return r;
        if (r == DATASET_E_LIMIT) {
                response_set_error(
                        response, CODE_BAD_REQUEST, "%s: more than the client can hold", PATH_TEXT(path));
                return 0;
        }

        dataset_swap(candidate, copy);
        touch(context->store, path, records);
        response->code = CODE_CHANGED;
        return 0;
}

static void note_unknown(OperationContext *context, const RecordList *records)
{
        char text[PAYLOAD_UNKNOWN_SIZE];

        if (payload_describe_unknown(records, text))
                (void)snprintf(context->note, sizeof(context->note),
                        "The Bootstrap Server wrote %s, which this client does not know: skipped.", text);
}

int bootstrap_write(OperationContext *context, const Path *path, const Request *request, Response *response)
{
        _cleanup_(record_list_done) RecordList records = {.n = 0};
        const Tree tree = tree_candidate(context->store, context->version);
        int r;

        if (!bootstrap_write_is_possible(&tree, path)) {
                response_set_error(response, CODE_BAD_REQUEST, "%s cannot be written", PATH_TEXT(path));
                return 0;
        }

        r = payload_decode(context, path, request, &records, response);
        /* 4.15 is for unknown formats only: the closed table of Bootstrap answers. */
        if (response->code == CODE_UNSUPPORTED_FORMAT &&
                codec_can_carry(CODEC_WRITE, request->content_format, NULL, NULL))
                response->code = CODE_BAD_REQUEST;
        if (r != 0)
                return r < 0 ? r : 0;
        if (path->length != 2 && records.n == 0) {
                response_set_error(response, CODE_BAD_REQUEST, "the payload names no %s",
                        path->length == 1 ? "Object Instance" : "value");
                return 0;
        }
        for (size_t i = 0; i < records.n; i++)
                if (!bootstrap_write_is_possible(
                            &tree, &PATH_INSTANCE(path->id[0], records.items[i].path.id[1]))) {
                        response_set_error(response, CODE_BAD_REQUEST, "%s is a single-instance Object",
                                PATH_TEXT(&PATH_OBJECT(path->id[0])));
                        return 0;
                }

        if (!store_candidate(context->store)) {
                r = store_begin(context->store);
                if (r < 0)
                        return r;
        }

        note_unknown(context, &records);
        if (!tree_is_stored(&tree, path->id[0])) {
                (void)snprintf(context->note, sizeof(context->note),
                        "The Bootstrap Server wrote %s, whose values are this client's own: not kept.",
                        PATH_TEXT(path));
                response->code = CODE_CHANGED;
                return 0;
        }
        if (path->length == 3 && records.items[0].unknown) {
                response->code = CODE_CHANGED;
                return 0;
        }

        return write_candidate(context, path, &records, response);
}
