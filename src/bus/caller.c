/* SPDX-License-Identifier: Apache-2.0 */
/* Whose order a method call is. */
#include "bus/caller.h"

#include <stdio.h>

#include "bus/names.h"
#include "lwm2m/limits.h"
#include "util/log.h"
#include "util/message_ids.h"

#define CALLER_NAME_SIZE 256 /* bytes of a bus name: D-Bus Specification, "Valid Names" */

typedef struct Order {
        sd_bus_message *message; /* owned */
        char what[CALLER_WHAT_SIZE];
        uint16_t short_server_id;
        char server_uri[LIMIT_URI_SIZE + 1];
        sd_bus_message_handler_t carry_out;
        void *userdata;
} Order;

/* Also when the connection goes before the bus has answered: nobody waits for the reply any more. */
static void order_free(void *userdata)
{
        Order *order = userdata;

        sd_bus_message_unref(order->message);
        free(order);
}

static int on_user(sd_bus_message *answer, void *userdata, sd_bus_error *reterr)
{
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const Order *order = userdata;
        LogAbout about = {
                .message_id = MESSAGE_ID_METHOD_CALLED,
                .short_server_id = order->short_server_id,
                .server_uri = order->server_uri,
        };
        uint32_t uid;
        int r;

        if (!sd_bus_message_is_method_error(answer, NULL) && sd_bus_message_read(answer, "u", &uid) > 0)
                log_full(LOG_INFO, 0, &about, "%s is asked for on D-Bus by user %u.", order->what,
                        (unsigned)uid);
        else
                log_full(LOG_INFO, 0, &about,
                        "%s is asked for on D-Bus by a user whom the bus does not tell.", order->what);
        r = order->carry_out(order->message, order->userdata, &error);
        if (r >= 0 && !sd_bus_error_is_set(&error))
                return 0;
        if (!sd_bus_error_is_set(&error))
                (void)sd_bus_error_set_errno(&error, r);
        about.message_id = MESSAGE_ID_METHOD_REFUSED;
        log_full(LOG_INFO, 0, &about, "%s is refused: %s", order->what, error.message ?: error.name);
        (void)sd_bus_reply_method_error(order->message, &error);
        return 0;
}

typedef struct Question {
        int level;
        char what[CALLER_WHAT_SIZE];
        char name[CALLER_NAME_SIZE];
} Question;

static int on_name(sd_bus_message *answer, void *userdata, sd_bus_error *reterr)
{
        const Question *question = userdata;
        uint32_t uid;

        if (!sd_bus_message_is_method_error(answer, NULL) && sd_bus_message_read(answer, "u", &uid) > 0)
                log_event(question->level, MESSAGE_ID_METHOD_CALLED,
                        "%s is asked for on D-Bus by user %u (%s).", question->what, (unsigned)uid,
                        question->name);
        return 0;
}

/* What cannot be asked is not told: nothing depends on it. */
void caller_tell(sd_bus_message *message, int level, const char *what)
{
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        Question *question;
        int r;

        if (log_get_level() < level)
                return;
        question = calloc(1, sizeof(*question));
        if (!question)
                return;
        question->level = level;
        (void)snprintf(question->what, sizeof(question->what), "%s", what);
        (void)snprintf(question->name, sizeof(question->name), "%s", sd_bus_message_get_sender(message));
        r = sd_bus_call_method_async(sd_bus_message_get_bus(message), &slot, BUS_DRIVER,
                "GetConnectionUnixUser", on_name, question, "s", question->name);
        if (r < 0) {
                free(question);
                return;
        }
        (void)sd_bus_slot_set_destroy_callback(slot, free);
        (void)sd_bus_slot_set_floating(slot, true);
}

int caller_carry_out(sd_bus_message *message, const char *what, uint16_t short_server_id,
        const char *server_uri, sd_bus_message_handler_t order, void *userdata)
{
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        Order *pending = calloc(1, sizeof(*pending));
        int r;

        if (!pending)
                return -ENOMEM;
        *pending = (Order){
                .message = sd_bus_message_ref(message),
                .short_server_id = short_server_id,
                .carry_out = order,
                .userdata = userdata,
        };
        (void)snprintf(pending->what, sizeof(pending->what), "%s", what);
        (void)snprintf(pending->server_uri, sizeof(pending->server_uri), "%s", server_uri ?: "");
        r = sd_bus_call_method_async(sd_bus_message_get_bus(message), &slot, BUS_DRIVER,
                "GetConnectionUnixUser", on_user, pending, "s", sd_bus_message_get_sender(message));
        if (r < 0) {
                order_free(pending);
                return r;
        }
        (void)sd_bus_slot_set_destroy_callback(slot, order_free);
        r = sd_bus_slot_set_floating(slot, true);
        return r < 0 ? r : 1;
}
