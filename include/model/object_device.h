/* SPDX-License-Identifier: Apache-2.0 */
/* Object 3, Device (Core TS, Appendix E.4). */
#pragma once

#include "model/definition.h"

extern const ObjectDef object_device;
