/* SPDX-License-Identifier: Apache-2.0 */
/* Which operation a request is: by method, path, Accept, and the Resource's definition. */
#include "operation/operation.h"

#include "model/access.h"
#include "operation/bootstrap_delete.h"
#include "operation/bootstrap_discover.h"
#include "operation/bootstrap_finish.h"
#include "operation/bootstrap_read.h"
#include "operation/bootstrap_write.h"
#include "operation/discover.h"
#include "operation/execute.h"
#include "operation/read.h"
#include "operation/tree.h"
#include "operation/write.h"

/* 0, or -EINVAL when the Uri-Path is not that of an Object or below. */
static int parse_path(const Texts *segments, Path *ret)
{
        Path path = PATH_ROOT;
        int r;

        if (segments->n > PATH_LENGTH_MAX)
                return -EINVAL;

        for (size_t i = 0; i < segments->n; i++) {
                r = path_parse_id(segments->items[i], &path.id[i]);
                if (r < 0)
                        return r;
                path.length++;
        }

        *ret = path;
        return 0;
}

static bool is_finish(const Request *request)
{
        return request->method == METHOD_POST && request->path.n == 1 &&
               strcmp(request->path.items[0], "bs") == 0;
}

/* Accept 40 makes a GET a Discover. */
static bool is_discover(const Request *request)
{
        return request->method == METHOD_GET && request->accept == FORMAT_CORE_LINK;
}

static int dispatch_bootstrap(
        OperationContext *context, const Request *request, Response *response, Effects *effects)
{
        Path path;
        bool valid = parse_path(&request->path, &path) == 0;

        switch (request->method) {

        case METHOD_GET:
                if (valid && is_discover(request))
                        return bootstrap_discover(context, &path, response);
                if (valid)
                        return bootstrap_read(context, &path, request, response);
                response_set_error(response,
                        is_discover(request) ? CODE_BAD_REQUEST : CODE_METHOD_NOT_ALLOWED, "no such path");
                return 0;

        case METHOD_PUT:
                if (valid)
                        return bootstrap_write(context, &path, request, response);
                break;

        case METHOD_DELETE:
                if (valid)
                        return bootstrap_delete(context, &path, response);
                break;

        case METHOD_POST:
                if (is_finish(request))
                        return bootstrap_finish(context, response, effects);
                response_set_error(response, CODE_METHOD_NOT_ALLOWED, "POST is for /bs only");
                return 0;

        case METHOD_FETCH:
        case METHOD_PATCH:
        case METHOD_IPATCH:
                response_set_error(response, CODE_METHOD_NOT_ALLOWED, "no such operation in a bootstrap");
                return 0;
        }

        response_set_error(response, CODE_BAD_REQUEST, "no such path");
        return 0;
}

int operation_bootstrap(OperationContext *context, BootstrapSession session, const Request *request,
        Response *ret_response, Effects *ret_effects)
{
        Response response = RESPONSE_INIT;
        Effects effects = {.n = 0};
        int r = 0;

        context->note[0] = '\0';

        if (session == BOOTSTRAP_SESSION_OPEN)
                r = dispatch_bootstrap(context, request, &response, &effects);
        else if (session == BOOTSTRAP_SESSION_FINISHED && is_finish(request))
                response.code = CODE_CHANGED;
        else
                response_set_error(&response, CODE_BAD_REQUEST, "no bootstrap is going on");
        if (r < 0) {
                response_done(&response);
                return r;
        }

        *ret_response = response;
        *ret_effects = effects;
        return 0;
}

typedef enum ServerOperation {
        SERVER_OPERATION_NONE, /* 4.05 */
        SERVER_OPERATION_READ,
        SERVER_OPERATION_DISCOVER,
        SERVER_OPERATION_WRITE,
        SERVER_OPERATION_EXECUTE,
} ServerOperation;

static ServerOperation choose_get(
        const Request *request, const Path *path, const ResourceDef *resource, uint8_t operations)
{
        if (is_discover(request))
                return path->length >= 1 && path->length <= 3 && (!resource || operations != 0)
                               ? SERVER_OPERATION_DISCOVER
                               : SERVER_OPERATION_NONE;

        if (path->length == 0 || (path->length == 4 && !resource->multiple) ||
                (resource && !(operations & OPERATION_READ)))
                return SERVER_OPERATION_NONE;
        return SERVER_OPERATION_READ;
}

/* PUT with a query and without content is Write-Attributes, of a later issue. */
static bool is_write_attributes(const Request *request)
{
        return request->query.n > 0 && request->content_format == FORMAT_NONE && request->payload_size == 0;
}

static ServerOperation choose_put(
        const Request *request, const Path *path, const ResourceDef *resource, uint8_t operations)
{
        if (is_write_attributes(request) || path->length < 2 || (path->length == 4 && !resource->multiple) ||
                (resource && !(operations & OPERATION_WRITE)))
                return SERVER_OPERATION_NONE;
        return SERVER_OPERATION_WRITE;
}

static ServerOperation choose_post(const Path *path, const ResourceDef *resource, uint8_t operations)
{
        if (path->length == 3 && operations & OPERATION_EXECUTE)
                return SERVER_OPERATION_EXECUTE;
        if (path->length == 2 || (path->length == 3 && resource->multiple && operations & OPERATION_WRITE))
                return SERVER_OPERATION_WRITE;
        return SERVER_OPERATION_NONE;
}

static ServerOperation choose(const Tree *tree, const Request *request, const Path *path)
{
        const ResourceDef *resource = path->length >= 3 ? tree_resource(tree, path) : NULL;
        uint8_t operations = resource ? resource_operations(resource, tree->version) : 0;
        ServerOperation operation = SERVER_OPERATION_NONE;

        switch (request->method) {

        case METHOD_GET:
                operation = choose_get(request, path, resource, operations);
                break;

        case METHOD_PUT:
                operation = choose_put(request, path, resource, operations);
                break;

        case METHOD_POST:
                operation = choose_post(path, resource, operations);
                break;

        case METHOD_DELETE:
        case METHOD_FETCH:
        case METHOD_PATCH:
        case METHOD_IPATCH:
                break;
        }

        if ((operation == SERVER_OPERATION_WRITE && !tree_supports(tree, OPERATION_WRITE, path)) ||
                (operation == SERVER_OPERATION_EXECUTE && !tree_supports(tree, OPERATION_EXECUTE, path)))
                return SERVER_OPERATION_NONE;
        return operation;
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
static bool is_permitted(const OperationContext *context, ServerOperation operation, const Path *path)
{
        static const unsigned needed[] = {
                [SERVER_OPERATION_READ] = ACCESS_READ,
                [SERVER_OPERATION_DISCOVER] = ACCESS_NONE,
                [SERVER_OPERATION_WRITE] = ACCESS_WRITE,
                [SERVER_OPERATION_EXECUTE] = ACCESS_EXECUTE,
        };

        if (path->length < 2 || needed[operation] == ACCESS_NONE)
                return true;
        return access_rights(store_committed(context->store), context->requester, path->id[0], path->id[1]) &
               needed[operation];
}

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

static int dispatch_server(
        OperationContext *context, const Request *request, Response *response, Effects *effects)
{
        const Tree tree = tree_committed(context->store, context->version);
        ServerOperation operation;
        Path path;

        if (is_hidden(&tree, &request->path)) {
                response_set_error(response, CODE_UNAUTHORIZED, "/%s is for the Bootstrap Server",
                        request->path.items[0]);
                return 0;
        }
        if (parse_path(&request->path, &path) < 0 || !path_exists(&tree, &path)) {
                response_set_error(response, CODE_NOT_FOUND, "no such path");
                return 0;
        }

        operation = choose(&tree, request, &path);
        if (operation == SERVER_OPERATION_NONE) {
                response_set_error(
                        response, CODE_METHOD_NOT_ALLOWED, "not possible on %s", PATH_TEXT(&path));
                return 0;
        }
        if (!is_permitted(context, operation, &path)) {
                response_set_error(response, CODE_UNAUTHORIZED,
                        "Access Control gives server %u no such right on /%u/%u", context->requester,
                        path.id[0], path.id[1]);
                return 0;
        }
        if (store_candidate(context->store) && operation != SERVER_OPERATION_READ &&
                operation != SERVER_OPERATION_DISCOVER) {
                response_set_error(response, CODE_UNAVAILABLE, "a bootstrap is going on");
                return 0;
        }

        switch (operation) {
        case SERVER_OPERATION_READ:
                return operation_read(context, &path, request, response);
        case SERVER_OPERATION_DISCOVER:
                return operation_discover(context, &path, response);
        case SERVER_OPERATION_WRITE:
                return operation_write(
                        context, &path, request->method == METHOD_PUT, request, response, effects);
        case SERVER_OPERATION_EXECUTE:
                return operation_execute(context, &path, request, response, effects);
        case SERVER_OPERATION_NONE:
                break;
        }

        return 0;
}

int operation_device_management(
        OperationContext *context, const Request *request, Response *ret_response, Effects *ret_effects)
{
        Response response = RESPONSE_INIT;
        Effects effects = {.n = 0};
        int r;

        context->note[0] = '\0';

        r = dispatch_server(context, request, &response, &effects);
        if (r != 0) {
                response_done(&response);
                return r;
        }

        *ret_response = response;
        *ret_effects = effects;
        return 0;
}
