/* SPDX-License-Identifier: Apache-2.0 */
/* Published Object Instances as servers see them. */
#pragma once

#include "model/source.h"

/* userdata: a Published. */
extern const Source published_source;
