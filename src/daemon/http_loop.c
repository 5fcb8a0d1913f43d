/* SPDX-License-Identifier: Apache-2.0 */
/* One transfer of libcurl's at a time on the event loop. */
#include "daemon/http_loop.h"

#include <sys/epoll.h>

#include "client/timer.h"
#include "util/crypto.h"
#include "util/macro.h"

/* What has been done inside libcurl is told now, when it has returned. */
static void tell(HttpLoop *loop)
{
        CURLMsg *message;
        int left;

        while (loop->multi && (message = loop->library->multi_info_read(loop->multi, &left)))
                if (message->msg == CURLMSG_DONE)
                        loop->done(loop->userdata, message->data.result);
}

static void act(HttpLoop *loop, curl_socket_t fd, int events)
{
        Lifetime *lifetime = loop->lifetime;
        int running;

        lifetime_enter(lifetime);
        (void)loop->library->multi_socket_action(loop->multi, fd, events, &running);
        crypto_forget_errors();
        tell(loop);
        lifetime_leave(lifetime);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        int events = 0;

        if (revents & EPOLLIN)
                events |= CURL_CSELECT_IN;
        if (revents & EPOLLOUT)
                events |= CURL_CSELECT_OUT;
        if (revents & (EPOLLERR | EPOLLHUP))
                events |= CURL_CSELECT_ERR;
        act(userdata, fd, events);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        act(userdata, CURL_SOCKET_TIMEOUT, 0);
        return 0;
}

static uint32_t epoll_of(int what)
{
        return (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
}

/* libcurl watches fd. Returns what CURLMOPT_SOCKETFUNCTION says: -1 ends the transfer. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *userdata, void *of_socket)
{
        HttpLoop *loop = userdata;
        sd_event_source *source = of_socket;
        int r;

        if (what == CURL_POLL_REMOVE) {
                sd_event_source_disable_unref(source);
                return 0;
        }
        if (source)
                return sd_event_source_set_io_events(source, epoll_of(what)) < 0 ? -1 : 0;
        r = sd_event_add_io(loop->event, &source, fd, epoll_of(what), on_io, loop);
        if (r < 0)
                return -1;
        (void)sd_event_source_set_description(source, "http");
        (void)loop->library->multi_assign(loop->multi, fd, source);
        return 0;
}

/* libcurl wants to be called after so many milliseconds; -1: not any more. */
static int on_timeout(CURLM *multi, long timeout, void *userdata)
{
        HttpLoop *loop = userdata;

        timer_set(loop->timer,
                timeout < 0 ? 0 : clock_boottime(loop->clock) + (uint64_t)timeout * USEC_PER_MSEC);
        return 0;
}

int http_loop_init(HttpLoop *loop, const HttpLibrary *library, sd_event *event, const Clock *clock,
        Lifetime *lifetime, void (*done)(void *userdata, CURLcode code), void *userdata)
{
        bool set;

        *loop = (HttpLoop){
                .library = library,
                .event = event,
                .clock = clock,
                .lifetime = lifetime,
                .done = done,
                .userdata = userdata,
                .multi = library->multi_init(),
        };
        if (!loop->multi)
                return -ENOMEM;
        set = library->multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
              library->multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop) == CURLM_OK &&
              library->multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timeout) == CURLM_OK &&
              library->multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop) == CURLM_OK;
        if (!set)
                return -ENOMEM;
        return timer_new(event, on_timer, loop, "http-timer", &loop->timer);
}

void http_loop_done(HttpLoop *loop)
{
        /* First, since it takes leave of its sockets. */
        if (loop->multi)
                (void)loop->library->multi_cleanup(loop->multi);
        loop->multi = NULL;
        loop->timer = sd_event_source_disable_unref(loop->timer);
        crypto_forget_errors();
}

int http_loop_add(HttpLoop *loop, CURL *easy)
{
        return loop->library->multi_add_handle(loop->multi, easy) == CURLM_OK ? 0 : -ENOMEM;
}

void http_loop_remove(HttpLoop *loop, CURL *easy)
{
        (void)loop->library->multi_remove_handle(loop->multi, easy);
}

void http_loop_unpause(HttpLoop *loop, CURL *easy)
{
        Lifetime *lifetime = loop->lifetime;

        lifetime_enter(lifetime);
        (void)loop->library->easy_pause(easy, CURLPAUSE_CONT);
        crypto_forget_errors();
        tell(loop);
        lifetime_leave(lifetime);
}
