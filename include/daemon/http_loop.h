/* SPDX-License-Identifier: Apache-2.0 */
/* One transfer of libcurl's at a time on the event loop: its sockets and its timer. */
#pragma once

#include <systemd/sd-event.h>

#include "coap/lifetime.h"
#include "daemon/http_library.h"
#include "util/clock.h"

/* Zeroed at first. */
typedef struct HttpLoop {
        const HttpLibrary *library;
        sd_event *event;
        const Clock *clock;
        Lifetime *lifetime;
        void (*done)(void *userdata, CURLcode code);
        void *userdata;
        CURLM *multi;
        sd_event_source *timer;
} HttpLoop;

/* lifetime is entered around each call of libcurl that may call its user back; done is called within it,
 * from the loop, when a transfer has ended by itself. 0, -ENOMEM or what sd-event says; http_loop_done() in
 * each case. */
int http_loop_init(HttpLoop *loop, const HttpLibrary *library, sd_event *event, const Clock *clock,
        Lifetime *lifetime, void (*done)(void *userdata, CURLcode code), void *userdata);
void http_loop_done(HttpLoop *loop);

/* Begins a transfer, from the loop; ends it, also one that has ended. 0 or -ENOMEM. */
int http_loop_add(HttpLoop *loop, CURL *easy);
void http_loop_remove(HttpLoop *loop, CURL *easy);

/* A transfer that was paused goes on. From the loop, not from inside a call of libcurl. */
void http_loop_unpause(HttpLoop *loop, CURL *easy);
