/* SPDX-License-Identifier: Apache-2.0 */
/* Packets <-> Request and Response. */
#include "coap/translate.h"

/* A text option as an item of texts. 0, -ENOMEM, -E2BIG (too many), -EINVAL (NUL inside), -EMSGSIZE (too
 * long). */
static int add_text(Texts *texts, size_t maximum, const PacketOption *option)
{
        char text[LIMIT_OPTION_SIZE + 1];

        if (option->size > LIMIT_OPTION_SIZE)
                return -EMSGSIZE;
        if (texts->n >= maximum)
                return -E2BIG;
        if (memchr(option->data, 0, option->size))
                return -EINVAL;
        if (option->size > 0)
                memcpy(text, option->data, option->size);
        text[option->size] = 0;
        return texts_add(texts, text);
}

static int bad_option(const char *reason, const char **reterr_reason)
{
        *reterr_reason = reason;
        return CODE_BAD_OPTION;
}

static int take_path(const PacketOption *option, Texts *path, const char **reterr_reason)
{
        int r;

        r = add_text(path, LIMIT_PATH_SEGMENTS, option);
        if (r == -E2BIG) {
                *reterr_reason = "the path has more segments than anything here";
                return CODE_NOT_FOUND;
        }
        if (r == -EINVAL) {
                *reterr_reason = "NUL in Uri-Path";
                return CODE_BAD_REQUEST;
        }
        return r == -EMSGSIZE ? bad_option("Uri-Path is longer than 255 bytes", reterr_reason) : r;
}

static int take_query(const PacketOption *option, Texts *query, const char **reterr_reason)
{
        int r;

        r = add_text(query, LIMIT_QUERIES, option);
        if (r == -E2BIG || r == -EINVAL) {
                *reterr_reason = r == -E2BIG ? "too many Uri-Query options" : "NUL in Uri-Query";
                return CODE_BAD_REQUEST;
        }
        return r == -EMSGSIZE ? bad_option("Uri-Query is longer than 255 bytes", reterr_reason) : r;
}

static int take_block(const PacketOption *option, bool *has, Block *block, const char **reterr_reason)
{
        if (*has || option->size > 3)
                return bad_option("a block option is given twice or too long", reterr_reason);
        if (block_parse(option, block) < 0) {
                *reterr_reason = "a block of the reserved size";
                return CODE_BAD_REQUEST;
        }
        *has = true;
        return 0;
}

/* Elective: a wrong one is ignored; so is a second one. */
static void take_observe(const PacketOption *option, Request *request)
{
        uint32_t value;

        if (request->observe != OBSERVE_NONE || option->size > 3)
                return;
        value = packet_option_uint(option);
        if (value == OBSERVE_REGISTER || value == OBSERVE_CANCEL)
                request->observe = (int)value;
}

static int take_request_option(
        const PacketOption *option, Request *request, TransferOptions *transfer, const char **reterr_reason)
{
        switch (option->number) {
        case OPTION_URI_PATH:
                return take_path(option, &request->path, reterr_reason);
        case OPTION_URI_QUERY:
                return take_query(option, &request->query, reterr_reason);
        case OPTION_CONTENT_FORMAT:
                /* Elective: a wrong or second one is ignored (RFC 7252, 5.4.3). */
                if (option->size <= 2 && request->content_format == FORMAT_NONE)
                        request->content_format = (int)packet_option_uint(option);
                return 0;
        case OPTION_ACCEPT:
                if (option->size > 2 || request->accept != FORMAT_NONE)
                        return bad_option("Accept is given twice or too long", reterr_reason);
                request->accept = (int)packet_option_uint(option);
                return 0;
        case OPTION_BLOCK1:
                return take_block(option, &transfer->has_block1, &transfer->block1, reterr_reason);
        case OPTION_BLOCK2:
                return take_block(option, &transfer->has_block2, &transfer->block2, reterr_reason);
        case OPTION_SIZE1:
                if (option->size <= 4)
                        transfer->size1 = packet_option_uint(option);
                return 0;
        case OPTION_NO_RESPONSE:
                if (option->size <= 1)
                        transfer->no_response = packet_option_uint(option);
                return 0;
        case OPTION_OBSERVE:
                take_observe(option, request);
                return 0;
        case OPTION_URI_HOST:
        case OPTION_URI_PORT:
                return 0;
        case OPTION_IF_MATCH:
        case OPTION_IF_NONE_MATCH:
                return bad_option("If-Match and If-None-Match are not supported", reterr_reason);
        default:
                if (OPTION_IS_CRITICAL(option->number))
                        return bad_option("an unknown critical option", reterr_reason);
                return 0;
        }
}

/* Whether the method goes with the options. */
static int check_method(const Request *request, const TransferOptions *transfer, const char **reterr_reason)
{
        switch (request->method) {
        case METHOD_GET:
        case METHOD_DELETE:
                /* Not defined for a request without a body, so as good as unknown (RFC 7252, 5.4): taken, it
                 * would cost a transfer its place. */
                return transfer->has_block1 ? bad_option("Block1 in a request without a body", reterr_reason)
                                            : 0;
        case METHOD_FETCH:
                /* libcoap 4.3.4 answers so before it asks us; with this, every version does. */
                if (request->content_format != FORMAT_NONE)
                        return 0;
                *reterr_reason = "FETCH without Content-Format";
                return CODE_UNSUPPORTED_FORMAT;
        case METHOD_POST:
        case METHOD_PUT:
        case METHOD_PATCH:
        case METHOD_IPATCH:
                break;
        }
        return 0;
}

int translate_request(
        const Packet *packet, Request *ret, TransferOptions *ret_transfer, const char **reterr_reason)
{
        TransferOptions transfer = {0};
        Request request = REQUEST_INIT;
        PacketOption option;
        size_t position = 0;
        int r;

        while (packet_next_option(packet, &position, &option)) {
                r = take_request_option(&option, &request, &transfer, reterr_reason);
                if (r != 0) {
                        translate_request_done(&request);
                        return r;
                }
        }
        request.method = (Method)packet->code;
        if (request.method != METHOD_GET && request.method != METHOD_FETCH)
                request.observe = OBSERVE_NONE; /* RFC 7641, 2; RFC 8132, 2 */
        r = check_method(&request, &transfer, reterr_reason);
        if (r != 0) {
                translate_request_done(&request);
                return r;
        }
        request.payload = (uint8_t *)packet->payload;
        request.payload_size = packet->payload_size;
        *ret = request;
        *ret_transfer = transfer;
        return 0;
}

void translate_request_done(Request *request)
{
        request->payload = NULL;
        request->payload_size = 0;
        request_done(request);
}

/* Why a Location-Path cannot be kept, or NULL; error: of add_text. */
static const char *location_problem(const Texts *location, int error)
{
        bool empty = location->n > 0;

        switch (error) {
        case 0:
                break;
        case -E2BIG:
                return "of more than 8 segments";
        case -EMSGSIZE:
                return "with a segment longer than 255 bytes";
        default:
                return "with a NUL inside";
        }
        for (size_t i = 0; i < location->n; i++) {
                const char *segment = location->items[i];

                if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
                        return "that names nothing"; /* RFC 7252, 5.10.7 */
                empty = empty && segment[0] == 0;
        }
        return empty ? "that names nothing" : NULL;
}

int translate_response(const Packet *packet, Response *ret, TransferOptions *ret_transfer)
{
        _cleanup_(response_done) Response response = RESPONSE_INIT;
        TransferOptions transfer = {0};
        const char *reason;
        PacketOption option;
        size_t position = 0;
        bool has_max_age = false;
        int r, location_error = 0;

        response.code = packet->code;
        while (packet_next_option(packet, &position, &option))
                switch (option.number) {
                case OPTION_LOCATION_PATH:
                        r = add_text(&response.location, LIMIT_PATH_SEGMENTS, &option);
                        if (r == -ENOMEM)
                                return r;
                        if (location_error == 0)
                                location_error = r;
                        break;
                case OPTION_CONTENT_FORMAT:
                        if (option.size <= 2 && response.content_format == FORMAT_NONE)
                                response.content_format = (int)packet_option_uint(&option);
                        break;
                case OPTION_MAX_AGE:
                        /* Elective: a wrong or second one is ignored (RFC 7252, 5.4.3, 5.4.5). */
                        if (option.size <= 4 && !has_max_age)
                                response.max_age = packet_option_uint(&option);
                        has_max_age = true;
                        break;
                case OPTION_ETAG:
                        if (option.size > ETAG_SIZE_MAX || transfer.etag.size > 0)
                                break;
                        memcpy(transfer.etag.bytes, option.data, option.size);
                        transfer.etag.size = option.size;
                        break;
                case OPTION_SIZE2:
                        if (option.size <= 4)
                                transfer.size2 = packet_option_uint(&option);
                        break;
                case OPTION_BLOCK1:
                        if (take_block(&option, &transfer.has_block1, &transfer.block1, &reason) != 0)
                                return CODE_BAD_OPTION;
                        break;
                case OPTION_BLOCK2:
                        if (take_block(&option, &transfer.has_block2, &transfer.block2, &reason) != 0)
                                return CODE_BAD_OPTION;
                        break;
                default:
                        break;
                }
        response.location_problem = location_problem(&response.location, location_error);
        if (response.location_problem)
                texts_done(&response.location);
        *ret = response;
        response = RESPONSE_INIT;
        *ret_transfer = transfer;
        return 0;
}

static void add_texts(ByteWriter *options, uint16_t number, const Texts *texts)
{
        for (size_t i = 0; i < texts->n; i++)
                packet_add_option(options, number, texts->items[i], strlen(texts->items[i]));
}

void translate_request_options(const Request *request, const char *host, const Block *block1,
        const Block *block2, ByteWriter *options)
{
        if (host[0])
                packet_add_option(options, OPTION_URI_HOST, host, strlen(host));
        add_texts(options, OPTION_URI_PATH, &request->path);
        if (request->content_format != FORMAT_NONE)
                packet_add_uint(options, OPTION_CONTENT_FORMAT, (uint32_t)request->content_format);
        add_texts(options, OPTION_URI_QUERY, &request->query);
        if (request->accept != FORMAT_NONE)
                packet_add_uint(options, OPTION_ACCEPT, (uint32_t)request->accept);
        if (block2)
                packet_add_uint(options, OPTION_BLOCK2, block_value(block2));
        if (block1)
                packet_add_uint(options, OPTION_BLOCK1, block_value(block1));
}

void translate_answer_options(const Response *response, const AnswerOptions *answer, ByteWriter *options)
{
        if (answer->etag != 0)
                packet_add_option(options, OPTION_ETAG, &answer->etag, sizeof(answer->etag));
        if (response->observe >= 0)
                packet_add_uint(options, OPTION_OBSERVE, (uint32_t)response->observe & OBSERVE_SEQUENCE_MAX);
        add_texts(options, OPTION_LOCATION_PATH, &response->location);
        if (response->content_format != FORMAT_NONE)
                packet_add_uint(options, OPTION_CONTENT_FORMAT, (uint32_t)response->content_format);
        if (answer->block2)
                packet_add_uint(options, OPTION_BLOCK2, block_value(answer->block2));
        if (answer->block1)
                packet_add_uint(options, OPTION_BLOCK1, block_value(answer->block1));
        if (answer->size2 > 0)
                packet_add_uint(options, OPTION_SIZE2, answer->size2);
        if (answer->size1 > 0)
                packet_add_uint(options, OPTION_SIZE1, answer->size1);
}
