/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M operations from a server: Request + store -> Response and effects. Pure. */
#pragma once

#include "lwm2m/message.h"
#include "model/account_check.h"

typedef enum EffectType {
        EFFECT_BOOTSTRAP_FINISHED, /* Finish answered 2.04; the candidate is checked, to be committed and
                                      stored */
        EFFECT_BOOTSTRAP_REFUSED,  /* Finish answered 4.06; the reason is the response's diagnostic text */
        EFFECT_UPDATE_TRIGGER,     /* /1/x/8 */
        EFFECT_BOOTSTRAP_TRIGGER,  /* /1/x/9 */
        EFFECT_DISABLE,            /* /1/x/4 */
        EFFECT_LIFETIME_CHANGED,   /* /1/x/1 has another value */
        EFFECT_BINDING_CHANGED,    /* /1/x/7 has another value */
        EFFECT_STORE_CHANGED, /* persistent values were committed: to be stored before the answer leaves */
} EffectType;

typedef struct Effect {
        EffectType type;
        uint16_t short_server_id; /* of the Server Object Instance concerned; 0 where none is */
} Effect;

#define EFFECTS_MAX \
        8 /* one request writes one Object Instance: at most lifetime, binding and stored together */

typedef struct Effects {
        Effect items[EFFECTS_MAX];
        size_t n;
} Effects;

void effects_add(Effects *effects, EffectType type, uint16_t short_server_id);
bool effects_have(const Effects *effects, EffectType type);

typedef struct OperationContext {
        Store *store;
        Lwm2mVersion version; /* as configured: the object tables */
        AccountCheck *check;  /* filled by Bootstrap-Finish: reason and repairs */
        size_t max_body_size; /* bytes a response may have */
        char note[256]; /* out: something to log, "" if nothing (a value for a provider was not kept ...) */
} OperationContext;

/* A request of the Bootstrap Server. session: a bootstrap session is open (the Bootstrap-Request has been
 * sent and is not finished); outside, every operation is answered 4.00. The first write, delete or Finish
 * opens the transaction. Answers are those of the closed table in lwm2m-facts.md 1.11. 0 and *ret_response,
 * *ret_effects filled, or -ENOMEM (then the caller answers 5.00). Core TS 6.1.7; /bs is matched here. */
int operation_bootstrap(OperationContext *context, bool session, const Request *request,
        Response *ret_response, Effects *ret_effects);

/* A request of a registered LwM2M Server (Core TS 6.3): Read, Discover, Write, Execute; the rest is refused.
 * While a bootstrap transaction is open: 5.03 to all but Read and Discover, after 4.01, 4.04 and 4.05. */
int operation_device_management(
        OperationContext *context, const Request *request, Response *ret_response, Effects *ret_effects);
