/* SPDX-License-Identifier: Apache-2.0 */
/* Object 21, LwM2M OSCORE (OMA registry). */
#pragma once

#include "model/definition.h"

extern const ObjectDef object_oscore;
