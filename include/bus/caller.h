/* SPDX-License-Identifier: Apache-2.0 */
/* Whose order a method call is: told in the log before it is carried out. */
#pragma once

#include <systemd/sd-bus.h>

#define CALLER_WHAT_SIZE 64 /* "A Disable of LwM2M Server 65535" */

/* Who has called a method that changes nothing: asks the bus, and logs "WHAT is asked for on D-Bus by user
 * UID (:1.7)." when it has answered. Does nothing where level, LOG_INFO or LOG_DEBUG, is not logged. */
void caller_tell(sd_bus_message *message, int level, const char *what);

/* Asks the bus for the caller's user, which does not block the loop; then logs "WHAT is asked for on D-Bus
 * by user UID." and carries the order out. short_server_id and server_uri: whom the order is about; 0 and
 * NULL: no single server. order is called as the handler of a method is, and replies; its userdata outlives
 * the connection. Orders keep their sequence. Returns what the handler that was called is to return. */
int caller_carry_out(sd_bus_message *message, const char *what, uint16_t short_server_id,
        const char *server_uri, sd_bus_message_handler_t order, void *userdata);
