/* SPDX-License-Identifier: Apache-2.0 */
/* Binding, /1/x/7, and the parameter b of Register and Update (LwM2M 1.0, 5.3.1.1; Core TS, table 6.2.1.2).
 */
#pragma once

#include "lwm2m/ids.h"

/* Whether a text is a binding of a version: each transport of the version at most once, in any order. 1.0
 * has six values, with Q for queue mode ("UQ"); later versions take those too, since a server may have been
 * written for 1.0. */
bool binding_is_valid(const char *text, Lwm2mVersion version);

/* What we announce in LwM2M 1.0 of a binding, which may be any text: the transport that there is, and queue
 * mode where it is asked for. "U" or "UQ", static. */
const char *binding_announced(const char *binding);
