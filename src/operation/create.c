/* SPDX-License-Identifier: Apache-2.0 */
/* Create. */
#include "operation/create.h"

#include "model/access_lifetime.h"
#include "operation/call.h"
#include "operation/payload.h"
#include "operation/tree.h"
#include "operation/values.h"

/* A New Value is optional (Core TS, table 6.3.6). */
static int decode(OperationContext *context, const Path *path, const Request *request, RecordList *records,
        Response *response)
{
        if (request->content_format == FORMAT_NONE && request->payload_size == 0)
                return 0;
        return payload_decode(context, &PATH_NEW_INSTANCE(path->id[0]), request, records, response);
}

static bool is_reserved(const Tree *tree, const Path *instance)
{
        const SourceRef ref = tree_source(tree, instance->id[0]);

        return ref.source->is_reserved && ref.source->is_reserved(ref.userdata, instance);
}

static bool is_taken(const Tree *tree, const Path *instance)
{
        return tree_has_instance(tree, instance->id[0], instance->id[1]) || is_reserved(tree, instance);
}

/* The lowest one that is neither there nor promised. */
static Path find_free(const Tree *tree, uint16_t object)
{
        Path instance = PATH_INSTANCE(object, 0);

        while (instance.id[1] < ID_INVALID && is_taken(tree, &instance))
                instance.id[1]++;
        return instance;
}

/* Why there can be no such Object Instance, or NULL. chosen: it is promised to this Create. */
static const char *check_instance(const Tree *tree, const Path *instance, bool chosen)
{
        uint16_t ids[LIMIT_INSTANCES];
        const size_t n = tree_instances(tree, instance->id[0], ids);

        if (tree_has_instance(tree, instance->id[0], instance->id[1]))
                return "exists";
        if (!chosen && is_reserved(tree, instance))
                return "is being created";
        if (!tree_object(tree, instance->id[0])->multiple && instance->id[1] != 0)
                return "cannot be: the Object has one Object Instance alone";
        if (n >= LIMIT_INSTANCES)
                return "is one more than the client can hold";
        return NULL;
}

/* True and where it is to be, in context->chosen; or the response is filled. */
static bool choose_instance(OperationContext *context, const Tree *tree, uint16_t object,
        const RecordList *records, Response *response)
{
        const bool chosen = context->granted && context->chosen.length > 0;
        Path instance = records->n > 0 ? PATH_INSTANCE(object, records->items[0].path.id[1])
                                       : PATH_NEW_INSTANCE(object);
        const char *problem;

        for (size_t i = 0; i < records->n; i++)
                if (records->items[i].path.id[1] != instance.id[1]) {
                        response_set_error(
                                response, CODE_BAD_REQUEST, "the payload names several Object Instances");
                        return false;
                }

        if (chosen)
                instance = context->chosen;
        else if (instance.id[1] == ID_INVALID)
                instance = find_free(tree, object);
        problem = check_instance(tree, &instance, chosen);
        if (problem) {
                response_set_error(response, CODE_BAD_REQUEST, "%s %s", PATH_TEXT(&instance), problem);
                return false;
        }

        context->chosen = instance;
        return true;
}

/* Those that servers cannot write are the source's to know. */
static bool has_mandatory(
        const Tree *tree, const Path *instance, const RecordList *values, Response *response)
{
        const ObjectDef *object = tree_object(tree, instance->id[0]);

        for (size_t i = 0; i < object->n_resources; i++) {
                const Path resource = path_append(instance, object->resources[i].id);

                if (!object->resources[i].mandatory || !values_allow(tree, &resource, OPERATION_WRITE) ||
                        record_list_names(values, &resource))
                        continue;
                response_set_error(
                        response, CODE_BAD_REQUEST, "the mandatory %s is missing", PATH_TEXT(&resource));
                return false;
        }

        return true;
}

static int add_location(const Path *instance, Response *response)
{
        int r = 0;

        for (uint8_t i = 0; i < instance->length && r == 0; i++)
                r = texts_addf(&response->location, "%u", instance->id[i]);
        return r;
}

static int create(OperationContext *context, const Tree *tree, const Path *instance,
        const RecordList *values, Response *response, Effects *effects)
{
        const SourceRef ref = tree_source(tree, instance->id[0]);
        SourceCall call = operation_call(context, effects);
        int r;

        r = access_begin_create(context->store, instance, context->requester);
        if (r > 0) {
                response_set_error(response, CODE_BAD_REQUEST, "%s: no room for its Access Control",
                        PATH_TEXT(instance));
                return 0;
        }
        if (r == 0) {
                r = ref.source->create(ref.userdata, &call, instance, values);
                if (access_end(context->store, r == 0))
                        effects_add(effects, EFFECT_STORE_CHANGED, 0);
                if (r == 0)
                        effects_add(effects, EFFECT_OBJECTS_CHANGED, 0);
        }

        r = operation_answered(&call, r, instance, CODE_CREATED, response);
        return r == 0 && response->code == CODE_CREATED ? add_location(instance, response) : r;
}

int operation_create(OperationContext *context, const Path *path, const Request *request, Response *response,
        Effects *effects)
{
        _cleanup_(record_list_done) RecordList records = {.n = 0}, values = {.n = 0};
        const Tree tree = tree_committed(context->store, context->version);
        const Path *instance = &context->chosen;
        int r;

        r = decode(context, path, request, &records, response);
        if (r != 0)
                return r < 0 ? r : 0;
        if (!choose_instance(context, &tree, path->id[0], &records, response))
                return 0;

        r = values_take(&tree, &records, &values);
        if (r < 0)
                return r;
        for (size_t i = 0; i < values.n; i++)
                values.items[i].path.id[1] = instance->id[1];
        if (!has_mandatory(&tree, instance, &values, response) ||
                values_refuse_links(&tree, &values, response))
                return 0;

        return create(context, &tree, instance, &values, response, effects);
}
