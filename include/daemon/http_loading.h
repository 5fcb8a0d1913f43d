/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl is loaded by a thread: it comes from the disk, with some twenty other libraries. */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/http_library.h"
#include "util/macro.h"

typedef struct HttpLoading HttpLoading;

/* library: NULL, and reason says why, as http_library() does. Called from the loop, once; may free the
 * loading. */
typedef void (*HttpLoadingCallback)(void *userdata, const HttpLibrary *library, const char *reason);

/* 0, -ENOMEM or another negative errno: no thread. */
int http_loading_new(sd_event *event, HttpLoadingCallback callback, void *userdata, HttpLoading **ret);

/* Waits for no thread. Returns NULL; NULL is fine. */
HttpLoading *http_loading_free(HttpLoading *loading);
DEFINE_CLEANUP(HttpLoading *, http_loading_free)
