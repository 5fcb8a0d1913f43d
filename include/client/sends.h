/* SPDX-License-Identifier: Apache-2.0 */
/* The Sends that wait for one LwM2M Server, one of them under way (Core TS 6.4.6). Sends nothing itself. */
#pragma once

#include <sys/queue.h>

#include "lwm2m/failure.h"
#include "lwm2m/message.h"
#include "model/account.h"

/* Called once, from the loop. error: 0, the server has answered 2.04; else a ClientError, and sentence says
 * what has come in the place of that. */
typedef void (*ClientSent)(void *userdata, int error, const char *sentence);

typedef struct Send Send;

typedef struct Sends {
        STAILQ_HEAD(, Send) list;
        size_t n;
        bool under_way; /* the first one */
} Sends;

void sends_init(Sends *sends);

/* Takes the request over, as the last one. 0, -ENOMEM, or CLIENT_E_TOO_MANY_SENDS: LIMIT_SENDS wait already.
 */
int sends_add(Sends *sends, Request *request, ClientSent callback, void *userdata);

/* One waits, and none is under way. */
bool sends_wait(const Sends *sends);

/* Where one waits, and none is under way: that is under way from now on. Borrowed until it ends. */
const Request *sends_begin(Sends *sends);

/* The server's answer to what is under way, NULL: none, for the reason in failure. */
void sends_answered(Sends *sends, const Account *account, const Response *response, const Failure *failure);

/* The session of what is under way ends; where there is none nothing happens. */
void sends_lose(Sends *sends, const Account *account);

/* The registration has ended: all of them. */
void sends_end(Sends *sends, const Account *account);
