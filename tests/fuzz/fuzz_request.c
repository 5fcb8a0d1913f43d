/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: a sequence of requests of the Bootstrap Server and of an LwM2M Server, with what always
 * holds. An input is one byte for the LwM2M version, then for each request: method and flags, number of path
 * segments, one byte for each of them, format, payload size in two bytes, payload. */
#include "fuzz_published.h"
#include "fuzz_shelf.h"
#include "fuzz_store.h"
#include "model/access.h"
#include "operation/observe.h"
#include "operation/operation.h"
#include "operation/request.h"
#include "util/bytes.h"

#include <stdio.h>

#define FLAG_SERVER   0x08 /* of an LwM2M Server, else of the Bootstrap Server */
#define FLAG_OUTSIDE  0x10 /* outside a bootstrap session; of an LwM2M Server: of another one */
#define FLAG_ROLLBACK 0x20 /* afterwards the bootstrap fails */
#define FLAG_QUERY    0x40
#define FLAG_LATER    0x80 /* the answer may come later; of a GET or FETCH: Observe */

#define BODY_SIZE_MAX 4096

static const int formats[] = {FORMAT_NONE, FORMAT_TEXT, FORMAT_CORE_LINK, FORMAT_OPAQUE, FORMAT_CBOR,
        FORMAT_SENML_CBOR, FORMAT_TLV, FORMAT_TLV_OLD, 11543, FORMAT_SENML_JSON, FORMAT_LWM2M_CBOR,
        FORMAT_SENML_ETCH_JSON, FORMAT_SENML_ETCH_CBOR};

static void add_segment(Request *request, uint8_t byte)
{
        static const char *const odd[] = {"bs", "65535", "65534", "00", "x", ""};

        if (byte >= 250)
                require(texts_add(&request->path, odd[byte - 250]) == 0);
        else
                require(texts_addf(&request->path, "%u", byte) == 0);
}

/* False at the end of the input. */
static bool read_request(ByteReader *reader, Request *request, uint8_t *ret_flags)
{
        uint8_t n_segments, byte;
        const uint8_t *payload;
        uint64_t size;
        int format;

        if (!byte_reader_u8(reader, ret_flags) || !byte_reader_u8(reader, &n_segments))
                return false;
        request->method = (Method)((*ret_flags & 7) % METHOD_IPATCH + 1);
        for (unsigned i = 0; i < n_segments % 7; i++) {
                if (!byte_reader_u8(reader, &byte))
                        return false;
                add_segment(request, byte);
        }
        if (*ret_flags & FLAG_QUERY)
                require(texts_add(&request->query, "pmin=1") == 0);
        if (*ret_flags & FLAG_LATER && (request->method == METHOD_GET || request->method == METHOD_FETCH))
                request->observe = n_segments & 1 ? OBSERVE_REGISTER : OBSERVE_CANCEL;

        if (!byte_reader_u8(reader, &byte) || !byte_reader_uint(reader, 2, &size))
                return false;
        format = formats[byte % ELEMENTSOF(formats)];
        if (request->method == METHOD_GET)
                request->accept = format;
        else
                request->content_format = format;

        size = MIN_OF(size, (uint64_t)byte_reader_left(reader));
        require(byte_reader_take(reader, size, &payload));
        request->payload = malloc(size + 1);
        require(request->payload);
        memcpy(request->payload, payload, size);
        request->payload_size = size;
        return true;
}

static void check_response(const Response *response, const Effects *effects)
{
        require(CODE_CLASS(response->code) == 2 || CODE_CLASS(response->code) == 4 ||
                CODE_CLASS(response->code) == 5);
        require(response->payload_size <= BODY_SIZE_MAX);
        require(response->payload_size == 0 || response->payload);
        require(effects->n <= EFFECTS_MAX);
        if (CODE_CLASS(response->code) != 2)
                require(effects->n == 0 || effects->items[0].type == EFFECT_BOOTSTRAP_REFUSED);
}

static void exchange_bootstrap(OperationContext *context, const Request *request, uint8_t flags)
{
        _cleanup_(dataset_freep) Dataset *before = NULL;
        _cleanup_(response_done) Response response = RESPONSE_INIT;
        Store *store = context->store;
        bool was_open = store_candidate(store), session = !(flags & FLAG_OUTSIDE);
        Effects effects;

        require(dataset_copy(was_open ? store_candidate(store) : store_committed(store), &before) == 0);
        require(operation_bootstrap(context, session ? BOOTSTRAP_SESSION_OPEN : BOOTSTRAP_SESSION_NONE,
                        request, &response, &effects) == 0);
        check_response(&response, &effects);

        if (!session)
                require(response.code == CODE_BAD_REQUEST && !was_open == !store_candidate(store));
        /* A refusal and a Read change nothing. */
        if ((CODE_CLASS(response.code) != 2 || request->method == METHOD_GET) && store_candidate(store))
                require(dataset_equal(before, store_candidate(store)));
        require(!was_open || store_candidate(store));

        if (effects_have(&effects, EFFECT_BOOTSTRAP_FINISHED)) {
                require(response.code == CODE_CHANGED && store_candidate(store));
                store_commit(store);
        } else if (effects_have(&effects, EFFECT_BOOTSTRAP_REFUSED))
                require(response.code == CODE_NOT_ACCEPTABLE && context->check->reason[0]);
        if (flags & FLAG_ROLLBACK)
                store_rollback(store);
}

/* What succeeds is what Access Control allows. */
static void check_right(const Dataset *before, const OperationContext *context, const Request *request)
{
        uint16_t object, instance;

        if (request->path.n == 0 || path_parse_id(request->path.items[0], &object) < 0)
                return;
        if (request->method == METHOD_POST && request->path.n == 1)
                require(access_may_create(context->store, before, context->requester, object));
        if (request->path.n < 2 || path_parse_id(request->path.items[1], &instance) < 0)
                return;
        if (request_is_write_attributes(request))
                require(access_rights(context->store, before, context->requester, object, instance) &
                        ACCESS_READ);
        else if (request->method != METHOD_GET)
                require(access_rights(context->store, before, context->requester, object, instance) &
                        (request->method == METHOD_DELETE ? ACCESS_DELETE : ACCESS_WRITE | ACCESS_EXECUTE));
        else if (request->accept != FORMAT_CORE_LINK)
                require(access_rights(context->store, before, context->requester, object, instance) &
                        ACCESS_READ);
}

/* A source that answers later has done nothing until it is asked again; a publisher agrees. */
static void ask(OperationContext *context, Published *published, const Request *request, Response *response,
        Effects *effects)
{
        _cleanup_(dataset_freep) Dataset *before = NULL;
        int r;

        require(dataset_copy(store_committed(context->store), &before) == 0);
        r = operation_device_management(context, request, response, effects);
        if (r == OPERATION_LATER && context->call == 0) {
                response_set_error(response, CODE_UNAVAILABLE, "no answer can wait");
                effects->n = 0;
                r = 0;
        } else if (r == OPERATION_LATER) {
                require(response->code == CODE_NONE);
                require(dataset_equal(before, store_committed(context->store)));
                published_reply(published, context->call, 0, NULL, NULL);
                context->granted = true;
                r = operation_device_management(context, request, response, effects);
                context->granted = false;
                store_end_call(context->store, context->call);
        }
        context->chosen = PATH_ROOT;
        require(r == 0);
}

typedef struct Writer {
        const Dataset *before;
        const OperationContext *context;
} Writer;

/* A Write-Composite has no path. */
static void check_write(void *userdata, const Path *path)
{
        const Writer *writer = userdata;

        require(access_rights(writer->context->store, writer->before, writer->context->requester,
                        path->id[0], path->id[1]) &
                ACCESS_WRITE);
}

/* Each Read that succeeds can be observed: it has paths, and what is there to be compared. */
static void check_observation(const OperationContext *context, const Request *request, uint8_t code)
{
        _cleanup_(response_done) Response response = RESPONSE_INIT;
        PathList paths;
        AttributeValues attributes;
        int r;

        r = observe_paths(request, &paths);
        if (r < 0) {
                require(r == -EINVAL);
                require(code != CODE_CONTENT || request->accept == FORMAT_CORE_LINK);
                return;
        }
        require(paths.n > 0);
        if (code != CODE_CONTENT)
                return;
        r = observe_attributes(context, request, &paths, &attributes, &response);
        require(r == 0 || response.code == CODE_BAD_REQUEST);
        for (size_t i = 0; i < paths.n; i++) {
                _cleanup_(record_list_done) RecordList values = {.maximum = LIMIT_STORE_VALUES};

                require(observe_values(context, &paths.items[i], i % 2, &values) == 0);
                (void)observe_interval(context, &paths.items[i]);
        }
}

static void exchange_server(OperationContext *context, Published *published, const Request *request)
{
        _cleanup_(record_list_done) RecordList security = {.maximum = LIMIT_STORE_VALUES};
        _cleanup_(dataset_freep) Dataset *before = NULL;
        _cleanup_(response_done) Response response = RESPONSE_INIT;
        Store *store = context->store;
        bool was_open = store_candidate(store);
        Effects effects;

        require(dataset_copy(store_committed(store), &before) == 0);
        ask(context, published, request, &response, &effects);
        check_response(&response, &effects);
        check_observation(context, request, response.code);

        if (CODE_CLASS(response.code) == 2)
                check_right(before, context, request);
        require(was_open == (store_candidate(store) != NULL));
        if (request->method == METHOD_IPATCH)
                dataset_compare(before, store_committed(store), check_write, &(Writer){before, context});
        if (CODE_CLASS(response.code) != 2 || was_open || request->method == METHOD_GET ||
                request->method == METHOD_FETCH)
                require(dataset_equal(before, store_committed(store)));
        require(effects_have(&effects, EFFECT_STORE_CHANGED) !=
                dataset_equal(before, store_committed(store)));

        /* Credentials are out of a server's reach. */
        require(dataset_list(before, &PATH_OBJECT(OBJECT_SECURITY), &security) == 0);
        for (size_t i = 0; i < security.n; i++) {
                const Value *value = dataset_get(store_committed(store), &security.items[i].path);

                require(security.items[i].value.type == VALUE_NONE ||
                        (value && value_equal(value, &security.items[i].value)));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(store_freep) Store *store = make_store();
        static AccountCheck check;
        _cleanup_(attributes_done) Attributes attributes = {.n = 0};
        _cleanup_(dataset_freep) Dataset *shelf = dataset_new();
        _cleanup_(published_freep) Published *published = publish_gauges(store);
        ByteReader reader = BYTE_READER(data, size);
        OperationContext context = {
                .store = store, .check = &check, .attributes = &attributes, .max_body_size = BODY_SIZE_MAX};
        uint8_t version = 0;

        require(shelf && registry_add(store_registry(store), &shelf_object) == 0);
        require(store_set_source(store, SHELF, &shelf_source, shelf) == 0);
        (void)byte_reader_u8(&reader, &version);
        context.version = context.announced = (Lwm2mVersion)(version % _LWM2M_VERSION_MAX);

        for (;;) {
                _cleanup_(request_done) Request request = REQUEST_INIT;
                uint8_t flags;

                if (!read_request(&reader, &request, &flags))
                        return 0;
                context.call = flags & FLAG_LATER ? 1 : 0;
                context.requester = !(flags & FLAG_SERVER) ? 0 : flags & FLAG_OUTSIDE ? 2 : 1;
                if (flags & FLAG_SERVER)
                        exchange_server(&context, published, &request);
                else
                        exchange_bootstrap(&context, &request, flags);
                check_committed(store, context.version);
                check_values(store_committed(store), context.version);
                check_shelf(shelf);
                check_gauges(store);
                if (store_candidate(store))
                        check_values(store_candidate(store), context.version);
        }
}
