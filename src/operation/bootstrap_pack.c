/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Pack. */
#include "operation/bootstrap_pack.h"

#include <stdio.h>

#include "codec/codec.h"
#include "operation/bootstrap_delete.h"
#include "operation/bootstrap_finish.h"
#include "operation/bootstrap_write.h"
#include "operation/payload.h"
#include "operation/tree.h"

static int decode(const OperationContext *context, const Response *pack, RecordList *ret, Response *answer)
{
        const Request request = {
                .content_format = pack->content_format,
                .accept = FORMAT_NONE,
                .payload = pack->payload,
                .payload_size = pack->payload_size,
        };

        if (pack->code != CODE_CONTENT || pack->payload_size == 0) {
                response_set_error(answer, CODE_BAD_REQUEST,
                        "it is empty, larger than %zu bytes, or its blocks do not fit together",
                        context->max_body_size);
                return PAYLOAD_REFUSED;
        }
        if (pack->content_format != FORMAT_NONE &&
                !codec_can_carry(CODEC_BOOTSTRAP_PACK, pack->content_format, NULL, NULL)) {
                response_set_error(answer, CODE_UNSUPPORTED_FORMAT,
                        "Content-Format %d cannot carry several Objects", pack->content_format);
                return PAYLOAD_REFUSED;
        }
        return payload_decode(context, &PATH_ROOT, &request, ret, answer);
}

/* Whether a record is one of an Object that the pack replaces. An unknown Resource still names its Object
 * Instance, as in a Bootstrap-Write. */
static bool is_ours(const Tree *tree, const Record *record)
{
        return tree_object(tree, record->path.id[0]) && tree_is_stored(tree, record->path.id[0]);
}

/* Takes out what is not for us to keep, and says so. */
static void skip_foreign(OperationContext *context, const Tree *tree, RecordList *records)
{
        char text[PAYLOAD_UNKNOWN_SIZE];

        for (size_t i = 0; i < records->n; i++)
                if (!is_ours(tree, &records->items[i])) {
                        value_done(&records->items[i].value);
                        records->items[i].unknown = true;
                }
        if (payload_describe_unknown(records, text))
                (void)snprintf(context->note, sizeof(context->note),
                        "The Bootstrap-Pack holds %s: skipped, as this client does not know it or has "
                        "values of its own there.",
                        text);
}

static int check_instances(const Tree *tree, const RecordList *records, Response *answer)
{
        size_t n = 0;

        for (size_t i = 0; i < records->n; i++) {
                const Path *path = &records->items[i].path;

                if (!tree_object(tree, path->id[0]))
                        continue;
                if (!bootstrap_write_is_possible(tree, &PATH_INSTANCE(path->id[0], path->id[1]))) {
                        response_set_error(answer, CODE_BAD_REQUEST, "%s is a single-instance Object",
                                PATH_TEXT(&PATH_OBJECT(path->id[0])));
                        return PAYLOAD_REFUSED;
                }
                n += is_ours(tree, &records->items[i]);
        }
        if (n > 0)
                return 0;
        response_set_error(answer, CODE_BAD_REQUEST, "it holds no Object that this client could take");
        return PAYLOAD_REFUSED;
}

/* All but what outlives every Delete. */
static void remove_instances(const OperationContext *context, uint16_t object, Dataset *dataset)
{
        const Instances old = dataset_list_instances(dataset, object);

        for (size_t i = 0; i < old.n; i++) {
                const Path path = PATH_INSTANCE(object, old.ids[i]);

                if (!bootstrap_delete_spares(context, &path))
                        dataset_remove(dataset, &path);
        }
}

static int apply(
        const OperationContext *context, const Tree *tree, const RecordList *records, Dataset *dataset)
{
        int r = 0;

        for (size_t i = 0; i < records->n; i++)
                if (is_ours(tree, &records->items[i]))
                        remove_instances(context, records->items[i].path.id[0], dataset);
        for (size_t i = 0; i < records->n && r == 0; i++) {
                const Path *path = &records->items[i].path;
                const Path instance = PATH_INSTANCE(path->id[0], path->id[1]);

                if (!is_ours(tree, &records->items[i]))
                        continue;
                dataset_remove(dataset, &instance);
                r = dataset_set(dataset, &instance, &(Value){.type = VALUE_NONE});
        }
        return r != 0 ? r : dataset_apply(dataset, records);
}

static int replace(
        const OperationContext *context, const Tree *tree, const RecordList *records, Response *answer)
{
        _cleanup_(dataset_freep) Dataset *copy = NULL;
        Dataset *candidate = store_candidate(context->store);
        int r;

        r = dataset_copy(candidate, &copy);
        if (r < 0)
                return r;
        r = apply(context, tree, records, copy);
        if (r < 0)
                return r;
        if (r == DATASET_E_LIMIT) {
                response_set_error(answer, CODE_BAD_REQUEST, "it holds more than the client can keep");
                return PAYLOAD_REFUSED;
        }

        dataset_swap(candidate, copy);
        for (size_t i = 0; i < records->n; i++)
                if (is_ours(tree, &records->items[i]))
                        store_touch(context->store, &PATH_OBJECT(records->items[i].path.id[0]));
        return 0;
}

static int take(OperationContext *context, const Response *pack, Response *answer)
{
        _cleanup_(record_list_done) RecordList records = {.n = 0};
        Tree tree;
        int r;

        r = decode(context, pack, &records, answer);
        if (r != 0)
                return r;
        if (!store_candidate(context->store)) {
                r = store_begin(context->store);
                if (r < 0)
                        return r;
        }
        tree = tree_candidate(context->store, context->version);
        skip_foreign(context, &tree, &records);
        r = check_instances(&tree, &records, answer);
        return r != 0 ? r : replace(context, &tree, &records, answer);
}

int bootstrap_pack(OperationContext *context, const Response *pack, Effects *ret_effects)
{
        _cleanup_(response_done) Response answer = RESPONSE_INIT; /* what a Write or Finish would get */
        Effects effects = {.n = 0};
        char text[LIMIT_DIAGNOSTIC_SIZE + 1];
        int r;

        context->note[0] = '\0';
        *context->check = (AccountCheck){.n_repairs = 0};

        r = take(context, pack, &answer);
        if (r == 0)
                r = bootstrap_finish(context, &answer, &effects);
        else if (r == PAYLOAD_REFUSED) {
                (void)account_report_refusal(context->check, "%s", response_diagnostic(&answer, text));
                effects_add(&effects, EFFECT_BOOTSTRAP_REFUSED, 0);
                r = 0;
        }
        if (r == 0)
                *ret_effects = effects;
        return r;
}
