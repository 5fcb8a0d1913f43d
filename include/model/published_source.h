/* SPDX-License-Identifier: Apache-2.0 */
/* Published Object Instances as servers see them. */
#pragma once

#include "model/published_state.h"

/* userdata: a Published. */
extern const Source published_source;
