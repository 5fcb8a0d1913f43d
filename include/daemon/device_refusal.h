/* SPDX-License-Identifier: Apache-2.0 */
/* What a back end of Device refuses: told to the server each time, to the journal once until something else
 * comes of it, since a server may ask as often as it likes. */
#pragma once

#include "model/source.h"
#include "model/store.h"

/* The one told last; all zero: none. */
typedef struct DeviceRefusal {
        uint16_t requester;
        int code;
        char text[SOURCE_TEXT_SIZE];
} DeviceRefusal;

/* As source_refuse(). store: whose accounts are in force; path: for the journal; what: "asks for a reboot".
 */
int device_refuse(DeviceRefusal *last, const Store *store, SourceCall *call, const char *path,
        const char *what, int code, const char *text);

/* It has not refused: the next refusal is told, whatever it is. */
void device_agreed(DeviceRefusal *last);
