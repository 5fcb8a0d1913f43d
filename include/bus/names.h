/* SPDX-License-Identifier: Apache-2.0 */
/* Names on the bus (interface.md sections 3, 6 and 7). */
#pragma once

/* The bus itself, where its methods are called: name, path, interface. */
#define BUS_DRIVER "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus"

#define BUS_SYSTEM_ADDRESS \
        "unix:path=/run/dbus/system_bus_socket" /* D-Bus specification, Well-known Message Bus Instances */
#define BUS_NAME                  "org.lwm2m.Client1"
#define BUS_PATH                  "/org/lwm2m/Client1"
#define BUS_SERVER_PREFIX         BUS_PATH "/server"
#define BUS_MANAGER_INTERFACE     "org.lwm2m.Client1.Manager"
#define BUS_SERVER_INTERFACE      "org.lwm2m.Client1.Server"
#define BUS_OBJECTS_INTERFACE     "org.lwm2m.Client1.Objects"
#define BUS_FIRMWARE_INTERFACE    "org.lwm2m.Client1.Firmware"
#define BUS_HANDLER_INTERFACE     "org.lwm2m.Client1.ObjectHandler"
#define BUS_BACKEND_PATH          "/org/lwm2m/FirmwareBackend1"
#define BUS_BACKEND_INTERFACE     "org.lwm2m.FirmwareBackend1"
#define BUS_PROPERTIES_INTERFACE  "org.freedesktop.DBus.Properties"
#define BUS_ERROR_PREFIX          "org.lwm2m.Client1.Error."
#define BUS_LOG_CONTROL_PATH      "/org/freedesktop/LogControl1"
#define BUS_LOG_CONTROL_INTERFACE "org.freedesktop.LogControl1"
