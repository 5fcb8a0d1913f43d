/* SPDX-License-Identifier: Apache-2.0 */
/* Packages by http and https (RFC 9110, 9112), with libcurl on the loop. */
#pragma once

#include "daemon/download_attempt.h"

/* At most five redirects, which are followed here, never from https to http; names by our resolver; neither
 * a proxy nor cookies nor .netrc; HTTP/1.1; an answer that goes on with the package (206) only for the same
 * ETag or Last-Modified. 4xx, but for those that pass (408, 425, 429): Update Result 7. */
extern const DownloadTransport firmware_http;
