/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of many KiB. */
#include "bus/large_answers.h"

#include <stdint.h>
#include <string.h>

#include "util/macro.h"

/* Those of our own interfaces, and what sd-bus answers itself. */
static const char *const members[] = {
        "GetHistory", "GetValues", "GetTexts", "GetObjects", "GetManagedObjects", "Introspect"};

bool large_answers_wait(sd_bus *connection)
{
        uint64_t n = 0;

        return sd_bus_get_n_queued_write(connection, &n) >= 0 && n > LARGE_ANSWERS_QUEUE_MAX;
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        if (!large_answers_wait(sd_bus_message_get_bus(message)))
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(members); i++)
                if (sd_bus_message_is_method_call(message, NULL, members[i]))
                        return sd_bus_error_set(reterr, SD_BUS_ERROR_LIMITS_EXCEEDED, LARGE_ANSWERS_ERROR);
        return 0;
}

int large_answers_attach(sd_bus *connection)
{
        return sd_bus_add_filter(connection, NULL, on_message, NULL);
}
