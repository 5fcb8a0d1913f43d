/* SPDX-License-Identifier: Apache-2.0 */
/* A sorted set of effects. */
#include "model/effects.h"

static int compare(const Effect *effect, EffectType type, uint16_t short_server_id)
{
        if (effect->type != type)
                return effect->type < type ? -1 : 1;
        return (int)effect->short_server_id - (int)short_server_id;
}

void effects_add(Effects *effects, EffectType type, uint16_t short_server_id)
{
        size_t i = 0;

        while (i < effects->n && compare(&effects->items[i], type, short_server_id) < 0)
                i++;
        if (i < effects->n && compare(&effects->items[i], type, short_server_id) == 0)
                return;
        if (effects->n == EFFECTS_MAX)
                return;

        memmove(effects->items + i + 1, effects->items + i, (effects->n - i) * sizeof(Effect));
        effects->items[i] = (Effect){type, short_server_id};
        effects->n++;
}

void effects_merge(Effects *effects, const Effects *others)
{
        for (size_t i = 0; i < others->n; i++)
                effects_add(effects, others->items[i].type, others->items[i].short_server_id);
}

bool effects_have(const Effects *effects, EffectType type)
{
        for (size_t i = 0; i < effects->n; i++)
                if (effects->items[i].type == type)
                        return true;

        return false;
}
