/* SPDX-License-Identifier: Apache-2.0 */
/* How a back end with org.lwm2m.FirmwareBackend1 is asked (interface.md section 7). */
#pragma once

#include "bus/firmware_question.h"

extern const FirmwareAsker firmware_service_asker;
