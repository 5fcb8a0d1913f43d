/* SPDX-License-Identifier: Apache-2.0 */
/* Talking to the daemon: each function tells a failure on stderr itself and returns an exit status. */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/json.h"

/* Exit statuses (interface.md section 1) */
#define CTL_DONE      0
#define CTL_FAILED    1 /* the daemon said no, or the awaited state was failure */
#define CTL_USAGE     2 /* wrong words */
#define CTL_NO_DAEMON 3 /* no daemon on the bus */

/* What the command line said, and the connection (NULL for verbs that need none; the main function owns it).
 */
typedef struct Ctl {
        const char *address; /* NULL: the system bus */
        sd_bus *bus;
        JsonMode json;
        bool wait;
        uint64_t timeout;   /* usec, 0: none */
        uint64_t deadline;  /* its end by CLOCK_MONOTONIC, usec; USEC_INFINITY: none */
        const char *format; /* of a Send, or NULL */
        char **words;       /* behind the verb; NULL at the end */
        size_t n_words;
} Ctl;

/* Connects to the bus. Like each call below it says on stderr what is waited for when the answer takes long,
 * and gives up at the deadline, or after 10 s where there is none. CTL_DONE and *ret, CTL_USAGE (not an
 * address), CTL_NO_DAEMON, CTL_FAILED (the deadline has passed). */
int ctl_connect(const Ctl *ctl, sd_bus **ret);

/* The same without waiting: the connection comes to be ready while it is processed. 0 or negative errno,
 * untold; -EINVAL: not an address. */
int ctl_begin_connection(const Ctl *ctl, sd_bus **ret);

/* Tells that --address is not one. Returns CTL_USAGE. */
int ctl_wrong_address(const Ctl *ctl);

/* Calls a method of the daemon, which is not started for it. Signals that come meanwhile are handled.
 * ret_reply may be NULL. types: of the arguments, or NULL. CTL_DONE and *ret_reply, owned by the caller;
 * CTL_FAILED, CTL_NO_DAEMON. */
int ctl_call(const Ctl *ctl, const char *path, const char *interface, const char *member,
        sd_bus_message **ret_reply, const char *types, ...);

/* Sends such a call that is already made, and waits so long (usec; USEC_INFINITY: as long as there is a
 * daemon) where there is no deadline, whatever may come meanwhile. As ctl_call(). */
int ctl_exchange(const Ctl *ctl, sd_bus_message *message, uint64_t patience, sd_bus_message **ret_reply);

/* The properties of the client as a whole; the reply stands before its a{sv}. As ctl_call(). */
int ctl_get_manager(const Ctl *ctl, sd_bus_message **ret_reply);

/* Calls a method of org.lwm2m.Client1.Firmware that takes nothing; NULL: asks for its properties, and the
 * reply stands before their a{sv}. As ctl_call(), but where the client has no back end for firmware, and so
 * no such interface, it is CTL_DONE and *ret_reply NULL. */
int ctl_call_firmware(const Ctl *ctl, const char *member, sd_bus_message **ret_reply);

/* Tells that it has none. Returns CTL_FAILED. */
int ctl_no_firmware(void);

/* The message of such a call, for a caller that does not wait. 0 or negative errno. */
int ctl_new_call(
        sd_bus *bus, const char *path, const char *interface, const char *member, sd_bus_message **ret);

/* Waits for the next message and handles it. CTL_DONE; CTL_NO_DAEMON: the bus is gone; CTL_FAILED: the
 * deadline has passed, which is not told. */
int ctl_process(const Ctl *ctl);

/* The seconds of --timeout, as they are told. */
double ctl_timeout_seconds(const Ctl *ctl);

/* Tells that there is no server with this path on the bus. Returns CTL_FAILED. */
int ctl_no_server(const char *path);

/* Tells that something of our own failed. Returns CTL_FAILED. */
int ctl_broken(int error, const char *what);
