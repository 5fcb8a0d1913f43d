/* SPDX-License-Identifier: Apache-2.0 */
/* Binding, /1/x/7, and the parameter b of Register and Update (LwM2M 1.0, 5.3.1.1; Core TS, table 6.2.1.2).
 */
#pragma once

#include "lwm2m/ids.h"

/* Whether a text is a binding of a version: each transport of the version at most once, in any order. 1.0
 * has six values, with Q for queue mode ("UQ"); later versions take those too, since a server may have been
 * written for 1.0. */
bool binding_is_valid(const char *text, Lwm2mVersion version);

/* Whether a binding, which may be any text, asks for Queue Mode. Since LwM2M 1.1 there is a parameter of its
 * own for that, but a server that was written for 1.0 may still say so here. */
bool binding_has_queue_mode(const char *binding);

/* What we announce in LwM2M 1.0: the transport that there is, and Queue Mode. "U" or "UQ", static. */
const char *binding_announced(bool queue_mode);
