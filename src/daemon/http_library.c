/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl, loaded when it is needed. */
#include "daemon/http_library.h"

#include <dlfcn.h>
#include <pthread.h>

#include "util/macro.h"

#define LIBRARY "libcurl.so.4" /* its ABI since 2006 */

static bool look_up(void *handle, HttpLibrary *library)
{
#define LOOK_UP(name)                                            \
        *(void **)&library->name = dlsym(handle, "curl_" #name); \
        if (!library->name)                                      \
                return false;
        HTTP_LIBRARY_CALLS(LOOK_UP)
#undef LOOK_UP
        return library->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static bool load(HttpLibrary *library, const char **reterr_reason)
{
        void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

        if (!handle) {
                *reterr_reason = LIBRARY " cannot be loaded; install libcurl";
                return false;
        }
        if (look_up(handle, library))
                return true;
        (void)dlclose(handle);
        *reterr_reason = LIBRARY " cannot be used; install libcurl 7.85 or later";
        return false;
}

const HttpLibrary *http_library(const char **reterr_reason)
{
        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        static HttpLibrary library;
        static bool is_loaded;
        bool good;

        (void)pthread_mutex_lock(&lock);
        is_loaded = good = is_loaded || load(&library, reterr_reason);
        (void)pthread_mutex_unlock(&lock);
        return good ? &library : NULL;
}
