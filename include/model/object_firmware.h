/* SPDX-License-Identifier: Apache-2.0 */
/* Object 5, Firmware Update (Core TS, Appendix E.6). */
#pragma once

#include "model/definition.h"

extern const ObjectDef object_firmware;
