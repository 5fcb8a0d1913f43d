/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Discover: GET / or /O with Accept 40 (Core TS 6.1.7.3). */
#pragma once

#include "lwm2m/message.h"
#include "operation/context.h"

/* Lists the enabler version, then Objects and Object Instances, those of accounts with ssid (an OSCORE one:
 * of the account that links it) and uri. 4.00 for a longer path, 4.04 for an unsupported Object, 5.01 when
 * compiled out (-Dbootstrap-discover=false). 0 or -ENOMEM.
 */
int bootstrap_discover(OperationContext *context, const Path *path, Response *response);
