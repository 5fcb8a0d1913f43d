/* SPDX-License-Identifier: Apache-2.0 */
/* Object 2, LwM2M Access Control (Core TS, Appendix E.3). */
#pragma once

#include "model/definition.h"

extern const ObjectDef object_access_control;
