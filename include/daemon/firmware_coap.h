/* SPDX-License-Identifier: Apache-2.0 */
/* Packages by coap and coaps: a connection of its own, Block2 (RFC 7959, 2.4), one block at a time. */
#pragma once

#include "daemon/download_attempt.h"

/* A validator is the ETag in hexadecimal. Without a credential the repository's certificate is judged by
 * trust_store, and the client has none. 4.xx, but for those that pass (4.08, 4.29): Update Result 7. */
extern const DownloadTransport firmware_coap;
