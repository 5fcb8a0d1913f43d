/* SPDX-License-Identifier: Apache-2.0 */
/* GetValues(), GetTexts() and GetObjects(). */
#include "bus/get_method.h"

#include "bus/backlog.h"
#include "bus/errors.h"
#include "bus/path_arguments.h"
#include "bus/value_writer.h"
#include "client/methods.h"

typedef struct Reading {
        sd_bus_message *message; /* owned */
        PathList asked;
} Reading;

static Reading *reading_free(Reading *reading)
{
        sd_bus_message_unref(reading->message);
        free(reading);
        return NULL;
}
DEFINE_CLEANUP(Reading *, reading_free)

static int reply(const Reading *reading, const RecordList *values)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r;

        r = sd_bus_message_new_method_return(reading->message, &message);
        if (r < 0)
                return r;
        if (sd_bus_message_is_method_call(reading->message, NULL, "GetTexts"))
                r = value_writer_append_texts(message, values);
        else
                r = value_writer_append_paths(message, values, &reading->asked);
        return r < 0 ? r : sd_bus_send(NULL, message, NULL);
}

/* Whoever has asked may be gone by now, and the whole bus: then nobody is told. */
static void on_read(void *userdata, int error, const RecordList *values)
{
        _cleanup_(reading_freep) Reading *reading = userdata;
        _cleanup_(sd_bus_error_free) sd_bus_error failure = SD_BUS_ERROR_NULL;

        /* Many may have waited for the same values. */
        if (error == 0 && backlog_is_long(sd_bus_message_get_bus(reading->message))) {
                (void)sd_bus_reply_method_errorf(
                        reading->message, SD_BUS_ERROR_LIMITS_EXCEEDED, BACKLOG_ERROR);
                return;
        }
        if (error == 0)
                error = MIN_OF(reply(reading, values), 0);
        if (error == 0)
                return;
        (void)bus_error_set(&failure, error, NULL);
        (void)sd_bus_reply_method_error(reading->message, &failure);
}

int get_method_values(sd_bus_message *message, Client *client, sd_bus_error *reterr)
{
        _cleanup_(reading_freep) Reading *reading = calloc(1, sizeof(*reading));
        int r;

        if (!reading)
                return -ENOMEM;
        reading->message = sd_bus_message_ref(message);
        r = path_arguments_read(message, &reading->asked, reterr);
        if (r < 0)
                return r;
        r = client_read(client, &reading->asked, on_read, reading);
        if (r != 0)
                return bus_error_set(reterr, r, NULL);
        (void)TAKE_PTR(reading);
        return 1;
}

static int append_object(sd_bus_message *message, const ClientObject *object)
{
        int r;

        r = sd_bus_message_open_container(message, 'r', "qsaq");
        if (r >= 0)
                r = sd_bus_message_append(message, "qs", object->id, object->version);
        if (r >= 0)
                r = sd_bus_message_append_array(
                        message, 'q', object->instances, object->n_instances * sizeof(*object->instances));
        return r < 0 ? r : sd_bus_message_close_container(message);
}

int get_method_objects(sd_bus_message *message, Client *client)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        _cleanup_(freep) ClientObject *objects = calloc(LIMIT_OBJECTS, sizeof(*objects));
        size_t n;
        int r;

        if (!objects)
                return -ENOMEM;
        n = client_objects(client, objects);
        r = sd_bus_message_new_method_return(message, &answer);
        if (r >= 0)
                r = sd_bus_message_open_container(answer, 'a', "(qsaq)");
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = append_object(answer, &objects[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(answer);
        return r < 0 ? r : sd_bus_send(NULL, answer, NULL);
}
