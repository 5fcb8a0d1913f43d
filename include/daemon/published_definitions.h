/* SPDX-License-Identifier: Apache-2.0 */
/* The definitions of published Objects are those of the object directories. */
#pragma once

#include "model/published_types.h"

/* userdata: an ObjectDirectories. */
extern const PublishedDefinitions published_definitions;
