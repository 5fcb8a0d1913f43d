/* SPDX-License-Identifier: Apache-2.0 */
/* PublishObject(), Publish(), Withdraw() and SetValues() of org.lwm2m.Client1.Objects. */
#pragma once

#include <systemd/sd-bus.h>

#include "model/published.h"

/* Carries out the one that the message calls, for the owner that its sender is, and replies. 0; or a
 * negative errno with the error set, and nothing has changed. */
int publish_method(sd_bus_message *message, Published *published, uint64_t owner, sd_bus_error *reterr);
