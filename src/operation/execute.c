/* SPDX-License-Identifier: Apache-2.0 */
/* Execute. */
#include "operation/execute.h"

#define ARGUMENTS_MAX 10 /* arguments are named by one digit each */

typedef struct Argument {
        bool given;
        const char *value; /* borrowed, NULL when there is none */
        size_t size;
} Argument;

/* CHAR of the grammar: %x21 / %x23-26 / %x28-5B / %x5D-7E */
static bool is_argument_character(char c)
{
        return c >= 0x21 && c <= 0x7e && c != '"' && c != '\'' && c != '\\';
}

/* arglist = arg *("," arg), arg = DIGIT / DIGIT "='" *CHAR "'" (Core TS 6.3.5). Each digit once. */
static bool parse_arguments(const char *text, size_t size, Argument arguments[ARGUMENTS_MAX])
{
        size_t i = 0;

        while (i < size) {
                Argument *argument;

                if (text[i] < '0' || text[i] > '9')
                        return false;
                argument = &arguments[text[i++] - '0'];
                if (argument->given)
                        return false;
                argument->given = true;

                if (i < size && text[i] == '=') {
                        if (++i >= size || text[i++] != '\'')
                                return false;
                        argument->value = text + i;
                        while (i < size && is_argument_character(text[i]))
                                i++;
                        argument->size = (size_t)(text + i - argument->value);
                        if (i >= size || text[i++] != '\'')
                                return false;
                }

                if (i == size)
                        return true;
                if (text[i++] != ',')
                        return false;
        }

        return size == 0; /* else it ended with a comma */
}

static void execute_server(OperationContext *context, const Path *path, const Argument *arguments,
        Response *response, Effects *effects)
{
        const uint16_t ssid = (uint16_t)dataset_get_integer(
                store_committed(context->store), OBJECT_SERVER, path->id[1], SERVER_SHORT_SERVER_ID, 0);

        if (path->id[2] == SERVER_UPDATE_TRIGGER && arguments[0].given &&
                (arguments[0].size != 1 || arguments[0].value[0] != 'U')) {
                response_set_error(response, CODE_BAD_REQUEST, "argument 0: U is the only transport");
                return;
        }

        if (path->id[2] == SERVER_BOOTSTRAP_TRIGGER && context->no_bootstrap_server) {
                response_set_error(
                        response, CODE_METHOD_NOT_ALLOWED, "there is no Bootstrap-Server Account");
                return;
        }

        effects_add(effects,
                path->id[2] == SERVER_DISABLE          ? EFFECT_DISABLE
                : path->id[2] == SERVER_UPDATE_TRIGGER ? EFFECT_UPDATE_TRIGGER
                                                       : EFFECT_BOOTSTRAP_TRIGGER,
                ssid);
        response->code = CODE_CHANGED;
}

static void execute_provided(
        OperationContext *context, const Path *path, const Request *request, Response *response)
{
        void *userdata = NULL;
        const Provider *provider = store_provider(context->store, path->id[0], &userdata);
        const ResourceDef *resource = object_find_served(path->id[0], path->id[2], context->version);
        int r = -ENOTSUP;

        if (provider && provider->execute)
                r = provider->execute(userdata, resource, request->payload, request->payload_size);
        if (r < 0)
                response_set_error(response, CODE_INTERNAL_ERROR, "%s failed", PATH_TEXT(path));
        else
                response->code = CODE_CHANGED;
}

int operation_execute(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects)
{
        Argument arguments[ARGUMENTS_MAX] = {0};

        if (request->payload_size > 0 && request->content_format != FORMAT_NONE &&
                request->content_format != FORMAT_TEXT) {
                response_set_error(response, CODE_BAD_REQUEST, "arguments are text/plain");
                return 0;
        }
        if (!parse_arguments((const char *)request->payload, request->payload_size, arguments)) {
                response_set_error(response, CODE_BAD_REQUEST, "the arguments are not well-formed");
                return 0;
        }

        if (path->id[0] == OBJECT_SERVER)
                execute_server(context, path, arguments, response, effects);
        else
                execute_provided(context, path, request, response);
        return 0;
}
