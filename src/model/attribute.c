/* SPDX-License-Identifier: Apache-2.0 */
/* The NOTIFICATION attributes. */
#include "model/attribute.h"

#include <float.h>
#include <stdio.h>

#include "util/parse.h"

#define LEVEL_LIST         (1 << 0)
#define LEVELS_OF_RESOURCE (1 << 3 | 1 << 4)
#define LEVELS_ALL         (1 << 1 | 1 << 2 | LEVELS_OF_RESOURCE)

typedef enum Grammar {
        GRAMMAR_COUNT,   /* whole, ATTRIBUTE_COUNT_MAX at most */
        GRAMMAR_DECIMAL, /* of a numeric Resource */
        GRAMMAR_STEP,    /* likewise, not negative */
        GRAMMAR_EDGE,    /* 0 or 1, of a Boolean Resource */
        GRAMMAR_FLAG,    /* 0 or 1 */
} Grammar;

typedef struct AttributeDef {
        Lwm2mVersion since;
        unsigned levels;
        Grammar grammar;
} AttributeDef;

static const char *const attribute_name_table[] = {
        [ATTRIBUTE_PMIN] = "pmin",
        [ATTRIBUTE_PMAX] = "pmax",
        [ATTRIBUTE_GT] = "gt",
        [ATTRIBUTE_LT] = "lt",
        [ATTRIBUTE_ST] = "st",
        [ATTRIBUTE_EPMIN] = "epmin",
        [ATTRIBUTE_EPMAX] = "epmax",
        [ATTRIBUTE_EDGE] = "edge",
        [ATTRIBUTE_CON] = "con",
        [ATTRIBUTE_HQMAX] = "hqmax",
};

DEFINE_STRING_TABLE(attribute_name, AttributeName)

/* Core TS, table 7.3.2 */
static const AttributeDef definitions[] = {
        [ATTRIBUTE_PMIN] = {LWM2M_1_0, LEVELS_ALL | LEVEL_LIST, GRAMMAR_COUNT},
        [ATTRIBUTE_PMAX] = {LWM2M_1_0, LEVELS_ALL | LEVEL_LIST, GRAMMAR_COUNT},
        [ATTRIBUTE_GT] = {LWM2M_1_0, LEVELS_OF_RESOURCE, GRAMMAR_DECIMAL},
        [ATTRIBUTE_LT] = {LWM2M_1_0, LEVELS_OF_RESOURCE, GRAMMAR_DECIMAL},
        [ATTRIBUTE_ST] = {LWM2M_1_0, LEVELS_OF_RESOURCE, GRAMMAR_STEP},
        [ATTRIBUTE_EPMIN] = {LWM2M_1_1, LEVELS_ALL | LEVEL_LIST, GRAMMAR_COUNT},
        [ATTRIBUTE_EPMAX] = {LWM2M_1_1, LEVELS_ALL | LEVEL_LIST, GRAMMAR_COUNT},
        [ATTRIBUTE_EDGE] = {LWM2M_1_2, LEVELS_OF_RESOURCE, GRAMMAR_EDGE},
        [ATTRIBUTE_CON] = {LWM2M_1_2, LEVELS_ALL | LEVEL_LIST, GRAMMAR_FLAG},
        [ATTRIBUTE_HQMAX] = {LWM2M_1_2, LEVELS_ALL, GRAMMAR_COUNT},
};

static bool is_numeric(ValueType type)
{
        return type == VALUE_INTEGER || type == VALUE_UNSIGNED || type == VALUE_FLOAT || type == VALUE_TIME;
}

/* NULL, or what is wrong, behind the name. */
static const char *check_target(const AttributeDef *definition, const AttributeTarget *target)
{
        if (!(definition->levels & 1U << target->level))
                return target->level == 0 ? "is not for a list of paths" : "is for a Resource only";
        switch (definition->grammar) {
        case GRAMMAR_DECIMAL:
        case GRAMMAR_STEP:
                return is_numeric(target->type) ? NULL : "is for a number only";
        case GRAMMAR_EDGE:
                return target->type == VALUE_BOOLEAN ? NULL : "is for a Boolean only";
        case GRAMMAR_COUNT:
        case GRAMMAR_FLAG:
                break;
        }
        return NULL;
}

static const char *parse_value(Grammar grammar, const char *text, double *ret)
{
        uint64_t whole;

        switch (grammar) {
        case GRAMMAR_COUNT:
                if (parse_u64(text, ATTRIBUTE_COUNT_MAX, &whole) < 0)
                        return "is a whole number of at most 4294967295";
                *ret = (double)whole;
                break;
        case GRAMMAR_DECIMAL:
        case GRAMMAR_STEP:
                if (strlen(text) > ATTRIBUTE_DECIMAL_SIZE || strpbrk(text, "eE") ||
                        parse_double(text, ret) < 0)
                        return "is a decimal number of at most 24 characters";
                if (grammar == GRAMMAR_STEP && *ret < 0)
                        return "is not negative";
                break;
        case GRAMMAR_EDGE:
        case GRAMMAR_FLAG:
                if (parse_u64(text, 1, &whole) < 0)
                        return "is 0 or 1";
                *ret = (double)whole;
                break;
        }
        return NULL;
}

static int refuse(char *ret_problem, AttributeName name, const char *problem)
{
        (void)snprintf(ret_problem, ATTRIBUTE_PROBLEM_SIZE, "%s %s", attribute_name_table[name], problem);
        return ATTRIBUTE_REFUSED;
}

static int find_name(const char *text, size_t length, Lwm2mVersion version)
{
        for (size_t i = 0; i < _ATTRIBUTE_MAX; i++)
                if (strlen(attribute_name_table[i]) == length &&
                        memcmp(attribute_name_table[i], text, length) == 0)
                        return definitions[i].since <= version ? (int)i : -EINVAL;
        return -EINVAL;
}

static int change_one(AttributeValues *values, const AttributeTarget *target, const char *query,
        unsigned *named, char *ret_problem)
{
        const char *equals = strchrnul(query, '='), *problem;
        int name = find_name(query, (size_t)(equals - query), target->version);

        if (name < 0) {
                (void)snprintf(ret_problem, ATTRIBUTE_PROBLEM_SIZE,
                        "LwM2M %s has no such attribute to write", lwm2m_version_to_string(target->version));
                return ATTRIBUTE_REFUSED;
        }
        if (*named & 1U << name)
                return refuse(ret_problem, (AttributeName)name, "stands twice");
        *named |= 1U << name;

        problem = check_target(&definitions[name], target);
        if (!problem && *equals != '\0')
                problem = parse_value(definitions[name].grammar, equals + 1, &values->values[name]);
        if (problem)
                return refuse(ret_problem, (AttributeName)name, problem);

        if (*equals != '\0')
                values->present |= 1U << name;
        else
                values->present &= ~(1U << name);
        return 0;
}

/* lt and gt alone leave a step of 0. */
static const char *check_together(const AttributeValues *values)
{
        const double *v = values->values;

        if (attribute_has(values, ATTRIBUTE_LT) && attribute_has(values, ATTRIBUTE_GT)) {
                if (!(v[ATTRIBUTE_LT] < v[ATTRIBUTE_GT]))
                        return "lt has to be less than gt";
                if (attribute_has(values, ATTRIBUTE_ST) &&
                        !(v[ATTRIBUTE_LT] + 2 * v[ATTRIBUTE_ST] < v[ATTRIBUTE_GT]))
                        return "lt + 2 st has to be less than gt";
        }
        if (attribute_has(values, ATTRIBUTE_EPMIN) && attribute_has(values, ATTRIBUTE_EPMAX) &&
                !(v[ATTRIBUTE_EPMIN] < v[ATTRIBUTE_EPMAX]))
                return "epmin has to be less than epmax";
        return NULL;
}

int attribute_values_change(AttributeValues *values, const AttributeTarget *target, const Texts *queries,
        char ret_problem[ATTRIBUTE_PROBLEM_SIZE])
{
        AttributeValues changed = *values;
        unsigned named = 0;
        const char *problem;
        int r;

        for (size_t i = 0; i < queries->n; i++) {
                r = change_one(&changed, target, queries->items[i], &named, ret_problem);
                if (r != 0)
                        return r;
        }
        problem = check_together(&changed);
        if (problem) {
                (void)snprintf(ret_problem, ATTRIBUTE_PROBLEM_SIZE, "%s", problem);
                return ATTRIBUTE_REFUSED;
        }

        *values = changed;
        return 0;
}

void attribute_values_override(AttributeValues *values, const AttributeValues *lower)
{
        for (size_t i = 0; i < _ATTRIBUTE_MAX; i++)
                if (attribute_has(lower, (AttributeName)i))
                        values->values[i] = lower->values[i];
        values->present |= lower->present;
}

uint64_t attribute_usec(const AttributeValues *values, AttributeName name)
{
        return attribute_has(values, name) ? (uint64_t)values->values[name] * USEC_PER_SEC : 0;
}

const char *attribute_format(
        const AttributeValues *values, AttributeName name, char buffer[ATTRIBUTE_TEXT_SIZE])
{
        int decimals = 0;

        /* The fewest decimals that read back as the same. */
        do
                (void)snprintf(buffer, ATTRIBUTE_TEXT_SIZE, "%.*f", decimals, values->values[name]);
        while (decimals++ < ATTRIBUTE_DECIMAL_SIZE && strtod(buffer, NULL) != values->values[name]);
        return buffer;
}
