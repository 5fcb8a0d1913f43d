/* SPDX-License-Identifier: Apache-2.0 */
/* Which operation a request of an LwM2M Server is: by method, path, Accept, and the Resource's definition.
 */
#include "operation/dispatch.h"

#include "model/access.h"
#include "operation/create.h"
#include "operation/delete.h"
#include "operation/discover.h"
#include "operation/execute.h"
#include "operation/read.h"
#include "operation/read_composite.h"
#include "operation/request.h"
#include "operation/tree.h"
#include "operation/write.h"
#include "operation/write_attributes.h"
#include "operation/write_composite.h"

typedef struct ServerOperation {
        int (*serve)(OperationContext *context, const Path *path, const Request *request, Response *response,
                Effects *effects);
        unsigned right;   /* AccessRights on the Object Instance; what spans several looks itself */
        unsigned support; /* what the source has to have for it, Operations; 0: nothing */
        bool changes;     /* not while a bootstrap goes on */
} ServerOperation;

static const ServerOperation read_operation = {operation_read, ACCESS_READ, 0, false};
static const ServerOperation discover_operation = {operation_discover, ACCESS_NONE, 0, false};
static const ServerOperation write_operation = {operation_write, ACCESS_WRITE, OPERATION_WRITE, true};
static const ServerOperation write_attributes_operation = {operation_write_attributes, ACCESS_READ, 0, true};
static const ServerOperation read_composite_operation = {operation_read_composite, ACCESS_NONE, 0, false};
static const ServerOperation write_composite_operation = {operation_write_composite, ACCESS_NONE, 0, true};
static const ServerOperation execute_operation = {
        operation_execute, ACCESS_EXECUTE, OPERATION_EXECUTE, true};
static const ServerOperation create_operation = {operation_create, ACCESS_CREATE, OPERATION_CREATE, true};
static const ServerOperation delete_operation = {operation_delete, ACCESS_DELETE, OPERATION_DELETE, true};

/* What a request is for. */
typedef struct Target {
        Path path;
        const ResourceDef *resource; /* of a path of length 3 and 4, else NULL */
        unsigned operations;         /* of the Resource */
        bool is_instance_of_single;  /* a Resource Instance that cannot be */
        Lwm2mVersion version;
} Target;

/* -- Which operation; NULL: 4.05 -- */

static const ServerOperation *choose_get(const Request *request, const Target *target)
{
        const uint8_t length = target->path.length;

        if (request_is_discover(request))
                return length >= 1 && length <= 3 && (!target->resource || target->operations != 0)
                               ? &discover_operation
                               : NULL;
        if (length == 0 || target->is_instance_of_single ||
                (target->resource && !(target->operations & OPERATION_READ)))
                return NULL;
        return &read_operation;
}

static const ServerOperation *choose_put(const Request *request, const Target *target)
{
        const bool attributes = request_is_write_attributes(request);

        if (target->path.length < (attributes ? 1 : 2) || target->is_instance_of_single ||
                (target->resource &&
                        !(target->operations & (attributes ? OPERATION_READ : OPERATION_WRITE))))
                return NULL;
        return attributes ? &write_attributes_operation : &write_operation;
}

/* Of a multiple-instance Resource, the whole or an instance. */
static bool may_write_array(const Target *target)
{
        return target->resource && target->resource->multiple && target->operations & OPERATION_WRITE;
}

static const ServerOperation *choose_post(const Target *target)
{
        const uint8_t length = target->path.length;

        if (length == 1)
                return &create_operation;
        if (length == 3 && target->operations & OPERATION_EXECUTE)
                return &execute_operation;
        if (length == 2 || may_write_array(target))
                return &write_operation;
        return NULL;
}

static const ServerOperation *choose_delete(const Target *target)
{
        if (target->path.length == 2 ||
                (target->path.length == 4 && target->version >= LWM2M_1_2 && may_write_array(target)))
                return &delete_operation;
        return NULL;
}

/* Of several paths, which the payload names; since LwM2M 1.1. */
static const ServerOperation *choose_composite(const Target *target, const ServerOperation *operation)
{
        return target->path.length == 0 && target->version >= LWM2M_1_1 ? operation : NULL;
}

static const ServerOperation *choose_method(const Request *request, const Target *target)
{
        switch (request->method) {
        case METHOD_GET:
                return choose_get(request, target);
        case METHOD_PUT:
                return choose_put(request, target);
        case METHOD_POST:
                return choose_post(target);
        case METHOD_DELETE:
                return choose_delete(target);
        case METHOD_FETCH:
                return choose_composite(target, &read_composite_operation);
        case METHOD_IPATCH:
                return choose_composite(target, &write_composite_operation);
        case METHOD_PATCH:
                break;
        }

        return NULL;
}

static const ServerOperation *choose(const Tree *tree, const Request *request, const Path *path)
{
        const ResourceDef *resource = path->length >= 3 ? tree_resource(tree, path) : NULL;
        const Target target = {
                .path = *path,
                .resource = resource,
                .operations = resource ? resource_operations(resource, tree->version) : 0,
                .is_instance_of_single = path->length == 4 && !resource->multiple,
                .version = tree->version,
        };
        const ServerOperation *operation = choose_method(request, &target);

        return operation && operation->support != 0 && !tree_supports(tree, operation->support, path)
                       ? NULL
                       : operation;
}

/* -- Whether -- */

/* Of such an Object nothing is told, not even what exists. */
static bool is_hidden(const Tree *tree, const Texts *segments)
{
        const ObjectDef *object;
        uint16_t id;

        if (segments->n == 0 || path_parse_id(segments->items[0], &id) < 0)
                return false;
        object = tree_object(tree, id);
        return object && object->bootstrap_only;
}

static bool path_exists(const Tree *tree, const Path *path)
{
        if (path->length >= 1 && !tree_object(tree, path->id[0]))
                return false;
        if (path->length >= 2 && !tree_has_instance(tree, path->id[0], path->id[1]))
                return false;

        return path->length < 3 || tree_resource(tree, path);
}

/* Core TS 7.3: by the Object Instance; what spans several leaves out those without a right. */
static bool is_permitted(const OperationContext *context, const ServerOperation *operation, const Path *path)
{
        const Dataset *dataset = store_committed(context->store);

        if (operation->right == ACCESS_CREATE)
                return access_may_create(context->store, dataset, context->requester, path->id[0]);
        if (path->length < 2 || operation->right == ACCESS_NONE)
                return true;
        return access_rights(context->store, dataset, context->requester, path->id[0], path->id[1]) &
               operation->right;
}

/* A bootstrap is about the accounts. What a source has agreed to it may have done by now, so the answer is
 * the source's; the part that is the accounts' in a Write-Composite is refused by them. Create and Delete
 * change /2 beside it, Write-Attributes only reads there: these are done only when granted. */
static bool is_barred(const OperationContext *context, const ServerOperation *operation)
{
        const bool foreign =
                context->granted && !(operation->right & (ACCESS_READ | ACCESS_CREATE | ACCESS_DELETE));

        return operation->changes && store_candidate(context->store) && !foreign;
}

/* Nothing is at the path. What a source has agreed to has been done all the same: the Object Instance went
 * with it, or right behind it. But there is nothing to read or to attach to, nor what a Create would have
 * made. */
static void answer_without_path(
        const OperationContext *context, const Request *request, const Path *path, Response *response)
{
        if (!context->granted || path->length < 2 || request->method == METHOD_GET ||
                request_is_write_attributes(request))
                response_set_error(response, CODE_NOT_FOUND, "no such path");
        else
                response->code = request->method == METHOD_DELETE ? CODE_DELETED : CODE_CHANGED;
}

/* Which operation it is, on which path; NULL: the response says why there is none. */
static const ServerOperation *judge(
        OperationContext *context, const Request *request, Path *ret_path, Response *response)
{
        const Tree tree = tree_committed(context->store, context->version);
        const ServerOperation *operation;
        Path path = PATH_ROOT;

        if (is_hidden(&tree, &request->path)) {
                response_set_error(response, CODE_UNAUTHORIZED, "/%s is for the Bootstrap Server",
                        request->path.items[0]);
                return NULL;
        }
        if (request_get_path(request, &path) < 0 || !path_exists(&tree, &path)) {
                answer_without_path(context, request, &path, response);
                return NULL;
        }

        operation = choose(&tree, request, &path);
        if (!operation) {
                response_set_error(
                        response, CODE_METHOD_NOT_ALLOWED, "not possible on %s", PATH_TEXT(&path));
                return NULL;
        }
        if (!is_permitted(context, operation, &path)) {
                response_set_error(response, CODE_UNAUTHORIZED,
                        "Access Control gives server %u no such right on %s", context->requester,
                        PATH_TEXT(&path));
                return NULL;
        }
        if (is_barred(context, operation)) {
                response_set_error(response, CODE_UNAVAILABLE, "a bootstrap is going on");
                return NULL;
        }

        *ret_path = path;
        return operation;
}

bool dispatch_is_write(OperationContext *context, const Request *request, Path *ret_path, Response *response)
{
        return judge(context, request, ret_path, response) == &write_operation;
}

int dispatch_server(OperationContext *context, const Request *request, Response *response, Effects *effects)
{
        const ServerOperation *operation;
        Path path;

        operation = judge(context, request, &path, response);
        return operation ? operation->serve(context, &path, request, response, effects) : 0;
}
