/* SPDX-License-Identifier: Apache-2.0 */
/* The URI of a package in a repository, /5/0/1: coap, coaps, http or https (Core TS, Appendix E.6). */
#pragma once

#include "lwm2m/firmware.h"
#include "lwm2m/uri.h"

/* Checks what can be told without asking anybody; what is behind the host of an http one is libcurl's. 0 and
 * *ret; -EPROTONOSUPPORT: a URI of another transport; -EINVAL. In *reterr_reason (may be NULL) what is
 * wrong, to be read behind "the URI ", without the text itself: "has no host". Static. */
int repository_uri_parse(const char *text, FirmwareProtocol *ret, const char **reterr_reason);

/* The URI as it may be shown: without userinfo, query and fragment, which may be secrets; a longer one is
 * cut. Returns buffer. */
const char *repository_uri_show(const char *text, char buffer[static LIMIT_URI_SIZE + 1]);
#define REPOSITORY_URI_SHOW(text) repository_uri_show((text), (char[LIMIT_URI_SIZE + 1]){0})
