/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the daemon over restarts of its own and of the bus. */
#pragma once

#include <systemd/sd-event.h>

#include "ctl/call.h"

/* What it tells of. A message stands at its beginning; 0 or negative errno, which drops it. NULL: nobody
 * asks. */
typedef struct FollowerHandler {
        int (*present)(sd_bus_message *properties, void *userdata); /* what is: a{sv} of the Manager */
        int (*status)(sd_bus_message *signal, void *userdata);      /* StatusChanged */
        int (*properties)(sd_bus_message *signal, void *userdata);  /* PropertiesChanged, of a server too */
        int (*object)(sd_bus_message *signal, void *userdata);      /* InterfacesAdded, InterfacesRemoved */
        void (*daemon)(bool there, void *userdata); /* it has come to the bus, or is not there */
        void (*bus_lost)(void *userdata);
} FollowerHandler;

typedef struct Follower Follower;

/* Follows with the loop event. With ctl->bus (which the follower makes use of as long as it lives) the
 * daemon must be there: what is has been told when this returns. Without, it connects itself, and goes on
 * trying. Changes are told from the first present, or daemon, on. handler and userdata outlive it. CTL_DONE
 * and *ret, else the failure is told: as ctl_call(), CTL_USAGE. */
int follower_new(
        const Ctl *ctl, sd_event *event, const FollowerHandler *handler, void *userdata, Follower **ret);
Follower *follower_free(Follower *follower);
DEFINE_CLEANUP(Follower *, follower_free)

/* Asks what is, and so does a change that comes before the answer: present follows, unless the daemon is not
 * there. One question at a time. */
void follower_ask(Follower *follower);

/* Whether there is a bus that it could ask on. */
bool follower_has_bus(const Follower *follower);

/* Calls a method of the client as a whole that takes nothing; handler gets the answer, or an error. 0 or
 * negative errno, where there is no bus. */
int follower_call(Follower *follower, const char *interface, const char *member,
        sd_bus_message_handler_t handler, void *userdata);

/* The same for all properties of an interface of the client as a whole. */
int follower_get(
        Follower *follower, const char *interface, sd_bus_message_handler_t handler, void *userdata);
