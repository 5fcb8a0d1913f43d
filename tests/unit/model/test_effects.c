/* SPDX-License-Identifier: Apache-2.0 */
/* model/effects: a set, in the order in which its effects count. */
#include "tests/unit/model/fixture.h"

#include "model/effects.h"

static void assert_effect(const Effects *effects, size_t i, EffectType type, uint16_t short_server_id)
{
        assert_true(i < effects->n);
        assert_int_equal(effects->items[i].type, type);
        assert_int_equal(effects->items[i].short_server_id, short_server_id);
}

static void test_one_entry_a_kind_and_server(void **state)
{
        Effects effects = {.n = 0};

        assert_false(effects_have(&effects, EFFECT_DISABLE));
        effects_add(&effects, EFFECT_DISABLE, 102);
        effects_add(&effects, EFFECT_LIFETIME_CHANGED, 101);
        effects_add(&effects, EFFECT_DISABLE, 101);
        effects_add(&effects, EFFECT_DISABLE, 102);
        effects_add(&effects, EFFECT_STORE_CHANGED, 103);
        effects_add(&effects, EFFECT_LIFETIME_CHANGED, 101);

        assert_int_equal(effects.n, 4);
        /* New values first, an Update carries them; then by server. */
        assert_effect(&effects, 0, EFFECT_STORE_CHANGED, 103);
        assert_effect(&effects, 1, EFFECT_LIFETIME_CHANGED, 101);
        assert_effect(&effects, 2, EFFECT_DISABLE, 101);
        assert_effect(&effects, 3, EFFECT_DISABLE, 102);
        assert_true(effects_have(&effects, EFFECT_DISABLE));
        assert_true(effects_have(&effects, EFFECT_STORE_CHANGED));
        assert_false(effects_have(&effects, EFFECT_UPDATE_TRIGGER));
}

static void test_merge(void **state)
{
        Effects effects = {.n = 0}, others = {.n = 0};

        effects_add(&effects, EFFECT_UPDATE_TRIGGER, 1);
        effects_add(&others, EFFECT_UPDATE_TRIGGER, 1);
        effects_add(&others, EFFECT_BINDING_CHANGED, 65534);
        effects_merge(&effects, &others);

        assert_int_equal(effects.n, 2);
        assert_effect(&effects, 0, EFFECT_BINDING_CHANGED, 65534);
        assert_effect(&effects, 1, EFFECT_UPDATE_TRIGGER, 1);
        assert_int_equal(others.n, 2);
}

static void test_a_full_set_stays_as_it_is(void **state)
{
        Effects effects = {.n = 0};

        for (unsigned id = 0; id <= LIMIT_INSTANCES; id++)
                for (unsigned type = 0; type < _EFFECT_TYPE_MAX; type++)
                        effects_add(&effects, (EffectType)type, (uint16_t)id);
        assert_int_equal(effects.n, EFFECTS_MAX);

        effects_add(&effects, EFFECT_STORE_CHANGED, 65534);
        assert_int_equal(effects.n, EFFECTS_MAX);
        assert_effect(&effects, LIMIT_INSTANCES, EFFECT_STORE_CHANGED, LIMIT_INSTANCES);
        assert_effect(&effects, EFFECTS_MAX - 1, EFFECT_REBOOT, LIMIT_INSTANCES);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_entry_a_kind_and_server),
                cmocka_unit_test(test_merge),
                cmocka_unit_test(test_a_full_set_stays_as_it_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
