/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says before anybody looks at the Objects. */
#pragma once

#include "lwm2m/message.h"
#include "lwm2m/path.h"

/* Its Uri-Path as the path of the root, an Object or something below. 0 or -EINVAL. */
int request_get_path(const Request *request, Path *ret);

/* Accept 40 makes a GET a Discover. */
bool request_is_discover(const Request *request);

/* A PUT with a query and without content is Write-Attributes. */
bool request_is_write_attributes(const Request *request);
