/* SPDX-License-Identifier: Apache-2.0 */
/* The source of /5, with the Firmware as userdata. */
#pragma once

#include "daemon/firmware_inside.h"

extern const Source firmware_source;

/* Resources may be another thing. */
void firmware_source_tell(const Firmware *firmware);
