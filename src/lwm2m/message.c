/* SPDX-License-Identifier: Apache-2.0 */
/* Request and Response. */
#include <stdio.h>

#include "lwm2m/message.h"
#include "util/secret.h"
#include "util/utf8.h"

int texts_add(Texts *texts, const char *text)
{
        char *copy;

        if (texts->n >= ELEMENTSOF(texts->items) || strlen(text) > LIMIT_OPTION_SIZE)
                return -E2BIG;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        texts->items[texts->n++] = copy;
        return 0;
}

int texts_addf(Texts *texts, const char *format, ...)
{
        char text[LIMIT_OPTION_SIZE + 1];
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        if (n < 0 || (size_t)n >= sizeof(text))
                return -E2BIG;
        return texts_add(texts, text);
}

int texts_copy(const Texts *texts, Texts *ret)
{
        _cleanup_(texts_done) Texts copy = {0};
        int r;

        for (size_t i = 0; i < texts->n; i++) {
                r = texts_add(&copy, texts->items[i]);
                if (r < 0)
                        return r;
        }
        *ret = copy;
        copy = (Texts){0};
        return 0;
}

void texts_done(Texts *texts)
{
        if (!texts)
                return;
        for (size_t i = 0; i < texts->n; i++)
                free(texts->items[i]);
        *texts = (Texts){0};
}

void request_done(Request *request)
{
        if (!request)
                return;
        texts_done(&request->path);
        texts_done(&request->query);
        secret_free_bytes(request->payload, request->payload_size);
        *request = REQUEST_INIT;
}

void response_done(Response *response)
{
        if (!response)
                return;
        texts_done(&response->location);
        secret_free_bytes(response->payload, response->payload_size);
        *response = RESPONSE_INIT;
}

/* 0 or -ENOMEM. */
static int payload_copy(const uint8_t *payload, size_t size, uint8_t **ret, size_t *ret_size)
{
        uint8_t *copy = NULL;

        if (size > 0) {
                copy = malloc(size);
                if (!copy)
                        return -ENOMEM;
                memcpy(copy, payload, size);
        }
        *ret = copy;
        *ret_size = size;
        return 0;
}

int request_copy(const Request *request, Request *ret)
{
        _cleanup_(request_done) Request copy = *request;
        int r;

        copy.path = copy.query = (Texts){0};
        copy.payload = NULL;
        copy.payload_size = 0;
        r = texts_copy(&request->path, &copy.path);
        if (r < 0)
                return r;
        r = texts_copy(&request->query, &copy.query);
        if (r < 0)
                return r;
        r = payload_copy(request->payload, request->payload_size, &copy.payload, &copy.payload_size);
        if (r < 0)
                return r;

        *ret = copy;
        copy = REQUEST_INIT;
        return 0;
}

int response_copy(const Response *response, Response *ret)
{
        _cleanup_(response_done) Response copy = *response;
        int r;

        copy.location = (Texts){0};
        copy.payload = NULL;
        copy.payload_size = 0;
        r = texts_copy(&response->location, &copy.location);
        if (r < 0)
                return r;
        r = payload_copy(response->payload, response->payload_size, &copy.payload, &copy.payload_size);
        if (r < 0)
                return r;

        *ret = copy;
        copy = RESPONSE_INIT;
        return 0;
}

void response_set_error(Response *response, Code code, const char *format, ...)
{
        char text[LIMIT_DIAGNOSTIC_SIZE + 1];
        size_t size;
        va_list ap;

        response_done(response);
        response->code = (uint8_t)code;

        va_start(ap, format);
        size = utf8_vprintf(text, sizeof(text), format, ap);
        va_end(ap);
        if (size == 0)
                return;

        response->payload = malloc(size + 1);
        if (!response->payload)
                return;
        memcpy(response->payload, text, size + 1);
        response->payload_size = size;
}

const char *response_diagnostic(const Response *response, char buffer[LIMIT_DIAGNOSTIC_SIZE + 1])
{
        size_t n;

        buffer[0] = '\0';
        if (CODE_CLASS(response->code) < 4 || response->payload_size == 0 ||
                (response->content_format != FORMAT_NONE && response->content_format != FORMAT_TEXT))
                return buffer;

        n = response->payload_size <= LIMIT_DIAGNOSTIC_SIZE
                    ? response->payload_size
                    : utf8_cut(response->payload, LIMIT_DIAGNOSTIC_SIZE);
        memcpy(buffer, response->payload, n);
        buffer[n] = '\0';
        utf8_make_printable(buffer, n);
        return buffer;
}

const char *method_to_string(Method method)
{
        static const char *const methods[] = {
                [METHOD_GET] = "GET",
                [METHOD_POST] = "POST",
                [METHOD_PUT] = "PUT",
                [METHOD_DELETE] = "DELETE",
                [METHOD_FETCH] = "FETCH",
                [METHOD_PATCH] = "PATCH",
                [METHOD_IPATCH] = "iPATCH",
        };

        return methods[method];
}

/* The path behind what is there already. */
static const char *add_path(const Request *request, char buffer[REQUEST_TEXT_SIZE], size_t used)
{
        if (request->path.n == 0)
                used += (size_t)snprintf(buffer + used, REQUEST_TEXT_SIZE - used, "/");
        for (size_t i = 0; i < request->path.n && used < REQUEST_TEXT_SIZE; i++)
                used += (size_t)snprintf(
                        buffer + used, REQUEST_TEXT_SIZE - used, "/%s", request->path.items[i]);
        if (used >= REQUEST_TEXT_SIZE)
                buffer[utf8_cut(buffer, REQUEST_TEXT_SIZE - 1)] = '\0';
        utf8_make_printable(buffer, strlen(buffer));
        return buffer;
}

const char *request_path(const Request *request, char buffer[REQUEST_TEXT_SIZE])
{
        return add_path(request, buffer, 0);
}

const char *request_describe(const Request *request, char buffer[REQUEST_TEXT_SIZE])
{
        return add_path(request, buffer,
                (size_t)snprintf(buffer, REQUEST_TEXT_SIZE, "%s ", method_to_string(request->method)));
}
