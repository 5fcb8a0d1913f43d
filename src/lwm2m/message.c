/* SPDX-License-Identifier: Apache-2.0 */
/* Request and Response. */
#include <stdarg.h>
#include <stdio.h>

#include "lwm2m/message.h"
#include "util/parse.h"
#include "util/secret.h"

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

int request_copy(const Request *request, Request *ret)
{
        _cleanup_(request_done) Request copy = REQUEST_INIT;
        int r;

        copy.method = request->method;
        copy.content_format = request->content_format;
        copy.accept = request->accept;
        r = texts_copy(&request->path, &copy.path);
        if (r < 0)
                return r;
        r = texts_copy(&request->query, &copy.query);
        if (r < 0)
                return r;
        if (request->payload_size > 0) {
                copy.payload = malloc(request->payload_size);
                if (!copy.payload)
                        return -ENOMEM;
                memcpy(copy.payload, request->payload, request->payload_size);
                copy.payload_size = request->payload_size;
        }

        *ret = copy;
        copy = REQUEST_INIT;
        return 0;
}

/* The longest beginning of at most LIMIT_DIAGNOSTIC_SIZE bytes that ends with a whole character. */
static size_t whole_characters(const void *text, size_t size)
{
        const uint8_t *p = text;
        size_t n = MIN_OF(size, (size_t)LIMIT_DIAGNOSTIC_SIZE);

        if (n < size)
                while (n > 0 && (p[n] & 0xc0) == 0x80)
                        n--;
        return n;
}

void response_set_error(Response *response, Code code, const char *format, ...)
{
        char text[LIMIT_DIAGNOSTIC_SIZE + 2]; /* one byte more shows whether the cut is inside a character */
        size_t size;
        va_list ap;
        int n;

        response_done(response);
        response->code = (uint8_t)code;

        va_start(ap, format);
        n = vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        if (n <= 0)
                return;

        size = whole_characters(text, MIN_OF((size_t)n, sizeof(text) - 1));
        response->payload = malloc(size + 1);
        if (!response->payload)
                return;
        memcpy(response->payload, text, size);
        response->payload[size] = 0;
        response->payload_size = size;
}

/* Nothing that could move a terminal's cursor: C0, DEL, and C1 in its UTF-8 form. */
static void make_printable(char *text, size_t size)
{
        bool valid = utf8_is_valid(text, size);

        for (size_t i = 0; i < size; i++) {
                uint8_t c = (uint8_t)text[i];

                if (valid && c == 0xc2 && (uint8_t)text[i + 1] < 0xa0)
                        text[i] = text[i + 1] = '?';
                else if (c < ' ' || c == 0x7f || (!valid && c >= 0x80))
                        text[i] = '?';
        }
}

const char *response_diagnostic(const Response *response, char buffer[LIMIT_DIAGNOSTIC_SIZE + 1])
{
        size_t n;

        buffer[0] = '\0';
        if (CODE_CLASS(response->code) < 4 || response->payload_size == 0 ||
                (response->content_format != FORMAT_NONE && response->content_format != FORMAT_TEXT))
                return buffer;

        n = whole_characters(response->payload, response->payload_size);
        memcpy(buffer, response->payload, n);
        buffer[n] = '\0';
        make_printable(buffer, n);
        return buffer;
}

const char *request_describe(const Request *request, char buffer[REQUEST_TEXT_SIZE])
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
        size_t used;

        used = (size_t)snprintf(buffer, REQUEST_TEXT_SIZE, "%s%s", methods[request->method],
                request->path.n == 0 ? " /" : " ");
        for (size_t i = 0; i < request->path.n && used < REQUEST_TEXT_SIZE; i++)
                used += (size_t)snprintf(
                        buffer + used, REQUEST_TEXT_SIZE - used, "/%s", request->path.items[i]);
        for (char *c = buffer; *c; c++)
                if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
                        *c = '?';
        return buffer;
}
