/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of device a link is, which rtnetlink(7) does not say: WLAN and modems look like Ethernet there.
 */
#pragma once

#include "daemon/network_map.h"

/* DEVTYPE of the text of /sys/class/net/NAME/uevent: "wlan" "wwan" "bluetooth" ...; "" where there is none,
 * where it is too long for a known one, and where the text is about a link of another index: the sysfs that
 * a process sees may be that of another network namespace. */
void network_device_parse(const char *text, uint32_t index, char ret[NETWORK_DEVICE_TYPE_SIZE]);

/* Reads it into link->device_type. */
void network_device_find(NetworkLink *link);
