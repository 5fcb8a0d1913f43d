/* SPDX-License-Identifier: Apache-2.0 */
/* The observations of an LwM2M Server. */
#include "client/observation_set.h"

#include "client/server_session.h"

/* -- What they see -- */

OperationContext observation_set_context(const Observations *observations)
{
        const ClientContext *context = observations->server->context;

        return (OperationContext){
                .store = context->store,
                .version = context->settings.version,
                .requester = observations->server->account.short_server_id,
                .max_body_size = context->settings.coap.max_body_size,
        };
}

uint64_t observation_set_now(const Observations *observations)
{
        return clock_boottime(observations->server->context->clock);
}

/* A number of the account's Server Object Instance, as it is now. */
int64_t observation_set_number(const Observations *observations, uint16_t resource, int64_t otherwise)
{
        const Server *server = observations->server;

        return dataset_get_integer(store_committed(server->context->store), OBJECT_SERVER,
                server->account.server_instance, resource, otherwise);
}

/* Default Minimum and Maximum Period. */
AttributeValues observation_set_defaults(const Observations *observations)
{
        AttributeValues values = {.present = 0};
        const int64_t pmin = observation_set_number(observations, SERVER_DEFAULT_MIN_PERIOD, 0);
        const int64_t pmax = observation_set_number(observations, SERVER_DEFAULT_MAX_PERIOD, 0);

        if (pmin > 0) {
                values.present |= 1U << ATTRIBUTE_PMIN;
                values.values[ATTRIBUTE_PMIN] = (double)pmin;
        }
        if (pmax > 0) {
                values.present |= 1U << ATTRIBUTE_PMAX;
                values.values[ATTRIBUTE_PMAX] = (double)pmax;
        }
        return values;
}

bool observation_set_is_storing(const Observations *observations)
{
        const Server *server = observations->server;

        return dataset_get_boolean(store_committed(server->context->store), OBJECT_SERVER,
                server->account.server_instance, SERVER_NOTIFICATION_STORING, false);
}

void observation_set_arm(Observations *observations)
{
        uint64_t next = 0;

        for (size_t i = 0; i < observations->n; i++)
                next = clock_earlier(next, observed_deadline(observations->items[i]));
        timer_set(observations->timer, next);
}

void observation_set_touch(Observations *observations, Observed *observed)
{
        observed->touched = true;
        task_set(observations->task, true);
}

Observed *observation_set_find(const Observations *observations, uint64_t id)
{
        for (size_t i = 0; i < observations->n; i++)
                if (observations->items[i]->id == id)
                        return observations->items[i];
        return NULL;
}

void observation_set_tell(Observations *observations)
{
        Server *server = observations->server;

        server->handler->changed(server->userdata, server);
}

void observation_set_remove(Observations *observations, size_t at)
{
        const Outstanding *outstanding = &observations->outstanding;

        if (outstanding->number != 0 && outstanding->observation == observations->items[at]->id)
                connection_forgo_rest(observations->server->connection, outstanding->number);
        notification_store_forget(&observations->store, observations->items[at]->id);
        (void)observed_free(observations->items[at]);
        observations->n--;
        memmove(observations->items + at, observations->items + at + 1,
                (observations->n - at) * sizeof(observations->items[0]));
}

void observation_set_end(Observations *observations, const Observed *observed)
{
        for (size_t i = 0; i < observations->n; i++)
                if (observations->items[i] == observed) {
                        observation_set_remove(observations, i);
                        break;
                }
        observation_set_arm(observations);
        observation_set_tell(observations);
}
