/* SPDX-License-Identifier: Apache-2.0 */
/* What a request leads to beside its answer: a set with one entry a kind and server. */
#pragma once

#include "lwm2m/limits.h"
#include "util/macro.h"

/* In the order in which they count: new values first, an Update carries them. */
typedef enum EffectType {
        EFFECT_STORE_CHANGED, /* persistent values were committed: to be stored before the answer leaves */
        EFFECT_BOOTSTRAP_FINISHED, /* Finish answered 2.04; the candidate is checked, to be committed and
                                      stored */
        EFFECT_BOOTSTRAP_REFUSED,  /* Finish answered 4.06; the reason is the response's diagnostic text */
        EFFECT_LIFETIME_CHANGED,   /* /1/x/1 has another value */
        EFFECT_BINDING_CHANGED,    /* /1/x/7 is announced as another value */
        EFFECT_OBJECTS_CHANGED,    /* an Object Instance has come or gone: every server is told */
        EFFECT_UPDATE_TRIGGER,     /* /1/x/8 */
        EFFECT_BOOTSTRAP_TRIGGER,  /* /1/x/9 */
        EFFECT_DISABLE,            /* /1/x/4 */
        EFFECT_FACTORY_RESET,      /* /3/0/5 */
        EFFECT_REBOOT,             /* /3/0/4 */
        _EFFECT_TYPE_MAX,
} EffectType;

typedef struct Effect {
        EffectType type;
        uint16_t short_server_id; /* of the Server Object Instance concerned, or who asks; 0: none */
} Effect;

/* Every kind for every Server Object Instance, and for none */
#define EFFECTS_MAX ((size_t)_EFFECT_TYPE_MAX * (LIMIT_INSTANCES + 1))

typedef struct Effects {
        Effect items[EFFECTS_MAX]; /* ascending by type, then by Short Server ID */
        size_t n;
} Effects;

/* Adds one effect, a known one not again. A full set, which the servers of one generation cannot fill, stays
 * as it is. */
void effects_add(Effects *effects, EffectType type, uint16_t short_server_id);

/* Adds all of another set. */
void effects_merge(Effects *effects, const Effects *others);

/* Whether the set has this kind, for any server. */
bool effects_have(const Effects *effects, EffectType type);
