/* SPDX-License-Identifier: Apache-2.0 */
/* Object 7, Connectivity Statistics (Core TS, Appendix E.8). */
#pragma once

#include "model/definition.h"

extern const ObjectDef object_connectivity_statistics;
