/* SPDX-License-Identifier: Apache-2.0 */
/* What operators see of Firmware Update, and ask for. */
#pragma once

#include "daemon/firmware_inside.h"

/* For bus/, with the Firmware as userdata. */
extern const FirmwareFace firmware_face;
