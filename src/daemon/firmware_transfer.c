/* SPDX-License-Identifier: Apache-2.0 */
/* What comes in. */
#include "daemon/firmware_transfer.h"

#include "lwm2m/message.h"

bool firmware_has_protocol(FirmwareProtocol protocol)
{
        return false;
}

FirmwareResult firmware_check_uri(const char *uri, const char **ret_text)
{
        *ret_text = "This build fetches nothing.";
        return FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL;
}

int firmware_push_whole(Firmware *firmware, SourceCall *call, const Value *package)
{
        return source_refuse(call, CODE_NOT_IMPLEMENTED, "this build takes no package");
}
