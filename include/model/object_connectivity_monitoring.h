/* SPDX-License-Identifier: Apache-2.0 */
/* Object 4, Connectivity Monitoring (Core TS, Appendix E.5). */
#pragma once

#include "model/definition.h"

extern const ObjectDef object_connectivity_monitoring;
