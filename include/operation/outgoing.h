/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of ours: Bootstrap-Request, Bootstrap-Pack-Request, Register, Update, De-register, Send. */
#pragma once

#include "lwm2m/message.h"
#include "lwm2m/path.h"
#include "model/account.h"

/* POST /bs?ep=..[&pct=..] (Core TS 6.1.7.1), behind path and query of the server's URI. pct: ContentFormat
 * or FORMAT_NONE, which LwM2M 1.0 demands. 0, -ENOMEM, or -E2BIG for an endpoint over LIMIT_ENDPOINT_SIZE.
 */
int outgoing_bootstrap_request(
        const char *uri, const char *endpoint, int preferred_content_format, Request *ret);

/* GET /bspack?ep=..&acc=.. (Core TS 1.2, Bootstrap-Pack-Request), likewise. account: the Bootstrap-Server
 * Account, as it stands in dataset: acc names its Object Instances, the OSCORE one that it links too. Accept
 * is the preferred format where it can carry several Objects, else SenML CBOR. 0 or as above. */
int outgoing_bootstrap_pack_request(const Dataset *dataset, const Account *account, const char *endpoint,
        int preferred_content_format, Request *ret);

/* What a registration says of the client. */
typedef struct Announcement {
        Lwm2mVersion tables;  /* of the Objects */
        Lwm2mVersion version; /* lwm2m=, which may be lower than tables after 4.12: the object list then
                               * carries ;ver= on the links of Objects whose versions differ */
        bool queue_mode;      /* 1.0: b=UQ, not b=U; later Q, beside b = /3/0/16 */
} Announcement;

/* Behind path and query of the account's URI: POST /rd?ep=..&lt=..&lwm2m=..&b=..[&Q] with the object list as
 * CoRE links (Core TS 6.2.1). 0 or negative errno. */
int outgoing_register(Store *store, const char *endpoint, const Account *account,
        const Announcement *announcement, Request *ret);

typedef enum UpdateParts {
        UPDATE_LIFETIME = 1 << 0, /* lt= */
        UPDATE_BINDING = 1 << 1,  /* b=, LwM2M 1.0 only: else left out */
        UPDATE_OBJECTS = 1 << 2,  /* the object list */
} UpdateParts;

/* POST /{location} with what changed only (Core TS 6.2.2). */
int outgoing_update(Store *store, const Account *account, const Texts *location,
        const Announcement *announcement, unsigned parts, Request *ret);

/* DELETE /{location} (Core TS 6.2.3). */
int outgoing_deregister(const Texts *location, Request *ret);

/* Why there is no Send. */
typedef enum SendRefusal {
        SEND_MUTED = 1, /* the server's /1/x/23 is absent or true */
        SEND_UNKNOWN,   /* it is registered with LwM2M 1.0, which has none */
        SEND_FORMAT,    /* the version has no such format, or not for a Send */
        SEND_NOTHING,   /* nothing that the server may read is there */
} SendRefusal;

/* Whether there is a Send in that ContentFormat to the server (Core TS 6.4.6). 0 or a SendRefusal. */
int outgoing_may_send(
        const Store *store, const Account *account, const Announcement *announcement, int format);

/* Behind path and query of the account's URI: POST /dp with the values, as gather() finds them for that
 * server. time: of then, as RecordMoment has it, said in formats that have times (RFC 8428, 4.5); 0: nothing
 * is said. 0, SEND_NOTHING, -EMSGSIZE or -E2BIG (too much for one), or another negative errno. */
int outgoing_send(const Account *account, const RecordList *values, int format, int64_t time, Request *ret);
