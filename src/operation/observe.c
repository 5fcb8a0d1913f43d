/* SPDX-License-Identifier: Apache-2.0 */
/* What an observation asks beside its Read. */
#include "operation/observe.h"

#include "codec/codec.h"
#include "model/access.h"
#include "operation/call.h"
#include "operation/gather.h"
#include "operation/payload.h"
#include "operation/request.h"
#include "operation/tree.h"

static int path_of(const Request *request, PathList *ret)
{
        Path path;
        int r;

        r = request_get_path(request, &path);
        if (r < 0)
                return r;
        if (path.length == 0 || request_is_discover(request))
                return -EINVAL;
        *ret = (PathList){.n = 0};
        return path_list_add(ret, &path);
}

int observe_paths(const Request *request, PathList *ret)
{
        _cleanup_(response_done) Response ignored = RESPONSE_INIT;
        int r;

        switch (request->method) {
        case METHOD_GET:
                return path_of(request, ret);
        case METHOD_FETCH:
                r = payload_decode_paths(request, ret, &ignored);
                return r > 0 ? -EINVAL : r;
        case METHOD_POST:
        case METHOD_PUT:
        case METHOD_DELETE:
        case METHOD_PATCH:
        case METHOD_IPATCH:
                break;
        }
        return -EINVAL;
}

int observe_attributes(const OperationContext *context, const Request *request, const PathList *paths,
        AttributeValues *ret, Response *response)
{
        const Tree tree = tree_committed(context->store, context->version);
        const Path *path = &paths->items[0];
        AttributeTarget target = {.level = 0, .type = VALUE_NONE, .version = context->version};
        char problem[ATTRIBUTE_PROBLEM_SIZE];

        *ret = (AttributeValues){.present = 0};
        if (context->version < LWM2M_1_2)
                return 0;
        if (request->method == METHOD_GET) {
                const ResourceDef *resource = path->length >= 3 ? tree_resource(&tree, path) : NULL;

                target.level = path->length;
                target.type = resource ? resource->type : VALUE_NONE;
        }
        if (attribute_values_change(ret, &target, &request->query, problem) == 0)
                return 0;
        response_set_error(response, CODE_BAD_REQUEST, "%s", problem);
        return OBSERVE_REFUSED;
}

/* -- Values -- */

static uint64_t interval_of(const Tree *tree, const Path *path)
{
        const SourceRef ref = tree_source(tree, path->id[0]);

        return ref.source && ref.source->interval ? ref.source->interval(ref.userdata, path) : 0;
}

static bool is_for_pmax_alone(const Tree *tree, const Path *path)
{
        return path->length >= 3 && interval_of(tree, path) == USEC_INFINITY;
}

int observe_values(const OperationContext *context, const Path *path, bool all, RecordList *list)
{
        _cleanup_(record_list_done) RecordList values = {.maximum = LIMIT_READ_VALUES};
        const Tree tree = tree_committed(context->store, context->version);
        SourceCall call = operation_call(context, NULL);
        int r;

        r = gather_path(&tree, &call, path, &values);
        /* Of what a source refuses to read nothing is there. */
        for (size_t i = 0; r == 0 && i < values.n; i++) {
                Record *record = &values.items[i];

                if (all || path->length >= 3 || !is_for_pmax_alone(&tree, &record->path))
                        r = record_list_add(list, &record->path, &record->value);
        }
        return MIN_OF(r, 0);
}

/* -- Intervals -- */

static uint64_t nearer(uint64_t a, uint64_t b)
{
        return a == 0 ? b : b == 0 ? a : MIN_OF(a, b);
}

/* Of all Resources below an Object Instance, whether or not they are there now. */
static uint64_t interval_below(const Tree *tree, const ObjectDef *object, uint16_t instance)
{
        uint64_t interval = 0;

        for (size_t i = 0; i < object->n_resources; i++)
                interval = nearer(interval,
                        interval_of(tree, &PATH_RESOURCE(object->id, instance, object->resources[i].id)));
        return interval;
}

static uint64_t interval_of_object(const Tree *tree, const ObjectDef *object)
{
        uint16_t ids[LIMIT_INSTANCES];
        size_t n = tree_instances(tree, object->id, ids);
        uint64_t interval = 0;

        for (size_t i = 0; i < n; i++)
                interval = nearer(interval, interval_below(tree, object, ids[i]));
        return interval;
}

uint64_t observe_interval(const OperationContext *context, const Path *path)
{
        const Tree tree = tree_committed(context->store, context->version);
        const ObjectDef *object;
        uint64_t interval = 0;
        size_t position = 0;

        if (path->length >= 3)
                return interval_of(&tree, path);
        while ((object = tree_next(&tree, &position)))
                if (path->length == 2 && object->id == path->id[0])
                        interval = interval_below(&tree, object, path->id[1]);
                else if (path->length == 0 || (path->length == 1 && object->id == path->id[0]))
                        interval = nearer(interval, interval_of_object(&tree, object));
        return interval;
}

bool observe_is_reliable(const OperationContext *context, const Path *path)
{
        const Tree tree = tree_committed(context->store, context->version);
        const Path instance = PATH_INSTANCE(path->id[0], 0);
        SourceRef ref;

        if (path->length == 0 || !tree_object(&tree, path->id[0]))
                return false;
        ref = tree_source(&tree, path->id[0]);
        return ref.source->is_reliable &&
               ref.source->is_reliable(ref.userdata, path->length == 1 ? &instance : path);
}

/* -- History -- */

/* What of some moments is readable now. The values are borrowed. */
typedef struct Readable {
        Record *items; /* owned: of all moments */
        RecordList lists[LIMIT_STORED_RECORDS];
        RecordMoment moments[LIMIT_STORED_RECORDS];
} Readable;

static void readable_done(Readable *readable)
{
        free(readable->items);
}

static size_t count_records(const RecordMoment *moments, size_t n)
{
        size_t count = 0;

        for (size_t i = 0; i < n; i++)
                count += moments[i].records->n;
        return count;
}

/* 0 or -ENOMEM. */
static int readable_take(
        const OperationContext *context, const RecordMoment *moments, size_t n, Readable *ret)
{
        const Dataset *dataset = store_committed(context->store);
        Record *next = calloc(count_records(moments, n) + 1, sizeof(*next));

        if (!next)
                return -ENOMEM;
        ret->items = next;
        for (size_t i = 0; i < n; i++) {
                RecordList *list = &ret->lists[i];

                *list = (RecordList){.items = next};
                ret->moments[i] = (RecordMoment){moments[i].time, list};
                for (size_t j = 0; j < moments[i].records->n; j++) {
                        const Record *record = &moments[i].records->items[j];

                        if (access_rights(context->store, dataset, context->requester, record->path.id[0],
                                    record->path.id[1]) &
                                ACCESS_READ)
                                list->items[list->n++] = *record;
                }
                next += list->n;
        }
        return 0;
}

/* How many go into one message: without a time to tell them apart, one. */
static size_t count_together(int format, const RecordMoment *moments, size_t n)
{
        size_t together = 0;

        while (payload_has_times(format) && together < n && moments[together].time != 0)
                together++;
        return MAX_OF(together, (size_t)1);
}

int observe_history(const OperationContext *context, const Request *request, const PathList *paths,
        const RecordMoment *moments, size_t n, size_t *ret_used, Response *response)
{
        const int format = payload_format(context, request);
        const Path base = request->method == METHOD_GET ? paths->items[0] : PATH_ROOT;
        _cleanup_(readable_done) Readable readable = {.items = NULL};
        int r;

        assert(n > 0 && n <= LIMIT_STORED_RECORDS);
        r = readable_take(context, moments, n, &readable);
        if (r < 0)
                return r;
        for (n = count_together(format, moments, n);; n /= 2) {
                _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(context->max_body_size);

                *ret_used = n;
                if (count_records(readable.moments, n) == 0 && count_records(moments, n) > 0) {
                        response_set_error(response, CODE_UNAUTHORIZED,
                                "Access Control gives server %u no right here", context->requester);
                        return 0;
                }
                r = payload_encode(format, &base, readable.moments, n, &writer);
                if (r == -EMSGSIZE && n > 1)
                        continue;
                if (r == -EMSGSIZE || r > 0) {
                        response_set_error(response, CODE_INTERNAL_ERROR, "the notification is too long");
                        return 0;
                }
                if (r == 0)
                        r = byte_writer_take(&writer, &response->payload, &response->payload_size);
                if (r < 0)
                        return r;
                response->code = CODE_CONTENT;
                response->content_format = format;
                return 0;
        }
}
