/* SPDX-License-Identifier: Apache-2.0 */
/* org.freedesktop.LogControl1: "systemctl service-log-level lwm2m-client debug". */
#pragma once

#include <systemd/sd-bus.h>

/* Puts the object on a connection, for the connection's lifetime. 0 or negative errno of sd-bus. */
int log_control_attach(sd_bus *connection);
