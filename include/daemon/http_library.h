/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl, loaded when it is needed: it has 4 MB of other libraries with it, which a client that downloads
 * nothing should not hold. */
#pragma once

#define CURL_DISABLE_TYPECHECK /* it is about macros, and these are pointers */
#include <curl/curl.h>

/* Everything that is called, by its name without "curl_". */
#define HTTP_LIBRARY_CALLS(CALL)  \
        CALL(global_init)         \
        CALL(easy_init)           \
        CALL(easy_cleanup)        \
        CALL(easy_setopt)         \
        CALL(easy_getinfo)        \
        CALL(easy_header)         \
        CALL(easy_pause)          \
        CALL(easy_strerror)       \
        CALL(multi_init)          \
        CALL(multi_cleanup)       \
        CALL(multi_setopt)        \
        CALL(multi_assign)        \
        CALL(multi_add_handle)    \
        CALL(multi_remove_handle) \
        CALL(multi_socket_action) \
        CALL(multi_info_read)     \
        CALL(slist_append)        \
        CALL(slist_free_all)      \
        CALL(url)                 \
        CALL(url_cleanup)         \
        CALL(url_set)             \
        CALL(url_get)             \
        CALL(free)

typedef struct HttpLibrary {
#define HTTP_LIBRARY_POINTER(name) typeof(curl_##name) *name;
        HTTP_LIBRARY_CALLS(HTTP_LIBRARY_POINTER)
#undef HTTP_LIBRARY_POINTER
} HttpLibrary;

/* Stays loaded until the end of the process; takes its time at first (daemon/http_loading), from any thread.
 * NULL: it cannot be loaded, and *reterr_reason says why, to be
 * read behind ": "; static. */
const HttpLibrary *http_library(const char **reterr_reason);
