/* SPDX-License-Identifier: Apache-2.0 */
/* Which format a payload has, and which code says that it does not fit. */
#include "operation/payload.h"

#include <stdio.h>

#include "codec/codec.h"

static int refuse_decoding(int error, int format, Response *response)
{
        switch ((CodecError)error) {

        case CODEC_E_FORMAT:
                response_set_error(response, CODE_UNSUPPORTED_FORMAT,
                        "Content-Format %d does not fit this path", format);
                break;

        case CODEC_E_SYNTAX:
                response_set_error(response, CODE_BAD_REQUEST, "the payload is not well-formed");
                break;

        case CODEC_E_TYPE:
                response_set_error(response, CODE_BAD_REQUEST, "a value is not of its Resource's type");
                break;

        case CODEC_E_PATH:
                response_set_error(response, CODE_BAD_REQUEST, "a name in the payload is outside the path");
                break;

        case CODEC_E_LIMIT:
                response_set_error(response, CODE_BAD_REQUEST, "the payload holds too much");
                break;
        }

        return PAYLOAD_REFUSED;
}

/* An array without elements is a value too, of a multiple-instance Resource only, and so is the removal of
 * one of its instances. */
static bool value_fits(const ResourceDef *resource, const Record *record)
{
        if (record->value.type == VALUE_NONE)
                return resource->multiple;

        return record->value.type == resource->type && resource->multiple == (record->path.length == 4);
}

static int check_record(const OperationContext *context, Record *record, Response *response)
{
        const ResourceDef *resource;
        const char *reason;

        if (record->unknown)
                return 0;
        if (record->path.length < 3) {
                if (record->path.length == 2 && record->value.type == VALUE_NONE)
                        return 0;
                response_set_error(
                        response, CODE_BAD_REQUEST, "%s holds no value", PATH_TEXT(&record->path));
                return PAYLOAD_REFUSED;
        }

        resource = registry_find_served(
                store_registry(context->store), record->path.id[0], record->path.id[2], context->version);
        if (!resource || resource->type == VALUE_NONE) {
                value_done(&record->value);
                record->unknown = true;
                return 0;
        }

        if (!value_fits(resource, record)) {
                response_set_error(response, CODE_BAD_REQUEST, "%s: the value is not of its Resource's type",
                        PATH_TEXT(&record->path));
                return PAYLOAD_REFUSED;
        }

        reason = resource_check_value(resource, &record->value, context->version);
        if (reason) {
                response_set_error(response, CODE_BAD_REQUEST, "%s: %s", PATH_TEXT(&record->path), reason);
                return PAYLOAD_REFUSED;
        }

        return 0;
}

static bool has_value(const RecordList *records)
{
        for (size_t i = 0; i < records->n; i++)
                if (records->items[i].unknown || records->items[i].value.type != VALUE_NONE ||
                        records->items[i].path.length == 4)
                        return true;

        return false;
}

static bool refuse_unknown_format(CodecOperation operation, int format, Response *response)
{
        if (format == FORMAT_NONE)
                response_set_error(response, CODE_BAD_REQUEST, "Content-Format is missing");
        else if (!codec_can_carry(operation, format, NULL, NULL))
                response_set_error(
                        response, CODE_UNSUPPORTED_FORMAT, "Content-Format %d is not supported", format);
        else
                return false;
        return true;
}

bool payload_refuse_format(
        const OperationContext *context, const Path *path, const Request *request, Response *response)
{
        const Schema schema = registry_schema(store_registry(context->store));

        if (refuse_unknown_format(CODEC_WRITE, request->content_format, response))
                return true;
        return !codec_can_carry(CODEC_WRITE, request->content_format, &schema, path) &&
               refuse_decoding(CODEC_E_FORMAT, request->content_format, response) == PAYLOAD_REFUSED;
}

int payload_decode(const OperationContext *context, const Path *path, const Request *request,
        RecordList *ret, Response *response)
{
        const CodecOperation operation = path->length > 0 ? CODEC_WRITE : CODEC_COMPOSITE_WRITE;
        _cleanup_(record_list_done) RecordList list = {.n = 0};
        const Schema schema = registry_schema(store_registry(context->store));
        int r;

        if (refuse_unknown_format(operation, request->content_format, response))
                return PAYLOAD_REFUSED;

        r = codec_decode(
                request->content_format, &schema, path, request->payload, request->payload_size, &list);
        if (r < 0)
                return r;
        if (r > 0)
                return refuse_decoding(r, request->content_format, response);

        /* TLV can say that an Object Instance has no Resources; a pack without a value says nothing, or
         * something that we do not understand. */
        if (content_format_is_pack(request->content_format) && !has_value(&list)) {
                response_set_error(response, CODE_BAD_REQUEST, "the payload names no path with a value");
                return PAYLOAD_REFUSED;
        }

        for (size_t i = 0; i < list.n; i++) {
                r = check_record(context, &list.items[i], response);
                if (r != 0)
                        return r;
        }

        *ret = list;
        list = (RecordList){.n = 0};
        return 0;
}

int payload_decode_paths(const Request *request, PathList *ret, Response *response)
{
        int r;

        if (request->content_format == FORMAT_NONE) {
                response_set_error(response, CODE_BAD_REQUEST, "Content-Format is missing");
                return PAYLOAD_REFUSED;
        }

        r = codec_decode_paths(request->content_format, request->payload, request->payload_size, ret);
        return r > 0 ? refuse_decoding(r, request->content_format, response) : r;
}

/* Without Accept the version's default, for single Resources too. */
int payload_format(const OperationContext *context, const Request *request)
{
        if (request->accept != FORMAT_NONE)
                return request->accept;

        return context->version == LWM2M_1_0 ? FORMAT_TLV : FORMAT_SENML_CBOR;
}

static int answer(ByteWriter *writer, int format, Response *response)
{
        int r;

        r = byte_writer_take(writer, &response->payload, &response->payload_size);
        if (r == -EMSGSIZE) {
                response_set_error(response, CODE_INTERNAL_ERROR, "the answer is too long");
                return 0;
        }
        if (r < 0)
                return r;

        response->code = CODE_CONTENT;
        response->content_format = format;
        return 0;
}

bool payload_has_times(int format)
{
        return format == FORMAT_SENML_JSON || format == FORMAT_SENML_CBOR;
}

int payload_encode(int format, const Path *path, const RecordMoment *moments, size_t n, ByteWriter *writer)
{
        return payload_has_times(format) ? codec_encode_history(format, path, moments, n, writer)
                                         : codec_encode(format, path, moments[0].records, writer);
}

int payload_answer(const OperationContext *context, const Path *path, const Request *request,
        const RecordList *records, Response *response)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(context->max_body_size);
        const CodecOperation operation = path->length > 0 ? CODEC_READ : CODEC_COMPOSITE_READ;
        const int format = payload_format(context, request);
        int r;

        r = codec_can_carry(operation, format, NULL, NULL)
                    ? payload_encode(format, path, &(RecordMoment){.records = records}, 1, &writer)
                    : CODEC_E_FORMAT;
        if (r > 0) {
                response_set_error(
                        response, CODE_NOT_ACCEPTABLE, "format %d cannot carry this answer", format);
                return 0;
        }
        if (r < 0 && r != -EMSGSIZE)
                return r;

        if (r == -EMSGSIZE)
                writer.error = r;
        return answer(&writer, format, response);
}

int payload_answer_links(ByteWriter *writer, Response *response)
{
        return answer(writer, FORMAT_CORE_LINK, response);
}

bool payload_describe_unknown(const RecordList *records, char ret[PAYLOAD_UNKNOWN_SIZE])
{
        const Path *first = NULL;
        size_t n = 0;

        for (size_t i = 0; i < records->n; i++)
                if (records->items[i].unknown && n++ == 0)
                        first = &records->items[i].path;
        if (n == 1)
                (void)snprintf(ret, PAYLOAD_UNKNOWN_SIZE, "%s", PATH_TEXT(first));
        else if (n > 1)
                (void)snprintf(ret, PAYLOAD_UNKNOWN_SIZE, "%s and %zu more", PATH_TEXT(first), n - 1);
        return n > 0;
}
