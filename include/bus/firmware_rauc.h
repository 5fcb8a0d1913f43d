/* SPDX-License-Identifier: Apache-2.0 */
/* How RAUC is asked: its interface de.pengutronix.rauc.Installer. */
#pragma once

#include "bus/firmware_question.h"

#define FIRMWARE_RAUC_NAME "de.pengutronix.rauc"

extern const FirmwareAsker firmware_rauc_asker;
