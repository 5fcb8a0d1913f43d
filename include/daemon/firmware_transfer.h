/* SPDX-License-Identifier: Apache-2.0 */
/* What comes in: a package that a server writes, or one that is fetched. */
#pragma once

#include "daemon/firmware_inside.h"

/* Whether a protocol can be fetched by, /5/0/8. */
bool firmware_has_protocol(FirmwareProtocol protocol);

/* What is wrong with a Package URI; FIRMWARE_RESULT_INITIAL: nothing. *ret_text: a sentence; static. */
FirmwareResult firmware_check_uri(const char *uri, const char **ret_text);

/* A package of one message. As Source.write. */
int firmware_push_whole(Firmware *firmware, SourceCall *call, const Value *package);
