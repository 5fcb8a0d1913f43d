/* SPDX-License-Identifier: Apache-2.0 */
/* Every CoAP message in one line of level debug. */
#include <stdio.h>

#include "coap/trace.h"
#include "lwm2m/message.h"
#include "util/log.h"
#include "util/utf8.h"

bool trace_is_on(void)
{
        return log_get_level() >= LOG_DEBUG;
}

const char *trace_type(unsigned type)
{
        static const char *const types[] = {"CON", "NON", "ACK", "RST"}; /* RFC 7252, 3 */

        return types[type & 3];
}

void trace_empty(const Trace *trace, const char *direction, const char *type)
{
        log_full(LOG_DEBUG, 0, trace->about, "CoAP %s %s %s empty", trace->peer, direction, type);
}

void trace_repeated(const Trace *trace)
{
        log_full(LOG_DEBUG, 0, trace->about, "CoAP %s -> again what is not acknowledged", trace->peer);
}

void trace_garbage(const Trace *trace, size_t size, const char *fault)
{
        log_full(LOG_DEBUG, 0, trace->about, "CoAP %s <- %zu bytes that are no CoAP message: %s",
                trace->peer, size, fault);
}

static void format_path(const Packet *request, char buffer[TRACE_PATH_SIZE])
{
        PacketOption option;
        size_t position = 0, n = 0;

        while (packet_next_option(request, &position, &option))
                if (option.number == OPTION_URI_PATH && n + 1 < TRACE_PATH_SIZE) {
                        size_t size = MIN_OF(option.size, TRACE_PATH_SIZE - n - 2);

                        buffer[n++] = '/';
                        memcpy(buffer + n, option.data, size);
                        n += size;
                }
        if (n == 0)
                buffer[n++] = '/';
        n = utf8_cut(buffer, n);
        utf8_make_printable(buffer, n);
        buffer[n] = 0;
}

static void log_message(const Trace *trace, const char *direction, const char *type, const char *code,
        const char *path, const Packet *packet, const char *duration)
{
        char format[sizeof(", format 65535")] = "";
        LogAbout about = *trace->about;
        PacketOption option;
        size_t position = 0;

        about.path = path;
        while (packet_next_option(packet, &position, &option))
                if (option.number == OPTION_CONTENT_FORMAT && option.size <= 2)
                        (void)snprintf(format, sizeof(format), ", format %u",
                                (unsigned)packet_option_uint(&option));
        log_full(LOG_DEBUG, 0, &about, "CoAP %s %s %s %s %s%s, %zu bytes%s", trace->peer, direction, type,
                code, path, format, packet->payload_size, duration);
}

static void log_request(
        const Trace *trace, const char *direction, const char *type, const char *path, const Packet *request)
{
        log_message(trace, direction, type, method_to_string((Method)request->code), path, request, "");
}

static void log_response(const Trace *trace, const char *direction, const char *type, const char *path,
        const Packet *response, uint64_t duration)
{
        char code[sizeof("7.31")], text[48];

        (void)snprintf(code, sizeof(code), "%u.%02u", CODE_ARGS(response->code));
        (void)snprintf(text, sizeof(text), ", %.1f ms", (double)duration / USEC_PER_MSEC);
        log_message(trace, direction, type, code, path, response, text);
}

void trace_init(Trace *trace, const Clock *clock, const LogAbout *about, const ResolvedAddress *address)
{
        *trace = (Trace){.clock = clock, .about = about};
        address_format(address, trace->peer);
}

void trace_sent(Trace *trace, const uint8_t *token, size_t token_size, const Packet *request)
{
        TracedRequest *place = &trace->requests[0];

        if (!trace_is_on())
                return;
        for (size_t i = 1; i < TRACE_REQUESTS; i++)
                if (trace->requests[i].time < place->time)
                        place = &trace->requests[i];
        assert(token_size <= sizeof(place->token));
        memcpy(place->token, token, token_size);
        place->token_size = token_size;
        place->time = clock_boottime(trace->clock);
        format_path(request, place->path);
        log_request(trace, "->", "CON", place->path, request);
}

void trace_answer(
        const Trace *trace, const char *type, const uint8_t *token, size_t token_size, const Packet *answer)
{
        if (!trace_is_on())
                return;
        for (size_t i = 0; i < TRACE_REQUESTS; i++) {
                const TracedRequest *request = &trace->requests[i];

                if (request->time != 0 && token_size == request->token_size &&
                        memcmp(request->token, token, token_size) == 0) {
                        log_response(trace, "<-", type, request->path, answer,
                                clock_boottime(trace->clock) - request->time);
                        return;
                }
        }
        log_response(trace, "<-", type, "?", answer, 0); /* begun at another level, or nobody's */
}

uint64_t trace_received(const Trace *trace, const char *type, const Packet *request)
{
        char path[TRACE_PATH_SIZE];

        if (!trace_is_on())
                return 0;
        format_path(request, path);
        log_request(trace, "<-", type, path, request);
        return clock_boottime(trace->clock);
}

void trace_answered(
        const Trace *trace, const char *type, const Packet *request, const Packet *answer, uint64_t received)
{
        char path[TRACE_PATH_SIZE];

        if (!trace_is_on())
                return;
        format_path(request, path);
        log_response(
                trace, "->", type, path, answer, received > 0 ? clock_boottime(trace->clock) - received : 0);
}
