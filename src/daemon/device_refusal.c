/* SPDX-License-Identifier: Apache-2.0 */
/* What a back end of Device refuses. */
#include "daemon/device_refusal.h"

#include <stdio.h>

#include "client/about.h"
#include "lwm2m/message.h"

int device_refuse(DeviceRefusal *last, const Store *store, SourceCall *call, const char *path,
        const char *what, int code, const char *text)
{
        const int r = source_refuse(call, code, "%s", text);

        if (last->code == code && last->requester == call->requester && strcmp(last->text, call->text) == 0)
                return r;
        last->code = code;
        last->requester = call->requester;
        (void)snprintf(last->text, sizeof(last->text), "%s", call->text);
        log_full(LOG_WARNING, 0,
                ABOUT_REQUESTER(MESSAGE_ID_DEVICE_REFUSED, store, call->requester, .path = path),
                "LwM2M Server %u %s, and gets %u.%02u: %s.", call->requester, what, CODE_ARGS(code),
                call->text);
        return r;
}

void device_agreed(DeviceRefusal *last)
{
        *last = (DeviceRefusal){.code = 0};
}
