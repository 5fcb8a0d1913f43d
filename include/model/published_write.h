/* SPDX-License-Identifier: Apache-2.0 */
/* Write of published Resources by a server. */
#pragma once

#include "model/source.h"

/* As Source.write; userdata: a Published. The one publisher with a handler among them is asked first; those
 * of several cannot be had to do it all or nothing: 4.05, as is what a feed feeds. */
int published_write(void *userdata, SourceCall *call, const SourceWrite *write);
