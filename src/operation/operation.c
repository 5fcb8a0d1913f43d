/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the Bootstrap Server and of LwM2M Servers. */
#include "operation/operation.h"

#include <stdio.h>

#include "operation/bootstrap_delete.h"
#include "operation/bootstrap_discover.h"
#include "operation/bootstrap_finish.h"
#include "operation/bootstrap_read.h"
#include "operation/bootstrap_write.h"
#include "operation/dispatch.h"
#include "operation/package.h"
#include "operation/request.h"

static bool is_finish(const Request *request)
{
        return request->method == METHOD_POST && request->path.n == 1 &&
               strcmp(request->path.items[0], "bs") == 0;
}

static int dispatch_bootstrap(
        OperationContext *context, const Request *request, Response *response, Effects *effects)
{
        Path path;
        bool valid = request_get_path(request, &path) == 0;

        switch (request->method) {

        case METHOD_GET:
                if (valid && request_is_discover(request))
                        return bootstrap_discover(context, &path, response);
                if (valid)
                        return bootstrap_read(context, &path, request, response);
                response_set_error(response,
                        request_is_discover(request) ? CODE_BAD_REQUEST : CODE_METHOD_NOT_ALLOWED,
                        "no such path");
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
        int r = 0;

        context->note[0] = '\0';
        ret_effects->n = 0;

        if (session == BOOTSTRAP_SESSION_OPEN)
                r = dispatch_bootstrap(context, request, &response, ret_effects);
        else if (session == BOOTSTRAP_SESSION_FINISHED && is_finish(request))
                response.code = CODE_CHANGED;
        else
                response_set_error(&response, CODE_BAD_REQUEST, "no bootstrap is going on");
        if (r < 0) {
                response_done(&response);
                return r;
        }

        *ret_response = response;
        return 0;
}

/* A server that wants to change what is not its own; that it only asks what is there is no news. */
static void note_forbidden(OperationContext *context, const Request *request, const Response *response)
{
        char what[REQUEST_TEXT_SIZE], text[LIMIT_DIAGNOSTIC_SIZE + 1];

        if (response->code == CODE_UNAUTHORIZED && request->method != METHOD_GET &&
                request->method != METHOD_FETCH)
                (void)snprintf(context->note, sizeof(context->note), "LwM2M Server %u gets 4.01 to %s: %s.",
                        context->requester, request_describe(request, what),
                        response_diagnostic(response, text));
}

int operation_device_management(
        OperationContext *context, const Request *request, Response *ret_response, Effects *ret_effects)
{
        Response response = RESPONSE_INIT;
        int r;

        context->note[0] = '\0';
        ret_effects->n = 0;

        r = dispatch_server(context, request, &response, ret_effects);
        if (r != 0) {
                response_done(&response);
                return r;
        }
        note_forbidden(context, request, &response);

        *ret_response = response;
        return 0;
}

bool operation_package(OperationContext *context, const Request *request, uint64_t announced,
        BodyResume resume, BodySink *ret, Response *ret_response, Effects *ret_effects)
{
        context->note[0] = '\0';
        ret_effects->n = 0;

        if (!package_begin(context, request, announced, resume, ret, ret_response, ret_effects))
                return false;
        note_forbidden(context, request, ret_response);
        return true;
}
