/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl is loaded by a thread. */
#include "daemon/http_loading.h"

#include <sys/epoll.h>

#include "util/workers.h"

#define THREAD_STACK_SIZE (256 * 1024) /* bytes; the dynamic linker takes some ten KiB for each library */

struct HttpLoading {
        Workers *workers;
        sd_event_source *source;
        HttpLoadingCallback callback;
        void *userdata;
};

typedef struct Load {
        Job job;
        const HttpLibrary *library;
        const char *reason;
} Load;

static void run(Job *job)
{
        Load *load = (Load *)job;

        load->library = http_library(&load->reason);
}

static int on_loaded(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        HttpLoading *loading = userdata;
        _cleanup_(freep) Load *load = (Load *)workers_take(loading->workers);

        if (load)
                loading->callback(loading->userdata, load->library, load->reason);
        return 0;
}

static int begin(HttpLoading *loading)
{
        Load *load = calloc(1, sizeof(*load));
        int r;

        if (!load)
                return -ENOMEM;
        load->job.run = run;
        r = workers_add(loading->workers, &load->job);
        if (r < 0)
                free(load);
        return r;
}

int http_loading_new(sd_event *event, HttpLoadingCallback callback, void *userdata, HttpLoading **ret)
{
        _cleanup_(http_loading_freep) HttpLoading *loading = calloc(1, sizeof(*loading));
        int r;

        if (!loading)
                return -ENOMEM;
        loading->callback = callback;
        loading->userdata = userdata;
        r = workers_new(1, THREAD_STACK_SIZE, &loading->workers);
        if (r >= 0)
                r = sd_event_add_io(
                        event, &loading->source, workers_fd(loading->workers), EPOLLIN, on_loaded, loading);
        if (r >= 0)
                r = begin(loading);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(loading->source, "http-loading");
        *ret = TAKE_PTR(loading);
        return 0;
}

HttpLoading *http_loading_free(HttpLoading *loading)
{
        if (!loading)
                return NULL;
        sd_event_source_disable_unref(loading->source);
        (void)workers_free(loading->workers);
        free(loading);
        return NULL;
}
