/* SPDX-License-Identifier: Apache-2.0 */
/* Who publishes: unique names of the bus <-> owners of what is published (model/published.h). A name that
 * leaves the bus is gone for good, whoever comes afterwards is somebody else. */
#pragma once

#include <systemd/sd-bus.h>

#include "model/published_types.h"
#include "util/macro.h"

typedef struct Publishers Publishers;

#define PUBLISHERS_MAX      256 /* half of the match rules that a bus lets a connection have */
#define PUBLISHER_CALLS_MAX 256 /* of one name, not yet answered: interface.md section 6 */
#define PUBLISHER_TEXT_SIZE PUBLISHED_WHO_SIZE

/* Carries a method call out and replies: 0; or a negative errno, with the error set where there is more to
 * say, and has not replied. */
typedef int (*PublisherCall)(sd_bus_message *message, uint64_t owner, void *userdata, sd_bus_error *reterr);

/* gone is called from the loop, once for each owner whose name has left the bus, and says whether it had
 * anything; userdata goes to it and to each call. 0 or -ENOMEM. */
int publishers_new(bool (*gone)(void *userdata, uint64_t owner), void *userdata, Publishers **ret);
/* Nobody is told. */
Publishers *publishers_free(Publishers *publishers);
DEFINE_CLEANUP(Publishers *, publishers_free)

/* The connection is lost, and with it every name. */
void publishers_lost(Publishers *publishers);

/* Carries a call out for its sender: at once, but for the first of a name, which waits until the bus has
 * said whose it is and will say when it goes. Calls of one name keep their order. Returns what the handler
 * that was called is to return; LimitExceeded where too many wait, or there are too many names. */
int publishers_carry_out(
        Publishers *publishers, sd_bus_message *message, PublisherCall call, sd_bus_error *reterr);

/* The unique name of an owner; NULL: it is gone. Borrowed until the next loop turn. */
const char *publishers_name(const Publishers *publishers, uint64_t owner);

/* The same for the log, with the user: ":1.7 (user 1000)". Returns buffer. */
const char *publishers_describe(
        const Publishers *publishers, uint64_t owner, char buffer[PUBLISHER_TEXT_SIZE]);

/* Whether the log is to be told of an owner's mistake: once, since servers may make it again and again. */
bool publishers_blame(Publishers *publishers, uint64_t owner);
