/* SPDX-License-Identifier: Apache-2.0 */
/* One observation of an LwM2M Server. */
#include "client/observed.h"

#include <stdio.h>

static int take_value(const OperationContext *context, const Path *path, ObservedValue *ret)
{
        _cleanup_(record_list_done) RecordList records = {.maximum = LIMIT_READ_VALUES};
        int r;

        r = observe_values(context, path, false, &records);
        return r < 0 ? r : observed_value_take(path, &records, ret);
}

/* -- Attributes -- */

void observed_set_attributes(Observed *observed, const Attributes *attached, const AttributeValues *defaults)
{
        for (size_t i = 0; i < observed->observation.n; i++) {
                const AttributeValues values = observed->brings_attributes
                                                       ? observed->own
                                                       : attributes_effective(attached, &observed->paths[i]);
                AttributeValues *effective = &observed->observation.items[i].attributes;

                *effective = *defaults;
                attribute_values_override(effective, &values);
        }
}

bool observed_is_confirmable(const Observed *observed, bool by_default, uint64_t now)
{
        bool says = false, wants = false;

        for (size_t i = 0; i < observed->observation.n; i++) {
                const AttributeValues *values = &observed->observation.items[i].attributes;

                if (attribute_has(values, ATTRIBUTE_CON)) {
                        says = true;
                        wants = wants || values->values[ATTRIBUTE_CON] != 0;
                }
        }
        return (says ? wants : by_default) || observed->non >= OBSERVED_NON_MAX ||
               now - observed->confirmed_at >= OBSERVED_CONFIRM_USEC;
}

size_t observed_history_maximum(const Observed *observed)
{
        size_t maximum = LIMIT_STORED_RECORDS;

        for (size_t i = 0; i < observed->observation.n; i++) {
                const AttributeValues *values = &observed->observation.items[i].attributes;

                if (attribute_has(values, ATTRIBUTE_HQMAX))
                        maximum = MIN_OF(maximum, (size_t)values->values[ATTRIBUTE_HQMAX]);
        }
        return maximum;
}

/* -- Making -- */

static int begin(Observed *observed, const OperationContext *context, const PathList *paths, uint64_t now)
{
        ObservedItem *items = calloc(paths->n, sizeof(*items));
        int r;

        observed->paths = calloc(paths->n, sizeof(*observed->paths));
        if (!observed->paths || !items) {
                free(items);
                return -ENOMEM;
        }
        memcpy(observed->paths, paths->items, paths->n * sizeof(*observed->paths));
        observation_begin(&observed->observation, items, paths->n, now);
        for (size_t i = 0; i < paths->n; i++) {
                items[i].interval = observe_interval(context, &paths->items[i]);
                r = take_value(context, &paths->items[i], &items[i].notified);
                if (r < 0)
                        return r;
        }
        return 0;
}

int observed_new(const OperationContext *context, const Request *request, size_t maximum,
        const Attributes *attached, const AttributeValues *defaults, uint64_t now, Observed **ret,
        Response *response)
{
        _cleanup_(observed_freep) Observed *observed = NULL;
        PathList paths;
        AttributeValues own;
        int r;

        r = observe_paths(request, &paths);
        if (r == 0)
                r = observe_attributes(context, request, &paths, &own, response);
        if (r != 0)
                return r;
        if (request->payload_size > LIMIT_OBSERVED_PAYLOAD)
                return -EMSGSIZE;
        if (paths.n > maximum)
                return -E2BIG;

        observed = calloc(1, sizeof(*observed));
        if (!observed)
                return -ENOMEM;
        observed->own = own;
        observed->brings_attributes = own.present != 0;
        observed->confirmed_at = now;
        r = request_copy(request, &observed->request);
        if (r == 0)
                r = begin(observed, context, &paths, now);
        if (r < 0)
                return r;
        observed_set_attributes(observed, attached, defaults);
        *ret = TAKE_PTR(observed);
        return 0;
}

Observed *observed_free(Observed *observed)
{
        if (!observed)
                return NULL;
        observation_done(&observed->observation);
        request_done(&observed->request);
        free(observed->paths);
        free(observed);
        return NULL;
}

/* -- Whose it is -- */

bool observed_has_token(const Observed *observed, const Request *request)
{
        return observed->request.token_size == request->token_size &&
               memcmp(observed->request.token, request->token, request->token_size) == 0;
}

bool observed_is_about(const Observed *observed, const Request *request)
{
        PathList paths;

        if (observed->request.method != request->method || observe_paths(request, &paths) < 0 ||
                paths.n != observed->observation.n)
                return false;
        for (size_t i = 0; i < paths.n; i++)
                if (!path_equal(&paths.items[i], &observed->paths[i]))
                        return false;
        return true;
}

bool observed_is_same(const Observed *observed, const Request *request)
{
        const Texts *query = &observed->request.query;

        if (observed->request.accept != request->accept || query->n != request->query.n ||
                !observed_is_about(observed, request))
                return false;
        for (size_t i = 0; i < query->n; i++)
                if (strcmp(query->items[i], request->query.items[i]) != 0)
                        return false;
        return true;
}

const char *observed_describe(const Observed *observed, char buffer[OBSERVED_TEXT_SIZE])
{
        if (observed->observation.n == 1)
                return path_format(&observed->paths[0], buffer);
        (void)snprintf(buffer, OBSERVED_TEXT_SIZE, "%s and %zu more", PATH_TEXT(&observed->paths[0]),
                observed->observation.n - 1);
        return buffer;
}

/* -- Running -- */

bool observed_note_change(Observed *observed, const Path *path)
{
        bool any = false;

        for (size_t i = 0; i < observed->observation.n; i++)
                if (path_has_prefix(path, &observed->paths[i]) || path_has_prefix(&observed->paths[i], path))
                        any = observed->observation.items[i].changed = true;
        return any;
}

static int look_at(Observed *observed, const OperationContext *context, size_t item, uint64_t now)
{
        ObservedValue value;
        int r;

        r = take_value(context, &observed->paths[item], &value);
        if (r < 0)
                return r;
        /* Another source may stand behind it by now. */
        observed->observation.items[item].interval = observe_interval(context, &observed->paths[item]);
        return (int)observation_step(
                &observed->observation, &(ObservationEvent){OBSERVATION_EVENT_LOOKED, item, &value}, now);
}

int observed_step(
        Observed *observed, const OperationContext *context, ObservationEventType type, uint64_t now)
{
        Observation *observation = &observed->observation;
        int actions = (int)observation_step(observation, &(ObservationEvent){.type = type}, now);

        for (size_t i = 0; actions == OBSERVATION_ACTION_LOOK && i < observation->n; i++)
                if (observation->items[i].look)
                        actions = look_at(observed, context, i, now);
        if (actions < 0)
                return actions;
        return actions == OBSERVATION_ACTION_NOTIFY;
}

uint64_t observed_deadline(const Observed *observed)
{
        return observed->put_off_until > 0 ? observed->put_off_until : observed->observation.deadline;
}

int observed_read(const Observed *observed, const OperationContext *context, RecordList *list)
{
        int r = 0;

        for (size_t i = 0; i < observed->observation.n && r == 0; i++)
                r = observe_values(context, &observed->paths[i], true, list);
        return r;
}
