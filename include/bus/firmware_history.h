/* SPDX-License-Identifier: Apache-2.0 */
/* GetHistory() of org.lwm2m.Client1.Firmware (interface.md section 7). */
#pragma once

#include <systemd/sd-bus.h>

#include "client/firmware.h"

/* Replies with all updates. Returns what the handler is to return. */
int firmware_history_reply(sd_bus_message *message, const FirmwareHistory *history);
