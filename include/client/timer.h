/* SPDX-License-Identifier: Apache-2.0 */
/* The client's event sources: each is made when its owner is made, so that a state never lacks its deadline
 * (design.md section 1 of the second stage: no wait without an end). */
#pragma once

#include <systemd/sd-event.h>

#include "util/macro.h"

/* Decisions come before further input of the same loop turn. */
#define CLIENT_DECIDE_PRIORITY INT64_MIN

/* A one-shot CLOCK_BOOTTIME timer, off at first. description stays borrowed. 0 or negative errno. */
int timer_new(sd_event *event, sd_event_time_handler_t handler, void *userdata, const char *description,
        sd_event_source **ret);

/* The same by CLOCK_MONOTONIC: for patience with what sleeps together with the machine, as a thread and a
 * driver do. Whatever waits for a peer takes timer_new: the peer goes on meanwhile. */
int timer_new_awake(sd_event *event, sd_event_time_handler_t handler, void *userdata,
        const char *description, sd_event_source **ret);

/* It fires at or after the time (usec of the timer's clock); 0 switches it off. Cannot fail. */
void timer_set(sd_event_source *timer, uint64_t at);

/* Something to be done once from the loop, before further input; off at first. 0 or negative errno. */
int task_new(sd_event *event, sd_event_handler_t handler, void *userdata, const char *description,
        sd_event_source **ret);

/* The same, but further input has its turn, too: for what may take long. */
int task_new_in_turn(sd_event *event, sd_event_handler_t handler, void *userdata, const char *description,
        sd_event_source **ret);

/* Lets it happen after the callback that asks for it has returned, or not any more. Cannot fail. */
void task_set(sd_event_source *task, bool due);
