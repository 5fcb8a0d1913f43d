/* SPDX-License-Identifier: Apache-2.0 */
/* GetHistory() of org.lwm2m.Client1.Manager (interface.md section 3). */
#pragma once

#include <systemd/sd-bus.h>

#include "client/history.h"

/* Replies with all series. Returns what the handler is to return. */
int history_method(sd_bus_message *message, const History *history);
