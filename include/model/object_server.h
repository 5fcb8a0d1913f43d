/* SPDX-License-Identifier: Apache-2.0 */
/* Object 1, LwM2M Server (Core TS, Appendix E.2). */
#pragma once

#include "model/definition.h"

extern const ObjectDef object_server;
