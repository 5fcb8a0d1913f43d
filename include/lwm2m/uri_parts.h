/* SPDX-License-Identifier: Apache-2.0 */
/* Path and query of a URI: the segments of the one, the arguments of the other, percent-encoded (RFC
 * 3986, 3.3 and 3.4). */
#pragma once

#include "lwm2m/message.h"
#include "util/span.h"

/* Whether Uri-Path, or Uri-Query, can carry it (RFC 7252, 3.2 and 5.10.1); at most LIMIT_URI_SIZE bytes.
 * NULL, or what is wrong, to be read behind "the URI "; static. */
const char *uri_parts_check(Span rest, bool query);

/* Appends the segments or arguments of a text that has been checked, each percent-decoded. A slash at the
 * end of a path is none. 0 or -ENOMEM. */
int uri_parts_add(const char *text, bool query, Texts *texts);
