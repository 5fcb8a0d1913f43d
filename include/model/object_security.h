/* SPDX-License-Identifier: Apache-2.0 */
/* Object 0, LwM2M Security (Core TS, Appendix E.1). */
#pragma once

#include "model/definition.h"

extern const ObjectDef object_security;
